"""What an optimizer step does to the parameters, and how it and dropout are set."""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind, ValueStatistics
from debugdiff.sentinels.registry import FLAG, Reading, Run, above, at, below, layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OPTIMIZER = "optimizer"
PAIR = 2
ENOUGH_STEPS = 3
"""Steps that a ratio has to be read in, so that a single one does not decide."""


@above(
    "update-too-large",
    -1,
    meaning="One step changes this weight by more than a tenth of itself: the learning rate is too"
    " high for it.",
    source="TheDeepChecker (Ben Braiek and Khomh 2023): log10(update / weight) above -1",
)
def update_too_large(run: Run) -> Iterator[Reading]:
    """log10 of update norm over weight norm, in the median step, above -1 (TheDeepChecker)."""
    return _update_ratios(run)


@below(
    "update-too-small",
    -4,
    meaning="One step changes this weight by less than a ten-thousandth of itself: the learning"
    " rate is too low for it, or its gradient nearly gone.",
    source="TheDeepChecker (Ben Braiek and Khomh 2023): log10(update / weight) below -4",
)
def update_too_small(run: Run) -> Iterator[Reading]:
    """log10 of update norm over weight norm, in the median step, below -4 (TheDeepChecker)."""
    return _update_ratios(run)


def _update_ratios(run: Run) -> Iterator[Reading]:
    """The median over the steps of a run, of weights that have a scale to begin with.

    A bias begins at zero, and so may a table of transitions: there the ratio means nothing yet.
    """
    ratios: dict[str, list[float]] = defaultdict(list)
    first: dict[str, ValueStatistics] = {}
    latest: dict[str, ValueStatistics] = {}
    for value in run.of(ValueKind.PARAMETER):
        begins_at = first.setdefault(value.site, value)
        if len(value.shape) >= PAIR and begins_at.norm and value.norm and value.update:
            if len(ratios[value.site]) < ENOUGH_STEPS:
                latest[value.site] = value
            ratios[value.site].append(math.log10(value.update / value.norm))
    for site, seen in ratios.items():
        if len(seen) >= ENOUGH_STEPS:
            yield at(latest[site], median(seen))


@above(
    "unchanged-parameter",
    2,
    meaning="Optimizer steps leave every parameter of this layer exactly as it was.",
    source="SageMaker Debugger, UnchangedTensor: unchanged over 3 steps",
)
def unchanged_parameter(run: Run) -> Iterator[Reading]:
    """How many steps in a row changed no parameter of a layer at all, above 2 (SageMaker)."""
    layers: dict[str, dict[int, list[ValueStatistics]]] = defaultdict(lambda: defaultdict(list))
    for value in run.of(ValueKind.PARAMETER):
        if value.update is not None:
            layers[layer_of(value.site)][value.step].append(value)
    for layer, steps in layers.items():
        unchanged = 0
        for step in sorted(steps):
            unchanged = unchanged + 1 if _is_unchanged(steps[step]) else 0
            yield Reading(site=layer, step=step, value=unchanged, kind=ValueKind.PARAMETER)


def _is_unchanged(parameters: Sequence[ValueStatistics]) -> bool:
    return not any(value.update for value in parameters)


@above(
    "parameter-without-optimizer",
    FLAG,
    meaning="The model uses this parameter, but no optimizer updates it: it keeps its initial"
    " value, which is right only if it is frozen on purpose.",
    source="here, after SageMaker Debugger, UnchangedTensor",
    furthest=1,
)
def parameter_without_optimizer(run: Run) -> Iterator[Reading]:
    """Whether a layer was called with a parameter that no optimizer had."""
    for site, value in run.settings(OPTIMIZER):
        yield Reading(site=site, step=0, value=float(value == "none"))


_UNSCALED = frozenset({"SGD", "ASGD", "Adadelta", "Adagrad", "LBFGS", "Rprop", "Ftrl"})
"""Optimizers whose usual learning rates are far above those of Adam and its kin."""


@above(
    "learning-rate-high",
    0.01,
    meaning="The learning rate is higher than nearly all that are in use.",
    source="UMLAUT (Schoop et al. 2021): learning rate above 0.01",
)
def learning_rate_high(run: Run) -> Iterator[Reading]:
    """The learning rate, above 0.01 (UMLAUT), of an optimizer that scales its steps itself.

    Plain gradient descent is run with 0.1 as a matter of course, Adadelta with 1.
    """
    for site, rate in run.settings("learning_rate"):
        if isinstance(rate, float | int) and run.setting(site, "type") not in _UNSCALED:
            yield Reading(site=site, step=0, value=float(rate))


@below(
    "learning-rate-low",
    1e-7,
    meaning="The learning rate is so low that hardly anything is learned.",
    source="UMLAUT (Schoop et al. 2021): learning rate below 1e-7",
    furthest=0,
)
def learning_rate_low(run: Run) -> Iterator[Reading]:
    """The learning rate, below 1e-7 (UMLAUT)."""
    return _settings(run, "learning_rate")


@above(
    "dropout-high",
    0.5,
    meaning="Dropout takes away more than half of the units.",
    source="UMLAUT (Schoop et al. 2021): dropout rate above 0.5",
    furthest=1,
)
def dropout_high(run: Run) -> Iterator[Reading]:
    """The rate of a dropout layer, above 0.5 (UMLAUT)."""
    return _settings(run, "rate")


def _settings(run: Run, name: str) -> Iterator[Reading]:
    for site, value in run.settings(name):
        if isinstance(value, float):
            yield Reading(site=site, step=0, value=value)
