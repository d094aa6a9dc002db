"""Cases as a list, and one case with its programs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.panel import Panel
from rich.syntax import Syntax

from debugdiff.cli.views import document
from debugdiff.errors import DebugdiffError
from debugdiff.report.layout import (
    BAD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    quiet,
)
from debugdiff.report.text import Text
from debugdiff.static import count_logical_lines
from debugdiff.syntax import split_lines
from debugdiff.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Case, Implementation
    from debugdiff.report import Page

_COLUMNS = (
    Column(header="implementation", flexible=14),
    Column(header="framework"),
    Column(header="style"),
    Column(header="loop"),
    Column(header="parameters", justify="right"),
    Column(header="lines", justify="right"),
    Column(header="clean", justify="right"),
)
_SITE_COLUMNS_FIRST = Column(header="site", flexible=12)
_LEGEND = (
    "lines: logical, without docstrings. clean: the case's metric at size small without a bug,"
    " median of three seeds."
)
_THEME = "ansi_dark"
_FRAME = 4
"""Columns of a panel that are not text."""


def cases_table(cases: Sequence[Case], page: Page) -> str:
    """One block per case, its implementations as rows."""
    programs = sum(len(case.implementations) for case in cases)
    summary = f"{count_of(len(cases), 'case')}, {count_of(programs, 'implementation')}."
    grid = Grid(columns=_COLUMNS, blocks=tuple(map(_case, cases)))
    return page.write(grid, indented(quiet(f"{summary} {_LEGEND}")))


def cases_json(cases: Sequence[Case]) -> str:
    """The cases with everything that their `case.toml` says."""
    return document("cases", cases)


def _case(case: Case) -> Block:
    notes = [f"{broken.name} cannot be used: {broken.reason}" for broken in case.broken]
    return Block(
        title=Text.assemble((case.name, STRONG), (_subtitle(case), QUIET)),
        rows=tuple(map(_implementation, case.implementations)),
        notes=(*(Text(note, style=BAD) for note in notes), *_measure_of(case)),
    )


def _subtitle(case: Case) -> str:
    """Its title, unless that is nothing but its name: a folder of somebody else's has no other."""
    return "" if case.title == case.name else f"  {case.title}"


def _implementation(program: Implementation) -> Row:
    facts = (program.name, program.framework, program.style, program.training)
    parameters = NOTHING if program.parameters is None else Text(f"{program.parameters:,}")
    clean = NOTHING if program.clean is None else Text(f"{program.clean:.3f}")
    lines = Text(str(count_logical_lines(program.source)))
    return (*map(Text, facts), parameters, lines, clean)


def _measure_of(case: Case) -> Iterator[Text]:
    """What a clean figure is to be held against; of an undeclared folder, where it is."""
    if case.metric and case.majority is not None:
        yield quiet(f"{case.metric}; without a model {case.majority:g}")
    elif not case.declared:
        yield quiet(str(case.folder))


# --- one case ------------------------------------------------------------------------------------


def case_page(case: Case, names: Sequence[str], page: Page) -> str:
    """Facts of a case, the names of its sites, and its programs beside each other.

    Args:
        case: whose programs are shown.
        names: the implementations to print; all of them if empty.
        page: where two programs fit beside each other, they stand there.

    Raises:
        DebugdiffError: `implementation-unknown`.
    """
    chosen = [_implementation_of(case, name) for name in names] or list(case.implementations)
    return page.write(*_facts(case), *_sites(case), *_programs(chosen, page.width))


def _implementation_of(case: Case, name: str) -> Implementation:
    for program in case.implementations:
        if program.name == name:
            return program
    raise DebugdiffError(
        f"The case {case.name} has no implementation `{name}`.",
        hint=f"It has: {', '.join(program.name for program in case.implementations)}.",
        slug="implementation-unknown",
    )


def _facts(case: Case) -> Iterator[RenderableType]:
    yield heading(case.name)
    facts = {
        "": case.title,
        "Task": case.task,
        "Idea": case.idea,
        "Data": case.data,
        "Licence": case.licence,
        "Metric": " ".join(text.plain for text in _measure_of(case)),
        "Noise": ", ".join(case.noise),
    }
    for name, text in facts.items():
        if text and text != case.name:
            yield indented(Text.assemble((f"{name}: " if name else "", QUIET), text))
    for program in case.implementations:
        if program.guide:
            yield indented(Text.assemble((f"{program.name} follows: ", QUIET), program.guide))
    yield Text()
    yield Grid(
        columns=_COLUMNS, blocks=(Block(rows=tuple(map(_implementation, case.implementations))),)
    )


def _sites(case: Case) -> Iterator[RenderableType]:
    """What each program calls the shared places."""
    if not case.sites:
        return
    names = [program.name for program in case.implementations]
    columns = (_SITE_COLUMNS_FIRST, *(Column(header=name, flexible=12) for name in names))
    rows = tuple(
        (Text(site.name), *(Text(site.where.get(name, "")) for name in names))
        for site in case.sites
    )
    yield Text()
    yield Grid(columns=columns, blocks=(Block(rows=rows),))


def _programs(chosen: Sequence[Implementation], width: int) -> Iterator[RenderableType]:
    needed = (
        max((len(line) for each in chosen for line in split_lines(visible(each.source))), default=0)
        + _FRAME
    )
    panels = [_program(program, min(needed, width)) for program in chosen]
    yield Text()
    yield Columns(panels, padding=(0, 1))


def _program(program: Implementation, width: int) -> Panel:
    listing = Syntax(visible(program.source).rstrip("\n"), "python", theme=_THEME, word_wrap=True)
    return Panel(listing, title=Text(f"{program.name}.py"), width=width)
