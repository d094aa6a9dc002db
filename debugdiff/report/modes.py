"""A crash in every mode and on every back end, as a table and a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.report.layout import ABSENT, GOOD, LOUD, Block, Column, Grid, quiet
from debugdiff.report.layout import seconds as in_seconds
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.report.layout import Row
    from debugdiff.suspects.modes import ModeRun

_COLUMNS = (
    Column(header="run with", flexible=24),
    Column(header="ends in", flexible=16),
    Column(header="your innermost line", flexible=16),
    Column(header="first suspect"),
    Column(header="frames", justify="right"),
    Column(header="time", justify="right"),
)


def parts(runs: Sequence[ModeRun]) -> Iterator[RenderableType]:
    """The table, and which switch prints the line that is suspected first."""
    title = Text("In every mode and on every back end", style=LOUD)
    yield Grid(columns=_COLUMNS, blocks=(Block(rows=tuple(map(_row, runs)), title=title),))
    yield Text(verdict(runs))
    yield quiet("One run each, imports included: the times only show what is much slower.")


def _row(run: ModeRun) -> Row:
    at = run.looked_at
    return (
        Text(run.switch),
        Text(run.type.rpartition(".")[2] or "no error"),
        Text(f"{Path(at.file).name}:{at.line}" if at else ABSENT),
        Text("printed", style=GOOD) if run.names else Text("not printed"),
        Text(str(run.frames)),
        Text(in_seconds(run.seconds)),
    )


def verdict(runs: Sequence[ModeRun]) -> str:
    """What another switch would have shown."""
    first, *others = runs
    if first.names:
        return "The traceback of this run prints the first suspect already."
    better = [run.switch for run in others if run.names]
    if not better:
        return "No mode and no back end prints the first suspect; it is a guess from the code."
    return f"The first suspect is printed with: {', or '.join(better)}."
