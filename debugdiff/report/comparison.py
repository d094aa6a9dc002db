"""Comparison: each Keras style beside the PyTorch reference, and what follows from the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.compare.statistics import SIGNIFICANCE, least_p
from debugdiff.model import Dimension, Judgement
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
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import (
        Case,
        Comparison,
        Conclusion,
        Interval,
        MetricComparison,
        Report,
    )

_TIMES = "\N{MULTIPLICATION SIGN}"

_COLOURS = {
    Judgement.LIGHTER: GOOD,
    Judgement.BETTER: GOOD,
    Judgement.HEAVIER: BAD,
    Judgement.WORSE: BAD,
}
_NAMES = {
    Dimension.CRASHES: "crash reports",
    Dimension.SILENT: "silent bugs noticed",
}
"""What a dimension's one metric is about, where the dimension's own name is too wide."""
_COLUMNS = (
    Column(header="dimension,\nits figures", flexible=16),
    Column(header="n", justify="right"),
    Column(header="ratio or\ndifference", justify="right"),
    Column(header="95 %\ninterval", justify="right"),
    Column(header="better,\nequal,\nworse", justify="right"),
    Column(header="between\nstyles", justify="right"),
    Column(header="p\n(Holm)", justify="right"),
    Column(header="conclusion", flexible=10),
)
_LEGEND = (
    "One metric decides each dimension. It was chosen before there were data; the rows below it"
    " only inform. *n*: bugs, cases, or origins of bugs, that both sides share."
    f" *{_TIMES}*: geometric mean of the ratios to the reference; *+*, *-*: mean difference."
    " *better, worse*, or *lighter, heavier*: the interval excludes no difference, and p is below"
    " 0.05 after adjusting for the dimensions of the comparison. *equivalent*: the difference is"
    " surely smaller than the margin, {margins}. *not shown*: neither of these, which does not"
    " prove equality. *too few*: with fewer than six, no test can be significant. *between"
    " styles*: the median difference between two styles of one framework, as a yardstick."
)


def comparison(report: Report) -> Iterator[RenderableType]:
    """The section over all cases of the run; JSON has the single cases too."""
    found = [each for each in report.comparisons if not each.case] or report.comparisons
    left_out = [case.name for case in report.cases if _is_left_out(case, report)]
    if not found and not left_out:
        return
    yield heading("comparison")
    if found:
        yield Grid(columns=_COLUMNS, blocks=tuple(map(_block, found)))
        yield Text()
        yield legend(_LEGEND.format(margins=_margins(found[0])))
    if left_out:
        yield indented(
            Text(f"Not compared: {', '.join(left_out)}. The reason is below its readability table.")
        )


def _is_left_out(case: Case, report: Report) -> bool:
    return not case.pairing.compared and len(report.programs_of(case.name)) > 1


def _margins(each: Comparison) -> str:
    """The margins of all dimensions, in words."""
    return ", ".join(
        f"{_name(one.dimension)} {_sign(one.metric, each)}{one.margin:g}"
        for one in each.conclusions
    )


def _sign(metric: str, each: Comparison) -> str:
    ratios = {one.metric for one in each.metrics if one.ratio}
    return _TIMES if metric in ratios or metric == Dimension.READABILITY else "±"


def _name(dimension: Dimension) -> str:
    return _NAMES.get(dimension, dimension.value)


def _block(each: Comparison) -> Block:
    rows = [row for conclusion in each.conclusions for row in _rows(each, conclusion)]
    return Block(
        title=Text.assemble(
            (each.implementation, STRONG), (f" compared with {each.reference}", QUIET)
        ),
        rows=tuple(rows),
        notes=tuple(_notes(each.conclusions)),
    )


def _rows(each: Comparison, conclusion: Conclusion) -> Iterator[Row]:
    """A dimension's own row, then its other metrics, as far as there is anything to show."""
    for one in each.metrics:
        if one.metric == conclusion.metric:
            name = Text.assemble((_name(one.dimension), STRONG), f", {one.title}")
            yield (name, *_figures(one), _p_value(conclusion), word(conclusion))
        elif one.dimension is conclusion.dimension and one.pairs:
            name = quiet(f"  {_short(one.metric)} {one.title}")
            yield (name, *_figures(one), Text(), Text())


def _short(metric: str) -> str:
    """`D3` for `D3.best`: the title says the rest."""
    return metric.partition(".")[0]


def _figures(one: MetricComparison) -> Row:
    measured = one.ratio or one.difference
    sign = _TIMES if one.ratio else "±"
    if measured is None:
        return (Text(str(one.units)), NOTHING, NOTHING, NOTHING, NOTHING)
    return (
        Text(str(one.units)),
        Text(f"{sign}{measured.value:.2f}" if one.ratio else f"{measured.value:+z.2f}"),
        _ends(measured),
        Text(f"{one.wins}, {one.ties}, {one.losses}"),
        NOTHING if one.spread is None else Text(f"{sign}{one.spread:.2f}"),
    )


def _ends(measured: Interval) -> Text:
    if measured.low is None or measured.high is None:
        return NOTHING
    return Text(f"{measured.low:z.2f} to {measured.high:z.2f}")


def word(conclusion: Conclusion) -> Text:
    """What is concluded; of too few units, that they are too few."""
    if conclusion.verdict is Judgement.NOT_SHOWN and _has_too_few(conclusion):
        return quiet("too few")
    return Text(conclusion.verdict.replace("-", " "), style=_COLOURS.get(conclusion.verdict, QUIET))


def _has_too_few(conclusion: Conclusion) -> bool:
    return least_p(conclusion.units) > SIGNIFICANCE


def _p_value(conclusion: Conclusion) -> Text:
    return NOTHING if conclusion.p_adjusted is None else Text(f"{conclusion.p_adjusted:.3f}")


def _notes(conclusions: Sequence[Conclusion]) -> Iterator[Text]:
    """What the tests could have found, where they found nothing."""
    unseen = [one for one in conclusions if one.verdict is Judgement.NOT_SHOWN]
    able = [f"{_name(one.dimension)} {one.detectable:.1f}" for one in unseen if one.detectable]
    if able:
        yield quiet(
            "Smallest difference that 8 of 10 such comparisons would find, in standard"
            f" deviations: {', '.join(able)}."
        )
