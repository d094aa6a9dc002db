"""Two observations side by side: the same model, or the first place where it is not."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from debugdiff.model import DeclaredDifference, ParityStage
from debugdiff.parity.gradients import zero_gradients
from debugdiff.parity.results import PairParity, ParityLine, ZeroGradient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.parity.results import Observation, Value

TOLERANCES: Mapping[ParityStage, float] = {
    ParityStage.SETTINGS: 1e-6,
    ParityStage.WEIGHTS: 1e-6,
    ParityStage.FORWARD: 1e-5,
    ParityStage.LOSS: 1e-5,
    ParityStage.GRADIENT: 1e-4,
    ParityStage.SGD: 1e-5,
    ParityStage.ALIGNED: 1e-4,
    ParityStage.OPTIMIZER: 1e-4,
    ParityStage.METRIC: 1e-5,
    ParityStage.TRAINED: 1e-5,
}
"""Relative, per stage. What is not here has to be equal."""

ABSOLUTE = 1e-7
"""Added to every limit: some gradients are zero but for rounding, such as a key's bias."""

_PAIR = 2
_MOVEMENTS = {ParityStage.ALIGNED, ParityStage.OPTIMIZER}
"""Compared by how far the weights moved: beside the weights, a small step would not show."""

_ROUNDING = 2.0**-23
"""Of a weight in single precision, which a small step is read off from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Tolerances between two implementations, with the differences that the case declares."""

    declared: tuple[DeclaredDifference, ...] = ()

    def of(self, stage: ParityStage, site: str) -> tuple[float, str]:
        """Tolerance and, if it is declared, its reason. What names the site goes first."""
        fitting = [
            each for each in self.declared if each.stage is stage and each.site in {"", site}
        ]
        if fitting:
            chosen = max(fitting, key=lambda each: bool(each.site))
            return chosen.tolerance, chosen.reason
        return TOLERANCES.get(stage, 0.0), ""


def compare(left: Observation, right: Observation, limits: Limits) -> PairParity:
    """Everything that both have, in the order of the stages; `left` is the scale of every error."""
    pair = _Pair(left, right, limits)
    return PairParity(
        left=left.implementation,
        right=right.implementation,
        lines=tuple(pair.lines()),
        zero_gradients=tuple(pair.zero_gradients()),
    )


def stability(observation: Observation, limits: Limits) -> tuple[ParityLine, ...]:
    """Each metric beside the furthest value that it takes when the model's outputs move."""
    pairs = [
        (name, (observation.metrics[name], math.nan if shaken is None else shaken))
        for name, shaken in observation.shaken.items()
    ]
    return tuple(
        _judged(
            ParityStage.METRIC,
            name,
            "",
            both,
            limits=limits,
            detail=f"{both[0]:.6g} and {both[1]:.6g}",
        )
        for name, both in pairs
    )


def parameter_count(observation: Observation) -> int:
    """Numbers that are trained."""
    return sum(math.prod(shape) for shape in observation.shapes)


