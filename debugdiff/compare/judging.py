"""One side beside another: a figure for each metric, a conclusion for each dimension."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from statistics import median
from typing import TYPE_CHECKING

from debugdiff.compare.statistics import (
    SIGNIFICANCE,
    detectable_effect,
    holm,
    interval,
    least_p,
    mean,
    rank_biserial,
    share_difference,
    sign_flip,
)
from debugdiff.model import Conclusion, Dimension, Interval, Judgement, MetricComparison
from debugdiff.score import Better

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.compare.metrics import Compared
    from debugdiff.compare.pairs import Key, Pair

_EQUAL = 1e-12
_EQUIVALENCE = 0.90
"""Confidence of the interval of two one-sided tests at 5 % (Schuirmann 1987)."""
_WORDS = {
    (True, True): Judgement.LIGHTER,
    (True, False): Judgement.HEAVIER,
    (False, True): Judgement.BETTER,
    (False, False): Judgement.WORSE,
}


def compare(
    metric: Compared, pairs: Sequence[Pair], spread: float | None = None
) -> MetricComparison:
    """Compare two sides on one metric.

    Args:
        metric: what is compared.
        pairs: the side and its reference.
        spread: what styles of one framework differ by, as `effects` measures it.
    """
    differences = unit_differences(metric, pairs)
    middle = _interval(metric, differences) if differences else None
    sign = -1 if metric.better is Better.MORE else 1
    signs = [_sign(sign * (pair.first - pair.second)) for pair in pairs]
    return MetricComparison(
        metric=metric.id,
        title=metric.title,
        dimension=metric.dimension,
        pairs=len(pairs),
        units=len(differences),
        ratio=_ratio_of(middle) if metric.by_ratio else None,
        difference=None if metric.by_ratio else middle,
        wins=signs.count(-1),
        ties=signs.count(0),
        losses=signs.count(1),
        spread=None if spread is None else exp(spread) if metric.by_ratio else spread,
        effect=rank_biserial(differences),
    )


def _sign(value: float) -> int:
    return (value > _EQUAL) - (value < -_EQUAL)


def _interval(metric: Compared, differences: Sequence[float], confidence: float = 0.95) -> Interval:
    return (share_difference if metric.is_share else interval)(differences, confidence)


def effects(metric: Compared, pairs: Iterable[Pair]) -> list[float]:
    """What each pair differs by: the logarithm of its ratio, or its difference."""
    if metric.by_ratio:
        return [log(one / other) for _, one, other in pairs]
    return [pair.first - pair.second for pair in pairs]


def unit_differences(metric: Compared, pairs: Sequence[Pair]) -> list[float]:
    """One effect for each unit: a bug, averaged over cases, or a case.

    A ratio with a zero in it is none: then nothing is compared.
    """
    if metric.by_ratio and any(min(one, other) <= 0 for _, one, other in pairs):
        return []
    keys = (pair.key for pair in pairs)
    return unit_means(dict(zip(keys, effects(metric, pairs), strict=True)))


def unit_means(values: Mapping[Key, float]) -> list[float]:
    """One value for each unit: a bug, averaged over cases, or a case."""
    units: dict[str, list[float]] = {}
    for key, value in values.items():
        units.setdefault(key.bug or key.case, []).append(value)
    return [mean(of_unit) for of_unit in units.values()]


def spread_of(metric: Compared, between_styles: Iterable[Sequence[Pair]]) -> float | None:
    """The median absolute effect between two styles of one framework; `None` without any."""
    found = [unit_differences(metric, pairs) for pairs in between_styles]
    return median(sizes) if (sizes := [abs(mean(one)) for one in found if one]) else None


def _ratio_of(middle: Interval | None) -> Interval | None:
    """The geometric mean of the ratios, from the mean of their logarithms."""
    if middle is None or middle.low is None or middle.high is None:
        return middle and Interval(value=exp(middle.value))
    return Interval(value=exp(middle.value), low=exp(middle.low), high=exp(middle.high))


def conclude(pairs: Mapping[Compared, Sequence[Pair]]) -> tuple[Conclusion, ...]:
    """A conclusion for each dimension, from the metric that was named for it beforehand.

    The tests are adjusted for their number (Holm): with nothing but chance at work, one of all
    these conclusions or more is wrong in at most 5 % of comparisons.
    """
    differences = {
        metric: unit_differences(metric, of_metric)
        for metric, of_metric in pairs.items()
        if metric.margin is not None
    }
    able = {metric: one for metric, one in differences.items() if _has_power(one)}
    p_values = {metric: sign_flip(one) for metric, one in able.items()}
    adjusted = holm(p_values)
    level = SIGNIFICANCE / max(len(able), 1)
    return tuple(
        replace(
            _conclusion(metric, one, adjusted.get(metric)),
            p_value=p_values.get(metric),
            detectable=detectable_effect(len(one), level),
        )
        for metric, one in differences.items()
    )


def _has_power(differences: Sequence[float]) -> bool:
    return bool(differences) and least_p(len(differences)) <= SIGNIFICANCE


def _conclusion(
    metric: Compared, differences: Sequence[float], p_adjusted: float | None
) -> Conclusion:
    assert metric.margin is not None
    return Conclusion(
        dimension=metric.dimension,
        metric=metric.id,
        verdict=_verdict(metric, differences, p_adjusted),
        margin=metric.margin,
        units=len(differences),
        p_adjusted=p_adjusted,
    )


def _verdict(metric: Compared, differences: Sequence[float], p_adjusted: float | None) -> Judgement:
    if not differences:
        return Judgement.NOT_JUDGED
    if _is_equivalent(metric, differences):
        return Judgement.EQUIVALENT
    if p_adjusted is None or p_adjusted > SIGNIFICANCE or not _is_clear(metric, differences):
        return Judgement.NOT_SHOWN
    is_better = (mean(differences) > 0) is (metric.better is Better.MORE)
    return _WORDS[metric.dimension is Dimension.READABILITY, is_better]


def _is_equivalent(metric: Compared, differences: Sequence[float]) -> bool:
    """Two one-sided tests: a difference, shown or not, that lies within the margin for certain."""
    inner = _interval(metric, differences, _EQUIVALENCE)
    margin = log(metric.margin or 1) if metric.by_ratio else metric.margin or 0
    return (
        inner.low is not None
        and inner.high is not None
        and -margin < inner.low
        and inner.high < margin
    )


def _is_clear(metric: Compared, differences: Sequence[float]) -> bool:
    """Whether the interval leaves out "no difference"; equal differences have none, but a test."""
    middle = _interval(metric, differences)
    return middle.low is None or middle.high is None or middle.low > 0 or middle.high < 0
