"""Whether the output layer and the loss mean the same: logits or probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind, ValueStatistics
from debugdiff.sentinels.losses import CLASSES_FIRST, LOSS, PREDICTION
from debugdiff.sentinels.registry import Reading, Run, above, at, below

if TYPE_CHECKING:
    from collections.abc import Iterator

ROW_SUM = 1e-3
"""How far the sum of a row of probabilities may be from one."""

ENOUGH_BATCHES = 3
"""Fewer may lie between 0 and 1 by chance."""

MATRIX = 2


@below(
    "probabilities-as-logits",
    ROW_SUM,
    meaning="The loss expects logits but gets probabilities: softmax or sigmoid is applied twice,"
    " and the loss can hardly fall.",
    source="UMLAUT (Schoop et al. 2021); NeuraLint (Nikanjam et al. 2021)",
)
def probabilities_as_logits(run: Run) -> Iterator[Reading]:
    """How far predictions ever were from being probabilities, where the loss wants logits."""
    if run.setting(LOSS, "wants") != "logits":
        return
    predictions = _predictions(run)
    distances = [_from_probabilities(run, value) for value in predictions]
    if len(distances) >= ENOUGH_BATCHES:
        yield at(predictions[ENOUGH_BATCHES - 1], max(distances))


@above(
    "logits-as-probabilities",
    ROW_SUM,
    meaning="The loss expects probabilities, but these values are not between 0 and 1, or do not"
    " sum to one.",
    source="UMLAUT (Schoop et al. 2021); NeuraLint (Nikanjam et al. 2021)",
)
def logits_as_probabilities(run: Run) -> Iterator[Reading]:
    """How far predictions are from being probabilities, where the loss wants these."""
    wants = run.setting(LOSS, "wants")
    for value in _predictions(run):
        if wants == "probabilities":
            yield at(value, _from_probabilities(run, value))
        elif wants == "log-probabilities":
            yield at(value, max(value.maximum or 0.0, 0.0))


@above(
    "softmax-axis",
    ROW_SUM,
    meaning="The output of this softmax does not sum to one along the last axis: it normalises"
    " along another axis.",
    source="UMLAUT (Schoop et al. 2021); NeuraLint (Nikanjam et al. 2021)",
)
def softmax_axis(run: Run) -> Iterator[Reading]:
    """How far the rows of a softmax's output are from summing to one."""
    for value in run.of(ValueKind.FORWARD):
        is_softmax = run.setting(value.site, "activation") == "softmax"
        if is_softmax and value.row_sum_error is not None:
            yield at(value, value.row_sum_error)


def _predictions(run: Run) -> list[ValueStatistics]:
    """What the loss was given, where its classes stand on the last axis."""
    classes_first = str(run.setting(LOSS, "type")) in CLASSES_FIRST
    return [
        value
        for value in run.of(ValueKind.LOSS_INPUT)
        if value.site == PREDICTION
        if not (classes_first and len(value.shape) > MATRIX)
    ]


def _from_probabilities(run: Run, value: ValueStatistics) -> float:
    """How far values are outside of [0, 1], or else how far their rows are from summing to one."""
    outside = max(-(value.minimum or 0.0), (value.maximum or 0.0) - 1, 0.0)
    of_two = "binary" in str(run.setting(LOSS, "type")) or value.shape[-1:] == (1,)
    return outside if outside or of_two else value.row_sum_error or 0.0
