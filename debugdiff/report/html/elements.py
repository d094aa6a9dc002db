"""Rich renderables as elements of a page: a grid is a table, a heading is a heading."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup, escape
from rich.padding import Padding

from debugdiff.report.layout import Block, Grid, Heading, Verbatim
from debugdiff.report.text import Console, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from debugdiff.report.layout import Column, Row

_CODE = re.compile(r"`([^`\n]+)`")
_CLASSES = {
    "bold": "strong",
    "dim": "quiet",
    "red": "bad",
    "green": "good",
    "yellow": "loud",
    "cyan": "also",
    "blue": "also",
    "magenta": "also",
}
_WIDTH = 100


def elements(parts: Iterable[RenderableType]) -> Markup:
    """Renderables as elements, one below the other."""
    return Markup("\n").join(map(element, parts))


def element(part: RenderableType) -> Markup:
    """One renderable; what is none of ours is drawn as on a terminal."""
    match part:
        case Grid():
            return table(part)
        case Padding():
            return element(part.renderable)
        case Text() if not part.plain.strip():
            return Markup()
        case Text():
            return Markup("<p>{}</p>").format(inline(part))
        case Heading():
            return Markup("<h2>{}</h2>").format(inline(part.title))
    text = inline(part.text) if isinstance(part, Verbatim) else Text(_drawn(part)).plain
    return Markup("<pre>{}</pre>").format(text)


def _drawn(part: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, emoji=False)
    console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def inline(text: Text) -> Markup:
    """A text with its styles as classes."""
    edges = {0, len(text), *(edge for span in text.spans for edge in (span.start, span.end))}
    return Markup().join(
        _styled(text.plain[start:end], _styles(text, start))
        for start, end in pairwise(sorted(edges))
    )


def _styles(text: Text, at: int) -> str:
    here = [span.style for span in text.spans if span.start <= at < span.end]
    words = " ".join(str(style) for style in (text.style, *here)).split()
    return " ".join(dict.fromkeys(_CLASSES[word] for word in words if word in _CLASSES))


def _styled(text: str, classes: str) -> Markup:
    shown = with_code(text)
    return Markup('<span class="{}">{}</span>').format(classes, shown) if classes else shown


def with_code(text: str) -> Markup:
    """A text as markup, in which what stands between backticks is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def table(grid: Grid) -> Markup:
    """A grid as a table that a narrow window scrolls; blocks are groups of rows."""
    kept = grid.without_empty_columns().with_short_cells()
    head = Markup().join(_header(column) for column in kept.columns)
    blocks = Markup("\n").join(_group(block, kept.columns) for block in kept.blocks)
    return Markup(
        '<div class="scroll" tabindex="0"><table>\n<thead><tr>{}</tr></thead>\n{}\n</table></div>'
    ).format(head, blocks)


def _header(column: Column) -> Markup:
    kind = ' class="number"' if column.justify == "right" else ""
    title = Text(column.header.replace("\n", " "))
    return Markup(f'<th scope="col"{kind}>{{}}</th>').format(inline(title))


def _group(block: Block, columns: tuple[Column, ...]) -> Markup:
    return Markup("<tbody>\n{}\n</tbody>").format(Markup("\n").join(_rows(block, columns)))


def _rows(block: Block, columns: tuple[Column, ...]) -> Iterator[Markup]:
    width = len(columns)
    if block.title is not None:
        title = inline(block.title)
        yield Markup('<tr><th class="group" colspan="{}">{}</th></tr>').format(width, title)
    for row in block.rows:
        yield Markup("<tr>{}</tr>").format(Markup().join(_cells(row, columns)))
    for note in block.notes:
        text = inline(note)
        yield Markup('<tr><td class="note" colspan="{}">{}</td></tr>').format(width, text)


def _cells(row: Row, columns: tuple[Column, ...]) -> Iterator[Markup]:
    """A cell per column; the last one of a shorter row takes the rest of the line."""
    for index, (cell, column) in enumerate(zip(row, columns, strict=False)):
        rest = len(columns) - index if index == len(row) - 1 else 1
        kind = ' class="number"' if column.justify == "right" and rest == 1 else ""
        span = f' colspan="{rest}"' if rest > 1 else ""
        yield Markup(f"<td{kind}{span}>{{}}</td>").format(inline(cell))
