"""The median of a few numbers with an interval that assumes nothing of how they are spread."""

from __future__ import annotations

from math import comb
from statistics import median
from typing import TYPE_CHECKING

from debugdiff.model import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95


def median_interval(values: Sequence[float]) -> Interval:
    """The median, and the narrowest symmetric pair of order statistics that covers it at 95 %.

    The ends are `None` for fewer than six values: even the smallest and the largest cover the
    median too seldom (David and Nagaraja 2003, 7.1).
    """
    ordered = sorted(values)
    rank = _rank(len(ordered))
    if rank is None:
        return Interval(value=median(ordered))
    return Interval(value=median(ordered), low=ordered[rank], high=ordered[-1 - rank])


def coverage(count: int, rank: int) -> float:
    """How often the median lies between the values at `rank` from both ends, counted from 0."""
    outside = 2 * sum(comb(count, below) for below in range(rank + 1))
    return 1.0 - outside / float(2**count)


def _rank(count: int) -> int | None:
    fitting = [rank for rank in range(count // 2) if coverage(count, rank) >= CONFIDENCE]
    return fitting[-1] if fitting else None
