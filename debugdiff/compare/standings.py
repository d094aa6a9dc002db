"""Where each side stands in each dimension: the figures that its conclusions are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.compare.judging import unit_means
from debugdiff.compare.metrics import COMPARED, CRASHES, NOTICED, Compared
from debugdiff.compare.pairs import Board, Key, Side, board, pair_up
from debugdiff.compare.sides import name_of_side, reference_of_side
from debugdiff.compare.statistics import interval, mean
from debugdiff.model import Interval, Mode, Standing
from debugdiff.score.prevention import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Comparison, ProgramReport


def standings(
    programs: Sequence[ProgramReport], comparisons: Sequence[Comparison]
) -> tuple[Standing, ...]:
    """Every side in every dimension, dimension by dimension; over all cases if there are several.

    A side has the figure of what it shares with its reference, so that the two can be set side by
    side. Programs that are not known to be one model, or that have no reference, have figures of
    their own. Sides in another mode than the default one are left out where they have both.
    """
    paired = [program for program in programs if program.case.pairing.compared]
    alone = [program for program in programs if not program.case.pairing.compared]
    found = [
        one
        for group in (paired, *([program] for program in alone))
        for one in _of_group(group, comparisons)
    ]
    dimensions = [metric.dimension for metric in COMPARED if metric.margin is not None]
    return tuple(sorted(found, key=lambda one: dimensions.index(one.dimension)))


def _of_group(
    programs: Sequence[ProgramReport], comparisons: Sequence[Comparison]
) -> Iterator[Standing]:
    cases = list(dict.fromkeys(program.case.name for program in programs))
    case = cases[0] if len(cases) == 1 else ""
    sides = board(programs)
    compared = {_side_of(one): one for one in comparisons if one.case == case}
    for metric in COMPARED:
        for side in sides if metric.margin is not None else ():
            if side.mode is Mode.DEFAULT or side._replace(mode=Mode.DEFAULT) not in sides:
                yield _standing(metric, side, case, sides, compared.get(side))


def _side_of(one: Comparison) -> Side:
    return Side(one.framework, one.style, one.training, one.stack, one.mode)


def _standing(
    metric: Compared, side: Side, case: str, sides: Board, comparison: Comparison | None
) -> Standing:
    values = _values(metric, side, case, sides)
    of_metric = (one for one in comparison.metrics if one.metric == metric.id) if comparison else ()
    concluded = (
        (one for one in comparison.conclusions if one.metric == metric.id) if comparison else ()
    )
    difference = next(iter(of_metric), None)
    ratio = difference.ratio if difference else Interval(value=1.0)
    units = unit_means(values)
    return Standing(
        dimension=metric.dimension,
        case=case,
        implementation=name_of_side(side, case, sides),
        figure=(ratio if metric.by_ratio else _figure(metric, units)) if units else None,
        units=len(units),
        reference=comparison.reference if comparison else "",
        difference=difference,
        conclusion=next(iter(concluded), None),
    )


def _values(metric: Compared, side: Side, case: str, sides: Board) -> Mapping[Key, float]:
    """Of what it shares with its reference, or a reference with any other side; else all it has."""
    reference = reference_of_side(side, case, sides)
    others = [
        other
        for other in sides
        if other != side and reference in {side, other} and _meet(side, other, case, sides)
    ]
    if others:
        pairs = (pair_up(metric, sides[side], sides[other], case) for other in others)
        return {pair.key: pair.first for of_other in pairs for pair in of_other}
    own = {} if metric.by_ratio else sides[side].of(metric)
    silent = sides[side].silent
    return {key: value for key, value in own.items() if metric.id != NOTICED or key in silent}


def _meet(side: Side, other: Side, case: str, sides: Board) -> bool:
    """Whether one of them is the other's reference."""
    return reference_of_side(side, case, sides) == other or (
        reference_of_side(other, case, sides) == side
    )


def _figure(metric: Compared, units: Sequence[float]) -> Interval:
    """The mean over units, and its interval: Wilson's of a share, else a bootstrap's."""
    if metric.is_share:
        low, high = wilson(sum(units), len(units))
        return Interval(value=mean(units), low=low, high=high)
    found = interval(units)
    if found.low is None or found.high is None:
        return found
    most = 100.0 if metric.id == CRASHES else 1.0
    return Interval(value=found.value, low=max(found.low, 0.0), high=min(found.high, most))
