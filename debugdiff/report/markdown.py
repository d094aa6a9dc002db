"""A page as Markdown: for a pull request, or for the summary of a job.

What is laid out for a terminal is written as headings, tables and paragraphs instead. A page that
would be too long for the site loses whole sections, and says which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from rich.padding import Padding

from debugdiff.report.layout import Block, Grid, Heading, Rank, Verbatim
from debugdiff.report.paths import near_paths
from debugdiff.report.text import Text
from debugdiff.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.report.layout import Block, Column

_LONGEST_CELL = 300
_ROOM_FOR_NOTE = 1_000
_NAMED, _LONGEST_NAME = 8, 60
"""How many of the sections that are left out are named."""
_SPECIAL = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")
_AT_START = re.compile(r"^(\s*)([#=+-])(?=[#=+\-\s]|$)|^(\s*\d+)([.)])(?=\s|$)", re.MULTILINE)
_ADDRESS = re.compile(r"([\w ]+: )?(https://[^\s<>]+)")
_MENTION = re.compile(r"@(?=\w)")


@dataclass(slots=True)
class _Section:
    """What stands below one heading; the first section has none."""

    title: str = ""
    rank: Rank = Rank.WHOLE
    blocks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        head = [f"## {prose(self.title)}"] if self.title else []
        return "".join(f"{block}\n\n" for block in (*head, *self.blocks))


def document(parts: Iterable[RenderableType], longest: int) -> str:
    """Renderables as Markdown of at most so many bytes: sections that do not fit are left out.

    Sections about everything have room before those of a case, and these before single bugs.
    """
    sections = [(section, str(section)) for section in _sections(parts)]
    room = longest - _ROOM_FOR_NOTE
    kept = set()
    for section, text in sorted(sections, key=lambda pair: pair[0].rank):
        if _size(text) <= room:
            room -= _size(text)
            kept.add(id(section))
    left_out = [
        section.title or "the summary" for section, _ in sections if id(section) not in kept
    ]
    text = "".join(text for section, text in sections if id(section) in kept)
    return text + _note(left_out, longest) if left_out else text.rstrip("\n") + "\n"


def _note(left_out: Sequence[str], longest: int) -> str:
    """What is missing, by name as far as there is room, and how to see it."""
    named = [shortened(title or "the summary", _LONGEST_NAME) for title in left_out[:_NAMED]]
    more = [f"{len(left_out) - _NAMED} more"] if len(left_out) > _NAMED else []
    return (
        f"*Left out, because there is room for {longest:,} bytes: {prose(', '.join(named + more))}."
        " A file of another format has all of it (`-o report.html`).*\n"
    )


def _size(text: str) -> int:
    return len(text.encode())


def _sections(parts: Iterable[RenderableType]) -> Iterator[_Section]:
    section = _Section()
    for kind, alike in groupby(map(_without_margin, parts), key=type):
        group = list(alike)
        if kind is Heading:
            for part in group:
                yield section
                assert isinstance(part, Heading)
                section = _Section(part.title.plain, part.rank)
        else:
            section.blocks += _blocks(group)
    yield section


def _blocks(alike: Sequence[RenderableType]) -> Iterator[str]:
    """Parts of one kind that follow each other."""
    yield from _paragraphs(part for part in alike if isinstance(part, Text))
    yield from _verbatim(part.text.plain for part in alike if isinstance(part, Verbatim))
    for part in alike:
        if isinstance(part, Grid):
            yield from _tables(part)


def _without_margin(part: RenderableType) -> RenderableType:
    return part.renderable if isinstance(part, Padding) else part


def _paragraphs(lines: Iterable[Text]) -> Iterator[str]:
    """Lines that follow each other as one paragraph; a bold line begins the next."""
    paragraph: list[str] = []
    for line in lines:
        text = _line_of(line)
        if paragraph and (not text or text.startswith("**")):
            yield "\\\n".join(paragraph)
            paragraph = []
        paragraph += [text] if text else []
    if paragraph:
        yield "\\\n".join(paragraph)


def _line_of(line: Text) -> str:
    """A line as prose, with its beginning bold if that is so on a terminal."""
    bold = [span.end for span in line.spans if span.start == 0 and "bold" in str(span.style)]
    end = len(line.plain) if "bold" in str(line.style) else max(bold, default=0)
    head, rest = line.plain[:end], line.plain[end:]
    if not head.strip():
        return prose(line.plain.strip())
    gap = " " if head != head.rstrip() or rest[:1].isspace() else ""
    return f"**{prose(head.strip())}**{gap}{prose(rest.strip())}"


def _verbatim(texts: Iterable[str]) -> Iterator[str]:
    """Lines that are not wrapped as one block of code; an address is a link."""
    for is_address, alike in groupby(texts, key=lambda text: bool(_ADDRESS.fullmatch(text))):
        if is_address:
            yield "\\\n".join(_ADDRESS.sub(r"\1<\2>", text) for text in alike)
        else:
            yield fenced("\n".join(alike))


def _tables(grid: Grid) -> Iterator[str]:
    """A table for each block, below its title and above its notes."""
    grid = grid.without_empty_columns()
    for block in _joined(grid.blocks):
        if block.title is not None:
            yield _title(block.title)
        if block.rows:
            yield _table(grid.columns, block)
        if block.notes:
            yield "\\\n".join(prose(note.plain) for note in block.notes)


def _title(title: Text) -> str:
    """The title of a block in bold; what it is about comes after two spaces."""
    head, _, about = title.plain.partition("  ")
    return f"**{prose(head.strip())}** {prose(' '.join(about.split()))}".rstrip()


def _joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks; one without a title belongs to that above, unless notes are between them."""
    last: Block | None = None
    for block in blocks:
        if last is not None and block.title is None and not last.notes:
            last = replace(last, rows=(*last.rows, *block.rows), notes=block.notes)
            continue
        yield from [last] if last else []
        last = block
    yield from [last] if last else []


def _table(columns: Sequence[Column], block: Block) -> str:
    heads = [_cell(Text(column.header)) for column in columns]
    rules = ["---:" if column.justify == "right" else "---" for column in columns]
    rows = [[*map(_cell, row)] for row in block.rows]
    return "\n".join(_line(cells, len(columns)) for cells in (heads, rules, *rows))


def _line(cells: Sequence[str], count: int) -> str:
    return f"| {' | '.join([*cells, *[''] * (count - len(cells))])} |"


def _cell(text: Text) -> str:
    return prose(shortened(text.plain.strip(), _LONGEST_CELL)).replace("\n", "<br>")


def prose(text: str) -> str:
    """A text in which nothing is Markdown, HTML, or the name of somebody to notify."""
    escaped = _SPECIAL.sub(lambda found: f"\\{found[0]}", near_paths(visible(text)))
    escaped = _AT_START.sub(r"\1\3\\\2\4", escaped)
    return _MENTION.sub("@<!-- -->", escaped)


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}"
