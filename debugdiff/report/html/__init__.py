"""The report of a campaign as one file: pages that a browser opens by the fragment.

Data flows from the report through one module per page into a template; `document` puts them into
the file. Nothing is computed but layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report import Table
from debugdiff.report.html.answers import answers
from debugdiff.report.html.bug import bug_pages
from debugdiff.report.html.claims import claim_pages
from debugdiff.report.html.document import Link, document, fill
from debugdiff.report.html.matrix import matrix
from debugdiff.report.html.method import method
from debugdiff.report.html.tables import tables_page
from debugdiff.report.layout import count_of
from debugdiff.verdict import decide, read_claims, review_claims

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from debugdiff.model import Report
    from debugdiff.report.page import Page

_ANSWER = Link(name="answer", title="Answer")
_MATRIX = Link(name="matrix", title="Bugs")
_TABLES = Link(name="tables", title="Tables")
_CLAIMS = Link(name="claims", title="Claims")
_SPEED = Link(name="speed", title="Speed")
_METHOD = Link(name="method", title="Method")


def render(report: Report, page: Page, tables: Collection[Table] = tuple(Table)) -> str:
    """The report as one HTML file that loads nothing.

    Args:
        report: what was measured.
        page: not needed: a browser knows how wide it is.
        tables: the answers and the method are always there; `bugs` brings the matrix and the bugs.
    """
    del page
    bugs = Table.BUGS in tables
    links = (_ANSWER, *([_MATRIX] if bugs else []), _TABLES, _CLAIMS, _SPEED, _METHOD)
    return document(
        f"debugdiff: {', '.join(case.name for case in report.cases) or 'no case'}",
        answers(report),
        links=links,
        pages=_pages(report, tables),
    )


def _pages(report: Report, tables: Collection[Table]) -> Iterator[tuple[str, str]]:
    if Table.BUGS in tables:
        yield _MATRIX.name, matrix(report)
        yield from bug_pages(report)
    yield _TABLES.name, tables_page(report, tables)
    verdicts = decide(read_claims(review_claims()), report.programs)
    yield from claim_pages(verdicts, _evidence(report))
    yield _SPEED.name, fill("speed_missing.html", cases=_selection(report))
    yield _METHOD.name, method(report)


def _evidence(report: Report) -> str:
    return (
        f"Decided from {count_of(len(report.cases), 'case')}, which this report has."
        " `debugdiff verdict` decides from everything in the store."
    )


def _selection(report: Report) -> str:
    """The cases as arguments of a command; nothing if all of them are meant."""
    return "".join(f" {case.name}" for case in report.cases) if len(report.cases) == 1 else ""
