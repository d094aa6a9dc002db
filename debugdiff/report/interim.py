"""Interim access: what a program shows while it runs, and what it takes to see the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Instrument, Mode
from debugdiff.report.layout import (
    ABSENT,
    NOTHING,
    QUIET,
    Block,
    Column,
    Grid,
    Rank,
    Row,
    heading,
    number,
    quiet,
)
from debugdiff.report.names import MetricId
from debugdiff.report.places import several_conditions
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Condition, ProgramReport, ProgramRun, Report

_COLUMNS = (
    Column(header="implementation", flexible=16),
    Column(header="mode"),
    Column(header="numbers\nO1", justify="right"),
    Column(header="sites\nseen", justify="right"),
    Column(header="reach\nO2", justify="right"),
    Column(header="gradients\nO3", justify="right"),
    Column(header="lines\nO4", justify="right"),
    Column(header="breakpoint\nstops", justify="right"),
    Column(header="numbers\nat it", justify="right"),
)


def interim(report: Report, case: str) -> Iterator[RenderableType]:
    """The section of one case; nothing if no statement was probed."""
    named = several_conditions(report)
    programs = report.programs_of(case)
    blocks = tuple(filter(None, (_block(each, named=named) for each in programs)))
    if not blocks:
        return
    yield heading(f"{case}: interim access", Rank.CASE)
    yield Grid(columns=_COLUMNS, blocks=blocks)


def _block(program: ProgramReport, *, named: bool) -> Block | None:
    """One program: a row for each stack and mode, and below it what cannot be seen, and why."""
    observed = _observed(program)
    rows = tuple(_row(run, first=number == 0, named=named) for number, run in enumerate(observed))
    notes = dict.fromkeys(note for run in observed for note in _notes(run))
    return Block(rows=rows, notes=tuple(map(quiet, notes))) if rows else None


def _observed(program: ProgramReport) -> Sequence[ProgramRun]:
    """A run for each stack and mode: statements and sites are the same for every seed."""
    first: dict[Condition, ProgramRun] = {}
    for run in program.runs:
        if Instrument.STATEMENTS in run.trials:
            first.setdefault(run.condition.over_seeds, run)
    return tuple(first.values())


def _row(run: ProgramRun, *, first: bool, named: bool) -> Row:
    name = Text(run.implementation.name if first else "")
    if named:
        name.append(f"\n  {run.stack_name}" if first else f"  {run.stack_name}", style=QUIET)
    return (
        name,
        Text(run.mode),
        number(run.value(MetricId.OBSERVABILITY)),
        number(run.value(MetricId.SITES_SEEN)),
        number(run.value(MetricId.REACH)),
        number(run.value(MetricId.GRADIENT_REACH)),
        _lines(run),
        number(run.value(MetricId.STOPS), digits=1),
        number(run.value(MetricId.STOPS_WITH_NUMBERS), digits=1),
    )


def _lines(run: ProgramRun) -> Text:
    """The median, or the mark for out of reach where half of the sites or more are."""
    found = run.score(MetricId.PROBE_COST)
    if found is None or found.value is not None:
        return NOTHING if found is None else Text(f"{found.value:g}")
    return Text(ABSENT) if run.value(MetricId.UNREACHABLE) else NOTHING


def _notes(run: ProgramRun) -> Iterator[str]:
    """What stays unseen in the program as it comes: by statements, by hooks, by any recipe."""
    if run.mode is not Mode.DEFAULT:
        return
    observed = run.score(MetricId.OBSERVABILITY)
    if observed is not None and observed.value is None:
        yield f"O1: {observed.explanation}"
    hidden = run.score(MetricId.HIDDEN)
    if hidden is not None and hidden.value:
        yield f"hidden from hooks: {hidden.explanation}"
    unreached = run.score(MetricId.UNREACHABLE)
    if unreached is not None and "No recipe" in unreached.explanation:
        yield unreached.explanation
