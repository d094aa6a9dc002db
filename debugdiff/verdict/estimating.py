"""One specification's estimate: the paired effects of two sides, unit by unit, and an interval."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import exp, log, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from debugdiff.compare.statistics import CONFIDENCE, sign_flip
from debugdiff.verdict.measures import MEASURES, Choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import ProgramReport
    from debugdiff.verdict.claims import Claim, ClaimSide
    from debugdiff.verdict.measures import Measure

_LEAST = 2
"""Units that an interval needs."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What one case, or one bug in one case, differs by: a logarithm for ratios."""

    case: str
    unit: str
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The mean over units, with Student's interval of 95 %; logarithms for ratios.

    Attributes:
        units: how many cases or bugs there are.
        spread: their standard deviation.
        narrow: the interval of 90 %, which the test of equivalence looks at.
    """

    value: float
    low: float
    high: float
    units: int
    spread: float
    narrow: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One way to analyse a claim. `estimate` is `None` with fewer than two units.

    Attributes:
        share: whether the effects are differences of yes/no, see `estimate`.
    """

    choices: Choices
    pairs: tuple[Pair, ...]
    share: bool
    estimate: Estimate | None

    @classmethod
    def of(cls, choices: Choices, pairs: Iterable[Pair], *, share: bool) -> Specification:
        """The specification that some pairs make."""
        kept = tuple(pairs)
        found = estimate(unit_effects(kept), share=share)
        return cls(choices=choices, pairs=kept, share=share, estimate=found)

    def p_value(self) -> float:
        """Of a two-sided sign-flip test over units."""
        return sign_flip(list(unit_effects(self.pairs).values()))

    def without(self) -> Iterator[tuple[str, Estimate | None]]:
        """The estimate with one case, and with one unit, left out at a time."""
        for case in dict.fromkeys(pair.case for pair in self.pairs):
            yield case, self._of(pair for pair in self.pairs if pair.case != case)
        effects = unit_effects(self.pairs)
        for unit in dict.fromkeys(pair.unit for pair in self.pairs if pair.unit != pair.case):
            rest = {other: effect for other, effect in effects.items() if other != unit}
            yield unit, estimate(rest, share=self.share)

    def _of(self, pairs: Iterable[Pair]) -> Estimate | None:
        return estimate(unit_effects(pairs), share=self.share)


def specifications(claim: Claim, programs: Sequence[ProgramReport]) -> tuple[Specification, ...]:
    """Every combination of the choices of a claim; its own one, the first levels, comes first.

    Args:
        claim: with a measure and two sides.
        programs: of the report; cases whose programs are not proven to be one model are left out.
    """
    paired = [program for program in programs if program.case.pairing.compared]
    axes = _axes(claim)
    return tuple(
        _specification(claim, dict(zip(axes, levels, strict=True)), paired)
        for levels in product(*axes.values())
    )


def _axes(claim: Claim) -> dict[str, tuple[str, ...]]:
    """All axes of the measure; those that a claim does not vary have one level."""
    usual = {axis: levels[:1] for axis, levels in MEASURES[claim.measure].axes.items()}
    varied = dict(claim.vary)
    if "style" in varied:
        varied["style"] = (PREFERRED, *varied["style"])
    return {**usual, **varied}


PREFERRED = "as listed"
"""The level of the axis `style` that takes the styles in the claim's own order."""


def _specification(
    claim: Claim, choices: dict[str, str], programs: Sequence[ProgramReport]
) -> Specification:
    pairs = tuple(_pairs(claim, choices, programs))
    return Specification.of(choices, pairs, share=MEASURES[claim.measure].is_share)


def _pairs(claim: Claim, choices: Choices, programs: Sequence[ProgramReport]) -> Iterator[Pair]:
    measure = MEASURES[claim.measure]
    cases: dict[str, list[ProgramReport]] = defaultdict(list)
    for program in programs:
        cases[program.case.name].append(program)
    for case, of_case in cases.items():
        side = _chosen(claim.side, of_case, choices.get("style", PREFERRED))
        beside = _chosen(claim.beside, of_case, PREFERRED)
        if side is None or beside is None:
            continue
        mine, theirs = _values(measure, side, choices), _values(measure, beside, choices)
        for key in sorted(mine.keys() & theirs.keys()):
            one, other = mine[key], theirs[key]
            effect = log(one / other) if measure.by_ratio else one - other
            yield Pair(case, key or case, effect)


def _chosen(
    side: ClaimSide | None, programs: Sequence[ProgramReport], style: str
) -> ProgramReport | None:
    """The program of a case that stands for a side: the first style that there is."""
    if side is None:
        return None
    wanted = [
        program
        for program in programs
        if program.implementation.framework is side.framework
        and (not side.training or program.implementation.training in side.training)
        and style in {PREFERRED, program.implementation.style}
        and (not side.style or program.implementation.style in side.style)
    ]
    order = list(side.style)
    wanted.sort(key=lambda each: order.index(each.implementation.style) if order else 0)
    return wanted[0] if wanted else None


def _values(measure: Measure, program: ProgramReport, choices: Choices) -> Mapping[str, float]:
    """By bug, a mean over its conditions; of a program's own measure, under an empty name."""
    if measure.of_program is not None:
        value = measure.of_program(program, choices)
        return {} if value is None else {"": value}
    assert measure.of_attempt is not None
    found: dict[str, list[float]] = defaultdict(list)
    for attempt in program.attempts:
        value = measure.of_attempt(attempt, choices)
        if value is not None:
            found[attempt.bug.id].append(value)
    return {bug: fmean(values) for bug, values in found.items()}


def unit_effects(pairs: Iterable[Pair]) -> dict[str, float]:
    """The mean effect of each unit: of a bug over its cases, or of a case."""
    found: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        found[pair.unit].append(pair.effect)
    return {unit: fmean(effects) for unit, effects in found.items()}


def estimate(effects: Mapping[str, float], *, share: bool = False) -> Estimate | None:
    """The mean of unit effects, with Student's intervals; `None` with fewer than two units.

    Args:
        effects: by unit.
        share: the effects are differences of yes/no: half a unit is added to each cell of the
            paired table (Agresti and Min 2005), so that bugs that never differ give no interval
            without a width.
    """
    values = list(effects.values())
    if len(values) < _LEAST:
        return None
    widened = [*values, sqrt(0.5), -sqrt(0.5)] if share else values
    middle, spread = fmean(widened), stdev(widened)
    error = spread / sqrt(len(widened))
    wide, narrow = (
        error * _quantile((1 + part) / 2, len(widened) - 1)
        for part in (CONFIDENCE, 2 * CONFIDENCE - 1)
    )
    return Estimate(
        value=fmean(values),
        low=middle - wide,
        high=middle + wide,
        units=len(values),
        spread=spread,
        narrow=(middle - narrow, middle + narrow),
    )


@lru_cache(maxsize=256)
def _quantile(probability: float, freedom: int) -> float:
    """Of Student's distribution."""
    from scipy.stats import t  # noqa: PLC0415 - 0.7 s of import that only a verdict pays

    return float(t.ppf(probability, freedom))


def shown(measure: Measure, effect: float) -> float:
    """An effect as it is printed: a ratio, or a difference."""
    return exp(effect) if measure.by_ratio else effect
