"""The tables behind the answers, as `debugdiff report -v` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report import Table
from debugdiff.report.aids import aids
from debugdiff.report.comparison import comparison
from debugdiff.report.html.document import fill
from debugdiff.report.html.elements import elements
from debugdiff.report.interim import interim
from debugdiff.report.readability import readability
from debugdiff.report.reading import reading
from debugdiff.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from markupsafe import Markup
    from rich.console import RenderableType

    from debugdiff.model import Report


def tables_page(report: Report, tables: Collection[Table]) -> Markup:
    """Readability, interim access, scores and comparison, each explained once."""
    parts = [part for table, parts in _sections(report) if table in tables for part in parts]
    explained = [part for table in Table if table in tables for part in reading(table)]
    return fill("tables.html", parts=elements(parts), explained=elements(explained))


def _sections(report: Report) -> Iterator[tuple[Table, Iterable[RenderableType]]]:
    for case in report.cases:
        yield Table.READABILITY, readability(report, case)
        yield Table.ACCESS, interim(report, case.name)
        yield Table.SCORES, summary(report, case.name)
    yield Table.SCORES, summary(report, "")
    yield Table.COMPARISON, comparison(report)
    yield Table.COMPARISON, aids(report)
