"""Scores side by side: paired ratios and differences, intervals, tests. Pure; scipy comes late.

Every comparison is paired, on the same case and the same bug, and tells how many pairs it has. The
unit of resampling is the bug and the case, never the single pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, fsum, log
from statistics import median
from typing import TYPE_CHECKING, Any

from debugdiff.model import Mode, Score
from debugdiff.score import Better, Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np

    Weights = np.ndarray[Any, Any]

RESAMPLES = 2_000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same measurement on both sides; `bug` is empty for what belongs to the case alone."""

    case: str
    bug: str
    first: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its bootstrap interval of 95 %; both ends are `None` where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides on one metric.

    Attributes:
        metric: its id.
        pairs: how many pairs are behind it.
        ratio: geometric mean of first / second; `None` if any value is zero or below.
        difference: mean of first - second.
        wins, ties, losses: pairs in which the first side is better, equal, worse; for figures that
            are only shown, in which it is lower, equal, higher.
    """

    metric: str
    pairs: int
    ratio: Interval | None
    difference: Interval | None
    wins: int
    ties: int
    losses: int


class Dominance(StrEnum):
    """Who is better over several metrics: one side only if it is nowhere worse."""

    FIRST = "first"
    SECOND = "second"
    EQUAL = "equal"
    TRADE_OFF = "trade-off"


def pair_scores(
    scores: Iterable[Score],
    metric: str,
    first: str,
    second: str,
    *,
    mode: Mode = Mode.DEFAULT,
) -> tuple[Pair, ...]:
    """Put the scores of two implementations side by side; several seeds give their mean.

    What was judged on one side only makes no pair.
    """
    sides: tuple[dict[tuple[str, str], list[float]], ...] = ({}, {})
    for score in scores:
        if score.metric == metric and score.mode is mode and score.value is not None:
            for name, values in zip((first, second), sides, strict=True):
                if score.implementation == name:
                    values.setdefault((score.case, score.bug or ""), []).append(score.value)
    one, other = sides
    return tuple(
        Pair(case=case, bug=bug, first=_mean(one[case, bug]), second=_mean(other[case, bug]))
        for case, bug in sorted(one.keys() & other.keys())
    )


def compare(pairs: Sequence[Pair], metric: Metric) -> Comparison:
    """Compare two sides on one metric, with intervals by a bootstrap over cases and bugs."""
    differences = [pair.first - pair.second for pair in pairs]
    sign = -1 if metric.better is Better.MORE else 1
    wins = sum(sign * difference < 0 for difference in differences)
    losses = sum(sign * difference > 0 for difference in differences)
    return Comparison(
        metric=metric.id,
        pairs=len(pairs),
        ratio=_ratio(pairs),
        difference=_interval(pairs, differences, float) if pairs else None,
        wins=wins,
        ties=len(pairs) - wins - losses,
        losses=losses,
    )


def _ratio(pairs: Sequence[Pair]) -> Interval | None:
    if not pairs or any(pair.first <= 0 or pair.second <= 0 for pair in pairs):
        return None
    return _interval(pairs, [log(pair.first / pair.second) for pair in pairs], exp)


def _interval(
    pairs: Sequence[Pair], values: Sequence[float], back: Callable[[float], float]
) -> Interval:
    """Mean and percentile interval; with one case and one bug there is nothing to resample."""
    middle = _mean(values)
    if len(pairs) < 2:  # noqa: PLR2004
        return Interval(value=back(middle))
    import numpy as np  # noqa: PLC0415 (late)

    weights = _bootstrap_weights(pairs)
    totals = weights.sum(axis=1)
    means = (weights @ np.asarray(values))[totals > 0] / totals[totals > 0]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Interval(value=back(middle), low=back(float(low)), high=back(float(high)))


def _bootstrap_weights(pairs: Sequence[Pair]) -> Weights:
    """How often each pair is drawn when cases and bugs are drawn apart (Owen 2007, pigeonhole)."""
    import numpy as np  # noqa: PLC0415 (late)

    random = np.random.default_rng(0)
    weights = np.ones((RESAMPLES, len(pairs)))
    for keys in ([pair.case for pair in pairs], [pair.bug for pair in pairs]):
        names = sorted(set(keys))
        share = np.full(len(names), 1 / len(names))
        drawn = random.multinomial(len(names), share, size=RESAMPLES)
        weights *= drawn[:, [names.index(key) for key in keys]]
    return weights


def equivalence_band(ratios_within: Sequence[float]) -> float | None:
    """The factor by which styles of one framework differ anyway: `exp(median |log ratio|)`.

    Args:
        ratios_within: ratios between styles within a framework; `None` comes back for none.
    """
    logs = [abs(log(ratio)) for ratio in ratios_within if ratio > 0]
    return exp(median(logs)) if logs else None


def is_equivalent(ratio: float, band: float) -> bool:
    """Whether a ratio is smaller than an author's choice of style."""
    return abs(log(ratio)) <= log(band)


def dominance(comparisons: Sequence[Comparison]) -> Dominance:
    """Better or equal on every metric of a dimension and better on one; else a trade-off."""
    signs = {(one.wins > one.losses) - (one.wins < one.losses) for one in comparisons}
    if {1, -1} <= signs:
        return Dominance.TRADE_OFF
    if 1 in signs:
        return Dominance.FIRST
    return Dominance.SECOND if -1 in signs else Dominance.EQUAL


def mcnemar(pairs: Sequence[Pair]) -> float:
    """Exact McNemar test of yes/no pairs: a two-sided binomial test of the discordant ones."""
    from scipy.stats import binomtest  # noqa: PLC0415 (late)

    only_first = sum(bool(pair.first) and not pair.second for pair in pairs)
    only_second = sum(bool(pair.second) and not pair.first for pair in pairs)
    discordant = only_first + only_second
    return float(binomtest(only_first, discordant).pvalue) if discordant else 1.0


def wilcoxon(pairs: Sequence[Pair]) -> float:
    """Wilcoxon's signed-rank test, two-sided; pairs without a difference say nothing."""
    from scipy import stats  # noqa: PLC0415 (late)

    differences = [pair.first - pair.second for pair in pairs if pair.first != pair.second]
    return float(stats.wilcoxon(differences).pvalue) if differences else 1.0


def rank_biserial(pairs: Sequence[Pair]) -> float | None:
    """Matched-pairs rank-biserial correlation, -1 to 1 (Kerby 2014); positive: first is higher."""
    from scipy.stats import rankdata  # noqa: PLC0415 (late)

    differences = [pair.first - pair.second for pair in pairs if pair.first != pair.second]
    if not differences:
        return None
    ranks = rankdata([abs(difference) for difference in differences])
    signed = (
        rank if difference > 0 else -rank
        for rank, difference in zip(ranks, differences, strict=True)
    )
    return float(fsum(signed) / fsum(ranks))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P values adjusted for their number by Holm's step-down method (1979)."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for done, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, (len(p_values) - done) * p_value))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)
