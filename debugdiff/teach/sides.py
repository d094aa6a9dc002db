"""The programs of a judgement, the learner's, the healthy and the broken one, and their runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.model import Size
from debugdiff.run_diff import compare_runs
from debugdiff.teach.facts import losses
from debugdiff.teach.model import PROGRAM, Parting
from debugdiff.teach.runs import (
    RunnableProgram,
    broken_program,
    healthy_program,
    hidden_run,
    patience,
    public_run,
)
from debugdiff.teach.symptoms import Band, band_of, has_failed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Record
    from debugdiff.teach.model import Exercise
    from debugdiff.teach.runs import Run, Runner

SEEDS = 5
"""Over how many seeds a metric is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A learner's files beside what they are judged by. The runner remembers what it ran."""

    exercise: Exercise
    files: Mapping[str, str]
    runner: Runner

    @property
    def healthy(self) -> RunnableProgram:
        """The program without its bug."""
        return healthy_program(self.exercise)

    @property
    def broken(self) -> RunnableProgram:
        """The program as it was given."""
        return broken_program(self.exercise)

    def own(self, holders: Mapping[str, str] | None = None) -> RunnableProgram:
        """The learner's program, with the exercise's own data module."""
        files = {**self.files, **self.exercise.case.helpers}
        return RunnableProgram(
            exercise=self.exercise, files=files, holders=holders, seconds=self.limit
        )

    @property
    def limit(self) -> float:
        """How long a run of the learner's program may take, in seconds."""
        run = public_run(self.exercise)
        return patience(self.runner.run((self.healthy, run))[0].record, self.exercise, run.size)

    def public(self, program: RunnableProgram) -> Record:
        """The run that a learner sees."""
        return self.runner.run((program, public_run(self.exercise)))[0].record

    def hidden(self, program: RunnableProgram) -> Record:
        """The first run that the learner does not see."""
        return self.runner.run((program, hidden_run(self.exercise)))[0].record

    @property
    def metric(self) -> str:
        """The figure that tells how well the task was learned."""
        return self.exercise.case.metric or next(iter(self.public(self.healthy).metrics), "")

    def over_seeds(self, program: RunnableProgram, *, learning: bool = False) -> list[float] | None:
        """That figure of the run that a learner sees, over seeds; `None` if one has none.

        With `learning`, of a size at which something is learned.
        """
        run = public_run(self.exercise)
        if learning and run.size is Size.TINY:
            run = replace(run, size=Size.SMALL)
        found, name = self._records_over_seeds(program, run), self.metric
        values = [value for each in found if (value := each.metrics.get(name)) is not None]
        return values if len(values) == SEEDS else None

    def telling_figures(self) -> tuple[str, ...]:
        """The metrics by which a learner can tell the given program from healthy ones, over seeds.

        A value that is not finite tells it, too.
        """
        found = self._records_over_seeds(self.healthy, public_run(self.exercise))
        own = self.public(self.broken).metrics
        return tuple(name for name, value in own.items() if not _is_usual(value, name, found))

    def losses_over_seeds(self, program: RunnableProgram) -> tuple[list[float], list[float]] | None:
        """The first and the last loss of short runs on hidden data, over seeds."""
        found = [losses(e) for e in self._records_over_seeds(program, hidden_run(self.exercise))]
        if not all(found):
            return None
        return [each[0] for each in found], [each[-1] for each in found]

    def _records_over_seeds(self, program: RunnableProgram, run: Run) -> list[Record]:
        """One run of a program with each seed."""
        runs = (replace(run, seed=run.seed + at) for at in range(SEEDS))
        return [each.record for each in self.runner.run(*((program, run) for run in runs))]

    def clean_band(self) -> Band | None:
        """What the figure is for healthy programs, seed by seed."""
        values = self.over_seeds(self.healthy)
        return band_of(values) if values else None

    def parting(self, program: RunnableProgram) -> Parting | None:
        """The first layer and step at which a program parts from the healthy one, by `diff`."""
        hidden = hidden_run(self.exercise)
        run = replace(hidden, hidden=False, seed=self.exercise.seed, keep=True)
        healthy, own = self.runner.run((self.healthy, run), (program, run))
        if has_failed(healthy.record) or not own.record.values:
            return None
        suspects = compare_runs(healthy, own).suspects
        if not suspects:
            return None
        first = suspects[0]
        line = (first.bad.called or first.bad.made) if first.bad else None
        return Parting(
            site=first.site,
            step=first.step,
            what=first.reason,
            line=line.line if line and line.file.endswith(PROGRAM) else None,
        )


def _is_usual(value: float | None, name: str, healthy: Sequence[Record]) -> bool:
    """Whether a metric could be one of these runs'; so it could be one that they do not have."""
    values = [each.metrics.get(name) for each in healthy]
    known = [each for each in values if each is not None]
    return len(known) < len(values) or band_of(known).holds(value)
