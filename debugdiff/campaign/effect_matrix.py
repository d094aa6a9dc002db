"""Run every bug in every program that it fits, case by case, and keep what each did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.bug_effects import symptoms
from debugdiff.campaign.doctor import environment
from debugdiff.campaign.injecting import text_digest
from debugdiff.campaign.running import run
from debugdiff.campaign.stacks import choose_stacks
from debugdiff.files import digest
from debugdiff.model import Instrument, Outcome
from debugdiff.score.effects import Effect, EffectMatrix, Program, Row, effect_of
from debugdiff.score.outcome import new_warnings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import Bug, BugOutcome, Case, Implementation, Record, Report

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
        unseen = {each.bug for each in report.outcomes if each.outcome is Outcome.UNMEASURED}
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
        records = {each.trial.id: each.record for each in report.results}
        clean = _clean_records(report)
        effective = [each for each in report.outcomes if each.outcome is Outcome.EFFECTIVE]
        seen = symptoms(effective, report)
        for each in report.outcomes:
            key = f"{each.case}/{each.implementation}"
            warned = _warned(each, records, clean)
            effect = effect_of(each.outcome, seen.get(each.trial), warned=warned)
            self.effects[each.bug][key] = effect
        self.taken.update({each.trial.id: each.record.seconds for each in report.results})


def _clean_records(report: Report) -> dict[str, Record]:
    return {
        each.trial.implementation: each.record
        for each in report.results
        if each.trial.bug is None and each.trial.instrument is Instrument.NONE
    }


def _warned(
    outcome: BugOutcome, records: Mapping[str, Record], clean: Mapping[str, Record]
) -> bool:
    record = records.get(outcome.trial)
    return record is not None and bool(new_warnings(record, clean.get(outcome.implementation)))
