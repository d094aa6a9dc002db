"""A report's parts, found by what they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from debugdiff.model import Instrument, ProgramEnd
from debugdiff.score import static_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import (
        Bug,
        BugOutcome,
        Case,
        Implementation,
        Mode,
        Mutant,
        Report,
        Score,
        Stack,
        StaticMetrics,
        Trial,
        TrialResult,
    )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where a bug was tried: one row of a table; its seeds share the row."""

    implementation: str
    stack: Stack
    mode: Mode


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Look-ups over one report."""

    report: Report

    @cached_property
    def results(self) -> Mapping[str, TrialResult]:
        """By trial id."""
        return {each.trial.id: each for each in self.report.results}

    @cached_property
    def _scores(self) -> Mapping[tuple[str, str], Score]:
        return {(each.trial, each.metric): each for each in self.report.scores if each.trial}

    def score(self, trial: str, metric: str) -> float | None:
        """A trial's value of a metric; `None` also where it was never judged."""
        found = self.explained(trial, metric)
        return found.value if found else None

    def explained(self, trial: str, metric: str) -> Score | None:
        """A trial's value of a metric with its explanation; `None` if there is no such score."""
        return self._scores.get((trial, metric))

    def clean_twin(self, trial: str) -> TrialResult | None:
        """The run without a bug that a trial is compared with."""
        result = self.results.get(trial)
        return self._clean_runs.get(_twins(result.trial)) if result else None

    @cached_property
    def _clean_runs(self) -> Mapping[tuple[object, ...], TrialResult]:
        return {_twins(each.trial): each for each in self.report.results if each.trial.bug is None}

    def scores_of_source(self, trial: Trial) -> tuple[Score, ...]:
        """What the trial's program was scored with, whatever run of it."""
        wanted = (trial.case, trial.implementation)
        return tuple(
            each
            for each in self.report.scores
            if not each.trial and not each.bug and (each.case, each.implementation) == wanted
        )

    def implementation(self, trial: Trial) -> Implementation | None:
        """The program that a trial ran, without its bug."""
        found = (each for case in self.report.cases for each in case.implementations)
        wanted = (trial.case, trial.implementation)
        return next((each for each in found if (each.case, each.name) == wanted), None)

    def static(self, implementation: Implementation) -> StaticMetrics | None:
        """The static metrics of a program; `None` if they could not be taken."""
        return self.report.static.get(static_key(implementation))

    def bug(self, name: str) -> Bug | None:
        """A bug of the catalogue by its id."""
        return next((bug for bug in self.report.bugs if bug.id == name), None)

    def mutant(self, trial: Trial) -> Mutant | None:
        """The broken program of a trial; `None` for a clean one."""
        wanted = (trial.case, trial.bug, trial.implementation)
        return next(
            (
                each
                for each in self.report.mutants
                if (each.case, each.bug, each.implementation) == wanted
            ),
            None,
        )

    def outcomes_of(self, case: Case, bug: Bug) -> Mapping[Place, Sequence[BugOutcome]]:
        """What became of a bug in a case, by row of its table, in the case's own order."""
        order = [each.name for each in case.implementations]
        found = [
            each
            for each in self.report.outcomes
            if (each.case, each.bug) == (case.name, bug.id) and each.implementation in order
        ]
        rows: dict[Place, list[BugOutcome]] = {}
        for outcome in sorted(found, key=lambda each: order.index(each.implementation)):
            rows.setdefault(_place(outcome), []).append(outcome)
        return rows

    @cached_property
    def several_conditions(self) -> bool:
        """Whether stack and mode have to be named beside an implementation."""
        seen = {(each.stack.framework, each.stack, each.mode) for each in self.report.outcomes}
        return len(seen) > len({framework for framework, _, _ in seen})

    def broken_clean_runs(self) -> tuple[TrialResult, ...]:
        """Clean runs that did not run through: nothing of theirs can be compared."""
        return tuple(
            each
            for each in self.report.results
            if each.trial.bug is None
            and each.trial.instrument is Instrument.NONE
            and each.record.program is not ProgramEnd.OK
        )


def _twins(trial: Trial) -> tuple[object, ...]:
    """What a trial with a bug has in common with its clean run."""
    program = (trial.case, trial.implementation, trial.stack, trial.mode)
    return (*program, trial.instrument, trial.seed, trial.size)


def _place(outcome: BugOutcome) -> Place:
    return Place(implementation=outcome.implementation, stack=outcome.stack, mode=outcome.mode)
