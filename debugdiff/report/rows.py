"""Rows of texts in columns whose widths are known: a line is put together from its cells.

rich's own table measures and wraps every cell; here that is done only for a cell that does not fit.
A table of ten thousand trials has two hundred thousand cells that do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

    Line = Sequence[Segment]

_WORD = re.compile(r"\S+")
_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[_\-/])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of equally many cells.

    Attributes:
        rows: a text per column.
        widths: of the columns, in characters of the terminal.
        gap: between two columns.
        right: the columns whose texts end at the same place.
    """

    rows: Sequence[tuple[Text, ...]]
    widths: Sequence[int]
    gap: int = 0
    right: Collection[int] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A row is as many lines as its highest cell."""
        del options
        empty = [(_space(width),) for width in self.widths]
        gap, end = _space(self.gap), Segment.line()
        for row in self.rows:
            cells = [self._cell(at, text, console) for at, text in enumerate(row)]
            for line in zip_longest(*cells):
                for at, part in enumerate(line):
                    if at:
                        yield gap
                    yield from part or empty[at]
                yield end

    def _cell(self, at: int, text: Text, console: Console) -> Sequence[Line]:
        """The lines of a cell, each as wide as its column."""
        width, right = self.widths[at], at in self.right
        if _fits(text.plain, width):
            return [_line(text, width, console, right=right)]
        parts = list(_broken(text, width).wrap(console, width, overflow="fold"))
        for part in parts:
            part.rstrip()
        return [_line(cast("Text", part), width, console, right=right) for part in parts]


def width_of(text: Text) -> int:
    """The width of a text's longest line, in characters of the terminal."""
    return max(map(cell_len, text.plain.split("\n")))


def narrowest(text: Text) -> int:
    """The width below which one of a text's words is broken where nobody would break it."""
    pieces = (piece for word in text.plain.split() for piece in _JOINT.split(word))
    return max(map(cell_len, pieces), default=1)


def _fits(text: str, width: int) -> bool:
    return "\n" not in text and "\t" not in text and cell_len(text) <= width


def _line(text: Text, width: int, console: Console, *, right: bool) -> Line:
    written = text.render(console) if text.spans else [_segment(text, console)]
    space = _space(width - cell_len(text.plain))
    return [space, *written] if right else [*written, space]


def _segment(text: Text, console: Console) -> Segment:
    return Segment(text.plain, console.get_style(text.style, default=Style.null()))


def _space(width: int) -> Segment:
    return Segment(" " * width)


# --- words that are too long for their column ----------------------------------------------------


def _broken(text: Text, width: int) -> Text:
    """The text with breaks in words that are too long: at a capital, `_`, `-`, `.` or `/`."""
    breaks = [at for word in _WORD.finditer(text.plain) for at in _breaks(word, width)]
    return Text("\n").join(text.divide(breaks)) if breaks else text


def _breaks(word: re.Match[str], width: int) -> Iterator[int]:
    """Where a word is broken: at the last joint that fits, or else where the column ends."""
    start = last = word.start()
    joints = (word.start() + joint.end() for joint in _JOINT.finditer(word[0]))
    for joint in (*joints, word.end()):
        while joint - start > width:
            start = last if last > start else start + width
            yield start
        last = joint
