"""The loss: where it starts, whether it falls, whether it runs away."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.sentinels.registry import Reading, Run, above, below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOSS = "loss"
PREDICTION = "loss.prediction"
STEPS = 10
WINDOW = 5
SHORT_RUN = 8
"""Losses that a trend needs at least: a quarter of them is two."""

CLASSES_FIRST = frozenset({"cross_entropy", "nll_loss"})
"""Losses of PyTorch, whose classes stand on the second axis."""


def _reading(step: int, value: float) -> Reading:
    return Reading(site=LOSS, step=step, value=value, kind=ValueKind.LOSS)


@above(
    "loss-at-start",
    0.5,
    meaning="The first loss is far from that of a guess among the classes: labels, output layer"
    " or loss do not fit, or the initial weights are too large.",
    source="Karpathy 2019, A Recipe for Training Neural Networks; he gives no threshold",
)
def loss_at_start(run: Run) -> Iterator[Reading]:
    """The distance of the first loss from ln(classes), as a share of it (Karpathy's recipe)."""
    classes = _classes(run)
    losses = run.losses()
    if classes and losses and losses[0][0] == 0:
        guess = math.log(max(classes, 2))
        yield _reading(0, abs(losses[0][1] - guess) / guess)


def _classes(run: Run) -> int | None:
    """How many classes the first prediction told apart; one output tells two."""
    kind, wants = str(run.setting(LOSS, "type")), run.setting(LOSS, "wants")
    if wants not in {"logits", "probabilities", "log-probabilities"}:
        return None
    first = next((each for each in run.of(ValueKind.LOSS_INPUT) if each.site == PREDICTION), None)
    if first is None or first.step > 0 or not first.shape:
        return None
    if "binary" in kind:
        return 2
    axis = 1 if kind in CLASSES_FIRST and len(first.shape) > 1 else -1
    return first.shape[axis]


@below(
    "negative-loss",
    0,
    meaning="This loss cannot be negative: its sign is flipped, or its input is not what it"
    " expects.",
    source="here",
)
def negative_loss(run: Run) -> Iterator[Reading]:
    """The loss, where a loss of the framework was called; none of them can be below zero."""
    if run.setting(LOSS, "wants"):
        for step, loss in run.losses():
            yield _reading(step, loss)


@below(
    "loss-not-decreasing",
    0,
    meaning="The loss is no lower than ten steps before.",
    source="SageMaker Debugger, LossNotDecreasing: no decrease over 10 steps",
    needs_steps=STEPS + 1,
    while_learning=True,
)
def loss_not_decreasing(run: Run) -> Iterator[Reading]:
    """By what share the loss fell over ten steps, below 0 (SageMaker)."""
    losses = dict(run.losses())
    for step, before in losses.items():
        if before and step + STEPS in losses:
            yield _reading(step + STEPS, (before - losses[step + STEPS]) / abs(before))


@below(
    "loss-slow",
    0.05,
    meaning="The mean loss of five steps is hardly lower than that of the five before.",
    source="TheDeepChecker (Ben Braiek and Khomh 2023): under 5 % per window of 5",
    needs_steps=STEPS + 1,
    while_learning=True,
)
def loss_slow(run: Run) -> Iterator[Reading]:
    """By what share the mean loss fell from one window of 5 to the next, below 0.05."""
    losses = run.losses()
    for start in range(0, len(losses) - 2 * WINDOW + 1, WINDOW):
        earlier = _mean(losses[start : start + WINDOW])
        later = _mean(losses[start + WINDOW : start + 2 * WINDOW])
        if earlier:
            yield _reading(losses[start + 2 * WINDOW - 1][0], (earlier - later) / abs(earlier))


@above(
    "loss-rising",
    0,
    meaning="The loss is higher at the end of the run than at its start.",
    source="here, after SageMaker Debugger, LossNotDecreasing, for runs of few steps",
    needs_steps=SHORT_RUN,
    while_learning=True,
)
def loss_rising(run: Run) -> Iterator[Reading]:
    """By what share the last quarter's mean loss is above the first quarter's."""
    losses = run.losses()
    if len(losses) >= SHORT_RUN:
        quarter = len(losses) // 4
        first, last = _mean(losses[:quarter]), _mean(losses[-quarter:])
        if first:
            yield _reading(losses[-1][0], (last - first) / abs(first))


@above(
    "loss-diverging",
    2,
    meaning="The loss is more than twice as high as it has been: training jumps or runs away.",
    source="TheDeepChecker (Ben Braiek and Khomh 2023): loss over twice its minimum",
    while_learning=True,
)
def loss_diverging(run: Run) -> Iterator[Reading]:
    """The loss over its minimum so far, above 2 (TheDeepChecker)."""
    losses = run.losses()
    lowest = accumulate((loss for _, loss in losses), min)
    for (step, loss), least in zip(losses, lowest, strict=True):
        if least > 0:
            yield _reading(step, loss / least)


def _mean(losses: Sequence[tuple[int, float]]) -> float:
    return sum(loss for _, loss in losses) / len(losses)
