"""Units that are dead or saturated, and tensors that tell nothing apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind, ValueStatistics
from debugdiff.sentinels.losses import PREDICTION
from debugdiff.sentinels.registry import FLAG, Reading, Run, above, at, flag, is_float

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

HALF = 0.5
PAIR = 2


@above(
    "dead-relu",
    HALF,
    meaning="More than half of the ReLU units are off for nearly every input: they learn nothing.",
    source="SageMaker Debugger, DeadRelu: over half of the units active in under 1 % of inputs",
    furthest=1,
)
def dead_relu(run: Run) -> Iterator[Reading]:
    """The share of ReLU units that are active in under 1 % of inputs, above 0.5 (SageMaker)."""
    for value in _activated(run, {"relu", "relu6"}):
        if value.dead is not None:
            yield at(value, value.dead)


@above(
    "saturation",
    HALF,
    meaning="More than half of the tanh or sigmoid units sit at their limits: no gradient passes.",
    source="SageMaker Debugger, SaturatedActivation: over half of the units at their limits",
    furthest=1,
)
def saturation(run: Run) -> Iterator[Reading]:
    """The share of tanh and sigmoid units that sit at their limits, above 0.5 (SageMaker)."""
    for value in _activated(run, {"tanh", "sigmoid"}):
        if value.saturated is not None:
            yield at(value, value.saturated)


@above(
    "all-zero",
    FLAG,
    meaning="Every value here is zero.",
    source="SageMaker Debugger, AllZero; DeepLocalize (Wardat et al. 2021)",
    furthest=1,
)
def all_zero(run: Run) -> Iterator[Reading]:
    """Whether a layer's output or a weight is zero throughout (SageMaker; DeepLocalize)."""
    for value in _many_valued(run):
        yield flag(value, value.zeros == value.count)


@above(
    "constant",
    FLAG,
    meaning="Every value here is the same number, so it carries no information.",
    source="SageMaker Debugger, TensorVariance; DeepLocalize (Wardat et al. 2021)",
    furthest=1,
)
def constant(run: Run) -> Iterator[Reading]:
    """Whether an output, a weight or an input has no variance and is not zero (SageMaker)."""
    for value in _many_valued(run):
        yield flag(value, value.constant and not value.zeros)


@above(
    "same-for-every-input",
    FLAG,
    meaning="The prediction is the same for every example: the input does not get through.",
    source="here, after SageMaker Debugger, TensorVariance",
    furthest=1,
)
def same_for_every_input(run: Run) -> Iterator[Reading]:
    """Whether the prediction that the loss is given is the same for all examples of a batch.

    Inside a model that may well be: a decoder's first token is the same for every sentence.
    """
    for value in run.of(ValueKind.LOSS_INPUT):
        if value.site == PREDICTION and len(value.shape) >= PAIR and value.shape[0] > 1:
            yield flag(value, value.rows_equal)


@above(
    "symmetric-weights",
    FLAG,
    meaning="All rows of this weight are equal: its units compute the same and learn the same.",
    source="here, after SageMaker Debugger, PoorWeightInitialization",
    furthest=1,
)
def symmetric_weights(run: Run) -> Iterator[Reading]:
    """Whether all rows of a weight are equal, so that nothing breaks their symmetry."""
    for value in run.of(ValueKind.PARAMETER):
        if len(value.shape) >= PAIR:
            yield flag(value, value.rows_equal and not value.constant)


def _activated(run: Run, activations: Container[object]) -> Iterator[ValueStatistics]:
    for value in run.of(ValueKind.FORWARD):
        layer = value.site.partition("[")[0]
        if run.setting(layer, "activation") in activations:
            yield value


def _many_valued(run: Run) -> Iterator[ValueStatistics]:
    """Outputs and weights of floating-point numbers, once there was an update.

    What is learned may well begin at zero, but not all of it: then nothing changes it.
    """
    for value in run.of(ValueKind.FORWARD, ValueKind.PARAMETER):
        needed = PAIR if value.kind is ValueKind.PARAMETER else 1
        if value.step and len(value.shape) >= needed and value.count > 1 and is_float(value):
            yield value
