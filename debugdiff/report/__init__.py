"""What a user or a program gets to see. Every format is one function `render(report, page)`.

Renderers compute nothing but layout: what they print stands in the `Report`.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from debugdiff.errors import DebugdiffError
from debugdiff.report.page import Page

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import Report

__all__ = ["Format", "Page", "Renderer", "format_of", "render"]


class Format(StrEnum):
    """How a report is written; the module of the same name renders it."""

    TABLE = "table"
    JSON = "json"
    TEXT = "text"
    SVG = "svg"
    HTML = "html"


class Renderer(Protocol):
    """What a format's module has to offer."""

    def render(self, report: Report, page: Page) -> str:
        """The whole report as text."""


_SUFFIXES = {
    ".json": Format.JSON,
    ".txt": Format.TEXT,
    ".svg": Format.SVG,
    ".html": Format.HTML,
}


def render(report: Report, wanted: Format, page: Page) -> str:
    """A report in the wanted format, for a page of a given width and colour."""
    module = "json" if wanted is Format.JSON else "table"
    renderer = cast("Renderer", import_module(f"debugdiff.report.{module}"))
    return renderer.render(report, page.of(wanted.value))


def format_of(path: Path) -> Format:
    """The format that a file's suffix asks for.

    Raises:
        DebugdiffError: no format has this suffix.
    """
    wanted = _SUFFIXES.get(path.suffix.lower())
    if wanted is None:
        raise DebugdiffError(
            f"`{path}` has a suffix that names no format.",
            hint=f"Known suffixes: {', '.join(_SUFFIXES)}.",
            slug="unknown-format",
        )
    return wanted
