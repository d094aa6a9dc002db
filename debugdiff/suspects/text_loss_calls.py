"""Rules on the text of a loss's call: its sign and the order of its arguments."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of, in_order, last_name, plain_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.program import File, Program

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