class _Pair:
    def __init__(self, left: Observation, right: Observation, limits: Limits) -> None:
        self._left = left
        self._right = right
        self._limits = limits
        self._weights = tuple(each.of(ParityStage.WEIGHTS) for each in (left, right))
        self._zero = zero_gradients(left, right)

    def zero_gradients(self) -> Iterator[ZeroGradient]:
        for (site, part, _), size in self._zero.items():
            yield ZeroGradient(site=site, part=part, size=size)

    def lines(self) -> Iterator[ParityLine]:
        found = (*self._scalars(), *self._problems(), *self._arrays())
        order = list(ParityStage)
        return iter(sorted(found, key=lambda line: order.index(line.stage)))

    # --- numbers and problems ------------------------------------------------------------------

    def _scalars(self) -> Iterator[ParityLine]:
        settings = self._left.settings, self._right.settings
        yield from self._numbers(ParityStage.SETTINGS, *settings)
        counts = ({"": float(parameter_count(each))} for each in (self._left, self._right))
        yield from self._numbers(ParityStage.PARAMETERS, *counts)
        if not self._left.values:
            yield self._shapes()
        yield from self._numbers(ParityStage.METRIC, self._left.metrics, self._right.metrics)
        yield from self._numbers(ParityStage.TRAINED, self._left.trained, self._right.trained)

    def _numbers(
        self, stage: ParityStage, left: Mapping[str, float], right: Mapping[str, float]
    ) -> Iterator[ParityLine]:
        """Numbers that have names. A setting that only one framework knows is no difference."""
        for name, value in left.items():
            if name in right:
                detail = f"{value:g} and {right[name]:g}"
                both = value, right[name]
                yield _judged(stage, name, "", both, limits=self._limits, detail=detail)
            elif stage is not ParityStage.SETTINGS:
                yield self._missing(stage, name, "", self._right)

    def _shapes(self) -> ParityLine:
        """Without sites, all that can be said of the layers: their shapes, in any layout."""
        left, right = (Counter(_layout_free(each.shapes)) for each in (self._left, self._right))
        only_left, only_right = (
            sorted((left - right).elements()),
            sorted((right - left).elements()),
        )
        if not only_left and not only_right:
            return replace(
                _failed(ParityStage.PARAMETERS, "", "shapes", ""), error=0.0, passed=True
            )
        detail = f"{_listed(map(str, only_left))} against {_listed(map(str, only_right))}"
        return _failed(ParityStage.PARAMETERS, "", "shapes", detail)

    def _problems(self) -> Iterator[ParityLine]:
        for observation in (self._left, self._right):
            for problem in observation.problems:
                detail = f"{observation.implementation}: {problem.text}"
                yield _failed(problem.stage, problem.site, "", detail)

    # --- arrays --------------------------------------------------------------------------------

    def _arrays(self) -> Iterator[ParityLine]:
        if any(each.stage is ParityStage.WEIGHTS for each in self._right.problems):
            return  # with other weights, nothing else could be equal
        left, right = _by_site(self._left.values), _by_site(self._right.values)
        for stage, site in dict.fromkeys((*left, *right)):
            if stage is ParityStage.FORWARD and site in self._left.silent | self._right.silent:
                continue
            yield from self._site(stage, site, left.get((stage, site)), right.get((stage, site)))

    def _site(
        self,
        stage: ParityStage,
        site: str,
        left: Mapping[tuple[str, int], Value] | None,
        right: Mapping[tuple[str, int], Value] | None,
    ) -> Iterator[ParityLine]:
        if left is None or right is None:
            yield self._missing(stage, site, "", self._left if left is None else self._right)
            return
        problem = _unlike(stage, left, right)
        if problem:
            yield _failed(stage, site, "", problem)
        for key, value in left.items():
            is_step = stage in _MOVEMENTS
            if key in right and not (is_step and value.place[1:] in self._zero):
                yield self._value(value, right[key])

    def _value(self, left: Value, right: Value) -> ParityLine:
        name = f"{left.part}, call {left.call + 1}" if left.call else left.part
        if left.array.shape != right.array.shape:
            detail = f"shapes {left.array.shape} and {right.array.shape}"
            return _failed(left.stage, left.site, name, detail)
        arrays = left.array, right.array
        if left.stage not in _MOVEMENTS:
            return _judged(left.stage, left.site, name, arrays, limits=self._limits)
        before = tuple(weights[left.place[1:]] for weights in self._weights)
        moved = tuple(after - start for after, start in zip(arrays, before, strict=True))
        rounding = _ROUNDING * _norm(np.where(moved[0] == 0, 0.0, before[0]))
        return _judged(left.stage, left.site, name, moved, limits=self._limits, rounding=rounding)

    def _missing(
        self, stage: ParityStage, site: str, part: str, observation: Observation
    ) -> ParityLine:
        what = {
            ParityStage.FORWARD: "no value was seen",
            ParityStage.GRADIENT: "no gradient was seen",
            ParityStage.METRIC: "it is not returned",
            ParityStage.TRAINED: "it is not returned",
        }.get(stage, "it was not seen")
        return _failed(stage, site, part, f"{observation.implementation}: {what}")


def _judged(  # noqa: PLR0913 - a line has as many facts
    stage: ParityStage,
    site: str,
    part: str,
    both: tuple[Any, ...],
    *,
    limits: Limits,
    detail: str = "",
    rounding: float = 0.0,
) -> ParityLine:
    tolerance, reason = limits.of(stage, site)
    left, right = (np.asarray(each, dtype=np.float64) for each in both)
    distance, size = _norm(left - right), _norm(left)
    slack = 0.0 if stage is ParityStage.SETTINGS else ABSOLUTE + rounding
    absolute = slack / tolerance if tolerance else 0.0
    scale = size + absolute
    error = distance / scale if scale else distance
    passed = bool(error <= tolerance)
    return ParityLine(
        stage=stage,
        site=site,
        part=part,
        error=error if math.isfinite(error) else None,
        tolerance=tolerance,
        passed=passed,
        detail="" if passed else detail or ("" if math.isfinite(error) else "not finite"),
        declared=reason,
    )


def _unlike(
    stage: ParityStage,
    left: Mapping[tuple[str, int], Value],
    right: Mapping[tuple[str, int], Value],
) -> str:
    """Why two sets of values of one site are not of one kind, if so.

    A layer may return more than another (all time steps and the last state): what both return is
    compared. Weights have to be the same ones.
    """
    calls, other_calls = ({call for _, call in each} for each in (left, right))
    if calls != other_calls:
        return f"called {len(calls)} and {len(other_calls)} times"
    names, others = ({part for part, _ in each} for each in (left, right))
    if not names & others or (stage is not ParityStage.FORWARD and names != others):
        return f"{_listed(names)} and {_listed(others)} cannot be compared"
    return ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _layout_free(shapes: Iterable[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """Shapes whatever the order of dimensions; a pair of biases in one array is two biases."""
    for shape in shapes:
        ordered = tuple(sorted(shape))
        yield from [ordered[1:]] * _PAIR if len(shape) == _PAIR == ordered[0] else [ordered]


def _by_site(
    values: Sequence[Value],
) -> dict[tuple[ParityStage, str], dict[tuple[str, int], Value]]:
    found: dict[tuple[ParityStage, str], dict[tuple[str, int], Value]] = {}
    for value in values:
        found.setdefault((value.stage, value.site), {})[value.part, value.call] = value
    return found


def _failed(stage: ParityStage, site: str, part: str, detail: str) -> ParityLine:
    return ParityLine(
        stage=stage,
        site=site,
        part=part,
        error=None,
        tolerance=TOLERANCES.get(stage, 0.0),
        passed=False,
        detail=detail,
    )


def _norm(array: Any) -> float:
    return float(np.linalg.norm(np.asarray(array, dtype=np.float64)))
