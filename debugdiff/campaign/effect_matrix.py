"""Run every bug in every program that it fits, case by case, and keep what each did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.environment import environment
from debugdiff.campaign.injecting import text_digest
from debugdiff.campaign.running import run
from debugdiff.campaign.stacks import choose_stacks
from debugdiff.files import digest
from debugdiff.model import Instrument
from debugdiff.score.effects import Effect, EffectMatrix, Program, Row, effect_of
from debugdiff.score.outcome import new_warnings
from debugdiff.score.symptom import symptom_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import Attempt, Bug, Case, Implementation, Report

_WATCHED = (Instrument.NONE, Instrument.LAYERS)


def measure_effects(request: RunRequest, *, progress: Progress | None = None) -> EffectMatrix:
    """The matrix of a request; what has a record already is not run again.

    Only a bug of which nothing is seen from outside, neither an exception nor a warning nor another
    metric, is run once more with layer probes: they tell whether it changes anything at all.

    Raises:
        as `campaign.run`.
    """
    gathered = _Gathered()
    for case in request.cases:
        alone = replace(request, cases=(case,), instruments=(Instrument.NONE,))
        report = run(alone, progress=progress)
        gathered.take(report)
        unseen = {each.bug.id for each in report.attempts if not each.measured}
        if unseen:
            bugs = tuple(bug for bug in request.bugs if bug.id in unseen)
            gathered.take(run(replace(alone, bugs=bugs, instruments=_WATCHED), progress=progress))
    names = {name for case in request.cases for name in case.corpora}
    return EffectMatrix(
        environment=environment(choose_stacks(request).versions, names),
        programs=programs_of(request.cases),
        rows=tuple(
            Row(bug=bug.id, digest=text_digest(bug), effects=gathered.effects[bug.id])
            for bug in request.bugs
        ),
        trials=gathered.trials,
        program_seconds=gathered.seconds,
    )


def programs_of(cases: Sequence[Case]) -> tuple[Program, ...]:
    """Every program of the cases with the hash of what it runs."""
    return tuple(
        Program(
            case=case.name,
            name=each.name,
            framework=each.framework,
            digest=_program_digest(case, each),
        )
        for case in cases
        for each in case.implementations
    )


def stale_parts(
    matrix_programs: Mapping[str, str],
    matrix_bugs: Mapping[str, str],
    cases: Sequence[Case],
    bugs: Sequence[Bug],
) -> Iterator[str]:
    """What a stored matrix no longer speaks of, or has never seen: names, in a sorted order.

    The matrix is told by the hashes of its programs, by their keys, and of its bugs, by their ids.
    """
    now = {each.key: each.digest for each in programs_of(cases)}
    for before, after in (
        (matrix_programs, now),
        (matrix_bugs, {bug.id: text_digest(bug) for bug in bugs}),
    ):
        yield from sorted(
            name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
        )


def _program_digest(case: Case, implementation: Implementation) -> str:
    helpers = [text for _, text in sorted(case.helpers.items())]
    return digest(implementation.source, *helpers)[:16]


@dataclass(slots=True, kw_only=True)
class _Gathered:
    """What the cases have given so far."""

    effects: dict[str, dict[str, Effect]] = field(default_factory=lambda: defaultdict(dict))
    taken: dict[str, float] = field(default_factory=dict)

    @property
    def trials(self) -> int:
        return len(self.taken)

    @property
    def seconds(self) -> float:
        return sum(self.taken.values())

    def take(self, report: Report) -> None:
        for each in report.attempts:
            self.effects[each.bug.id][each.implementation.key] = effect_of(
                each.verdict.outcome, symptom_of(each), warned=_warned(each)
            )
        self.taken.update({each.trial.id: each.record.seconds for each in report.results})


def _warned(attempt: Attempt) -> bool:
    return bool(attempt.record and new_warnings(attempt.record, attempt.clean.record))
