"""What each mode of a stack buys and costs beside the default one: same program, bug and seed."""

from __future__ import annotations

from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.model import (
    Aid,
    AidChange,
    AidGain,
    Instrument,
    Mode,
    Outcome,
    ProgramEnd,
    WorkerEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import BugOutcome, Record, Score, Stack, Stage, TrialResult

GAINS = ("D1", "D3.best", "D4", "D4.printed_lines", "D5.reachable", "D8", "O1")
"""What a mode may buy. Of printed lines and noise (D4) less is better, of D1 earlier."""

_OBSERVABILITY = "O1"


class _Program(NamedTuple):
    case: str
    implementation: str
    stack: Stack


class _Run(NamedTuple):
    """What two trials in different modes have in common. `bug` is `None` for a clean run."""

    bug: str | None
    seed: int


class _Trials(NamedTuple):
    """One program in one mode: per run its record, its outcome and its scores."""

    records: dict[_Run, Record]
    outcomes: dict[_Run, BugOutcome]
    scores: dict[_Run, dict[str, float]]


_Sides = dict[_Program, dict[Mode, _Trials]]


def aids(
    results: Iterable[TrialResult], outcomes: Iterable[BugOutcome], scores: Iterable[Score]
) -> tuple[Aid, ...]:
    """Set each mode beside the default mode of the same program on the same stack.

    Nothing comes of programs that ran in one mode alone. A mode is compared on what both ran: a
    bug or a metric that only one of them has counts for neither.
    """
    sides = _sides(results, outcomes, scores)
    return tuple(
        _aid(program, mode, modes[Mode.DEFAULT], trials)
        for program, modes in sides.items()
        if Mode.DEFAULT in modes and modes[Mode.DEFAULT].records
        for mode, trials in modes.items()
        if mode is not Mode.DEFAULT and trials.records
    )


def _sides(
    results: Iterable[TrialResult], outcomes: Iterable[BugOutcome], scores: Iterable[Score]
) -> _Sides:
    sides: _Sides = {}
    runs: dict[str, tuple[_Trials, _Run]] = {}
    for result in results:
        trial = result.trial
        program = _Program(trial.case, trial.implementation, trial.stack)
        trials = sides.setdefault(program, {}).setdefault(trial.mode, _Trials({}, {}, {}))
        run = _Run(trial.bug, trial.seed)
        runs[trial.id] = trials, run
        if trial.instrument is Instrument.NONE:
            trials.records[run] = result.record
    _add_judged(runs, outcomes, scores)
    return sides


def _add_judged(
    runs: Mapping[str, tuple[_Trials, _Run]],
    outcomes: Iterable[BugOutcome],
    scores: Iterable[Score],
) -> None:
    for outcome in outcomes:
        if outcome.trial in runs and outcome.outcome is not Outcome.UNMEASURED:
            trials, run = runs[outcome.trial]
            trials.outcomes[run] = outcome
    for score in scores:
        if score.trial in runs and score.value is not None:
            trials, run = runs[score.trial]
            trials.scores.setdefault(run, {})[score.metric] = score.value


def _aid(program: _Program, mode: Mode, default: _Trials, other: _Trials) -> Aid:
    ratios = list(_ratios(default.records, other.records))
    both = [run for run in default.outcomes if run in other.outcomes]
    return Aid(
        case=program.case,
        implementation=program.implementation,
        stack=program.stack,
        mode=mode,
        seconds=median(ratios) if ratios else None,
        timed=len(ratios),
        same_result=_same_result(default.records, other.records),
        bugs=len(both),
        changes=tuple(_changes(both, default, other)),
        gains=tuple(_gains(default, other, both)),
    )


def _ratios(default: Mapping[_Run, Record], other: Mapping[_Run, Record]) -> Iterator[float]:
    """Of trials that got as far: a program that a mode stops earlier is not a faster one."""
    for run, before in default.items():
        after = other.get(run)
        if after and before.seconds > 0 and _got_as_far(before, after):
            yield after.seconds / before.seconds


def _got_as_far(before: Record, after: Record) -> bool:
    by_themselves = before.worker is after.worker is WorkerEnd.FINISHED
    return by_themselves and _reached(before) == _reached(after)


def _reached(record: Record) -> tuple[ProgramEnd, Stage, int]:
    return record.program, record.stage, record.step


def _same_result(default: Mapping[_Run, Record], other: Mapping[_Run, Record]) -> bool | None:
    clean = [run for run in default if run.bug is None and run in other]
    pairs = [(default[run], other[run]) for run in clean]
    ended = all(record.program is ProgramEnd.OK for pair in pairs for record in pair)
    if not pairs or not ended:
        return None
    return all(before.metrics == after.metrics for before, after in pairs)


def _changes(both: Sequence[_Run], default: _Trials, other: _Trials) -> Iterator[AidChange]:
    for run in both:
        before, after = _end(run, default), _end(run, other)
        if before != after:
            yield AidChange(bug=run.bug or "", seed=run.seed, default=before, mode=after)


def _end(run: _Run, trials: _Trials) -> str:
    """What became of a bug, in words: other words are another behaviour."""
    outcome, record = trials.outcomes[run].outcome, trials.records[run]
    if record.failure is not None:
        return f"{outcome}, {record.failure.type} in {record.stage}"
    ended = record.program if record.worker is WorkerEnd.FINISHED else record.worker
    return f"{outcome}, {ended}"


def _gains(default: _Trials, other: _Trials, both: Sequence[_Run]) -> Iterator[AidGain]:
    clean = [run for run in default.scores if run.bug is None]
    for metric in GAINS:
        runs = clean if metric == _OBSERVABILITY else both
        pairs = [
            (default.scores[run][metric], other.scores[run][metric])
            for run in runs
            if metric in default.scores.get(run, {}) and metric in other.scores.get(run, {})
        ]
        if pairs:
            before, after = zip(*pairs, strict=True)
            yield AidGain(metric=metric, pairs=len(pairs), default=fmean(before), mode=fmean(after))
