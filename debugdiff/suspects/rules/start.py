"""Rules for the weights that training starts from."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import Program


@of_text("zero-weights")
def zero_weights(program: Program) -> Clues:
    """Weights that all begin equal, so that every unit learns the same (TheDeepChecker)."""
    for file, call in program.calls:
        if _fills_weights(program, Place(file, call)):
            yield Clue(at=file.location(call), weight="fill", reason="All weights begin equal.")
        for keyword in call.keywords:
            if keyword.arg in {"kernel_initializer", "embeddings_initializer"} and _zero(
                keyword.value
            ):
                location = file.location(keyword.value)
                yield Clue(at=location, weight="initializer", reason="All weights begin equal.")


def _fills_weights(program: Program, call: Place) -> bool:
    """A weight that is set to one number: `zeros_(layer.weight)`, `weight.assign(zeros_like(...))`.

    Or every parameter of a model, in a loop over them.
    """
    node = call.node
    assert isinstance(node, ast.Call)
    if last_name(node.func) == "assign" and isinstance(node.func, ast.Attribute) and node.args:
        value = node.args[0]
        zeros = isinstance(value, ast.Call) and last_name(value.func) in _FILLED
        return zeros and _is_each_weight(program, Place(call.file, node.func.value))
    if _is_of_biases(call):
        return False
    fills = last_name(node.func) in {"zeros_", "constant_", "zero_", "ones_"}
    return any(
        (last_name(given) == "weight" and not _is_norm(given))
        or _is_each_weight(program, Place(call.file, given))
        for given in (node.args[:1] if fills else [])
    )


def _is_of_biases(call: Place) -> bool:
    """Whether it is done under a test of the name: `if "bias" in name`."""
    tests = (node.test for node in call.file.up(call.node) if isinstance(node, ast.If))
    texts = (
        node.value for test in tests for node in in_order(test) if isinstance(node, ast.Constant)
    )
    return any(isinstance(text, str) and "bias" in text for text in texts)


_FILLED = frozenset({"zeros_like", "ones_like", "zeros", "ones"})


_ALL_WEIGHTS = frozenset(
    {
        *("parameters", "named_parameters", "weights", "trainable_weights"),
        *("trainable_variables", "variables"),
    }
)


def _is_each_weight(program: Program, place: Place) -> bool:
    """Whether it is a model's parameters, one by one."""
    for end in program.flow.origins(place):
        node = end.place.node
        every = node.func if isinstance(node, ast.Call) else node
        is_all = isinstance(every, ast.expr) and last_name(every) in _ALL_WEIGHTS
        if end.path and is_all:
            return True
    return False


def _is_norm(node: ast.expr) -> bool:
    return "norm" in ast.unparse(node).lower() or "bn" in ast.unparse(node).lower()


def _zero(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str() as text):
            return text.lower() in {"zeros", "ones"}
        case ast.Call(func=function):
            return last_name(function) in {"Zeros", "Ones", "Constant"}
        case _:
            return last_name(node) in {"Zeros", "Ones"}


@of_text("wide-weights")
def wide_weights(program: Program) -> Clues:
    """Weights with a standard deviation of 1 or more (Glorot and Bengio, AISTATS 2010)."""
    for file, call in program.calls:
        name, spread = last_name(call.func), None
        if name in {"normal_", "trunc_normal_"} and not _embeds(call.args[:1]):
            spread = next((each.value for each in call.keywords if each.arg == "std"), None)
            spread = spread or next(iter(call.args[2:]), None)
        elif name in {"RandomNormal", "TruncatedNormal"}:
            spread = next((each.value for each in call.keywords if each.arg == "stddev"), None)
            spread = spread or next(iter(call.args[1:]), None)
        value = program.number(spread, file)
        if value is not None and value >= 1:
            reason = f"Weights with a standard deviation of {value} make the outputs explode."
            yield Clue(at=file.location(call), reason=reason)


def _embeds(arguments: list[ast.expr]) -> bool:
    return any("embed" in ast.unparse(each).lower() for each in arguments)
