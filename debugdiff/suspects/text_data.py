"""Rules on the text of data and figures: what is trained on, what is evaluated, over which axis."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of, calls_in, in_order, last_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import File, Program


@of_text("shuffled-apart")
def shuffled_apart(program: Program) -> Clues:
    """Inputs and labels shuffled one after the other, each its own way (DeepCrime)."""
    for file in program.files.values():
        for block in (file.tree, *in_order(file.tree)):
            body = getattr(block, "body", None)
            for first, second in itertools.pairwise(body) if isinstance(body, list) else ():
                one, other = _shuffles(first), _shuffles(second)
                if one and other and one != other:
                    reason = "This shuffles another way than the line above: rows part from labels."
                    yield Clue(at=file.location(second), weight="second", reason=reason)
                    yield Clue(at=file.location(first), weight="first", reason=reason)


@of_text("pipelines-shuffled-apart")
def pipelines_shuffled_apart(program: Program) -> Clues:
    """Two `tf.data` pipelines that shuffle each its own way and are zipped (Stack Overflow)."""
    reason = "These are shuffled each its own way and joined after that: rows part from labels."
    for file, call in program.calls:
        if last_name(call.func) != "zip":
            continue
        names = {each.id for each in in_order(call) if isinstance(each, ast.Name)}
        shuffled = [
            each
            for each in in_order(file.tree)
            if isinstance(each, ast.Assign)
            and {last_name(target) for target in each.targets} & names
            and any(_shuffles_itself(inner) for inner in calls_in(each))
        ]
        if len(shuffled) > 1:
            yield from (
                Clue(at=file.location(each), weight="pipeline", reason=reason) for each in shuffled
            )
            yield Clue(at=file.location(call), weight="zip", reason=reason)


def _shuffles_itself(call: ast.Call) -> bool:
    """A `shuffle` of a pipeline that no seed ties to another one."""
    method = isinstance(call.func, ast.Attribute) and call.func.attr == "shuffle"
    return method and argument_of(call, "seed", 1) is None


def _shuffles(statement: ast.AST) -> str:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="shuffle"), args=[argument])):
            return ast.unparse(argument)
        case _:
            return ""


@of_text("metric-over-batch")
def metric_over_batch(program: Program) -> Clues:
    """The best class looked for along axis 0, over the examples (Stack Overflow)."""
    for file, call in program.calls:
        if last_name(call.func) == "argmax":
            method = isinstance(call.func, ast.Attribute) and "." not in file.qualified(call.func)
            method = method or not file.qualified(call.func).startswith(
                ("torch", "numpy", "keras", "tensorflow", "jax")
            )
            for word in ("dim", "axis"):
                axis = argument_of(call, word, 0 if method else 1)
                if axis is not None and program.number(axis, file) == 0 and not _single(file, call):
                    reason = "Axis 0 counts examples: this finds an example, not a class."
                    yield Clue(at=file.location(call), reason=reason)
                    break


def _single(file: File, call: ast.Call) -> bool:
    """Whether one row has been taken out before: then axis 0 is the classes."""
    operand = call.func.value if isinstance(call.func, ast.Attribute) else None
    if operand is None or last_name(operand) in file.imports:
        operand = call.args[0] if call.args else None
    return isinstance(operand, ast.Subscript)


@of_text("evaluated-on-training-data")
def evaluated_on_training_data(program: Program) -> Clues:
    """Every evaluation gets just what `fit` got (DeepCrime; scikit-learn's Common pitfalls).

    Quiet where something is held out: other data are evaluated as well, or validate the training.
    """
    fits = [(file, call) for file, call in program.calls if last_name(call.func) == "fit"]
    trained = {given for _, call in fits for given in _given(call)}
    held_out = any(each.arg in _VALIDATION for _, call in fits for each in call.keywords)
    evaluated = [(file, call) for file, call in program.calls if last_name(call.func) == "evaluate"]
    evaluated = [(file, call) for file, call in evaluated if isinstance(call.func, ast.Attribute)]
    if held_out or not trained or any(not _given(call) <= trained for _, call in evaluated):
        return
    for file, call in evaluated:
        if _given(call):
            reason = "This evaluates on what the model was trained with."
            yield Clue(at=file.location(call), reason=reason)


_VALIDATION = frozenset({"validation_data", "validation_split"})


def _given(call: ast.Call) -> frozenset[str]:
    """The data that a call of `fit` or `evaluate` is given, as text."""
    named = [each.value for each in call.keywords if each.arg in {"x", "y"}]
    return frozenset(ast.unparse(each) for each in (*call.args, *named))
