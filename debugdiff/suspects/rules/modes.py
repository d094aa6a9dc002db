"""Rules for training and evaluation mode, and for dropout."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.layers import layers_of
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.syntax import argument_of, calls_in, in_order, last_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.loops import all_called, loops
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.program import File, Program


_MODAL = frozenset(
    {
        *("Dropout", "Dropout1d", "Dropout2d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d"),
        *("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer"),
    }
)


_TOO_MUCH_DROPOUT = weight("dropout-limits", "rate")


@of_text("dropout-extreme")
def dropout_extreme(program: Program) -> Clues:
    """A dropout that leaves next to nothing (UMLAUT warns over 0.5; DeepCrime changes the rate)."""
    for file, call in program.calls:
        if last_name(call.func) in {"Dropout", "Dropout2d", "SpatialDropout1D", "dropout"}:
            rate = argument_of(call, "rate", None) or argument_of(call, "p", None)
            at = 1 if last_name(call.func) == "dropout" else 0
            rate = rate or (call.args[at] if len(call.args) > at else None)
            value = program.number(rate, file)
            if value is not None and value > _TOO_MUCH_DROPOUT:
                reason = f"This drops {value:.0%} of the values."
                yield Clue(at=file.location(call), reason=reason)


@of_text("never-in-evaluation-mode")
def never_in_evaluation_mode(program: Program) -> Clues:
    """Dropout or batch normalisation, an evaluation, and no `eval()` (Stack Overflow)."""
    modal = [each for each in layers_of(program) if not each.keras and each.type in _MODAL]
    called = all_called(program)
    evaluates = evaluations(program)
    if not modal or "eval" in called or "backward" not in called:
        return
    for file, function in evaluates:
        if not any(_is_mode(node) for node in in_order(function)):
            first = function.body[0]
            reason = "The model is evaluated in training mode: call `model.eval()` first."
            yield Clue(at=file.location(first), reason=reason)


def evaluations(program: Program) -> Iterator[tuple[File, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions that by their names or by `no_grad` only evaluate."""
    for file, function in program.functions.values():
        named = function.name.lower().startswith(("eval", "test", "valid", "predict", "accuracy"))
        trains = any(
            isinstance(node, ast.Call) and last_name(node.func) == "backward"
            for node in ast.walk(function)
        )
        if isinstance(function, FUNCTIONS) and named and not trains:
            yield file, function


def _is_mode(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="train"), args=[ast.Constant(value=False)]):
            return True
        case _:
            return False


@of_text("evaluated-in-training-mode")
def evaluated_in_training_mode(program: Program) -> Clues:
    """`train()` or `training=True` where the model is only evaluated (NeuraLint; Keras FAQ)."""
    for file, function in evaluations(program):
        for node in in_order(function):
            if not isinstance(node, ast.Call):
                continue
            said = argument_of(node, "training", None)
            if isinstance(said, ast.Constant) and said.value is True:
                yield Clue(at=file.location(node), weight="argument", reason=_TRAINING_MODE)
            on = last_name(node.func) == "train" and isinstance(node.func, ast.Attribute)
            on = on and not any(isinstance(a, ast.Constant) and a.value is False for a in node.args)
            if on and not node.keywords and not _ends_with(function, node):
                yield Clue(at=file.location(node), weight="call", reason=_TRAINING_MODE)


_TRAINING_MODE = "The model is evaluated in training mode."


def _ends_with(function: ast.FunctionDef | ast.AsyncFunctionDef, node: ast.Call) -> bool:
    """Switching back to training at the end of an evaluation is good manners."""
    evals = [
        each.lineno
        for each in in_order(function)
        if isinstance(each, ast.Call) and last_name(each.func) == "eval"
    ]
    return bool(evals) and min(evals) < node.lineno


@of_text("trained-in-evaluation-mode")
def trained_in_evaluation_mode(program: Program) -> Clues:
    """`eval()` before the training loop, with nothing that switches back (PyTorch forum)."""
    for file, call, _ in loops(program):
        function = file.function(call)
        modes = [
            node
            for node in calls_in(function)
            if isinstance(node.func, ast.Attribute)
            and node.func.attr in {"eval", "train"}
            and not node.args
            and node.lineno < call.lineno
        ]
        if modes and all(last_name(node.func) == "eval" for node in modes):
            reason = "The model is trained in evaluation mode."
            yield Clue(at=file.location(modes[-1]), reason=reason)
