"""Whether two programs learn the same: their metrics over seeds, paired, within a margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.compare.statistics import interval, mean
from debugdiff.parity.results import Agreement, TrainedMetric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Interval

FEWEST = 6
"""Seeds that an interval needs."""

_CONFIDENCE = 0.9
"""Two one-sided tests at 5 % each: an interval of 90 % inside the margin (Schuirmann 1987)."""


def judge_training(
    metric: str, left: Sequence[float], right: Sequence[float], margin: float
) -> TrainedMetric:
    """Compare a metric of two programs that began from the same weights, seed by seed.

    They agree if the interval of the mean difference is inside the margin, differ if it is outside,
    and are undecided otherwise. No p value decides.

    Args:
        metric: its name.
        left: of the first program, one value for each seed.
        right: of the second, in the same order.
        margin: as a share of the mean of `left`.
    """
    differences = [other - one for one, other in zip(left, right, strict=True)]
    difference = interval(differences, _CONFIDENCE)
    allowed = margin * abs(mean(left))
    return TrainedMetric(
        metric=metric,
        left=mean(left),
        right=mean(right),
        seeds=len(differences),
        difference=difference,
        allowed=allowed,
        agreement=_agreement(difference, allowed, seeds=len(differences)),
    )


def _agreement(difference: Interval, allowed: float, *, seeds: int) -> Agreement:
    """Differences that are all equal have no interval: they are what every seed gives."""
    if seeds < FEWEST:
        return Agreement.UNDECIDED
    low = difference.value if difference.low is None else difference.low
    high = difference.value if difference.high is None else difference.high
    if -allowed <= low and high <= allowed:
        return Agreement.AGREES
    return Agreement.DIFFERS if low > allowed or high < -allowed else Agreement.UNDECIDED
