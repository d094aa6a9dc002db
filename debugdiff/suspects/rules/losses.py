"""Rules for a loss: what it can compare, its sign, the order of its arguments."""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of, in_order, last_name, plain_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File, Program
    from debugdiff.suspects.crash import Crash


_POINTWISE = frozenset(
    {
        *("mseloss", "l1loss", "smoothl1loss", "huberloss", "meansquarederror", "mse"),
        *("meanabsoluteerror", "mae", "huber", "logcosh", "meansquaredlogarithmicerror"),
    }
)
"""Losses that subtract number by number, without underscores and in small letters."""


_SECOND = re.compile(r"Expected target size \[(\d+), (\d+)\], got \[(\d+), (\d+)\]")


_SHAPES = re.compile(r"\[([\d,\s]+)\]")


@of_crash("pointwise-loss", {Kind.BROADCAST, Kind.TARGET, Kind.ROWS})
def pointwise_loss(crash: Crash) -> Clues:
    """A loss for numbers, given scores of classes and labels (NeuraLint; Stack Overflow)."""
    if _in_pointwise_loss(crash):
        reason = (
            "This loss subtracts number by number; scores of classes and their labels, which have"
            " one axis less, are for a cross-entropy."
        )
        number = "ranks-differ" if _ranks_differ(crash) else "line"
        for location in dict.fromkeys(_pointwise_losses(crash)):
            yield Clue(at=location, weight=number, reason=reason)


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


def _pointwise_losses(crash: Crash) -> Iterator[Location]:
    """Where the program chooses such a loss: in `compile`, as an object, or by calling it."""
    for file, call in crash.program.calls:
        name = last_name(call.func)
        chosen = argument_of(call, "loss", 1) if name == "compile" else None
        if isinstance(chosen, ast.Constant) and plain_name(str(chosen.value)) in _POINTWISE:
            yield file.location(chosen)
        elif plain_name(name) in _POINTWISE:
            yield file.location(call)


@of_crash("classes-not-second", {Kind.TARGET})
def classes_not_second(crash: Crash) -> Clues:
    """Cross entropy of PyTorch wants the classes on axis 1: (N, C, d1, ...) in its documentation.

    Predictions of every step mostly have them on the last one.
    """
    sizes = _SECOND.search(crash.message)
    for frame in crash.frames[:1] if sizes else ():
        rows, classes, _, steps = map(int, sizes.groups() if sizes else ())
        if any(operand.shape == (rows, steps, classes) for operand in frame.operands):
            reason = f"The loss takes axis 1, of {steps}, for the classes; here they are last."
            yield Clue(at=frame.location, reason=reason)


_PREDICTED = re.compile(r"(?i)^(y_?)?(pred|prediction|output|logit|prob|score|hat)[a-z]*$|^y_hat$")


_TRUE = re.compile(r"(?i)^(y_?)?(true|label|target|truth|gold)[a-z]*$|^y$")


def _loss_calls(program: Program) -> Iterator[tuple[File, ast.Call]]:
    """Calls of what is called a loss: `loss_function(labels, logits)`, `nn.MSELoss()(x, y)`."""
    for file, call in program.calls:
        function = call.func.func if isinstance(call.func, ast.Call) else call.func
        makes = function is call.func and last_name(function)[:1].isupper()
        if is_loss(last_name(function)) and not makes:
            yield file, call


def is_loss(name: str) -> bool:
    """Whether something goes by the name of a loss."""
    plain = plain_name(name)
    begins = plain.startswith(("loss", "criterion"))
    return begins or plain.endswith("loss") or "crossentropy" in plain


@of_text("loss-negated")
def loss_negated(program: Program) -> Clues:
    """A loss with its sign turned, which training then makes larger (DeepCrime; Stack Overflow)."""
    losses = {id(call) for _, call in _loss_calls(program)}
    for file in program.files.values():
        for node in in_order(file.tree):
            match node:
                case ast.UnaryOp(op=ast.USub(), operand=operand) if id(
                    operand
                ) in losses or _runs_backward(file, node):
                    reason = "The sign of the loss is turned."
                    yield Clue(at=file.location(node), reason=reason)


def _runs_backward(file: File, node: ast.UnaryOp) -> bool:
    """`(-loss).backward()`."""
    above = file.parents.get(node)
    return isinstance(above, ast.Attribute) and above.attr == "backward"


@of_text("loss-arguments-swapped")
def loss_arguments_swapped(program: Program) -> Clues:
    """The target where the prediction belongs, by their names (Stack Overflow; both API pages).

    PyTorch's losses take the prediction first, Keras' the target.
    """
    for file, call in _loss_calls(program):
        keras = _is_keras(program, file, call)
        one, two = argument_of(call, "", 0), argument_of(call, "", 1)
        if keras is None or one is None or two is None:
            continue
        target, prediction = (one, two) if keras else (two, one)
        if _PREDICTED.match(last_name(target)) and _TRUE.match(last_name(prediction)):
            order = "the target first" if keras else "the prediction first"
            reason = f"This loss takes {order}."
            yield Clue(at=file.location(call), reason=reason)


def _is_keras(program: Program, file: File, call: ast.Call) -> bool | None:
    """Which library a loss is from: itself, or what its name was bound to; `None`: unknown."""
    names = [file.qualified(call.func)]
    if isinstance(call.func, ast.Call):
        names = [file.qualified(call.func.func)]
    elif isinstance(call.func, ast.Name | ast.Attribute):
        made = program.definition(call.func, file) or []
        names += [where.qualified(each.func) for where, each in made if isinstance(each, ast.Call)]
    if any(name.startswith("torch") for name in names):
        return False
    return True if any(name.startswith(("keras", "tensorflow")) for name in names) else None
