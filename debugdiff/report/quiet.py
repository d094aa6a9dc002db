"""What is told of a trial that ended without an exception: what it did instead of raising one."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from debugdiff.model import Owner, ProgramEnd, WorkerEnd
from debugdiff.report.names import REVEAL, SENTINEL, Metric
from debugdiff.score.outcome import new_warnings

if TYPE_CHECKING:
    from debugdiff.model import BugOutcome, Record
    from debugdiff.report.evidence import Evidence

SILENT = "silent"
NEVER_ENDED = "never ended"
WARNING_LENGTH = 100
"""Characters of a warning in the table; `show` has all of them."""


def label(record: Record) -> str:
    """What a person saw of a fault that no score has judged yet."""
    if record.worker is WorkerEnd.TIMEOUT:
        return NEVER_ENDED
    return SILENT if record.program is ProgramEnd.OK else record.program.value


def facts(evidence: Evidence, outcome: BugOutcome, record: Record) -> str:
    """In a line or two: the time that was up, the warning, or the numbers that are other ones."""
    if record.worker is not WorkerEnd.FINISHED:
        return f"{outcome.reason.rstrip('.')}{_where_it_stood(record)}"
    clean = evidence.clean_twin(outcome.trial)
    for warning in new_warnings(record, clean.record if clean else None)[:1]:
        told = shorten(warning.message, WARNING_LENGTH, placeholder=" ...")
        return f"{warning.category}: {told}"
    lines = (
        _numbers(evidence, outcome, record),
        _alarm(evidence, outcome),
        _divergence(evidence, outcome),
    )
    return "\n".join(filter(None, lines))


def _where_it_stood(record: Record) -> str:
    own = [frame for frame in record.stuck if frame.owner is Owner.USER]
    return f"; it stood at {own[-1].file.rpartition('/')[2]}:{own[-1].line}" if own else ""


def _numbers(evidence: Evidence, outcome: BugOutcome, record: Record) -> str:
    """Each metric that is another one than the clean run's, or what else is different."""
    reason = outcome.reason.rstrip(".")
    clean = evidence.clean_twin(outcome.trial)
    if clean is None or not record.metrics:
        return reason
    expected = clean.record.metrics
    others = [
        f"{name} {_figure(value)} (clean {_figure(expected.get(name))})"
        for name, value in record.metrics.items()
        if value != expected.get(name)
    ]
    same = f"{', '.join(record.metrics)} as in the clean run"
    return ", ".join(others) or f"{same}; {reason[:1].lower()}{reason[1:]}"


def _figure(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"


def _alarm(evidence: Evidence, outcome: BugOutcome) -> str:
    """Which sentinel tells, where nothing else does."""
    found = evidence.explained(outcome.trial, Metric.REVEAL)
    told = found is not None and found.value is not None and REVEAL[round(found.value)] == SENTINEL
    return found.explanation.rstrip(".") if found and told else ""


def _divergence(evidence: Evidence, outcome: BugOutcome) -> str:
    """Where the defect's site stands among those that part from the clean run, if it does."""
    found = evidence.explained(outcome.trial, Metric.DIVERGENCE)
    return found.explanation.rstrip(".") if found and found.value else ""
