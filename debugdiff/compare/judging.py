"""One side beside another on one metric, and what that says over a dimension."""

from __future__ import annotations

from math import exp, log
from statistics import median
from typing import TYPE_CHECKING

from debugdiff.compare.statistics import (
    SIGNIFICANCE,
    interval,
    least_p,
    mean,
    rank_biserial,
    sign_flip,
)
from debugdiff.model import Dimension, DimensionVerdict, Interval, Judgement, MetricComparison
from debugdiff.score import Better

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.compare.metrics import Compared
    from debugdiff.compare.pairs import Pair

_EQUAL = 1e-12
_WORDS = {
    (True, True): Judgement.LIGHTER,
    (True, False): Judgement.HEAVIER,
    (False, True): Judgement.BETTER,
    (False, False): Judgement.WORSE,
}


def compare(metric: Compared, pairs: Sequence[Pair], band: float | None = None) -> MetricComparison:
    """Compare two sides on one metric; bootstraps draw cases and bugs apart.

    Args:
        metric: what is compared.
        pairs: the side and its reference.
        band: what styles of one framework differ by anyway, as `effect_of` measures it.
    """
    found = effects(metric, pairs)
    middle = interval(found, _units(pairs)) if found and len(found) == len(pairs) else None
    sign = -1 if metric.better is Better.MORE else 1
    signs = [_sign(sign * (pair.first - pair.second)) for pair in pairs]
    differences = unit_differences(metric, pairs)
    return MetricComparison(
        metric=metric.id,
        title=metric.title,
        dimension=metric.dimension,
        confirmatory=metric.confirmatory,
        pairs=len(pairs),
        units=len(differences),
        ratio=_ratio_of(middle) if metric.by_ratio else None,
        difference=None if metric.by_ratio else middle,
        wins=signs.count(-1),
        ties=signs.count(0),
        losses=signs.count(1),
        band=None if band is None else exp(band) if metric.by_ratio else band,
        verdict=_verdict(metric, len(differences), middle, band),
        effect=rank_biserial(differences),
        p_value=sign_flip(differences) if differences else None,
    )


def _sign(value: float) -> int:
    return (value > _EQUAL) - (value < -_EQUAL)


def effects(metric: Compared, pairs: Iterable[Pair]) -> list[float]:
    """What each pair differs by: the logarithm of its ratio, or its difference."""
    if metric.by_ratio:
        return [log(one / other) for _, one, other in pairs if one > 0 and other > 0]
    return [pair.first - pair.second for pair in pairs]


def unit_differences(metric: Compared, pairs: Sequence[Pair]) -> list[float]:
    """One effect for each unit of the test: a bug, averaged over cases, or a case."""
    units: dict[str, list[Pair]] = {}
    for pair in pairs:
        units.setdefault(pair.key.bug or pair.key.case, []).append(pair)
    found = (effects(metric, of_unit) for of_unit in units.values())
    return [mean(of_unit) for of_unit in found if of_unit]


def band_of(metric: Compared, between_styles: Iterable[Sequence[Pair]]) -> float | None:
    """The median absolute effect between two styles of one framework; `None` without any."""
    found = [effects(metric, pairs) for pairs in between_styles]
    return median(sizes) if (sizes := [abs(mean(one)) for one in found if one]) else None


def _units(pairs: Sequence[Pair]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(pair.key.case for pair in pairs), tuple(pair.key.bug for pair in pairs)


def _ratio_of(middle: Interval | None) -> Interval | None:
    """The geometric mean of the ratios, from the mean of their logarithms."""
    if middle is None or middle.low is None or middle.high is None:
        return middle and Interval(value=exp(middle.value))
    return Interval(value=exp(middle.value), low=exp(middle.low), high=exp(middle.high))


def _verdict(
    metric: Compared, units: int, middle: Interval | None, band: float | None
) -> Judgement:
    """A word for these programs and bugs: within the band, within chance, or neither."""
    if middle is None:
        return Judgement.NOT_JUDGED
    if abs(middle.value) <= max(band or 0.0, _EQUAL):
        return Judgement.EQUIVALENT
    if not _is_clear(metric, units, middle):
        return Judgement.NOT_SHOWN
    is_better = (middle.value > 0) is (metric.better is Better.MORE)
    return _WORDS[metric.dimension is Dimension.READABILITY, is_better]


def _is_clear(metric: Compared, units: int, middle: Interval) -> bool:
    """Whether the interval leaves out "no difference".

    What belongs to a program and to no bug is the same in every run: one program is enough to tell
    of itself. Of so few bugs that no test of them could come out, nothing is said: a bootstrap of
    two or three equal differences has an interval without a width.
    """
    if metric.of_bugs and least_p(units) > SIGNIFICANCE:
        return False
    if middle.low is None or middle.high is None:
        return not metric.of_bugs
    return middle.low > 0 or middle.high < 0


def dominance(metrics: Sequence[MetricComparison]) -> tuple[DimensionVerdict, ...]:
    """Per dimension: better or equal on every metric and better on one, else a trade-off."""
    return tuple(_dominance(dimension, list(_of(dimension, metrics))) for dimension in Dimension)


def _of(dimension: Dimension, metrics: Iterable[MetricComparison]) -> Iterator[MetricComparison]:
    judged = (one for one in metrics if one.verdict is not Judgement.NOT_JUDGED)
    return (one for one in judged if one.dimension is dimension)


def _dominance(dimension: Dimension, metrics: Sequence[MetricComparison]) -> DimensionVerdict:
    good, bad = {Judgement.LIGHTER, Judgement.BETTER}, {Judgement.HEAVIER, Judgement.WORSE}
    better = tuple(one.metric for one in metrics if one.verdict in good)
    worse = tuple(one.metric for one in metrics if one.verdict in bad)
    return DimensionVerdict(
        dimension=dimension,
        verdict=_overall(dimension, metrics, better, worse),
        better=better,
        worse=worse,
    )


def _overall(
    dimension: Dimension,
    metrics: Sequence[MetricComparison],
    better: Sequence[str],
    worse: Sequence[str],
) -> Judgement:
    if not metrics:
        return Judgement.NOT_JUDGED
    if better and worse:
        return Judgement.TRADE_OFF
    if better or worse:
        return _WORDS[dimension is Dimension.READABILITY, bool(better)]
    equal = all(one.verdict is Judgement.EQUIVALENT for one in metrics)
    return Judgement.EQUIVALENT if equal else Judgement.NOT_SHOWN
