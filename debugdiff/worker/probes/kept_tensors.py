"""The tensors of a run themselves, for whoever compares it with another run.

Two files in a folder: `tensors.bin` holds the bytes of one tensor after the other, contiguous and
in the machine's own order; `tensors.index` where each one lies. Every write goes to the file at
once, since a program may end without a word.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

TENSORS, INDEX = "tensors.bin", "tensors.index"
PLACE = struct.Struct("<qq")
"""Offset and size in bytes; an offset of -1 is a tensor that was not kept."""

MAXIMUM_BYTES = 2**30
"""A run keeps no more than this."""


class Sink(Protocol):
    """What takes the bytes of a tensor: a hash, a file."""

    def update(self, data: memoryview, /) -> None:
        """Take some more bytes."""


class TensorFile:
    """Keeps the bytes of tensors, one after the other, until there is too much."""

    def __init__(self, folder: Path, limit: int = MAXIMUM_BYTES) -> None:
        self._tensors = folder / TENSORS
        self._index = folder / INDEX
        self._limit = limit
        self._size = 0
        self._latest = PLACE.pack(-1, 0)

    def keep(self, data: memoryview | bytes) -> None:
        """Keep one tensor, if there is room; one that could not be read is empty."""
        size = len(data)
        fits = self._size + size <= self._limit
        self._latest = PLACE.pack(self._size if fits else -1, size)
        if fits:
            _append(self._tensors, data)
            self._size += size
        self.keep_again()

    def keep_again(self) -> None:
        """The tensor that was kept last was read once more."""
        _append(self._index, self._latest)


def _append(path: Path, data: bytes | memoryview) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(data)


class Copy:
    """A sink that remembers the bytes for as long as the tensor lives, beside a hash."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.data = memoryview(b"")

    def update(self, data: memoryview, /) -> None:
        """Pass the bytes on, and copy them: the tensor may be gone afterwards."""
        self._sink.update(data)
        self.data = memoryview(bytes(data))
