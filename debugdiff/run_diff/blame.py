"""From the first difference of two runs to the place that is to blame for it.

The first value that differs says where to look, but not always at whom. The output of a layer
whose inputs are equal is the layer's doing; an input that differs while every output before it is
equal is the doing of the code around the layer; the gradient of a parameter that differs while
those of all outputs are equal is the doing of the training loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff.results import Difference, Phase
from debugdiff.run_diff.sites import (
    INPUT,
    LOSS,
    OPTIMIZER,
    PREDICTION_SITE,
    TARGET,
    TARGET_SITE,
    base_of,
    draws,
    model_of,
)
from debugdiff.score.divergence import key_of
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from debugdiff.run_diff.comparing import Recorded


@dataclass(frozen=True, slots=True)
class Blame:
    """A place, the site whose lines lead there, and why."""

    site: str
    lines: str
    reason: str


def blame(found: Difference, good: Recorded, bad: Recorded) -> Blame:
    """Who is to blame for a difference, if all values before it are equal."""
    if found.phase is Phase.UPDATE:
        return Blame(OPTIMIZER, OPTIMIZER, "the gradients are equal, the updates are not")
    if found.phase is Phase.GRADIENT:
        return _of_gradient(found, bad)
    return _of_forward(found, good, bad)


def _of_gradient(found: Difference, bad: Recorded) -> Blame:
    site = base_of(found.site)
    if found.kind is ValueKind.PARAMETER_GRADIENT:
        return _of_parameter_gradient(found, bad)
    return Blame(site, site, "its output is equal, the gradient that arrives there is not")


def _of_parameter_gradient(found: Difference, bad: Recorded) -> Blame:
    layer = layer_of(found.site)
    watched = any(
        value.kind is ValueKind.GRADIENT and base_of(value.site) == layer
        for value in bad.record.values
        if value.step == found.step
    )
    if watched:
        reason = "the gradients of all outputs are equal, those given to the optimizer are not"
        return Blame(OPTIMIZER, OPTIMIZER, reason)
    return Blame(layer, layer, "the gradient of its parameter differs")


def _of_forward(found: Difference, good: Recorded, bad: Recorded) -> Blame:
    site = base_of(found.site)
    if found.kind is ValueKind.PARAMETER:
        layer = layer_of(site)
        return Blame(layer, layer, "its initial weights differ")
    if found.kind is ValueKind.INPUT:
        return _of_input(found, good, bad)
    if found.kind is ValueKind.FORWARD:
        return Blame(site, site, f"its inputs are equal, its output is not{_how(found, bad)}")
    if site == TARGET_SITE:
        return Blame(TARGET, PREDICTION_SITE, "the loss gets a different target")
    if site == PREDICTION_SITE:
        reason = "the model's output is the same, but the loss gets something else"
        return Blame(LOSS, PREDICTION_SITE, reason)
    return Blame(LOSS, LOSS, "prediction and target are equal, the loss is not")


def _how(found: Difference, bad: Recorded) -> str:
    """What there is to say of an output beyond numbers; another shape or dtype says most."""
    if found.relative is None:
        return f": {found.what}"
    return ": different random numbers" if draws(found, bad) else ""


def _of_input(found: Difference, good: Recorded, bad: Recorded) -> Blame:
    site, model = base_of(found.site), model_of(found.step, bad)
    if site == model:
        return Blame(INPUT, site, "the model gets a different input")
    if _is_over(model, found, bad):
        return _of_later_input(found, site, good)
    around = layer_of(site) if layer_of(site) != site else model
    reason = f"the outputs of all its parts are equal, but what it passes to {site} is not"
    return Blame(around, site, reason)


def _is_over(model: str, found: Difference, bad: Recorded) -> bool:
    """Whether the model had put out its result when a part of it was called: from outside then."""
    return any(
        value.kind is ValueKind.FORWARD and value.step == found.step and value.site == model
        for value in bad.record.values[: found.order]
    )


def _of_later_input(found: Difference, site: str, good: Recorded) -> Blame:
    """What the training loop hands on: what layers put out, or else what comes from the data."""
    values = [value for value in good.record.values if value.step == found.step]
    outputs = {value.digest for value in values if value.kind is ValueKind.FORWARD}
    digest = next((value.digest for value in values if key_of(value) == found.key), "")
    if digest in outputs:
        return Blame(LOSS, site, f"the model's output is the same, but {site} gets something else")
    return Blame(TARGET, site, f"the model's output is the same, but {site} gets different data")
