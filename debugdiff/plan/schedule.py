"""In which order planned trials run: what a record makes worth running, and what it rules out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.model import Instrument, ProgramEnd, Record, TrialResult, WorkerEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from debugdiff.model import Trial
    from debugdiff.plan.planning import Step

# A mutant that has run for this long beside its clean run will not end: mutation testing's rule of
# a factor and a constant (PIT: `timeoutFactor`, `timeoutConst`). Of the catalogue's programs that
# do end, the slowest takes 6.3 times its clean run on a quiet machine.
_PATIENCE_FACTOR = 10
_PATIENCE_SECONDS = 10.0


def all_steps(trees: Iterable[Step]) -> Iterator[Step]:
    """All steps of some trees, parents first."""
    for step in trees:
        yield step
        yield from all_steps(step.follow)


def count(steps: Iterable[Step]) -> int:
    """How many trials some trees may take."""
    return sum(1 for _ in all_steps(steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What follows from a record.

    Attributes:
        due: the steps that it makes worth running.
        skipped: how many of the planned steps will not have to run after all.
    """

    result: TrialResult
    due: list[Step]
    skipped: int


class Schedule:
    """Hands out the steps of trees as the records of the steps before them arrive.

    Args:
        known: the result of a trial that need not run again; `None` for one that has to.
    """

    def __init__(self, known: Callable[[Trial], TrialResult | None]) -> None:
        self.results: list[TrialResult] = []
        self._known = known
        self._running: dict[str, Step] = {}

    def due(self, steps: Iterable[Step]) -> list[Step]:
        """The steps to run now; of one whose result is known, the steps that this allows."""
        due: list[Step] = []
        for step in steps:
            result = self._known(step.trial)
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
        return Taken(result=result, due=due, skipped=count(step.follow) - count(due))


def follow_ups(step: Step, record: Record) -> tuple[Step, ...]:
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


def _after_clean(step: Step, record: Record) -> tuple[Step, ...]:
    """The clean run tells how long a bare mutant may take, within its budget, if nobody has."""
    patience = _PATIENCE_SECONDS + _PATIENCE_FACTOR * record.seconds
    return tuple(
        replace(each, patience=min(patience, each.trial.budget.seconds))
        if each.trial.bug and each.patience is None
        else each
        for each in step.follow
    )
