"""What a user or a program gets to see. Every format is one `render(report, page, tables)`.

Renderers compute nothing but layout: what they print stands in the `Report`.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from debugdiff.errors import DebugdiffError
from debugdiff.report.page import Page

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from debugdiff.model import Report

__all__ = ["Format", "Page", "Renderer", "Table", "format_of", "render"]


class Format(StrEnum):
    """How a report is written; the module of the same name renders it."""

    TABLE = "table"
    JSON = "json"
    TEXT = "text"
    SVG = "svg"
    HTML = "html"


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
    ".json": Format.JSON,
    ".txt": Format.TEXT,
    ".svg": Format.SVG,
    ".html": Format.HTML,
}


def render(
    report: Report, wanted: Format, page: Page, tables: Collection[Table] = tuple(Table)
) -> str:
    """A report in the wanted format, for a page of a given width and colour.

    Args:
        report: what was measured.
        wanted: the format; JSON has everything, whatever the tables and the page.
        page: what it is written on.
        tables: which of its parts.
    """
    module = "json" if wanted is Format.JSON else "table"
    renderer = cast("Renderer", import_module(f"debugdiff.report.{module}"))
    return renderer.render(report, page.of(wanted.value), tables)


def format_of(path: Path) -> Format:
    """The format that a file's suffix asks for.

    Raises:
        DebugdiffError: no format has this suffix.
    """
    wanted = _SUFFIXES.get(path.suffix.lower())
    if wanted is None:
        raise DebugdiffError(
            f"`{path}` has a suffix of no known format.",
            hint=f"Known suffixes: {', '.join(_SUFFIXES)}.",
            slug="unknown-format",
        )
    return wanted
