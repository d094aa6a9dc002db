"""What trained programs of a case give over seeds: a row per pair and metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.parity.results import Agreement
from debugdiff.report.layout import BAD, GOOD, LOUD, NOTHING, Block, Column, Grid, Row, number
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.parity import CaseParity, PairParity
    from debugdiff.parity.results import TrainedMetric

TRAINING_LEGEND = (
    "*after training*: means over seeds; both programs begin from the reference's weights and take"
    " the rows in one order. *difference*: second less first, with its 90 % interval. *allowed*:"
    " the margin. *agrees*: the interval is inside; *differs*: it is outside; *undecided*: more"
    " seeds would decide."
)
AGREEMENTS: Mapping[Agreement, Text] = {
    Agreement.AGREES: Text("agrees", style=GOOD),
    Agreement.DIFFERS: Text("DIFFERS", style=f"bold {BAD}"),
    Agreement.UNDECIDED: Text("undecided", style=LOUD),
}
_DIGITS = 4


def of_pair(pair: PairParity) -> Agreement | None:
    """What training shows of a pair: the worst of its metrics, `None` if nothing was trained."""
    shown = {each.agreement for each in pair.trained}
    order = (Agreement.DIFFERS, Agreement.UNDECIDED, Agreement.AGREES)
    return next((each for each in order if each in shown), None)


def trained_metrics(case: CaseParity) -> Grid:
    """A block per pair, a row per metric."""
    seeds = max(each.seeds for pair in case.pairs for each in pair.trained)
    columns = (
        Column(header=f"after training, {seeds} seeds", flexible=16),
        Column(header="first", justify="right"),
        Column(header="second", justify="right"),
        Column(header="difference", justify="right"),
        Column(header="90 %", justify="right"),
        Column(header="allowed", justify="right"),
        Column(header="result"),
    )
    return Grid(columns=columns, blocks=tuple(_block(pair) for pair in case.pairs))


def _block(pair: PairParity) -> Block:
    return Block(
        title=Text(f"{pair.left}, {pair.right}"),
        rows=tuple(map(_row, pair.trained)),
        notes=tuple(_reasons(pair.trained)),
    )


def _row(found: TrainedMetric) -> Row:
    difference = found.difference
    return (
        Text(found.metric),
        number(found.left, _DIGITS),
        number(found.right, _DIGITS),
        NOTHING if difference is None else Text(f"{difference.value:z.4f}"),
        _interval(found),
        number(found.allowed, _DIGITS),
        AGREEMENTS[found.agreement],
    )


def _interval(found: TrainedMetric) -> Text:
    if found.difference is None or found.difference.low is None or found.difference.high is None:
        return NOTHING
    return Text(f"{found.difference.low:z.4f} to {found.difference.high:z.4f}")


def _reasons(metrics: Sequence[TrainedMetric]) -> Iterator[Text]:
    for each in metrics:
        if each.reason:
            yield Text(f"{each.metric}: {each.reason}.".removeprefix(": "))
