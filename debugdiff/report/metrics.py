"""Static metrics of files, without running them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.files import to_json
from debugdiff.report.layout import (
    BAD,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    legend,
    number,
    percent,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import PartMetrics, StaticMetrics
    from debugdiff.report.page import Page

SCHEMA_VERSION = 1

_COLUMNS = (
    Column(header="part", flexible=24),
    Column(header="lines\nR1", justify="right"),
    Column(header="volume\nR2, bits", justify="right"),
    Column(header="vocabulary\nR3", justify="right"),
    Column(header="cognitive\nR4", justify="right"),
    Column(header="most in one\nfunction", justify="right"),
    Column(header="API surface\nR5", justify="right"),
)
_LEGACY_COLUMNS = (
    Column(header="file", flexible=16),
    Column(header="cyclomatic", justify="right"),
    Column(header="in one\nfunction", justify="right"),
    Column(header="nesting", justify="right"),
    Column(header="comments", justify="right"),
    Column(header="source\nlines", justify="right"),
    Column(header="Halstead\n(radon)", justify="right"),
    Column(header="MI\n(radon)", justify="right"),
)
_PARTS = ("model", "training", "glue")
_LEGEND = (
    "Less is better. Docstrings and comments are not counted. API surface: distinct library names,"
    " keyword arguments and overrides that a reader has to know; *--json* lists them."
)
_LEGACY_LEGEND = (
    "For information, never scored. radon's Halstead and MI ignore calls and attributes, so model"
    " code seems to cost nothing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMetrics:
    """A file with its metrics, or with the reason why there are none."""

    path: str
    metrics: StaticMetrics | None
    problem: str = ""


def render(files: Sequence[FileMetrics], page: Page) -> str:
    """The files for a user, scored metrics first."""
    return page.write(*_sections(files))


def render_json(files: Sequence[FileMetrics]) -> str:
    """The files for a program."""
    return to_json({"schema_version": SCHEMA_VERSION, "files": list(files)}, indent=2) + "\n"


def _sections(files: Sequence[FileMetrics]) -> Iterator[RenderableType]:
    measured = {each.path: each.metrics for each in files if each.metrics is not None}
    counted = {path: metrics for path, metrics in measured.items() if metrics.whole.lloc}
    if counted:
        yield heading("Readability")
        yield Grid(columns=_COLUMNS, blocks=tuple(_blocks(counted)))
        yield legend(_LEGEND)
        yield heading("Other figures")
        rows = tuple(_legacy_row(*each) for each in counted.items())
        yield Grid(columns=_LEGACY_COLUMNS, blocks=(Block(rows=rows),))
        yield legend(_LEGACY_LEGEND)
    if len(counted) < len(measured):
        empty = count_of(len(measured) - len(counted), "file")
        yield indented(quiet(f"Left out: {empty} without a statement."))
    for each in files:
        if each.problem:
            yield indented(Text.assemble(("! ", BAD), f"{each.path}: {each.problem}"))


def _blocks(counted: Mapping[str, StaticMetrics]) -> Iterator[Block]:
    """One for each file with a model or its training; the others share one, a row each."""
    others = {
        path: metrics
        for path, metrics in counted.items()
        if not metrics.model.lloc and not metrics.training.lloc
    }
    yield from (_block(path, counted[path]) for path in counted if path not in others)
    if others:
        rows = tuple(_row(path, metrics.whole) for path, metrics in others.items())
        yield Block(title=Text("without a model or its training", style=STRONG), rows=rows)


def _block(path: str, metrics: StaticMetrics) -> Block:
    parts = {
        "whole": metrics.whole,
        "model": metrics.model,
        "training": metrics.training,
        "glue": metrics.glue,
    }
    rows = tuple(_row(name, part) for name, part in parts.items())
    return Block(title=Text(path, style=STRONG), rows=rows)


def _row(name: str, part: PartMetrics) -> Row:
    return (
        Text(name, style=QUIET if name in _PARTS else ""),
        Text(str(part.lloc)),
        number(part.volume, 0),
        Text(str(part.vocabulary)),
        Text(str(part.cognitive)),
        Text(str(part.cognitive_maximum)),
        Text(str(part.api_surface)),
    )


def _legacy_row(path: str, metrics: StaticMetrics) -> Row:
    legacy = metrics.legacy
    return (
        Text(path),
        Text(str(legacy.cyclomatic)),
        Text(str(legacy.cyclomatic_maximum)),
        Text(str(legacy.nesting)),
        percent(legacy.comment_share),
        Text(str(legacy.sloc)),
        number(legacy.halstead_volume, 0),
        number(legacy.maintainability, 0),
    )
