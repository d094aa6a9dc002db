"""Rules on the text of training and evaluation: the loop, the optimizer, the mode, the data."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from debugdiff.static.normal import FUNCTIONS
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.layers import layers_of
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.source import argument_of, calls_in, in_order, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.suspects.results import Spot
    from debugdiff.suspects.source import File, Program

_ADAPTIVE = frozenset({"Adam", "AdamW", "NAdam", "Nadam", "RAdam", "Adamax", "RMSprop"})
_OPTIMIZERS = _ADAPTIVE | {"SGD", "Adagrad", "Adadelta", "Ftrl", "Lion", "Adafactor"}
_MODAL = frozenset(
    {
        *("Dropout", "Dropout1d", "Dropout2d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d"),
        *("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer"),
    }
)
_TOO_FAST, _MUCH_TOO_FAST, _TOO_SLOW = 0.01, 1.0, 1e-7
_TOO_MUCH_DROPOUT = 0.8


def _loops(program: Program) -> Iterator[tuple[File, ast.Call, dict[str, list[ast.Call]]]]:
    """The innermost blocks that run `backward`, with the methods that they and their loop call."""
    for file, call in program.calls:
        if last_name(call.func) == "backward" and isinstance(call.func, ast.Attribute):
            around = file.loop(call) or file.function(call) or file.tree
            called: dict[str, list[ast.Call]] = {}
            for node in calls_in(around):
                called.setdefault(last_name(node.func), []).append(node)
            yield file, call, called


def _all_called(program: Program) -> set[str]:
    return {last_name(call.func) for _, call in program.calls}


@of_text("gradients-not-cleared")
def gradients_not_cleared(program: Program) -> Clues:
    """`backward` and `step` without `zero_grad`: gradients add up (Stack Overflow)."""
    called = _all_called(program)
    sets_none = any(
        isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.ctx, ast.Store)
        for file in program.files.values()
        for node in ast.walk(file.tree)
    )
    if "zero_grad" in called or "zero_" in called or sets_none or "step" not in called:
        return
    for file, call, _ in _loops(program):
        if file.loop(call) is None and file.function(call) is None:
            continue  # one step alone has nothing to clear
        reason = "Nothing clears the gradients: call `optimizer.zero_grad()` before this."
        yield Clue(spot=file.spot(call), weight=0.8, reason=reason)
        loop = file.loop(call)
        if loop is not None:
            yield Clue(spot=file.spot(loop.body[0]), weight=0.6, reason=reason)


@of_text("gradients-cleared-too-late")
def gradients_cleared_too_late(program: Program) -> Clues:
    """`zero_grad` between `backward` and `step`: the step sees zeros (PyTorch forum)."""
    for file, call, called in _loops(program):
        steps = [each.lineno for each in called.get("step", ()) if each.lineno > call.lineno]
        for clear in called.get("zero_grad", ()):
            if steps and call.lineno < clear.lineno < min(steps):
                reason = "This clears the gradients before the step has used them."
                yield Clue(spot=file.spot(clear), weight=0.82, reason=reason)


@of_text("step-missing")
def step_missing(program: Program) -> Clues:
    """`backward` without any `step`: nothing is ever updated (TheDeepChecker; SageMaker)."""
    called = _all_called(program)
    if {"step", "backward"} & called == {"backward"} and _OPTIMIZERS & called:
        for file, call, _ in _loops(program):
            reason = "No `optimizer.step()` follows: the parameters never change."
            yield Clue(spot=file.spot(call), weight=0.8, reason=reason)


@of_text("apply-gradients-missing")
def apply_gradients_missing(program: Program) -> Clues:
    """A tape's gradients that no optimizer applies (TensorFlow's guide on training loops)."""
    called = _all_called(program)
    if (
        "GradientTape" in called
        and not {"apply_gradients", "apply", "assign_sub", "minimize"} & called
    ):
        for file, call in program.calls:
            if last_name(call.func) == "gradient":
                reason = "Nothing applies these gradients to the weights."
                yield Clue(spot=file.spot(call), weight=0.8, reason=reason)


@of_text("learning-rate")
def learning_rate(program: Program) -> Clues:
    """A learning rate out of the usual range: over 0.01 or under 1e-7 for Adam (UMLAUT)."""
    for file, call in program.calls:
        name = last_name(call.func)
        if name not in _OPTIMIZERS:
            continue
        at = 1 if file.qualified(call.func).startswith("torch") else 0
        for word in ("lr", "learning_rate"):
            value = argument_of(call, word, at)
            rate = program.number(value, file)
            limit = _TOO_FAST if name in _ADAPTIVE else _MUCH_TOO_FAST
            if value is not None and rate is not None and (rate > limit or rate < _TOO_SLOW):
                for spot in dict.fromkeys((file.spot(value), *_origin(program, file, value))):
                    reason = f"A learning rate of {rate:g} is out of the usual range for {name}."
                    yield Clue(spot=spot, weight=0.7, reason=reason)
                break


def _origin(program: Program, file: File, value: ast.expr) -> Iterator[Spot]:
    """Where a name got its number."""
    if isinstance(value, ast.Name | ast.Attribute):
        for where, bound in program.definition(value, file) or []:
            yield where.spot(bound)


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
                yield Clue(spot=file.spot(call), weight=0.74, reason=reason)


@of_text("never-in-evaluation-mode")
def never_in_evaluation_mode(program: Program) -> Clues:
    """Dropout or batch normalisation, an evaluation, and no `eval()` (Stack Overflow)."""
    modal = [each for each in layers_of(program) if not each.keras and each.type in _MODAL]
    called = _all_called(program)
    evaluates = _evaluations(program)
    if not modal or "eval" in called or "backward" not in called:
        return
    for file, function in evaluates:
        if not any(_is_mode(node) for node in in_order(function)):
            first = function.body[0]
            reason = "The model is evaluated in training mode: call `model.eval()` first."
            yield Clue(spot=file.spot(first), weight=0.76, reason=reason)


def _evaluations(program: Program) -> Iterator[tuple[File, ast.FunctionDef | ast.AsyncFunctionDef]]:
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
    for file, function in _evaluations(program):
        for node in in_order(function):
            if not isinstance(node, ast.Call):
                continue
            said = argument_of(node, "training", None)
            if isinstance(said, ast.Constant) and said.value is True:
                yield Clue(spot=file.spot(node), weight=0.78, reason=_TRAINING_MODE)
            on = last_name(node.func) == "train" and isinstance(node.func, ast.Attribute)
            on = on and not any(isinstance(a, ast.Constant) and a.value is False for a in node.args)
            if on and not node.keywords and not _ends_with(function, node):
                yield Clue(spot=file.spot(node), weight=0.78, reason=_TRAINING_MODE)


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
    for file, call, _ in _loops(program):
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
            yield Clue(spot=file.spot(modes[-1]), weight=0.78, reason=reason)


@of_text("frozen")
def frozen(program: Program) -> Clues:
    """Parameters that are kept from learning (TheDeepChecker; SageMaker: unchanged parameter).

    Not where weights are loaded from elsewhere: keeping those is what transfer learning does.
    """
    if not any(_loads_weights(file, call) for file, call in program.calls):
        for file in program.files.values():
            for node in filter(_freezes, in_order(file.tree)):
                line = node.value if isinstance(node, ast.keyword) else node
                reason = "This keeps parameters from learning."
                yield Clue(spot=file.spot(line), weight=0.5, reason=reason)


_LOADED = frozenset({"from_pretrained", "load_state_dict", "load_weights", "load_model"})


def _loads_weights(file: File, call: ast.Call) -> bool:
    libraries = ("torchvision", "keras.applications", "timm", "transformers", "tensorflow_hub")
    told = any(each.arg in {"weights", "pretrained"} for each in call.keywords)
    by_name = last_name(call.func) in _LOADED
    return told or by_name or file.qualified(call.func).startswith(libraries)


def _freezes(node: ast.AST) -> bool:
    match node:
        case ast.Assign(
            targets=[ast.Attribute(attr="requires_grad" | "trainable")],
            value=ast.Constant(value=False),
        ):
            return True
        case ast.Call(func=ast.Attribute(attr="requires_grad_"), args=[ast.Constant(value=False)]):
            return True
        case ast.Call(func=function, keywords=keywords):
            layer = last_name(function)[:1].isupper() and last_name(function) != "Variable"
            return layer and any(_is_untrained(each) for each in keywords)
        case _:
            return False


def _is_untrained(keyword: ast.keyword) -> bool:
    said = keyword.value
    return keyword.arg == "trainable" and isinstance(said, ast.Constant) and said.value is False


@of_text("loss-keeps-its-graph")
def loss_keeps_its_graph(program: Program) -> Clues:
    """Losses added up with their graphs: memory grows with every step (PyTorch's FAQ)."""
    for file, call, _ in _loops(program):
        assert isinstance(call.func, ast.Attribute)
        loss = last_name(call.func.value)
        loop = file.loop(call)
        for node in in_order(loop) if loop and loss else ():
            match node:
                case ast.AugAssign(
                    op=ast.Add(), target=ast.Name(id=total), value=ast.Name(id=name)
                ) if name == loss and total != loss and not _runs_backward(file, loop, total):
                    pass
                case ast.Call(func=ast.Attribute(attr="append"), args=[ast.Name(id=name)]) if (
                    name == loss
                ):
                    pass
                case _:
                    continue
            if not any(isinstance(each, ast.With) for each in file.up(node)):
                reason = "This keeps the graph of every step alive: add `loss.item()` instead."
                yield Clue(spot=file.spot(node), weight=0.7, reason=reason)


def _runs_backward(file: File, loop: ast.AST | None, name: str) -> bool:
    del file
    return loop is not None and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "backward"
        and last_name(node.func.value) == name
        for node in in_order(loop)
    )


