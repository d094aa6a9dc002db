"""Comparison: each Keras style beside the PyTorch reference, with what the tests could find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Judgement
from debugdiff.report.layout import (
    BAD,
    GOOD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    heading,
    indented,
    legend,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Case, Comparison, Interval, MetricComparison, Report

_TIMES = "\N{MULTIPLICATION SIGN}"

_COLOURS = {
    Judgement.LIGHTER: GOOD,
    Judgement.BETTER: GOOD,
    Judgement.HEAVIER: BAD,
    Judgement.WORSE: BAD,
}
_COLUMNS = (
    Column(header="metric", flexible=14),
    Column(header="pairs", justify="right"),
    Column(header="ratio or\ndifference", justify="right"),
    Column(header="95 %\ninterval", justify="right"),
    Column(header="better,\nequal,\nworse", justify="right"),
    Column(header="band", justify="right"),
    Column(header="verdict"),
    Column(header="effective\non both", flexible=10),
    Column(header="p\n(Holm)", justify="right", flexible=5),
)
_LEGEND = (
    f"*{_TIMES}*: geometric mean of the ratios to the reference; *±*: mean difference; intervals by"
    " a bootstrap over cases and bugs. *band*: the median between two API styles of one framework;"
    " no more than that is *equivalent*. *not shown*: the interval has no difference in it, or"
    " fewer than six bugs are behind it. A bug that one side prevents has the best value there;"
    " *effective on both* leaves such bugs out and says how many pairs remain. A verdict describes"
    " these programs and bugs; only a test speaks of others: *!* marks the metrics that were chosen"
    " for one before there were data."
)


def comparison(report: Report) -> Iterator[RenderableType]:
    """The section over all cases of the run; JSON has the single cases too."""
    found = _together(report.comparisons)
    blocks = tuple(
        _block(each, other) for each, other in zip(found, _secondary(found, report), strict=True)
    )
    left_out = [case.name for case in report.cases if _is_left_out(case, report)]
    if not blocks and not left_out:
        return
    yield heading("comparison")
    if blocks:
        yield Grid(columns=_COLUMNS, blocks=blocks)
        yield Text()
        yield legend(_LEGEND)
    if left_out:
        yield indented(
            Text(f"Not compared: {', '.join(left_out)}. Why stands below its readability.")
        )


def _is_left_out(case: Case, report: Report) -> bool:
    return not case.pairing.compared and len(report.programs_of(case.name)) > 1


def _together(found: Sequence[Comparison]) -> list[Comparison]:
    primary = [each for each in found if each.analysis is Analysis.PRIMARY]
    return [each for each in primary if not each.case] or primary


def _secondary(
    found: Sequence[Comparison], report: Report
) -> Iterator[Mapping[str, MetricComparison]]:
    for each in found:
        wanted = (each.case, each.implementation, Analysis.SECONDARY)
        yield {
            metric.metric: metric
            for other in report.comparisons
            if (other.case, other.implementation, other.analysis) == wanted
            for metric in other.metrics
        }


def _block(each: Comparison, secondary: Mapping[str, MetricComparison]) -> Block:
    rows = [_row(one, secondary.get(one.metric)) for one in each.metrics if one.pairs]
    whose = " and ".join(each.band_of) or "nobody: no framework has two here"
    beside = f" beside {each.reference}  band: styles of {whose}"
    return Block(
        title=Text.assemble((each.implementation, STRONG), (beside, QUIET)),
        rows=tuple(rows),
        notes=tuple(_notes(each)),
    )


def _row(one: MetricComparison, secondary: MetricComparison | None) -> Row:
    measured = one.ratio or one.difference
    sign = _TIMES if one.ratio else "±"
    return (
        Text.assemble(_short(one.metric), ("! " if one.confirmatory else " ", STRONG), one.title),
        Text(str(one.pairs)),
        _value(measured, sign),
        _ends(measured),
        Text(f"{one.wins}, {one.ties}, {one.losses}"),
        NOTHING if one.band is None else Text(f"{sign}{one.band:.2f}"),
        _word(one.verdict),
        _other(one, secondary),
        _p_value(one),
    )


def _short(metric: str) -> str:
    """`D3` for `D3.best`: the title says the rest."""
    return metric.partition(".")[0]


def _value(measured: Interval | None, sign: str) -> Text:
    if measured is None:
        return NOTHING
    return Text(f"{sign}{measured.value:.2f}" if sign == _TIMES else f"{measured.value:+z.2f}")


def _ends(measured: Interval | None) -> Text:
    if measured is None or measured.low is None:
        return NOTHING
    return Text(f"{measured.low:z.2f} to {measured.high:z.2f}")


def _word(verdict: Judgement) -> Text:
    return Text(verdict.replace("-", " "), style=_COLOURS.get(verdict, QUIET))


def _other(one: MetricComparison, secondary: MetricComparison | None) -> Text:
    """The verdict without prevented bugs, where that is another set of pairs."""
    if secondary is None or secondary.pairs == one.pairs:
        return NOTHING
    if not secondary.pairs:
        return quiet("none")
    return Text.assemble(_word(secondary.verdict), (f" {secondary.pairs}", QUIET))


def _p_value(one: MetricComparison) -> Text:
    if not one.confirmatory or one.p_value is None:
        return NOTHING
    if one.p_adjusted is None:
        return quiet("no power")
    return Text(f"{one.p_adjusted:.3f}")


def _notes(each: Comparison) -> Iterator[Text]:
    verdicts = [
        f"{one.dimension}: {one.verdict.replace('-', ' ')}{_both_sides(one.better, one.worse)}"
        for one in each.dimensions
        if one.verdict is not Judgement.NOT_JUDGED
    ]
    if verdicts:
        yield quiet(f"By dimension, {'; '.join(verdicts)}.")
    if each.note:
        yield quiet(f"Tests: {each.note}.")


def _both_sides(better: Sequence[str], worse: Sequence[str]) -> str:
    if not better or not worse:
        return ""
    return f" (better on {', '.join(better)}; worse on {', '.join(worse)})"
