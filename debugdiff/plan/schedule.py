"""In which order planned trials run: what a record makes worth running, and what it rules out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.model import (
    ENDLESS_FACTOR,
    Instrument,
    ProgramEnd,
    Record,
    TrialResult,
    WorkerEnd,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from debugdiff.plan.planning import PlannedTrial

_PATIENCE_SECONDS = 10.0
"""Beside the factor, so that a clean run of a moment leaves time (PIT: `timeoutConst`)."""


def all_steps(trees: Iterable[PlannedTrial]) -> Iterator[PlannedTrial]:
    """All steps of some trees, parents first."""
    for step in trees:
        yield step
        yield from all_steps(step.follow)


def count(steps: Iterable[PlannedTrial]) -> int:
    """How many trials some trees may take."""
    return sum(1 for _ in all_steps(steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What follows from a record.

    Attributes:
        step: what was planned.
        due: the steps that it makes worth running.
        skipped: how many of the planned steps will not have to run after all.
    """

    step: PlannedTrial
    result: TrialResult
    due: list[PlannedTrial]
    skipped: int


class Schedule:
    """Hands out the steps of trees as the records of the steps before them arrive.

    Args:
        known: the result of a step that need not run again; `None` for one that has to.
    """

    def __init__(self, known: Callable[[PlannedTrial], TrialResult | None]) -> None:
        self.results: list[TrialResult] = []
        self._known = known
        self._running: dict[str, PlannedTrial] = {}

    def due(self, steps: Iterable[PlannedTrial]) -> list[PlannedTrial]:
        """The steps to run now; of one whose result is known, the steps that this allows."""
        due: list[PlannedTrial] = []
        for step in steps:
            result = self._known(step)
            if result is None:
                self._running[step.trial.id] = step
                due.append(step)
            else:
                self.results.append(result)
                due += self.due(follow_ups(step, result.record))
        return due

    def take(self, record: Record) -> Taken:
        """Take in the record of a step that was handed out."""
        step = self._running.pop(record.trial)
        result = TrialResult(trial=step.trial, record=record)
        self.results.append(result)
        due = self.due(follow_ups(step, record))
        return Taken(step=step, result=result, due=due, skipped=count(step.follow) - count(due))


def follow_ups(step: PlannedTrial, record: Record) -> tuple[PlannedTrial, ...]:
    """The steps that a record allows: none after a broken clean run or an exceeded budget.

    Only a crash has a depth to measure.
    """
    if record.worker is not WorkerEnd.FINISHED:
        return ()
    if step.trial.bug is None:
        return _after_clean(step, record) if record.program is ProgramEnd.OK else ()
    if record.program is ProgramEnd.RAISED:
        return step.follow
    return tuple(each for each in step.follow if each.trial.instrument is not Instrument.DEPTH)


def _after_clean(step: PlannedTrial, record: Record) -> tuple[PlannedTrial, ...]:
    """The clean run tells how long a bare mutant may take, if nobody has."""
    patience = _PATIENCE_SECONDS + ENDLESS_FACTOR * record.counted_seconds
    return tuple(
        replace(each, clean=record, patience=each.patience or patience) if each.trial.bug else each
        for each in step.follow
    )


def is_measured(step: PlannedTrial, record: Record) -> bool:
    """Whether a record says something of the program, and not only of the worker or the machine.

    A program that was stopped before its limit, or before it had taken clearly longer than its
    clean run, may have been about to end. What is no measurement runs again next time.
    """
    if record.worker is WorkerEnd.TIMEOUT:
        has_had_its_time = record.counted_seconds >= step.limit
        return has_had_its_time and (step.clean is None or record.outlasts(step.clean))
    return record.worker not in {WorkerEnd.NOT_STARTED, WorkerEnd.UNREADABLE}
