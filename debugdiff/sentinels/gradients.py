"""Gradients that vanish, explode or never arrive, and numbers that are none."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.sentinels.registry import FLAG, Reading, Run, above, at, below, layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH_STEPS = 3
"""Steps without a gradient that are no accident (SageMaker UnchangedTensor, `num_steps`)."""


@above(
    "non-finite",
    0,
    meaning="There are NaN or infinite numbers here: whatever is computed from them is lost.",
    source="SageMaker Debugger, NaN; DeepLocalize (Wardat et al. 2021)",
)
def non_finite(run: Run) -> Iterator[Reading]:
    """How many values are NaN or infinite; more than none (SageMaker; DeepLocalize)."""
    for value in run.of(*ValueKind):
        yield at(value, value.nan + value.infinite)


@below(
    "vanishing-gradient",
    1e-7,
    meaning="Hardly any gradient arrives at this layer: it does not learn.",
    source="SageMaker Debugger, VanishingGradient: mean absolute gradient below 1e-7",
    furthest=0,
    while_learning=True,
)
def vanishing_gradient(run: Run) -> Iterator[Reading]:
    """The mean absolute gradient of a layer's parameters, below 1e-7 (SageMaker).

    The largest of the layer's: some have none by their nature, such as the bias of attention keys.
    """
    layers: dict[tuple[int, str], float] = defaultdict(float)
    for value in run.of(ValueKind.PARAMETER_GRADIENT):
        if value.mean_absolute is not None:
            key = value.step, layer_of(value.site)
            layers[key] = max(layers[key], value.mean_absolute)
    for (step, layer), mean in layers.items():
        yield Reading(site=layer, step=step, value=mean, kind=ValueKind.PARAMETER_GRADIENT)


@above(
    "exploding-gradient",
    1e6,
    meaning="The gradient is huge: the next update throws the weights far away.",
    source="TheDeepChecker (Ben Braiek and Khomh 2023): mean absolute gradient above 1e6",
)
def exploding_gradient(run: Run) -> Iterator[Reading]:
    """The mean absolute gradient of a parameter, above 1e6 (TheDeepChecker)."""
    for value in run.of(ValueKind.PARAMETER_GRADIENT):
        if value.mean_absolute is not None:
            yield at(value, value.mean_absolute)


@above(
    "no-gradient",
    FLAG,
    meaning="No gradient ever arrived at this parameter: something cuts it off from the loss.",
    source="SageMaker Debugger, UnchangedTensor, on the gradient",
    furthest=1,
)
def no_gradient(run: Run) -> Iterator[Reading]:
    """Whether the optimizer never had a gradient for a parameter, in three steps or more."""
    given = {value.site for value in run.of(ValueKind.PARAMETER_GRADIENT)}
    steps: dict[str, set[int]] = defaultdict(set)
    for value in run.of(ValueKind.PARAMETER):
        steps[value.site].add(value.step)
    for site, seen in steps.items():
        if len(seen) >= ENOUGH_STEPS:
            missing = float(site not in given)
            third = sorted(seen)[ENOUGH_STEPS - 1]
            yield Reading(site=site, step=third, value=missing, kind=ValueKind.PARAMETER)
