"""What a user or a program gets to see. Every format is one `render(report, page, tables)`.

Renderers compute nothing but layout: what they print stands in the `Report`.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from debugdiff.errors import DebugdiffError
from debugdiff.report.page import JOB_SUMMARY, Page

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from debugdiff.model import Report
    from debugdiff.report.page import Medium

__all__ = [
    "ANY_RESULT",
    "JOB_SUMMARY",
    "OF_FINDINGS",
    "OF_REPORT",
    "Format",
    "Page",
    "Renderer",
    "Table",
    "format_of",
    "page_for",
    "render",
    "suffixes",
]


class Format(StrEnum):
    """How a result is written. The first five are pages, which `Page` writes."""

    TABLE = "table"
    TEXT = "text"
    SVG = "svg"
    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"
    JUNIT = "junit"
    MUTATION = "mutation"
    LINES = "lines"
    SARIF = "sarif"
    GITHUB = "github"
    PROMPT = "prompt"


_PAGES = (Format.TABLE, Format.TEXT, Format.SVG, Format.HTML, Format.MARKDOWN)
ANY_RESULT = (*_PAGES, Format.JSON)
"""What every result can be written as."""
OF_REPORT = (*ANY_RESULT, Format.CSV, Format.JUNIT, Format.MUTATION)
"""What a report can be written as."""
OF_FINDINGS = (*ANY_RESULT, Format.LINES, Format.SARIF, Format.GITHUB)
"""What findings in the user's own files can be written as."""


class Table(StrEnum):
    """A part of a report; `answers` is the first screen."""

    ANSWERS = "answers"
    TRIALS = "trials"
    READABILITY = "readability"
    BUGS = "bugs"
    ACCESS = "access"
    SCORES = "scores"
    COMPARISON = "comparison"


class Renderer(Protocol):
    """What a format's module has to offer."""

    def render(self, report: Report, page: Page, tables: Collection[Table]) -> str:
        """The report as text."""


_SUFFIXES = {
    ".mutation.json": Format.MUTATION,  # before .json, which it ends in
    ".json": Format.JSON,
    ".txt": Format.TEXT,
    ".svg": Format.SVG,
    ".html": Format.HTML,
    ".md": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".zip": Format.CSV,
    ".xml": Format.JUNIT,
    ".sarif": Format.SARIF,
}
_MODULES = {
    Format.HTML: "html",
    Format.JSON: "json",
    Format.CSV: "csv",
    Format.JUNIT: "junit",
    Format.MUTATION: "mutation",
}
"""Of a report; the others are pages with its tables."""


def render(
    report: Report, wanted: Format, page: Page, tables: Collection[Table] = tuple(Table)
) -> str:
    """A report in the wanted format, for a page of a given width and colour.

    Args:
        report: what was measured.
        wanted: the format; JSON, JUnit and the mutation testing schema have everything, whatever
            the tables and the page.
        page: what it is written on.
        tables: which of its parts.
    """
    module = import_module(f"debugdiff.report.{_MODULES.get(wanted, 'table')}")
    return cast("Renderer", module).render(report, page_for(page, wanted), tables)


def page_for(page: Page, wanted: Format) -> Page:
    """The page as one of a format; of formats that are no page, as it is."""
    return page.of(cast("Medium", wanted.value)) if wanted in _PAGES else page


def suffixes(offered: Collection[Format]) -> list[str]:
    """Of files that a format's suffix names."""
    return [suffix for suffix, each in _SUFFIXES.items() if each in offered]


def format_of(path: Path, offered: Collection[Format] = tuple(Format)) -> Format:
    """The format that a file's suffix asks for.

    Args:
        path: the file.
        offered: what there is to choose from.

    Raises:
        DebugdiffError: none of these formats has this suffix.
    """
    name = path.name.lower()
    wanted = next((each for suffix, each in _SUFFIXES.items() if name.endswith(suffix)), None)
    if wanted is None or wanted not in offered:
        raise DebugdiffError(
            f"`{path}` has a suffix of no format that this command writes.",
            hint=f"It writes: {', '.join(suffixes(offered))}.",
            slug="unknown-format",
        )
    return wanted
