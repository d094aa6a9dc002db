"""Pages of `trace` and `diff`: what a terminal shows, and below it the curves of all values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.html.document import document, fill
from debugdiff.report.html.elements import elements
from debugdiff.report.html.readings import readings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from debugdiff.model import Record

_MOST_STEPS = 60


def run_page(
    title: str,
    parts: Iterable[RenderableType],
    run: Record,
    *,
    beside: Record | None = None,
    names: tuple[str, str] = ("", "this run"),
) -> str:
    """A file: the parts, then the values of a run over its steps.

    Args:
        title: of the window.
        parts: what a terminal shows.
        run: the run.
        beside: another one that it is compared with.
        names: of the other one, empty without one, and of the run.
    """
    sets = readings(beside, run, _MOST_STEPS)
    curves = fill("run.html", sets=sets, names=names)
    return document(title, elements(parts) + curves)
