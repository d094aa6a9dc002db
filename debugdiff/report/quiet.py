"""What is said of a trial that ended without an exception: what it did instead of raising one."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from debugdiff.model import Owner, ProgramEnd, WorkerEnd
from debugdiff.report.names import SENTINEL, SILENT, MetricId, shows_at
from debugdiff.score.outcome import new_warnings

if TYPE_CHECKING:
    from debugdiff.model import Attempt, Record

TIMED_OUT = "timed out"
WARNING_LENGTH = 100
"""Characters of a warning in the table; `show` has all of them."""


def label(record: Record) -> str:
    """What a user saw of a fault that no score has judged yet."""
    if record.worker is WorkerEnd.TIMEOUT:
        return TIMED_OUT
    return SILENT if record.program is ProgramEnd.OK else record.program.value


def facts(attempt: Attempt, record: Record) -> str:
    """In a line or two: that it timed out, the warning, or the results that differ."""
    if record.worker is not WorkerEnd.FINISHED:
        return f"{attempt.verdict.reason.rstrip('.')}{_where_it_stood(record)}"
    for warning in new_warnings(record, attempt.clean.record)[:1]:
        message = shorten(warning.message, WARNING_LENGTH, placeholder=" ...")
        return f"{warning.category}: {message}"
    lines = (_numbers(attempt, record), _alarm(attempt), _divergence(attempt))
    return "\n".join(filter(None, lines))


def _where_it_stood(record: Record) -> str:
    own = [frame for frame in record.stuck if frame.owner is Owner.USER]
    return f"; it was at {own[-1].file.rpartition('/')[2]}:{own[-1].line}" if own else ""


def _numbers(attempt: Attempt, record: Record) -> str:
    """Each metric that is another one than the clean run's, or what else is different."""
    reason = attempt.verdict.reason.rstrip(".")
    clean = attempt.clean.record
    if clean is None or not record.metrics:
        return reason
    others = [
        f"{name} {_figure(value)} (clean {_figure(clean.metrics.get(name))})"
        for name, value in record.metrics.items()
        if value != clean.metrics.get(name)
    ]
    same = f"{', '.join(record.metrics)} as in the clean run"
    return ", ".join(others) or f"{same}; {reason[:1].lower()}{reason[1:]}"


def _figure(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"


def _alarm(attempt: Attempt) -> str:
    """Which sentinel tells, where nothing else does."""
    found = attempt.score(MetricId.REVEAL)
    by_sentinel = (
        found is not None and found.value is not None and shows_at(found.value) == SENTINEL
    )
    return found.explanation.rstrip(".") if found and by_sentinel else ""


def _divergence(attempt: Attempt) -> str:
    """Where the defect's site stands among those that part from the clean run, if it does."""
    found = attempt.score(MetricId.DIVERGENCE)
    return found.explanation.rstrip(".") if found and found.value else ""
