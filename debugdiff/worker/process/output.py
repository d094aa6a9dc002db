"""A program's output, kept to a limit: the beginning and the end of it."""

from __future__ import annotations

import codecs
import os
import threading
from collections import deque

_CHUNK = 65_536


class OutputReader:
    """Empties one pipe in a thread of its own, so that a program that floods it never waits.

    Keeps at most `limit` characters: half from the beginning and half from the end, with a line
    between them that says how many were left out.

    Args:
        descriptor: the reading end of the pipe.
        limit: characters to keep.
        echo: where everything is written on to at once; `None`: nowhere.
    """

    def __init__(self, descriptor: int, limit: int, *, echo: int | None = None) -> None:
        self._descriptor = descriptor
        self._echo = echo
        self._room = limit // 2
        self._head = ""
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._left_out = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self, wait: float) -> str:
        """What was kept, once the pipe is closed or `wait` seconds have passed."""
        self._thread.join(wait)
        tail = "".join(self._tail)
        surplus = max(len(tail) - self._room, 0)
        left_out = self._left_out + surplus
        gap = f"\n[... {left_out} characters left out ...]\n" if left_out else ""
        return self._head + gap + tail[surplus:]

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := os.read(self._descriptor, _CHUNK):
            self._pass_on(chunk)
            self._keep(decoder.decode(chunk))
        self._keep(decoder.decode(b"", final=True))
        os.close(self._descriptor)

    def _pass_on(self, chunk: bytes) -> None:
        """Whoever is there may have left: the program must not notice."""
        while self._echo is not None and chunk:
            try:
                chunk = chunk[os.write(self._echo, chunk) :]
            except OSError:
                self._echo = None

    def _keep(self, text: str) -> None:
        free = max(self._room - len(self._head), 0)
        self._head += text[:free]
        if rest := text[free:]:
            self._tail.append(rest)
            self._tail_size += len(rest)
        while self._tail and self._tail_size - len(self._tail[0]) >= self._room:
            dropped = self._tail.popleft()
            self._tail_size -= len(dropped)
            self._left_out += len(dropped)
