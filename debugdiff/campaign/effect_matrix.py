"""Run every bug in every program that it fits, case by case, and keep what each did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.environment import environment
from debugdiff.campaign.running import run
from debugdiff.campaign.stacks import choose_stacks
from debugdiff.files import digest
from debugdiff.inject import inject
from debugdiff.model import Instrument, Mutant
from debugdiff.score.effects import Effect, EffectMatrix, MatrixProgram, Row, effect_of
from debugdiff.score.outcome import new_warnings
from debugdiff.score.symptom import symptom_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import Attempt, Bug, Case, Implementation, Injection, Report

NOTHING, IMPOSSIBLE = "-", "x"
"""What stands for a hash where a bug has no place, and where the framework gives no way to it."""

Runs = dict[str, dict[str, str]]
_WATCHED = (Instrument.NONE, Instrument.LAYERS)


def measure_effects(
    request: RunRequest, *, known: EffectMatrix | None = None, progress: Progress | None = None
) -> EffectMatrix:
    """The matrix of a request; what has a record already is not run again.

    Only a bug of which nothing is seen from outside, neither an exception nor a warning nor another
    metric, is run once more with layer probes: they tell whether it changes anything at all.

    Args:
        request: the bugs and cases.
        known: an earlier matrix; its cells stay where what runs is the same, and are not run.
        progress: told of every trial.

    Raises:
        as `campaign.run`.
    """
    runs = runs_of(request.cases, request.bugs)
    gathered = _Gathered()
    for case in request.cases:
        for implementation in case.implementations:
            bugs = _unknown(request.bugs, implementation.key, runs, known)
            if bugs:
                alone = replace(case, implementations=(implementation,))
                gathered.measure(replace(request, cases=(alone,), bugs=bugs), progress)
    names = {name for case in request.cases for name in case.corpora}
    measured = EffectMatrix(
        environment=environment(choose_stacks(request).versions, names),
        programs=programs_of(request.cases),
        rows=tuple(
            Row(
                bug=bug.id,
                effects=gathered.effects[bug.id],
                runs={key: runs[bug.id][key] for key in gathered.effects[bug.id]},
            )
            for bug in request.bugs
        ),
        trials=gathered.trials,
        program_seconds=gathered.seconds,
    )
    return measured if known is None else joined(measured, known, runs)


def _unknown(
    bugs: Sequence[Bug], program: str, runs: Runs, known: EffectMatrix | None
) -> tuple[Bug, ...]:
    """The bugs whose effect in a program an earlier matrix does not have."""
    measured = {
        row.bug: row.runs[program]
        for row in (known.rows if known is not None else ())
        if row.effects.get(program, Effect.UNMEASURED) is not Effect.UNMEASURED
    }
    return tuple(bug for bug in bugs if measured.get(bug.id) != runs[bug.id][program])


def joined(new: EffectMatrix, known: EffectMatrix, runs: Runs) -> EffectMatrix:
    """Both matrices in one: of a cell that both have the new one, and none of what is gone.

    Args:
        new: what was measured now.
        known: what was measured before.
        runs: what runs in each cell that was asked for; other cells stay as they are known.
    """
    programs = {each.key: each for each in (*known.programs, *new.programs)}
    before = {row.bug: row for row in known.rows}
    after = {row.bug: row for row in new.rows}
    empty = Row(bug="", effects={}, runs={})
    rows = []
    for bug in sorted({*before, *after}):
        old, fresh = before.get(bug, empty), after.get(bug, empty)
        kept = [key for key in old.effects if runs.get(bug, {}).get(key) in {None, old.runs[key]}]
        rows.append(
            Row(
                bug=bug,
                effects={**{key: old.effects[key] for key in kept}, **fresh.effects},
                runs={**{key: old.runs[key] for key in kept}, **fresh.runs},
            )
        )
    return replace(
        new,
        programs=tuple(programs.values()),
        rows=tuple(rows),
        trials=new.trials + known.trials,
        program_seconds=new.program_seconds + known.program_seconds,
    )


def without_gone(matrix: EffectMatrix, cases: Sequence[Case], bugs: Sequence[Bug]) -> EffectMatrix:
    """A matrix without the bugs and programs that there are no more."""
    ids, keys = {bug.id for bug in bugs}, {program.key for program in programs_of(cases)}
    rows = [
        replace(
            row,
            effects={key: effect for key, effect in row.effects.items() if key in keys},
            runs={key: run for key, run in row.runs.items() if key in keys},
        )
        for row in matrix.rows
        if row.bug in ids
    ]
    programs = tuple(program for program in matrix.programs if program.key in keys)
    return replace(matrix, programs=programs, rows=tuple(rows))


def programs_of(cases: Sequence[Case]) -> tuple[MatrixProgram, ...]:
    """Every program of the cases."""
    return tuple(
        MatrixProgram(case=case.name, name=each.name, framework=each.framework)
        for case in cases
        for each in case.implementations
    )


def runs_of(cases: Sequence[Case], bugs: Sequence[Bug]) -> Runs:
    """What runs in every cell, as a hash: by the bug's id, then by the program's key.

    A bug whose text is another one, and its mutant the same, is the same run.
    """
    return {
        bug.id: {
            each.key: _run_digest(case, each, inject(each, bug))
            for case in cases
            for each in case.implementations
        }
        for bug in bugs
    }


def _run_digest(case: Case, implementation: Implementation, injection: Injection) -> str:
    files = {**case.helpers, implementation.file: implementation.source}
    if not isinstance(injection, Mutant):
        return NOTHING if injection.expressible else IMPOSSIBLE
    files[injection.file] = injection.source
    return digest(*(part for item in sorted(files.items()) for part in item))[:8]


def stale_cells(matrix: EffectMatrix, cases: Sequence[Case], bugs: Sequence[Bug]) -> list[str]:
    """The cells, `bug in program`, that a matrix does not have as they are now; or still has."""
    runs = {
        (bug, key): run
        for bug, programs in runs_of(cases, bugs).items()
        for key, run in programs.items()
    }
    known = {(row.bug, key): run for row in matrix.rows for key, run in row.runs.items()}
    return [
        f"{bug} in {key}"
        for bug, key in sorted({*runs, *known})
        if runs.get((bug, key)) != known.get((bug, key))
    ]


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

    def measure(self, request: RunRequest, progress: Progress | None) -> None:
        """Run the bugs of a request, and those of which nothing is seen once more with probes."""
        report = run(replace(request, instruments=(Instrument.NONE,)), progress=progress)
        self.take(report)
        unseen = {each.bug.id for each in report.attempts if not each.measured}
        if unseen:
            bugs = tuple(bug for bug in request.bugs if bug.id in unseen)
            watched = replace(request, bugs=bugs, instruments=_WATCHED)
            self.take(run(watched, progress=progress))

    def take(self, report: Report) -> None:
        for each in report.attempts:
            self.effects[each.bug.id][each.implementation.key] = effect_of(
                each.verdict.outcome, symptom_of(each), warned=_warned(each)
            )
        self.taken.update({each.trial.id: each.record.seconds for each in report.results})


def _warned(attempt: Attempt) -> bool:
    return bool(attempt.record and new_warnings(attempt.record, attempt.clean.record))
