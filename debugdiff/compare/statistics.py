"""Intervals, tests and power for paired measurements. Pure; NumPy comes late, scipy not at all.

The tests are exact and small enough to be counted out here; a test of ours holds them to scipy.
"""

from __future__ import annotations

from functools import lru_cache
from math import fsum, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, TypeVar

from debugdiff.model import Interval

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import numpy as np

    Numbers = np.ndarray[Any, Any]

_Name = TypeVar("_Name", bound="Hashable")

RESAMPLES = 2_000
CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
POWER = 0.8
_ENUMERATED = 14
_DRAWN = 20_000
_EQUAL = 1e-12


def mean(values: Sequence[float]) -> float:
    """The mean of at least one value."""
    return fsum(values) / len(values)


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The mean, and its interval by a bootstrap of the t statistic (Efron 1981; Hall 1988).

    It covers 95 % in simulation from ten units on, of skewed differences too, where percentile and
    BCa intervals cover about 90 %: `benchmarks/coverage.md`. Of fewer than six units, and of units
    that are all equal, whose spread is not known, there is no interval.

    Args:
        values: one for each unit.
        confidence: how often the interval should cover the mean.
    """
    middle = mean(values)
    if least_p(len(values)) > SIGNIFICANCE or max(values) - min(values) <= _EQUAL:
        return Interval(value=middle)
    import numpy as np  # noqa: PLC0415 (late)

    drawn = np.asarray(values)[_resamples(len(values))]
    deviations, errors = drawn.mean(axis=1) - middle, drawn.std(axis=1, ddof=1)
    varied = errors > _EQUAL
    tail = (1 - confidence) / 2
    low, high = np.quantile(deviations[varied] / errors[varied], (tail, 1 - tail))
    error = float(np.std(values, ddof=1))
    return Interval(value=middle, low=middle - high * error, high=middle - low * error)


@lru_cache(maxsize=8)
def _resamples(units: int) -> Numbers:
    """Which units are drawn. The seed is fixed: a report does not change by itself."""
    import numpy as np  # noqa: PLC0415 (late)

    return np.random.default_rng(0).integers(0, units, (RESAMPLES, units))


def share_difference(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The mean difference of two paired shares, with its interval (Agresti and Min 2005).

    Half a unit is added to each of the four cells of the pairs, so that units which are all equal
    have an interval with a width. Of fewer than six units there is none.

    Args:
        values: for each unit, 1 (the side alone), -1 (the reference alone), 0, or a mean of these.
        confidence: how often the interval should cover the difference.
    """
    middle = mean(values)
    if least_p(len(values)) > SIGNIFICANCE:
        return Interval(value=middle)
    units = len(values) + 2
    centre = fsum(values) / units
    squares = (fsum(value**2 for value in values) + 1) / units
    half = _normal_quantile(confidence) * sqrt((squares - centre**2) / units)
    return Interval(value=middle, low=max(centre - half, -1.0), high=min(centre + half, 1.0))


def _normal_quantile(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def sign_flip(differences: Sequence[float]) -> float:
    """Two-sided permutation test of a mean difference by flipping signs (Fisher 1935).

    All `2^n` assignments are counted for up to 14 differences that are not zero, else 20,000 are
    drawn with a fixed seed. Pairs without a difference say nothing: without any other, p is 1.
    For yes/no pairs this is the exact McNemar test.
    """
    found = [difference for difference in differences if abs(difference) > _EQUAL]
    if not found:
        return 1.0
    import numpy as np  # noqa: PLC0415 (late)

    values = np.asarray(found)
    if len(found) <= _ENUMERATED:
        bits = np.arange(2 ** len(found))[:, None] >> np.arange(len(found)) & 1
        sums = np.abs((2 * bits - 1) @ values)
        return float((sums >= abs(values.sum()) - _EQUAL).mean())
    signs = np.random.default_rng(0).choice((-1, 1), size=(_DRAWN, len(found)))
    hits = int((np.abs(signs @ values) >= abs(values.sum()) - _EQUAL).sum())
    return (hits + 1) / (_DRAWN + 1)


def least_p(pairs: int) -> float:
    """The smallest p value that a two-sided sign-flip test of so many differences can give."""
    return min(1.0, 2.0 ** (1 - pairs))


def detectable_effect(pairs: int, significance: float) -> float | None:
    """The standardised mean difference that `pairs` would have shown with power 0.8.

    Normal approximation, two-sided; `None` if no effect, however large, could have been shown.

    Args:
        pairs: how many units the test has.
        significance: its level, after what correction there is.
    """
    if not pairs or least_p(pairs) > significance:
        return None
    normal = NormalDist()
    return (normal.inv_cdf(1 - significance / 2) + normal.inv_cdf(POWER)) / sqrt(pairs)


def rank_biserial(differences: Sequence[float]) -> float | None:
    """Matched-pairs rank-biserial correlation, -1 to 1 (Kerby 2014); `None` if all are equal."""
    found = [difference for difference in differences if abs(difference) > _EQUAL]
    if not found:
        return None
    ranks = _ranks([abs(difference) for difference in found])
    signed = fsum(rank if one > 0 else -rank for rank, one in zip(ranks, found, strict=True))
    return signed / fsum(ranks)


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def holm(p_values: Mapping[_Name, float]) -> dict[_Name, float]:
    """P values adjusted for their number by Holm's step-down method (1979)."""
    adjusted: dict[_Name, float] = {}
    highest = 0.0
    for done, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, (len(p_values) - done) * p_value))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}
