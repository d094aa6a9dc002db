"""Rich renderables as elements of a page: a grid is a table, a heading is a heading."""

from __future__ import annotations

import io
import re
from functools import cache
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
    return Markup("\n".join(map(element, parts)))


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
    if not text.spans:
        return Markup(_styled(text.plain, _classes(str(text.style))))
    edges = {0, len(text), *(edge for span in text.spans for edge in (span.start, span.end))}
    return Markup(
        "".join(
            _styled(text.plain[start:end], _styles(text, start))
            for start, end in pairwise(sorted(edges))
        )
    )


def _styles(text: Text, at: int) -> str:
    here = [span.style for span in text.spans if span.start <= at < span.end]
    return _classes(" ".join(str(style) for style in (text.style, *here)))


@cache
def _classes(styles: str) -> str:
    return " ".join(dict.fromkeys(_CLASSES[word] for word in styles.split() if word in _CLASSES))


def _styled(text: str, classes: str) -> str:
    shown = with_code(text)
    return f'<span class="{classes}">{shown}</span>' if classes else shown


def with_code(text: str) -> Markup:
    """A text as markup, in which what stands between backticks is code."""
    if "`" not in text:
        return escape(text)
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def table(grid: Grid) -> Markup:
    """A grid as a table that a narrow window scrolls; blocks are groups of rows."""
    kept = grid.without_empty_columns().with_short_cells()
    head = "".join(map(_header, kept.columns))
    blocks = "\n".join(_group(block, kept.columns) for block in kept.blocks)
    return Markup(
        f'<div class="scroll" tabindex="0"><table>\n<thead><tr>{head}</tr></thead>\n{blocks}\n'
        "</table></div>"
    )


def _header(column: Column) -> str:
    kind = ' class="number"' if column.justify == "right" else ""
    title = inline(Text(column.header.replace("\n", " ")))
    return f'<th scope="col"{kind}>{title}</th>'


def _group(block: Block, columns: tuple[Column, ...]) -> str:
    rows = "\n".join(_rows(block, columns))
    return f"<tbody>\n{rows}\n</tbody>"


def _rows(block: Block, columns: tuple[Column, ...]) -> Iterator[str]:
    width = len(columns)
    if block.title is not None:
        yield f'<tr><th class="group" colspan="{width}">{inline(block.title)}</th></tr>'
    for row in block.rows:
        yield f"<tr>{''.join(_cells(row, columns))}</tr>"
    for note in block.notes:
        yield f'<tr><td class="note" colspan="{width}">{inline(note)}</td></tr>'


def _cells(row: Row, columns: tuple[Column, ...]) -> Iterator[str]:
    """A cell per column; the last one of a shorter row takes the rest of the line."""
    for index, (cell, column) in enumerate(zip(row, columns, strict=False)):
        rest = len(columns) - index if index == len(row) - 1 else 1
        kind = ' class="number"' if column.justify == "right" and rest == 1 else ""
        span = f' colspan="{rest}"' if rest > 1 else ""
        yield f"<td{kind}{span}>{inline(cell)}</td>"
