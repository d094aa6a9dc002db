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

    Weights = np.ndarray[Any, Any]

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


def interval(values: Sequence[float], units: tuple[tuple[str, ...], ...]) -> Interval:
    """The mean, and its percentile interval of 95 % by a pigeonhole bootstrap (Owen 2007).

    Args:
        values: one for each pair.
        units: for each kind of unit (cases, bugs), the unit that each value belongs to; every kind
            is drawn apart. With a single unit of each kind there is nothing to resample.
    """
    middle = mean(values)
    if all(len(set(names)) < 2 for names in units):  # noqa: PLR2004
        return Interval(value=middle)
    import numpy as np  # noqa: PLC0415 (late)

    weights = _weights(units)
    totals = weights.sum(axis=1)
    means = (weights @ np.asarray(values, dtype=float))[totals > 0] / totals[totals > 0]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Interval(value=middle, low=float(low), high=float(high))


@lru_cache(maxsize=64)
def _weights(units: tuple[tuple[str, ...], ...]) -> Weights:
    """How often each value is drawn. The seed is fixed: a report does not change by itself."""
    import numpy as np  # noqa: PLC0415 (late)

    random = np.random.default_rng(0)
    weights = np.ones((RESAMPLES, len(units[0])))
    for keys in units:
        names = list(dict.fromkeys(keys))
        place = {name: number for number, name in enumerate(names)}
        drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES)
        weights *= drawn[:, [place[key] for key in keys]]
    return weights


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


def pairs_needed(significance: float) -> int:
    """The least number of differing pairs with which a sign-flip test can reach a level."""
    pairs = 1
    while least_p(pairs) > significance:
        pairs += 1
    return pairs


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
