"""Scores side by side: each API style beside the PyTorch reference, per case and over all cases.

Every comparison is paired, on the same case and the same bug, and tells how many pairs it has.
Verdicts describe these programs and bugs; only a test that had the power speaks of others.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from debugdiff.compare.judging import band_of, compare, dominance
from debugdiff.compare.metrics import COMPARED, Compared
from debugdiff.compare.pairs import Board, Side, board, pair_up
from debugdiff.compare.statistics import (
    POWER,
    SIGNIFICANCE,
    detectable_effect,
    holm,
    least_p,
    pairs_needed,
)
from debugdiff.model import Analysis, Comparison, Framework, Mode, Stack, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import MetricComparison, ProgramReport

__all__ = ["COMPARED", "Compared", "comparisons"]

_USUAL_STACKS = frozenset({Stack.PYTORCH, Stack.KERAS_TENSORFLOW})


def comparisons(programs: Sequence[ProgramReport]) -> tuple[Comparison, ...]:
    """Compare every style with the PyTorch reference, with all cases together as the last ones.

    Cases whose programs are not known to be one model are left out.

    Of a single case there is one comparison for each style and analysis. Tests are made where all
    cases of the run are together, and adjusted for all of them there.
    """
    paired = [program for program in programs if program.case.pairing.compared]
    sides = board(paired)
    cases = list(dict.fromkeys(program.case.name for program in paired))
    several = len(cases) > 1
    apart = [each for case in cases for each in _in(case, sides)] if several else []
    together = _in("" if several else cases[0], sides) if cases else ()
    return (*apart, *_tested(list(together)))


def _in(case: str, sides: Board) -> Iterator[Comparison]:
    for side in sides:
        reference = _reference(side, case, sides)
        has_case = not case or case in sides[side].programs
        if reference is not None and reference != side and has_case:
            for analysis in Analysis:
                yield _one(case, side, reference, analysis, sides)


def _reference(side: Side, case: str, sides: Board) -> Side | None:
    """PyTorch in module style, else in any other; in the side's mode, else as it comes."""
    found = [
        other
        for other, measured in sides.items()
        if other.framework is Framework.PYTORCH and (not case or case in measured.programs)
    ]

    def rank(other: Side) -> tuple[bool, bool, bool]:
        return (
            other.style is not Style.MODULE,
            other.mode is not side.mode,
            other.mode is not (Mode.DEFAULT),
        )

    return min(found, key=rank, default=None)


def _one(case: str, side: Side, reference: Side, analysis: Analysis, sides: Board) -> Comparison:
    metrics = tuple(
        compare(
            metric,
            pair_up(metric, sides[side], sides[reference], analysis, case),
            _band(metric, side, analysis, case, sides),
        )
        for metric in COMPARED
    )
    return Comparison(
        case=case,
        implementation=_name(side, case, sides),
        framework=side.framework,
        style=side.style,
        training=side.training,
        stack=side.stack,
        mode=side.mode,
        reference=_name(reference, case, sides),
        analysis=analysis,
        band_of=tuple(dict.fromkeys(one.framework for one, _ in _styles(side, case, sides))),
        metrics=metrics,
        dimensions=dominance(metrics),
    )


def _name(side: Side, case: str, sides: Board) -> str:
    name = " and ".join(sides[side].programs[case]) if case else _words(side, sides)
    usual = side.stack in _USUAL_STACKS and side.mode is Mode.DEFAULT
    return name if usual else f"{name} ({side.stack}, {side.mode})"


def _words(side: Side, sides: Board) -> str:
    """Framework and style; who owns the loop only where that tells two sides apart."""
    owners = {
        other.training
        for other in sides
        if (other.framework, other.style) == (side.framework, side.style)
    }
    words = f"{side.framework} {side.style}"
    return f"{words} {side.training.replace('_', ' ')}" if len(owners) > 1 else words


def _band(
    metric: Compared, side: Side, analysis: Analysis, case: str, sides: Board
) -> float | None:
    pairs = (
        pair_up(metric, sides[one], sides[other], analysis, case)
        for one, other in _styles(side, case, sides)
    )
    return band_of(metric, pairs)


def _styles(side: Side, case: str, sides: Board) -> Iterator[tuple[Side, Side]]:
    """Pairs of ways to write it in one framework, on one stack, in the mode of the side."""
    here = [one for one in sides if not case or case in sides[one].programs]
    for one, other in combinations(here, 2):
        written = {each._replace(style=side.style, training=side.training) for each in (one, other)}
        if len(written) == 1 and one.mode is side.mode:
            yield one, other


def _tested(found: Sequence[Comparison]) -> Iterator[Comparison]:
    """Adjust the confirmatory tests of the primary analysis for their number."""
    p_values = {
        (place, metric.metric): metric.p_value
        for place, each in enumerate(found)
        if each.analysis is Analysis.PRIMARY
        for metric in each.metrics
        if metric.confirmatory and metric.p_value is not None
    }
    adjusted = holm(p_values)
    level = SIGNIFICANCE / max(len(p_values), 1)
    for place, each in enumerate(found):
        metrics = tuple(
            _with_test(metric, adjusted.get((place, metric.metric)), level)
            for metric in each.metrics
        )
        is_primary = each.analysis is Analysis.PRIMARY
        note = _note(metrics, len(p_values), level) if is_primary else ""
        yield replace(each, metrics=metrics, note=note)


def _with_test(
    metric: MetricComparison, p_adjusted: float | None, level: float
) -> MetricComparison:
    if p_adjusted is None:
        return metric
    possible = least_p(metric.units) <= level
    return replace(
        metric,
        p_adjusted=p_adjusted if possible else None,
        detectable=detectable_effect(metric.units, level),
    )


def _note(metrics: Sequence[MetricComparison], tests: int, level: float) -> str:
    """What the tests could have found, and which of them could find nothing."""
    tried = [one for one in metrics if one.confirmatory and one.p_value is not None]
    able = [one for one in tried if one.detectable is not None]
    unable = [one for one in tried if one.detectable is None]
    sentences = [
        f"{one.metric} with {one.units} {_unit(one)} could have shown a mean difference of"
        f" {one.detectable:.1f} standard deviations (power {POWER})"
        for one in able
    ]
    if unable:
        names = ", ".join(f"{one.metric} ({one.units} {_unit(one)})" for one in unable)
        sentences.append(
            f"no power at all: {names}; with {tests} tests it takes at least"
            f" {pairs_needed(level)} that differ"
        )
    return "; ".join(sentences)


def _unit(metric: MetricComparison) -> str:
    kind = "case" if metric.metric.startswith("R") else "bug"
    return kind if metric.units == 1 else f"{kind}s"
