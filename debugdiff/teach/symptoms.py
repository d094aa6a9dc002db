"""What a bug looks like from outside, and whether a program still looks like that."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from debugdiff.model import KILLED, WorkerEnd
from debugdiff.score.outcome import new_warnings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import CapturedWarning, Record

_LIKE_CHANCE = 3.0
"""Standard deviations of the clean seeds that a metric may be away from their mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a metric is over some seeds of the healthy program.

    `low` and `high` are three standard deviations from the mean (of seeds that do not vary, the
    value itself).
    """

    mean: float
    low: float
    high: float

    def holds(self, value: float | None) -> bool:
        """Whether a value could be one of these seeds'."""
        return value is not None and self.low <= value <= self.high


def band_of(values: Sequence[float]) -> Band:
    """The band of some values, two or more."""
    mean, deviation = fmean(values), stdev(values)
    reach = _LIKE_CHANCE * deviation
    return Band(mean=mean, low=mean - reach, high=mean + reach)


def has_failed(record: Record) -> bool:
    """Whether the program did not run through."""
    return record.failure is not None or record.worker is not WorkerEnd.FINISHED


def fresh_warnings(own: Record, other: Record) -> tuple[CapturedWarning, ...]:
    """Warnings that the other run does not give."""
    return new_warnings(own, other)


def describe_end(record: Record) -> str:
    """How a run ended, as a sentence without its full stop."""
    if record.worker is WorkerEnd.TIMEOUT:
        return f"it was still running after {record.seconds:.0f} seconds"
    if record.worker in KILLED:
        return f"its process died ({record.worker})"
    if not has_failed(record) and not record.note:
        names = ", ".join(record.non_finite)
        return f"{names} is not a finite number" if names else "it runs to the end"
    return record.ending
