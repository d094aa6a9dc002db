"""Interim access: what a program shows while it runs, and what it takes to see the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.model import Instrument, Mode
from debugdiff.report.layout import (
    ABSENT,
    NOTHING,
    QUIET,
    Block,
    Column,
    Grid,
    Row,
    heading,
    number,
    quiet,
)
from debugdiff.report.names import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Case, Implementation, TrialResult
    from debugdiff.report.evidence import Evidence

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


def interim(evidence: Evidence, case: Case) -> Iterator[RenderableType]:
    """The section of one case; nothing if no statement was probed."""
    blocks = tuple(filter(None, (_block(evidence, each) for each in case.implementations)))
    if not blocks:
        return
    yield heading(f"{case.name}: interim access")
    yield Grid(columns=_COLUMNS, blocks=blocks)


def _block(evidence: Evidence, implementation: Implementation) -> Block | None:
    """One program: a row for each stack and mode, and below it what cannot be seen, and why."""
    observed = _observed(evidence, implementation)
    rows = tuple(
        _row(evidence, result, first=number == 0) for number, result in enumerate(observed)
    )
    notes = dict.fromkeys(note for result in observed for note in _notes(evidence, result))
    return Block(rows=rows, notes=tuple(map(quiet, notes))) if rows else None


def _observed(evidence: Evidence, implementation: Implementation) -> Sequence[TrialResult]:
    """A trial for each stack and mode: statements and sites are the same for every seed."""
    first: dict[tuple[str, Mode], TrialResult] = {}
    for result in evidence.report.results:
        trial = result.trial
        ours = (trial.case, trial.implementation) == (implementation.case, implementation.name)
        if ours and trial.instrument is Instrument.STATEMENTS and trial.bug is None:
            first.setdefault((trial.stack, trial.mode), result)
    return tuple(first.values())


def _row(evidence: Evidence, result: TrialResult, *, first: bool) -> Row:
    trial = result.trial
    name = Text(trial.implementation if first else "")
    if evidence.several_conditions:
        name.append(f"\n  {trial.stack}" if first else f"  {trial.stack}", style=QUIET)

    def value(metric: Metric) -> float | None:
        return evidence.score(trial.id, metric)

    return (
        name,
        Text(trial.mode),
        number(value(Metric.OBSERVABILITY)),
        number(value(Metric.SITES_SEEN)),
        number(value(Metric.REACH)),
        number(value(Metric.GRADIENT_REACH)),
        _lines(evidence, result),
        number(value(Metric.STOPS), digits=1),
        number(value(Metric.STOPS_WITH_NUMBERS), digits=1),
    )


def _lines(evidence: Evidence, result: TrialResult) -> Text:
    """The median, or the mark for out of reach where half of the sites or more are."""
    found = evidence.explained(result.trial.id, Metric.PROBE_COST)
    if found is None or found.value is not None:
        return NOTHING if found is None else Text(f"{found.value:g}")
    return Text(ABSENT) if evidence.score(result.trial.id, Metric.UNREACHABLE) else NOTHING


def _notes(evidence: Evidence, result: TrialResult) -> Iterator[str]:
    """What stays unseen in the program as it comes: by statements, by hooks, by any recipe."""
    if result.trial.mode is not Mode.DEFAULT:
        return
    observed = evidence.explained(result.trial.id, Metric.OBSERVABILITY)
    if observed is not None and observed.value is None:
        yield f"O1: {observed.explanation}"
    hidden = evidence.explained(result.trial.id, Metric.HIDDEN)
    if hidden is not None and hidden.value:
        yield f"hidden from hooks: {hidden.explanation}"
    unreached = evidence.explained(result.trial.id, Metric.UNREACHABLE)
    if unreached is not None and "No recipe" in unreached.explanation:
        yield unreached.explanation
