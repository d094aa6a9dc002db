"""Rules for the weights that training starts from."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import last_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import File, Program


@of_text("zero-weights")
def zero_weights(program: Program) -> Clues:
    """Weights that all begin equal, so that every unit learns the same (TheDeepChecker)."""
    for file, call in program.calls:
        if _fills_weights(file, call):
            yield Clue(at=file.location(call), weight="fill", reason="All weights begin equal.")
        for keyword in call.keywords:
            if keyword.arg in {"kernel_initializer", "embeddings_initializer"} and _zero(
                keyword.value
            ):
                location = file.location(keyword.value)
                yield Clue(at=location, weight="initializer", reason="All weights begin equal.")


def _fills_weights(file: File, call: ast.Call) -> bool:
    """A weight that is set to one number: `zeros_(layer.weight)`, `weight.assign(zeros_like(...))`.

    Or every parameter of a model, in a loop over them.
    """
    name, over = last_name(call.func), _looped_over(file, call)
    if name == "assign" and isinstance(call.func, ast.Attribute) and call.args:
        value = call.args[0]
        zeros = isinstance(value, ast.Call) and last_name(value.func) in _FILLED
        return zeros and last_name(call.func.value) in over
    filled = call.args[:1] if name in {"zeros_", "constant_", "zero_", "ones_"} else []
    return any(
        (last_name(each) == "weight" and not _is_norm(each)) or last_name(each) in over
        for each in filled
    )


_FILLED = frozenset({"zeros_like", "ones_like", "zeros", "ones"})


_ALL_WEIGHTS = frozenset(
    {
        *("parameters", "named_parameters", "weights", "trainable_weights"),
        *("trainable_variables", "variables"),
    }
)


def _looped_over(file: File, node: ast.AST) -> set[str]:
    """The names that loops around a node give to a model's parameters, one by one."""
    found: set[str] = set()
    for each in file.up(node):
        if isinstance(each, ast.For):
            every = each.iter.func if isinstance(each.iter, ast.Call) else each.iter
            if last_name(every) in _ALL_WEIGHTS:
                found |= {part.id for part in ast.walk(each.target) if isinstance(part, ast.Name)}
    return found


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
