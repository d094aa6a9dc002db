"""Whether a silent bug does harm: DeepCrime's rule on the task metric of many seeds.

A mutant is harmful if a generalised linear model of the metric on "has the bug" is significant
and the effect is at least medium: p < 0.05 and a signed Cohen's d of 0.5 or more (Humbatova,
Jahangirova and Tonella 2021, after Jahangirova and Tonella 2020). With one binary regressor and a
Gaussian family the model compares two means with a pooled variance, tested by Wald's z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist, fmean, variance
from typing import TYPE_CHECKING

from debugdiff.model import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.model import Confinement, Framework

SIGNIFICANT = 0.05
MEDIUM = 0.5
FEWEST = 2
"""Values a side needs to have a variance."""

_REPLACED = "the bug is in the initial weights, which the shared ones replace"


class HarmVerdict(StrEnum):
    """`not-shown` never means harmless: more seeds could show it."""

    HARMFUL = "harmful"
    NOT_SHOWN = "not-shown"
    NOT_JUDGED = "not-judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """The metric without and with a bug.

    Attributes:
        clean, buggy: means over the seeds.
        lost: what the bug takes from the metric, in its own unit, with an interval of 95 % by the
            same normal approximation as the test; without one where neither side varies.
        effect: signed Cohen's d, positive where the bug lowers the metric; `None` where neither
            side varies, so that there is nothing to measure a difference in.
        p_value: two-sided.
        reason: why it cannot be judged.
    """

    verdict: HarmVerdict
    clean: float | None = None
    buggy: float | None = None
    lost: Interval | None = None
    effect: float | None = None
    p_value: float | None = None
    reason: str = ""


class Start(StrEnum):
    """Which weights a program begins from: those its framework draws, or the reference's."""

    OWN = "own"
    SHARED = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmLine:
    """One bug in one implementation, from one kind of initial weights."""

    case: str
    bug: str
    implementation: str
    framework: Framework
    stack: str
    start: Start
    metric: str
    seeds: int
    harm: Harm


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmStudy:
    """Every bug of a request in every implementation that it fits.

    Attributes:
        not_run: trials without a record, as trial id to reason.
        unshared: per case, why its programs cannot begin from the same weights.
        same_order: cases whose training rows come in the same order whatever the seed.
        sandboxes: what the trials ran in.
    """

    lines: tuple[HarmLine, ...]
    trials: int
    not_run: Mapping[str, str]
    unshared: Mapping[str, str]
    same_order: tuple[str, ...] = ()
    sandboxes: tuple[Confinement, ...] = ()

    def lines_by_case(self) -> tuple[HarmLine, ...]:
        """Case by case, bug by bug, program by program, both starts beside each other."""
        order = list(dict.fromkeys(line.implementation for line in self.lines))
        return tuple(
            sorted(
                self.lines,
                key=lambda line: (line.case, line.bug, order.index(line.implementation)),
            )
        )


def judge_harm(clean: Sequence[float], buggy: Sequence[float]) -> Harm:
    """Apply the rule to a metric of which more is better, one value per seed on each side."""
    if min(len(clean), len(buggy)) < FEWEST:
        return not_judged("needs at least two seeds")
    means = fmean(clean), fmean(buggy)
    difference = means[0] - means[1]
    deviation = _pooled_deviation(clean, buggy)
    if deviation == 0:
        # Every seed gave the same two numbers: they differ for certain, or not at all.
        verdict = HarmVerdict.HARMFUL if difference > 0 else HarmVerdict.NOT_SHOWN
        p_value = 1.0 if difference == 0 else 0.0
        lost = Interval(value=difference)
        return Harm(verdict=verdict, clean=means[0], buggy=means[1], lost=lost, p_value=p_value)
    effect = difference / deviation
    p_value = _wald(effect, len(clean), len(buggy))
    harmful = p_value < SIGNIFICANT and effect >= MEDIUM
    return Harm(
        verdict=HarmVerdict.HARMFUL if harmful else HarmVerdict.NOT_SHOWN,
        clean=means[0],
        buggy=means[1],
        lost=_with_interval(difference, deviation * _spread(len(clean), len(buggy))),
        effect=effect,
        p_value=p_value,
    )


def not_judged(reason: str) -> Harm:
    """No verdict, and why."""
    return Harm(verdict=HarmVerdict.NOT_JUDGED, reason=reason)


def without_replaced(own: Iterable[HarmLine], shared: Iterable[HarmLine]) -> tuple[HarmLine, ...]:
    """The lines from shared weights, without a verdict on a bug that those weights undo.

    A bug of the initial weights is gone where the weights are replaced: both samples are the same
    then, though from a program's own weights they differ.
    """
    moved = {_place(line) for line in own if line.harm.clean != line.harm.buggy}
    return tuple(
        replace(line, harm=not_judged(_REPLACED))
        if _place(line) in moved and _is_undone(line.harm)
        else line
        for line in shared
    )


def _place(line: HarmLine) -> tuple[str, str, str, str]:
    return line.case, line.bug, line.implementation, line.stack


def _is_undone(harm: Harm) -> bool:
    return harm.clean is not None and harm.clean == harm.buggy and harm.p_value == 1.0


def _pooled_deviation(left: Sequence[float], right: Sequence[float]) -> float:
    freedom = len(left) + len(right) - 2
    squares = (len(left) - 1) * variance(left) + (len(right) - 1) * variance(right)
    return math.sqrt(squares / freedom)


def _wald(effect: float, left: int, right: int) -> float:
    """The two-sided p-value of a difference of so many pooled standard deviations."""
    return math.erfc(abs(effect) / _spread(left, right) / math.sqrt(2))


def _spread(left: int, right: int) -> float:
    """The standard error of a difference of two means, in pooled standard deviations."""
    return math.sqrt(1 / left + 1 / right)


def _with_interval(difference: float, error: float) -> Interval:
    half = NormalDist().inv_cdf(1 - SIGNIFICANT / 2) * error
    return Interval(value=difference, low=difference - half, high=difference + half)
