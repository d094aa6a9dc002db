"""The report as tables, for a terminal, a text file, an SVG picture or an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.aids import aids
from debugdiff.report.comparison import comparison
from debugdiff.report.debuggability import debuggability
from debugdiff.report.footnotes import footnotes
from debugdiff.report.interim import interim
from debugdiff.report.overview import overview
from debugdiff.report.readability import readability
from debugdiff.report.reading import reading
from debugdiff.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Report
    from debugdiff.report.page import Page


def render(report: Report, page: Page) -> str:
    """Every section, evidence first and scores second."""
    return page.write(*_sections(report, page.width))


def _sections(report: Report, width: int) -> Iterator[RenderableType]:
    yield from overview(report)
    for case in report.cases:
        yield from readability(report, case)
        yield from debuggability(report, case.name, width)
        yield from interim(report, case.name)
        yield from summary(report, case.name)
    yield from summary(report, "")
    yield from comparison(report)
    yield from aids(report)
    yield from reading(report)
    yield from footnotes(report)
