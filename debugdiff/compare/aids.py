"""What each mode of a stack buys and costs beside the default one: same program, bug and seed."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean, median
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from debugdiff.model import (
    Aid,
    AidChange,
    AidGain,
    Attempt,
    Mode,
    ProgramEnd,
    ProgramRun,
    WorkerEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.model import Condition, Implementation, ProgramReport, Record, Stage

_Run = TypeVar("_Run", bound=ProgramRun)

GAINS = ("D1", "D3.best", "D4", "D4.printed_lines", "D5.reachable", "D8", "O1")
"""What a mode may buy. Of printed lines and noise (D4) less is better, of D1 earlier."""

_OBSERVABILITY = "O1"


def aids(programs: Sequence[ProgramReport]) -> tuple[Aid, ...]:
    """Set each mode beside the default mode of the same program on the same stack.

    Nothing comes of programs that ran in one mode alone. A mode is compared on what both ran: a
    bug or a metric that only one of them has counts for neither.
    """
    return tuple(aid for program in programs for aid in _of_program(program))


def _of_program(program: ProgramReport) -> Iterator[Aid]:
    ran = dict.fromkeys((run.stack_name, run.mode) for run in program.runs if run.record)
    for stack, mode in ran:
        if mode is not Mode.DEFAULT and (stack, Mode.DEFAULT) in ran:
            clean = _pairs(program.runs, stack, mode)
            attempts = _pairs(program.attempts, stack, mode)
            yield _aid(program.implementation, stack, mode, clean, attempts)


class _Pair(NamedTuple, Generic[_Run]):
    """A run in the default mode and in another one, with the record of each."""

    default: _Run
    other: _Run
    before: Record
    after: Record


def _pairs(runs: Sequence[_Run], stack: str, mode: Mode) -> list[_Pair[_Run]]:
    partners = {_in_default_mode(run): run for run in runs if run.mode is mode}
    pairs = []
    for run in runs:
        if run.stack_name == stack and run.mode is Mode.DEFAULT:
            other = partners.get(_in_default_mode(run))
            if other and run.record and other.record:
                pairs.append(_Pair(run, other, run.record, other.record))
    return pairs


def _in_default_mode(run: ProgramRun) -> tuple[Condition, str]:
    bug = run.bug.id if isinstance(run, Attempt) else ""
    return replace(run.condition, mode=Mode.DEFAULT), bug


def _aid(
    implementation: Implementation,
    stack: str,
    mode: Mode,
    clean: Sequence[_Pair[ProgramRun]],
    attempts: Sequence[_Pair[Attempt]],
) -> Aid:
    ratios = [*_ratios(clean), *_ratios(attempts)]
    measured = [pair for pair in attempts if pair.default.measured and pair.other.measured]
    effective = [pair for pair in measured if pair.default.effective and pair.other.effective]
    return Aid(
        case=implementation.case,
        implementation=implementation.name,
        stack=stack,
        mode=mode,
        seconds=median(ratios) if ratios else None,
        timed=len(ratios),
        same_result=_same_result(clean),
        bugs=len(measured),
        changes=tuple(_changes(measured)),
        gains=tuple(_gains(clean, effective)),
    )


def _ratios(pairs: Iterable[_Pair[_Run]]) -> Iterator[float]:
    """Of trials that got as far: a program that a mode stops earlier is not a faster one.

    Nor is one that ran on another machine.
    """
    for pair in pairs:
        if pair.before.host != pair.after.host:
            continue
        if pair.before.seconds > 0 and _got_as_far(pair.before, pair.after):
            yield pair.after.seconds / pair.before.seconds


def _got_as_far(before: Record, after: Record) -> bool:
    by_themselves = before.worker is after.worker is WorkerEnd.FINISHED
    return by_themselves and _reached(before) == _reached(after)


def _reached(record: Record) -> tuple[ProgramEnd, Stage, int]:
    return record.program, record.stage, record.step


def _same_result(pairs: Sequence[_Pair[ProgramRun]]) -> bool | None:
    ended = [pair.before.program is pair.after.program is ProgramEnd.OK for pair in pairs]
    if not ended or not all(ended):
        return None
    return all(pair.before.metrics == pair.after.metrics for pair in pairs)


def _changes(pairs: Iterable[_Pair[Attempt]]) -> Iterator[AidChange]:
    for pair in pairs:
        before, after = _end(pair.default, pair.before), _end(pair.other, pair.after)
        if before != after:
            attempt = pair.default
            seed = attempt.condition.seed
            yield AidChange(bug=attempt.bug.id, seed=seed, default=before, mode=after)


def _end(attempt: Attempt, record: Record) -> str:
    """What became of a bug, in words: other words are another behaviour."""
    outcome = attempt.verdict.outcome
    if record.failure is not None:
        return f"{outcome}, {record.failure.type} in {record.stage}"
    ended = record.program if record.worker is WorkerEnd.FINISHED else record.worker
    return f"{outcome}, {ended}"


def _gains(
    clean: Sequence[_Pair[ProgramRun]], attempts: Sequence[_Pair[Attempt]]
) -> Iterator[AidGain]:
    for metric in GAINS:
        pairs = _values(clean, metric) if metric == _OBSERVABILITY else _values(attempts, metric)
        if pairs:
            before, after = zip(*pairs, strict=True)
            yield AidGain(metric=metric, pairs=len(pairs), default=fmean(before), mode=fmean(after))


def _values(pairs: Iterable[_Pair[_Run]], metric: str) -> list[tuple[float, float]]:
    values = ((pair.default.value(metric), pair.other.value(metric)) for pair in pairs)
    return [(one, other) for one, other in values if one is not None and other is not None]
