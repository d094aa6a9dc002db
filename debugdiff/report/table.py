"""The report on a page: a terminal, a text file, an SVG picture or an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report import Table
from debugdiff.report.aids import aids
from debugdiff.report.comparison import comparison
from debugdiff.report.debuggability import debuggability
from debugdiff.report.first_screen import first_screen, how_to_see_the_rest
from debugdiff.report.footnotes import footnotes
from debugdiff.report.interim import interim
from debugdiff.report.layout import indented
from debugdiff.report.overview import overview, warnings
from debugdiff.report.readability import readability
from debugdiff.report.reading import reading
from debugdiff.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from rich.console import RenderableType

    from debugdiff.model import Case, Report
    from debugdiff.report.page import Page

    Section = tuple[Table, Iterable[RenderableType]]


def render(report: Report, page: Page, tables: Collection[Table] = tuple(Table)) -> str:
    """The answers first, then their evidence: the tables that are wanted, each explained once."""
    parts = list(_written(report, page, tables))
    if set(tables) == {Table.ANSWERS}:
        parts += how_to_see_the_rest(report)
    if not {Table.ANSWERS, Table.TRIALS}.intersection(tables):
        parts = [*map(indented, warnings(report)), *parts]
    return page.write(*parts)


def _written(report: Report, page: Page, tables: Collection[Table]) -> Iterator[RenderableType]:
    explained = set()
    for table, section in _sections(report, page):
        parts = list(section) if table in tables else []
        yield from parts
        if parts and table not in explained:
            explained.add(table)
            yield from reading(table)


def _sections(report: Report, page: Page) -> Iterator[Section]:
    yield Table.ANSWERS, first_screen(report, page)
    yield Table.TRIALS, overview(report)
    for case in report.cases:
        yield from _of_case(report, case, page)
    yield Table.SCORES, summary(report, "")
    yield Table.COMPARISON, comparison(report)
    yield Table.COMPARISON, aids(report)
    yield Table.TRIALS, footnotes(report)


def _of_case(report: Report, case: Case, page: Page) -> Iterator[Section]:
    yield Table.READABILITY, readability(report, case)
    yield Table.BUGS, debuggability(report, case.name, page.width)
    yield Table.ACCESS, interim(report, case.name)
    yield Table.SCORES, summary(report, case.name)
