"""Scores side by side: each API style beside the PyTorch reference, per case and over all cases.

Every comparison is paired, on the same case and the same bug, and tells how many pairs it has.
Each dimension is concluded from one metric that was named beforehand; the others are figures.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from debugdiff.compare.judging import compare, conclude, spread_of
from debugdiff.compare.metrics import COMPARED, Compared
from debugdiff.compare.pairs import Board, Side, board, pair_up
from debugdiff.compare.sides import name_of_side, reference_of_side
from debugdiff.model import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import ProgramReport

__all__ = ["COMPARED", "Compared", "comparisons"]


def comparisons(programs: Sequence[ProgramReport]) -> tuple[Comparison, ...]:
    """Compare every style with the PyTorch reference, with all cases together as the last ones.

    Cases whose programs are not known to be one model are left out, and programs that do not run.
    Of a single case there is one comparison for each style.
    """
    paired = [program for program in programs if program.case.pairing.compared]
    sides = board(paired)
    cases = list(dict.fromkeys(program.case.name for program in paired))
    several = len(cases) > 1
    apart = [each for case in cases for each in _in(case, sides)] if several else []
    together = _in("" if several else cases[0], sides) if cases else ()
    return (*apart, *together)


def _in(case: str, sides: Board) -> Iterator[Comparison]:
    for side in sides:
        reference = reference_of_side(side, case, sides)
        has_case = not case or case in sides[side].programs
        if reference is not None and reference != side and has_case:
            yield _one(case, side, reference, sides)


def _one(case: str, side: Side, reference: Side, sides: Board) -> Comparison:
    pairs = {metric: pair_up(metric, sides[side], sides[reference], case) for metric in COMPARED}
    return Comparison(
        case=case,
        implementation=name_of_side(side, case, sides),
        framework=side.framework,
        style=side.style,
        training=side.training,
        stack=side.stack,
        mode=side.mode,
        reference=name_of_side(reference, case, sides),
        spread_of=tuple(dict.fromkeys(one.framework for one, _ in _styles(side, case, sides))),
        metrics=tuple(
            compare(metric, of_metric, _spread(metric, side, case, sides))
            for metric, of_metric in pairs.items()
        ),
        conclusions=conclude(pairs),
    )


def _spread(metric: Compared, side: Side, case: str, sides: Board) -> float | None:
    pairs = (
        pair_up(metric, sides[one], sides[other], case) for one, other in _styles(side, case, sides)
    )
    return spread_of(metric, pairs)


def _styles(side: Side, case: str, sides: Board) -> Iterator[tuple[Side, Side]]:
    """Pairs of ways to write it in one framework, on one stack, in the mode of the side."""
    here = [one for one in sides if not case or case in sides[one].programs]
    for one, other in combinations(here, 2):
        written = {each._replace(style=side.style, training=side.training) for each in (one, other)}
        if len(written) == 1 and one.mode is side.mode:
            yield one, other
