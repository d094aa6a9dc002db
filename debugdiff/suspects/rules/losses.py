"""Rules for a loss: what it can compare, its sign, the order of its arguments."""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import before_loss, loss_at, losses_of, trained_values
from debugdiff.source.syntax import last_name, plain_name
from debugdiff.source.tensors import makers_of
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import Program
    from debugdiff.source.roles import Roles
    from debugdiff.source.roles.losses import Loss
    from debugdiff.source.values import Value
    from debugdiff.suspects.crash import Crash


_POINTWISE = frozenset(
    plain_name(name.rpartition(".")[2])
    for name in (*api.known(), *api.stands_for("loss"))
    if api.known()[api.stands_for("loss").get(name, name)].labels == "numbers"
)
"""Losses that subtract number by number, without underscores and in small letters."""


_STEPS = 200


_SECOND = re.compile(r"Expected target size \[(\d+), (\d+)\], got \[(\d+), (\d+)\]")


_SHAPES = re.compile(r"\[([\d,\s]+)\]")


@of_crash("pointwise-loss", {Kind.BROADCAST, Kind.TARGET, Kind.ROWS})
def pointwise_loss(crash: Crash) -> Clues:
    """A loss for numbers, given scores of classes and labels (NeuraLint; Stack Overflow)."""
    if _in_pointwise_loss(crash) and _ranks_differ(crash):
        reason = (
            "This loss subtracts element by element; class scores and their labels, which have"
            " one axis less, need a cross-entropy."
        )
        pointwise = [loss.made.location for loss in crash.losses if loss.api.labels == "numbers"]
        for location in dict.fromkeys(pointwise):
            yield Clue(at=location, reason=reason)


def _in_pointwise_loss(crash: Crash) -> bool:
    """Whether such a loss was at work: it printed a frame, or the message names its node."""
    at_work = (frame.function for frame in crash.failure.frames)
    named = re.findall(r"[A-Za-z]\w+", crash.message)
    return any(plain_name(name) in _POINTWISE for name in itertools.chain(at_work, named))


def _ranks_differ(crash: Crash) -> bool:
    """Whether the two sides have not the same number of axes, in the message or as found."""
    told = [shape.count(",") for shape in _SHAPES.findall(crash.message)]
    found = [
        len(operand.shape)
        for frame in crash.frames[:1]
        for operand in frame.operands
        if operand.shape
    ]
    return len(set(told)) > 1 or len(set(found)) > 1


@of_crash("classes-not-second", {Kind.TARGET})
def classes_not_second(crash: Crash) -> Clues:
    """Cross entropy of PyTorch wants the classes on axis 1: (N, C, d1, ...) in its documentation.

    Predictions of every step mostly have them on the last one.
    """
    sizes = _SECOND.search(crash.message)
    for frame in crash.frames[:1] if sizes else ():
        rows, classes, _, steps = map(int, sizes.groups() if sizes else ())
        if any(operand.shape == (rows, steps, classes) for operand in frame.operands):
            reason = f"The loss takes axis 1, of {steps}, as the classes; here they are last."
            yield Clue(at=frame.location, reason=reason)


_PREDICTED = re.compile(r"(?i)^(y_?)?(pred|prediction|output|logit|prob|score|hat)[a-z]*$|^y_hat$")


_TRUE = re.compile(r"(?i)^(y_?)?(true|label|target|truth|gold)[a-z]*$|^y$")


@of_text("loss-negated")
def loss_negated(program: Program) -> Clues:
    """A loss with its sign turned, which training then makes larger (DeepCrime; Stack Overflow).

    Not where the sign is turned twice, as in `loss = -elbo` of `elbo = -cross_entropy(...) - kl`.
    """
    for turns in _turns(program.roles):
        if len(turns) % 2:
            yield Clue(at=turns[-1].location, reason="The sign of the loss is flipped.")


def _turns(roles: Roles) -> Iterator[tuple[Place, ...]]:
    """For every way from what is trained back to a loss, where the sign is turned."""
    waiting: list[tuple[Value, tuple[Place, ...]]] = [
        (start, ()) for start in trained_values(roles)
    ]
    seen = {start for start, _ in waiting}
    while waiting and len(seen) < _STEPS:
        value, turns = waiting.pop(0)
        for end in roles.flow.origins(value.place, value.path):
            if loss_at(roles, end.place) is not None:
                yield turns
                continue
            for before in before_loss(roles, end):
                if before not in seen:
                    seen.add(before)
                    waiting.append((before, (*turns, *_turned(end.place, before.place))))


def _turned(whole: Place, part: Place) -> Iterator[Place]:
    """Where an expression turns the sign of a part of it."""
    match whole.node:
        case ast.UnaryOp(op=ast.USub()):
            yield whole
        case ast.BinOp(op=ast.Sub(), right=right) if right is part.node:
            yield Place(whole.file, right)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            if any(
                isinstance(side, ast.UnaryOp) and side is not part.node for side in (left, right)
            ):
                yield whole


@of_text("loss-arguments-swapped")
def loss_arguments_swapped(program: Program) -> Clues:
    """The target where the prediction belongs (Stack Overflow; both API pages).

    PyTorch's losses take the prediction first, Keras' the target. By their names, or by the layers
    that made one of them. The order of numbers that are subtracted does not matter.
    """
    roles = program.roles
    for loss in filter(None, (loss_at(roles, call) for call in roles.flow.calls)):
        if loss.api.labels != "numbers" and _is_swapped(roles, loss):
            order = (
                "the prediction first" if loss.api.name.startswith("torch") else "the target first"
            )
            yield Clue(at=loss.call.location, reason=f"This loss takes {order}.")


def _is_swapped(roles: Roles, loss: Loss) -> bool:
    if loss.predictions is None or loss.targets is None:
        return False
    named = _TRUE.match(_name_of(loss.predictions)) and _PREDICTED.match(_name_of(loss.targets))
    first, second = (makers_of(roles.flow, side) for side in (loss.predictions, loss.targets))
    is_data = not first.applications and all(_is_read(roles, place) for place in first.unknown)
    return bool(named) or (is_data and bool(second.applications))


def _is_read(roles: Roles, place: Place) -> bool:
    """Whether a library made it without a layer: data that were loaded, batches of a loader."""
    return isinstance(place.node, ast.Call) and roles.flow.callee(place).kind == "library"


def _name_of(place: Place) -> str:
    return last_name(place.node) if isinstance(place.node, ast.expr) else ""


def training_losses(roles: Roles) -> Iterator[tuple[Location, bool]]:
    """Where the losses of training are chosen or computed, and whether both sides stand there."""
    losses = losses_of(roles)
    for loss in losses:
        yield loss.made.location, loss.made.node is loss.call.node
        if loss.call not in roles.places("training-call"):
            yield loss.call.location, True
    if not losses:
        yield from ((place.location, False) for place in roles.places("computed-loss"))
