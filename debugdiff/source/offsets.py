"""Where a node stands in its file's text, in characters: `ast` counts bytes of UTF-8 by line."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class Offsets:
    """The lines of a text, and the way from `ast`'s lines and columns to characters."""

    def __init__(self, text: str) -> None:
        self._lines = _LINE.findall(text)
        if text and not text.endswith(("\n", "\r")):
            self._lines.pop()  # an empty match behind the last line
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """The first character of a node and the one behind its last; a decorator is its own."""
        line, column = node.lineno, node.col_offset  # type: ignore[attr-defined]
        end_line, end_column = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
        return self.at(line, column), self.at(end_line, end_column)

    def at(self, line: int, column: int) -> int:
        """The character at a line, from 1, and a column in bytes, from 0."""
        text = self._lines[line - 1]
        if text.isascii():
            return self._starts[line - 1] + column
        return self._starts[line - 1] + len(text.encode()[:column].decode(errors="ignore"))

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self._lines)

    def line_start(self, line: int) -> int:
        """The first character of a line, from 1; behind the last one, the end of the text."""
        return self._starts[min(line - 1, len(self._starts) - 1)]

    def line_end(self, line: int) -> int:
        """Behind the last character of a line, from 1, before its line break."""
        return self._starts[line - 1] + len(self._lines[line - 1].rstrip("\r\n"))

    def place(self, offset: int) -> tuple[int, int]:
        """The line, from 1, and the column in characters, from 0, of an offset."""
        line = min(bisect_right(self._starts, offset), len(self._lines))
        return line, offset - self._starts[line - 1]
