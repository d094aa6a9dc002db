"""What the model is fed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind, ValueStatistics
from debugdiff.sentinels.registry import FLAG, Reading, Run, above, at, flag, is_float

if TYPE_CHECKING:
    from collections.abc import Iterator

HALF = 0.5
MATRIX = 2


@above(
    "input-scale",
    1,
    meaning="The input is not normalised: its values reach far beyond [-1, 1].",
    source="UMLAUT (Schoop et al. 2021): input outside of [-1, 1]",
)
def input_scale(run: Run) -> Iterator[Reading]:
    """The largest absolute value of an input of real numbers, above 1 (UMLAUT)."""
    for value in run.of(ValueKind.INPUT):
        if is_float(value) and not value.whole:
            yield at(value, _largest(value))


@above(
    "whole-numbers-as-floats",
    1,
    meaning="Every value of this input is a whole number, and it comes as a float: these may be"
    " ids, classes or raw bytes that were meant to be integers, or to be scaled.",
    source="UMLAUT (Schoop et al. 2021): wrong type of input",
)
def whole_numbers_as_floats(run: Run) -> Iterator[Reading]:
    """The largest value of a floating-point input of whole numbers, above 1 (UMLAUT)."""
    for value in run.of(ValueKind.INPUT):
        if is_float(value) and value.whole:
            yield at(value, _largest(value))


@above(
    "input-mostly-padding",
    HALF,
    meaning="More than half of the ids are 0: the sequences are mostly padding.",
    source="SageMaker Debugger, NLPSequenceRatio: over half of the tokens are padding",
    furthest=1,
)
def input_mostly_padding(run: Run) -> Iterator[Reading]:
    """The share of zeros among the ids of a sequence, above 0.5 (SageMaker)."""
    for value in run.of(ValueKind.INPUT):
        if "int" in value.dtype and len(value.shape) >= MATRIX:
            yield at(value, value.zeros / value.count if value.count else 0.0)


@above(
    "same-input",
    FLAG,
    meaning="Every example of a training batch is the same.",
    source="here, after SageMaker Debugger, TensorVariance",
    furthest=1,
)
def same_input(run: Run) -> Iterator[Reading]:
    """Whether all examples of a batch that is trained on are equal.

    What a text is written on from may well be the same for all.
    """
    trained = run.trained_steps()
    for value in run.of(ValueKind.INPUT):
        if value.step in trained and len(value.shape) >= MATRIX and value.shape[0] > 1:
            yield flag(value, value.rows_equal)


def _largest(value: ValueStatistics) -> float:
    return max(abs(value.minimum or 0.0), abs(value.maximum or 0.0))
