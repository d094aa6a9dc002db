"""How tables look: columns that line up across blocks, and numbers written the same everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from rich.padding import Padding
from rich.rule import Rule

from debugdiff.report.rows import Rows, narrowest, width_of
from debugdiff.report.text import Text, is_plain
from debugdiff.visible import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

ABSENT = "\N{EN DASH}"
"""Looked for, and not there."""

NOTHING = Text("·", style="dim")
"""A value that cannot be judged, or does not apply: `debugdiff show` says which and why."""

GOOD = "green"
BAD = "red"
LOUD = "bold yellow"
QUIET = "dim"
STRONG = "bold"

_WIDE_GAP = 2
_NARROW_GAP = 1
_MARGIN = 2
"""Left of notes and paragraphs."""
_LONGEST_CELL = 2_000
"""Characters; the rest is in the JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a grid.

    Attributes:
        flexible: how far it may shrink, in characters, when the page is narrow; 0: not at all.
    """

    header: str
    justify: Literal["left", "right"] = "left"
    flexible: int = 0


Row = tuple[Text, ...]
"""A text per column. The last cell of a shorter row takes the rest of the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows that belong together, under a title, with notes below them over the whole width."""

    rows: tuple[Row, ...]
    title: Text | None = None
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """How wide each column is on a page of some width."""

    widths: Sequence[int]
    gap: int
    page: int

    @property
    def total(self) -> int:
        return sum(self.widths) + self.gap * (len(self.widths) - 1)

    def of_row(self, cells: int) -> Sequence[int]:
        """The widths of a row's cells: the last one of a short row has the rest of the page."""
        if cells == len(self.widths):
            return self.widths
        first = self.widths[: cells - 1]
        return [*first, self.page - sum(first) - self.gap * len(first)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Blocks whose columns line up. Columns that are empty in every row are left out.

    Attributes:
        ruled: whether a line stands below the head, and an empty one between blocks.
    """

    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    ruled: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Head, rule, then each block with its title and notes; or a statement for each row."""
        kept = self.without_empty_columns().with_short_cells()
        yield from kept.statements() if is_plain(console) else kept.drawn(options)

    def statements(self) -> Iterator[Text]:
        """A line for each row: what it is about, and each figure behind its head."""
        headers = [column.header.replace("\n", " ") for column in self.columns]
        for block in self.blocks:
            if block.title is not None:
                yield Text(f"{block.title.plain.replace('  ', ', ')}:")
            for row in block.rows:
                yield Text(_statement(headers, row))
            yield from block.notes

    def drawn(self, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Every column, also the empty ones."""
        fit = self._fit(options.max_width)
        height = max(column.header.count("\n") for column in self.columns)
        pairs = zip(self.columns, fit.widths, strict=True)
        head = tuple(_at_bottom(_shortened(each.header, width), height) for each, width in pairs)
        yield self._table([head], fit)
        if self.ruled:
            yield _line(fit.total, options)
        for number, block in enumerate(self.blocks):
            yield from self._block(block, fit, first=number == 0 or not self.ruled)

    def _block(self, block: Block, fit: _Fit, *, first: bool) -> Iterator[RenderableType]:
        if block.title is not None:
            if not first:
                yield Text()
            yield Rows(rows=[(block.title,)], widths=[fit.page])
        for _, alike in groupby(block.rows, key=len):
            yield self._table(tuple(alike), fit)
        notes = [(Text(), note) for note in block.notes]
        yield Rows(rows=notes, widths=[_MARGIN, fit.page - _MARGIN])

    def without_empty_columns(self) -> Grid:
        """The same grid without the columns in which no row has anything."""
        rows = [row for block in self.blocks for row in block.rows]
        kept = [
            index
            for index in range(len(self.columns))
            if not rows or any(_has_content(row, index) for row in rows)
        ]
        return replace(
            self,
            columns=tuple(self.columns[index] for index in kept),
            blocks=tuple(
                Block(title=block.title, notes=block.notes, rows=_columns_of(block.rows, kept))
                for block in self.blocks
            ),
        )

    def with_short_cells(self) -> Grid:
        """The same grid; of a cell that is too long to be read, the middle is left out."""
        blocks = (
            replace(block, rows=tuple(tuple(map(_short, row)) for row in block.rows))
            for block in self.blocks
        )
        return replace(self, blocks=tuple(blocks))

    def _fit(self, width: int) -> _Fit:
        natural = [self._natural(index) for index in range(len(self.columns))]
        for gap in (_WIDE_GAP, _NARROW_GAP):
            room = width - gap * (len(natural) - 1)
            if sum(natural) <= room:
                return _Fit(widths=natural, gap=gap, page=width)
        shrunk = self._shrunk(natural, sum(natural) - room)
        return _Fit(widths=shrunk, gap=_NARROW_GAP, page=width)

    def _natural(self, index: int) -> int:
        """The width that a column would like; a cell that takes the rest of its line wraps."""
        return max((width_of(Text(self.columns[index].header)), *map(width_of, self._cells(index))))

    def _cells(self, index: int) -> Iterator[Text]:
        """What is in one column only."""
        rows = (row for block in self.blocks for row in block.rows)
        return (row[index] for row in rows if index < self._own_cells(row))

    def _own_cells(self, row: Row) -> int:
        """How many cells of a row stand in one column only."""
        return len(row) if len(row) == len(self.columns) else len(row) - 1

    def _shrunk(self, widths: list[int], excess: int) -> list[int]:
        """Take a character at a time from the widest column that may still give one."""
        for limits in self._limits(widths):
            while excess and (givers := [at for at, end in enumerate(limits) if widths[at] > end]):
                widths[max(givers, key=widths.__getitem__)] -= 1
                excess -= 1
            if not excess:
                break
        return widths

    def _limits(self, natural: Sequence[int]) -> Iterator[Sequence[int]]:
        """How narrow columns may be: as they say, as words stay whole, as those of cells do, 1.

        A figure stays whole for longer than a word: a minus at the end of a line is easily missed.
        """
        pairs = zip(self.columns, natural, strict=True)
        yield [column.flexible or width for column, width in pairs]
        heads = [narrowest(Text(column.header)) for column in self.columns]
        words = [max(map(narrowest, self._cells(at)), default=1) for at in range(len(natural))]
        whole = [
            max(map(width_of, self._cells(at)), default=1) if column.justify == "right" else word
            for at, (column, word) in enumerate(zip(self.columns, words, strict=True))
        ]
        yield list(map(max, heads, whole))
        yield whole
        yield words
        yield [1] * len(natural)

    def _table(self, rows: Sequence[Row], fit: _Fit) -> Rows:
        """Rows with equally many cells."""
        own = self._own_cells(rows[0])
        right = {at for at in range(own) if self.columns[at].justify == "right"}
        return Rows(rows=rows, widths=fit.of_row(len(rows[0])), gap=fit.gap, right=right)


def _statement(headers: Sequence[str], row: Row) -> str:
    """`keras_subclass: shows D1 build, noise D4 50%.` The first cell is what it is about."""
    about, *cells = (" ".join(cell.plain.split()) for cell in row)
    names = headers[1 : len(row)] if len(row) == len(headers) else [*headers[1 : len(row) - 1], ""]
    facts = (
        f"{name} {cell}".strip()
        for name, cell in zip(names, cells, strict=True)
        if cell not in {"", NOTHING.plain}
    )
    return ": ".join(filter(None, (about, ", ".join(facts))))


def _short(cell: Text) -> Text:
    if len(cell) <= _LONGEST_CELL:
        return cell
    return Text(shortened(cell.plain, _LONGEST_CELL), style=cell.style)


def _has_content(row: Row, index: int) -> bool:
    return index < len(row) and row[index].plain not in {"", NOTHING.plain}


def _columns_of(rows: Sequence[Row], kept: Sequence[int]) -> tuple[Row, ...]:
    return tuple(tuple(row[index] for index in kept if index < len(row)) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbatim:
    """Text that is neither wrapped nor cut, whatever the width of the page."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The text and a line end."""
        del options
        yield from self.text.render(console, end="\n")


def _shortened(header: str, width: int) -> str:
    """A head whose words fit a column, rather than one that breaks in the middle of a word."""
    if narrowest(Text(header)) <= width:
        return header
    return re.sub(rf"\S{{{width + 1},}}", lambda word: _cut(word[0], width), header)


def _cut(word: str, width: int) -> str:
    return f"{word[: width - 1]}." if width > 1 else word[:width]


def _at_bottom(header: str, height: int) -> Text:
    return Text("\n" * (height - header.count("\n")) + header, style=QUIET)


def _line(width: int, options: ConsoleOptions) -> Text:
    return Text(("-" if options.ascii_only else "─") * width, style=QUIET)


class Rank(IntEnum):
    """What a section is about; where there is no room for all, the highest ranks are left out."""

    WHOLE = 0
    CASE = 1
    BUGS = 2


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a section: a title, and a line behind it."""

    title: Text
    rank: Rank = Rank.WHOLE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A rule with the title in it; the title alone if it is read aloud."""
        del options
        plain = is_plain(console)
        yield self.title if plain else Rule(self.title, align="left", style=QUIET)


def heading(title: str, rank: Rank = Rank.WHOLE) -> RenderableType:
    """The head of a section, with a blank line above."""
    return Padding(Heading(Text(title, style=STRONG), rank), (1, 0, 0, 0))


def indented(text: Text) -> RenderableType:
    """A paragraph that keeps its left margin when it wraps."""
    return Padding(text, (0, 0, 0, _MARGIN))


def legend(text: str) -> RenderableType:
    """Explanations of second rank; terms between asterisks stand out."""
    parts = ((part, "" if number % 2 else QUIET) for number, part in enumerate(text.split("*")))
    return indented(Text.assemble(*parts))


def quiet(text: str) -> Text:
    """Text of second rank."""
    return Text(text, style=QUIET)


def plain(value: object) -> Text:
    """Any value as it is, or the mark for no value."""
    return NOTHING if value is None else Text(str(value))


def number(value: float | None, digits: int = 2) -> Text:
    """A figure with a fixed count of decimals."""
    return NOTHING if value is None else Text(f"{value:.{digits}f}")


def percent(value: float | None) -> Text:
    """A share in 0-1 as whole per cent."""
    return NOTHING if value is None else Text(f"{value:.0%}")


def rank(reciprocal: float | None) -> Text:
    """A reciprocal rank as the rank itself; 0 means that the line is not there."""
    if reciprocal is None:
        return NOTHING
    return Text(str(round(1 / reciprocal))) if reciprocal else Text(ABSENT)


def significant(value: float | None) -> Text:
    """A measured quantity of any magnitude, to four significant digits."""
    return NOTHING if value is None else Text(f"{value:.4g}")


def count_of(count: int, singular: str, plural: str = "") -> str:
    """`1 trial`, `2 trials`."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def seconds(value: float) -> str:
    """A duration: `0.84 s`, `12 s`, `3 min 20 s`."""
    if value < 10:  # noqa: PLR2004 - below it, fractions matter
        return f"{value:.2g} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
