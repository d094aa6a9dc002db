"""What became of a bug: measured against the clean run of the same program, never assumed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.model import (
    ENDLESS_FACTOR,
    KILLED,
    NotApplicable,
    Outcome,
    ProgramEnd,
    Verdict,
    WorkerEnd,
)
from debugdiff.score.unchanged import LayerValues, is_rounding, verdict_by_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Attempt, Bug, CapturedWarning, Record, TrialResult, ValueStatistics

_VARIES = re.compile(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_NAME = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")


_MISSING_NAME = re.compile(
    r"^(?:module '(?:keras|torch|tensorflow|jax)\b[\w.]*' has no attribute"
    r"|cannot import name '\w+' from '(?:keras|torch|tensorflow|jax)\b)"
)
_NO_CLEAN_RUN = "The program does not run to its end without the bug either."
_NO_TRAINING = (
    "Without the bug the program takes no optimizer step: what trains nothing prevents nothing."
)


def outcome_of(attempt: Attempt) -> Verdict:
    """Tell whether a bug is prevented, effective, or not measured, and why.

    Effective is, in this order: an exception or the death of the process, a time limit of at least
    ten times the clean run's seconds being reached, a
    number that is not finite, a new warning, other final metrics or another number of steps, a
    value at a probed site that differs by more than rounding (same framework, seed and machine were
    measured to be bitwise equal). Nothing of all that: why not. A missing record: unmeasured. So is
    a mutant that uses a name which the version of a stack of the user's does not have.
    """
    if isinstance(attempt.injection, NotApplicable):
        return _without_mutant(attempt, attempt.injection)
    record, clean = attempt.record, attempt.clean.record
    if record is None or record.worker in {WorkerEnd.NOT_STARTED, WorkerEnd.UNREADABLE}:
        return Verdict(Outcome.UNMEASURED, _no_record(attempt.bug, record))
    if clean is None:
        return Verdict(Outcome.UNMEASURED, "There is no clean run to compare with.")
    if reason := _says_nothing(attempt, record, clean):
        return Verdict(Outcome.UNMEASURED, reason)
    difference = next(_differences(record, clean), None)
    return Verdict(Outcome.EFFECTIVE, difference) if difference else _by_values(attempt)


def _says_nothing(attempt: Attempt, record: Record, clean: Record) -> str:
    """Why a record says nothing of the bug; empty if it does."""
    own_stack = attempt.condition.own_stack
    if not attempt.clean.ran_through:
        return _NO_CLEAN_RUN
    if record.worker is WorkerEnd.TIMEOUT and not record.outlasts(clean):
        return _stopped_too_early(record, clean)
    if own_stack and _lacks_name(record):
        return f"Not available on {own_stack}: {record.ending}"
    return ""


def _lacks_name(record: Record) -> bool:
    """Whether the mutant needs a name that this version of the framework does not have."""
    return record.failure is not None and _MISSING_NAME.search(record.failure.message) is not None


def _no_record(bug: Bug, record: Record | None) -> str:
    if record is None:
        return f"It has no record yet: `debugdiff run CASE --bug {bug.id}` runs it."
    note = f" ({record.note.rstrip('.')})" if record.note else ""
    return f"The mutant's trial has no usable record{note}."


def _stopped_too_early(record: Record, clean: Record) -> str:
    """Why being cut short says nothing. Time counts that a busy machine does not prolong."""
    if record.host != clean.host:
        return "It was stopped on another machine than its clean run: times of two do not compare."
    taken, expected = record.counted_seconds, clean.counted_seconds
    return (
        f"It was stopped after {taken:.1f} s, fewer than {ENDLESS_FACTOR} times the"
        f" {expected:.1f} s of the clean run: it may have been about to end."
    )


def _without_mutant(attempt: Attempt, injection: NotApplicable) -> Verdict:
    """A bug that nothing runs for. What does not run, or trains nothing, prevents nothing."""
    if injection.expressible:
        return Verdict(Outcome.NOT_APPLICABLE, injection.reason)
    clean = attempt.clean.record
    if clean is not None and not attempt.clean.ran_through:
        return Verdict(Outcome.UNMEASURED, _NO_CLEAN_RUN)
    if clean is not None and not clean.steps:
        return Verdict(Outcome.NOT_APPLICABLE, _NO_TRAINING)
    return Verdict(Outcome.NOT_EXPRESSIBLE, injection.reason)


def _differences(record: Record, clean: Record) -> Iterator[str]:
    """What differs from the clean run and needs no probe to be seen."""
    if record.failure is not None:
        yield f"It raises {record.failure.type}, the clean run does not."
    if record.worker in KILLED:
        yield f"Its process died ({record.worker}), the clean run's did not."
    if record.worker is WorkerEnd.TIMEOUT:
        took = f"the clean run took {clean.counted_seconds:.1f} s"
        yield f"Still running after {record.counted_seconds:.0f} s; {took}."
    if record.program is ProgramEnd.RAISED:
        yield "It raises, the clean run does not."
    if record.program is ProgramEnd.NON_FINITE and clean.program is not ProgramEnd.NON_FINITE:
        yield f"Not finite: {', '.join(record.non_finite) or 'a value'}; finite in the clean run."
    for warning in new_warnings(record, clean):
        yield f"A warning that the clean run does not give: {warning.category}."
    if record.steps != clean.steps:
        yield f"It takes {record.steps} optimizer steps, the clean run {clean.steps}."
    for name in sorted(record.metrics.keys() | clean.metrics.keys()):
        value, expected = record.metrics.get(name), clean.metrics.get(name)
        if not is_rounding(value, expected):
            yield f"It returns {name} = {value}, the clean run {expected}, with the same seed."


def new_warnings(record: Record, clean: Record | None) -> tuple[CapturedWarning, ...]:
    """Warnings that the clean run does not give; figures within a message do not make it new."""
    known = {_kind_of(warning) for warning in clean.warnings} if clean else set()
    return tuple(warning for warning in record.warnings if _kind_of(warning) not in known)


def _kind_of(warning: CapturedWarning) -> tuple[str, str]:
    return warning.category, _VARIES.sub("#", warning.message)


def is_same_failure(own: Record, broken: Record) -> bool:
    """Whether two runs ended with the same complaint: type, and message but for its figures.

    The kind of death counts as one, too; where it happened does not: lines move while one edits.
    """
    if own.failure is None or broken.failure is None:
        ends = own.worker, broken.worker
        return own.failure is broken.failure is None and ends[0] is ends[1]
    if own.failure.type != broken.failure.type:
        return False
    return _pattern(own.failure.message) == _pattern(broken.failure.message)


def _pattern(message: str) -> str:
    """The first lines of a message without figures and quoted names."""
    first = message.strip().partition("\n\n")[0]
    return _VARIES.sub("#", _NAME.sub("'...'", first))


def _by_values(attempt: Attempt) -> Verdict:
    values = layer_values(attempt)
    if isinstance(values, str):
        reason = f"Nothing visible differs from the clean run, and {values}."
        return Verdict(Outcome.UNMEASURED, reason)
    return verdict_by_values(attempt, values)


def layer_values(attempt: Attempt) -> LayerValues | str:
    """The values of both runs, or why they cannot be compared."""
    mutant = _values_of(attempt.layers, "mutant")
    clean = _values_of(attempt.clean.layers, "clean run")
    if isinstance(mutant, str):
        return mutant
    return clean if isinstance(clean, str) else LayerValues(mutant, clean)


def _values_of(result: TrialResult | None, name: str) -> tuple[ValueStatistics, ...] | str:
    if result is None:
        return f"the {name} has no trial with layer probes"
    if result.record.worker is not WorkerEnd.FINISHED:
        return f"the {name}'s trial with layer probes ended otherwise ({result.record.worker})"
    return result.record.values or f"the layer probes saw no value of the {name}"
