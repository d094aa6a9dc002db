"""What goes between the client and the machines: lines of JSON, never a pickle of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from debugdiff.files import to_json
from debugdiff.records import read

if TYPE_CHECKING:
    from collections.abc import Iterable

Shared = TypeVar("Shared")


def encode(values: Iterable[object]) -> bytes:
    """Values of the shared types, a line for each."""
    return b"\n".join(to_json(value).encode() for value in values)


def decode(kind: type[Shared], lines: bytes) -> list[Shared]:
    """The values again.

    Raises:
        ValueError: a line is not of that type.
    """
    return [read(kind, line) for line in lines.split(b"\n") if line]
