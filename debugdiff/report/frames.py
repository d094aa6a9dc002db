"""The frames of a traceback as a table: whose they are, and which of them help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import FrameOrigin, Owner
from debugdiff.report.layout import (
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
from debugdiff.report.source import ACCEPT, DEFECT, USE, is_file
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Frame, Mutant, TrialResult

_COLUMNS = (
    Column(header="#", justify="right"),
    Column(header="owner"),
    Column(header="place", flexible=20),
    Column(header="function", flexible=12),
    Column(header="mark"),
)


def frames(mutant: Mutant | None, result: TrialResult) -> Iterator[RenderableType]:
    """The section: frames as printed, or where a program stood at its time limit."""
    failure = result.record.failure
    printed = failure.frames if failure else result.record.stuck
    if not printed:
        return
    rows = tuple(
        _row(number, frame, _mark(frame, mutant)) for number, frame in enumerate(printed, start=1)
    )
    yield heading("Frames, as printed" if failure else "Where it was when it timed out")
    yield Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))
    if failure and failure.hidden_frames:
        hidden = count_of(failure.hidden_frames, "frame")
        yield indented(quiet(f"{hidden} were removed by a traceback filter."))


def _row(number: int, frame: Frame, mark: str) -> Row:
    style = STRONG if frame.owner is Owner.USER else QUIET
    inside = " in message" if frame.origin is FrameOrigin.MESSAGE else ""
    return (
        Text(str(number), style=QUIET),
        Text(f"{frame.owner}{inside}", style=style),
        Text(f"{short(frame.file)}:{frame.line}", style=style),
        Text(frame.function, style=style),
        Text(mark, style="yellow"),
    )


def short(file: str) -> str:
    """The end of a path that tells files apart: from `site-packages` on, or the last two names."""
    parts = file.replace("\\", "/").split("/")
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    return "/".join(parts[-2:])


def _mark(frame: Frame, mutant: Mutant | None) -> str:
    if mutant is None:
        return ""
    for mark, spans in ((DEFECT, mutant.defect), (USE, mutant.use), (ACCEPT, mutant.accept)):
        for span in spans:
            if frame.line in span.lines and is_file(frame.file, span.file or mutant.file):
                return mark
    return ""