@of_text("trained-without-gradient", {Kind.NO_GRADIENT})
def trained_without_gradient(program: Program) -> Clues:
    """A training loop under `no_grad` (PyTorch forum)."""
    for file, call, _ in _loops(program):
        for around in file.up(call):
            if isinstance(around, FUNCTIONS):
                yield from (
                    Clue(
                        spot=file.spot(each), weight=0.85, reason="Training runs without gradients."
                    )
                    for each in around.decorator_list
                    if _turns_off(each)
                )
            if isinstance(around, ast.With):
                yield from (
                    Clue(
                        spot=file.spot(around),
                        weight=0.85,
                        reason="Training runs without gradients.",
                    )
                    for item in around.items
                    if _turns_off(item.context_expr)
                )


def _turns_off(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    return last_name(function) in {"no_grad", "inference_mode"}


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
                    yield Clue(spot=file.spot(second), weight=0.74, reason=reason)
                    yield Clue(spot=file.spot(first), weight=0.6, reason=reason)


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
                    yield Clue(spot=file.spot(call), weight=0.66, reason=reason)
                    break


def _single(file: File, call: ast.Call) -> bool:
    """Whether one row has been taken out before: then axis 0 is the classes."""
    operand = call.func.value if isinstance(call.func, ast.Attribute) else None
    if operand is None or last_name(operand) in file.imports:
        operand = call.args[0] if call.args else None
    return isinstance(operand, ast.Subscript)
