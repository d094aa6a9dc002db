"""What became of a bug: measured against the clean run of the same program, never assumed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.model import (
    CapturedWarning,
    Outcome,
    ProgramEnd,
    Record,
    TrialResult,
    WorkerEnd,
)
from debugdiff.score.divergence import HANDED_IN, first_divergence
from debugdiff.score.evidence import Evidence, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import ValueStatistics

KILLED = frozenset({WorkerEnd.SIGNALLED, WorkerEnd.OUT_OF_MEMORY})
_VARIES = re.compile(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def outcome_of(evidence: Evidence) -> Verdict:
    """Tell whether a bug is prevented, effective, or not measured, and why.

    Effective is, in this order: an exception or the death of the process, the time being up, a
    number that is not finite, a new warning, other final metrics or another number of steps, a
    value at a probed site that is not equal bit by bit (same framework, seed and machine were
    measured to be bitwise equal). Nothing of all that: absorbed. A missing record: unmeasured.
    """
    if evidence.not_applicable is not None:
        known = evidence.not_applicable.expressible
        outcome = Outcome.NOT_APPLICABLE if known else Outcome.NOT_EXPRESSIBLE
        return Verdict(outcome, evidence.not_applicable.reason)
    return _unusable(evidence) or _visible(evidence) or _by_values(evidence)


def _unusable(evidence: Evidence) -> Verdict | None:
    result, clean = evidence.result, evidence.clean
    if result is None or result.record.worker in {WorkerEnd.NOT_STARTED, WorkerEnd.UNREADABLE}:
        return Verdict(
            Outcome.UNMEASURED, f"The mutant's trial has no usable record{_note(result)}."
        )
    if clean is None:
        return Verdict(Outcome.UNMEASURED, "There is no clean run to compare with.")
    if clean.record.worker is not WorkerEnd.FINISHED or clean.record.failure is not None:
        return Verdict(Outcome.UNMEASURED, "The clean run itself does not run through.")
    return None


def _note(result: TrialResult | None) -> str:
    return f" ({result.record.note.rstrip('.')})" if result and result.record.note else ""


def _visible(evidence: Evidence) -> Verdict | None:
    """Differences that need no probe."""
    assert evidence.result is not None
    assert evidence.clean is not None
    reasons = _differences(evidence.result.record, evidence.clean.record)
    first = next(reasons, None)
    return Verdict(Outcome.EFFECTIVE, first) if first else None


def _differences(record: Record, clean: Record) -> Iterator[str]:
    if record.failure is not None:
        yield f"It raises {record.failure.type}, the clean run does not."
    if record.worker in KILLED:
        yield f"Its process died ({record.worker}), the clean run's did not."
    if record.worker is WorkerEnd.TIMEOUT:
        took = f"the clean run took {clean.seconds:.1f} s"
        yield f"Still running after {record.seconds:.0f} s; {took}."
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
        if value != expected:
            yield f"It returns {name} = {value}, the clean run {expected}, with the same seed."


def new_warnings(record: Record, clean: Record | None) -> tuple[CapturedWarning, ...]:
    """Warnings that the clean run does not give; figures within a message do not make it new."""
    known = {_kind_of(warning) for warning in clean.warnings} if clean else set()
    return tuple(warning for warning in record.warnings if _kind_of(warning) not in known)


def _kind_of(warning: CapturedWarning) -> tuple[str, str]:
    return warning.category, _VARIES.sub("#", warning.message)


def _by_values(evidence: Evidence) -> Verdict:
    reason = why_no_values(evidence)
    if reason:
        return Verdict(
            Outcome.UNMEASURED, f"Nothing visible differs from the clean run, and {reason}."
        )
    assert evidence.layers is not None
    assert evidence.clean_layers is not None
    values, expected = _inside(evidence.layers), _inside(evidence.clean_layers)
    divergence = first_divergence(values, expected)
    if divergence is not None:
        return Verdict(Outcome.EFFECTIVE, f"First other value: {divergence}.")
    sites = len({value.site for value in expected})
    return Verdict(
        Outcome.ABSORBED,
        f"All {len(expected)} values at {sites} sites equal the clean run's bit by bit.",
    )


def _inside(result: TrialResult) -> tuple[ValueStatistics, ...]:
    """What the model and the training made of what they were given.

    A framework that puts a wrong input right absorbs the bug, however other the input was.
    """
    return tuple(value for value in result.record.values if value.kind not in HANDED_IN)


def why_no_values(evidence: Evidence) -> str:
    """Why the layer records of mutant and clean run cannot be compared; empty if they can."""
    for name, result in (("mutant", evidence.layers), ("clean run", evidence.clean_layers)):
        if result is None:
            return f"the {name} has no trial with layer probes"
        if result.record.worker is not WorkerEnd.FINISHED:
            return f"the {name}'s trial with layer probes ended otherwise ({result.record.worker})"
        if not result.record.values:
            return f"the layer probes saw no value of the {name}"
    return ""
