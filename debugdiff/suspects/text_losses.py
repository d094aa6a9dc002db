"""Rules on the text of outputs and losses: what the last layer gives and what the loss wants."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.layers import layers_of
from debugdiff.source.place import Place
from debugdiff.source.syntax import argument_of, last_name, returns_of
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.layers import Layer
    from debugdiff.source.program import File, Program

_LOGITS = frozenset(
    {"CrossEntropyLoss", "cross_entropy", "BCEWithLogitsLoss", "binary_cross_entropy_with_logits"}
)
_PROBABILITIES = frozenset({"BCELoss", "binary_cross_entropy"})
_LOG_PROBABILITIES = frozenset({"NLLLoss", "nll_loss"})
_SQUASHED = frozenset({"softmax", "sigmoid", "Softmax", "Sigmoid", "log_softmax", "LogSoftmax"})
_RECTIFIED = frozenset({"relu", "ReLU", "relu6", "ReLU6"})
_ACTIVATIONS = _SQUASHED | _RECTIFIED
_CATEGORICAL = frozenset(
    {
        *("categorical_crossentropy", "CategoricalCrossentropy"),
        *("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
    }
)
_BINARY = frozenset({"binary_crossentropy", "BinaryCrossentropy"})


def _output_of_model(program: Program) -> Iterator[tuple[Place, str]]:
    """The activation of a PyTorch model's output: in a `return`, or last in a Sequential."""
    parts = _parts(program)
    for file, owner in program.classes.values():
        for node in owner.body if owner.name not in parts else ():
            if isinstance(node, ast.FunctionDef) and node.name == "forward":
                for value in [each.value for each in returns_of(node) if each.value]:
                    yield from _activating(program, Place(file, value))
    for file, call in program.calls:
        if last_name(call.func) == "Sequential" and call.args:
            last = call.args[-1]
            if isinstance(last, ast.Call) and last_name(last.func) in _ACTIVATIONS:
                yield Place(file, last), last_name(last.func)


def _parts(program: Program) -> set[str]:
    """Classes of which a module of the program's own, or a Sequential, is put together."""
    return {
        last_name(call.func)
        for file, call in program.calls
        if file.owner(call) or _is_handed_on(file, call)
    }


def _is_handed_on(file: File, call: ast.Call) -> bool:
    above = file.parents.get(call)
    called = isinstance(above, ast.Call) and above.func is call
    return isinstance(above, ast.Call | ast.List | ast.Starred) and not called


def _activating(program: Program, place: Place) -> Iterator[tuple[Place, str]]:
    """An activation at the top of an expression, through one name."""
    match place.node:
        case ast.Call(func=function) if _activation_of(program, place.file, function):
            yield place, _activation_of(program, place.file, function)
        case ast.Name(id=name):
            last = _last_binding(place, name)
            if isinstance(last, ast.Call) and _activation_of(program, place.file, last.func):
                yield Place(place.file, last), _activation_of(program, place.file, last.func)


def _last_binding(place: Place, name: str) -> ast.expr | None:
    function = place.file.function(place.node)
    bound = [
        node.value
        for node in (ast.walk(function) if function else ())
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == name
    ]
    return bound[-1] if bound else None


def _activation_of(program: Program, file: File, function: ast.expr) -> str:
    """The name of the activation, called directly or kept in `self.softmax`."""
    name = last_name(function)
    if name in _ACTIVATIONS:
        return name
    if isinstance(function, ast.Attribute) and last_name(function.value) == "self":
        for _where, value in program.definition(function, file) or []:
            if isinstance(value, ast.Call) and last_name(value.func) in _ACTIVATIONS:
                return last_name(value.func)
    return ""


def _torch_losses(program: Program) -> Iterator[tuple[Place, str]]:
    for file, call in program.calls:
        name = last_name(call.func)
        known = name in _LOGITS | _PROBABILITIES | _LOG_PROBABILITIES
        if known and file.qualified(call.func).startswith("torch"):
            yield Place(file, call), name


def _fed(program: Program) -> Iterator[tuple[Place, str, str]]:
    """What goes straight into a loss: the activation's call, its name, and the loss's name."""
    kept = {}
    for place, name in _torch_losses(program):
        parent = place.file.parents.get(place.node)
        if isinstance(parent, ast.Assign):
            kept[last_name(parent.targets[0])] = name
    for file, call in program.calls:
        direct = last_name(call.func)
        loss = direct if direct in _LOGITS | _PROBABILITIES else kept.get(direct, "")
        if isinstance(call.func, ast.Call) and last_name(call.func.func) in _LOGITS:
            loss = last_name(call.func.func)
        if loss and call.args:
            for place, name in _activating(program, Place(file, call.args[0])):
                yield place, name, loss


@of_text("probabilities-to-logits-loss")
def probabilities_to_logits_loss(program: Program) -> Clues:
    """A softmax or sigmoid before a loss that applies its own (UMLAUT; NeuraLint)."""
    reason = "The loss wants logits and applies the {} itself; here it gets it twice."
    for place, name, loss in _fed(program):
        if loss in _LOGITS and name in _SQUASHED and not name.lower().startswith("log"):
            yield Clue(at=place.location, weight=0.82, reason=reason.format(name))
    losses = {name for _, name in _torch_losses(program)}
    if losses and losses <= _LOGITS:
        for place, name in _output_of_model(program):
            if name in _SQUASHED:
                yield Clue(at=place.location, weight=0.78, reason=reason.format(name))
    yield from _keras_twice(program)


def _keras_twice(program: Program) -> Clues:
    last = _keras_output(program)
    if last is None or _activation(last) not in {"softmax", "sigmoid"}:
        return
    for spot_of, loss in _keras_losses(program):
        if _from_logits(loss) is True:
            activation = argument_of(last.call, "activation", 1)
            reason = "The last layer gives probabilities, and the loss is told to expect logits."
            place = last.file.location(activation) if activation is not None else last.location
            yield Clue(at=place, weight=0.78, reason=reason)
            yield Clue(at=spot_of.location, weight=0.74, reason=reason)


@of_text("rectified-output")
def rectified_output(program: Program) -> Clues:
    """A ReLU on what a cross-entropy takes: no logit is below 0 (NeuraLint; TheDeepChecker)."""
    reason = "After a ReLU no logit is below 0: the model cannot say no."
    losses = {name for _, name in _torch_losses(program)}
    outputs = list(_output_of_model(program)) if losses and losses <= _LOGITS else []
    outputs += [(place, name) for place, name, loss in _fed(program) if loss in _LOGITS]
    for place, name in outputs:
        if name in _RECTIFIED:
            yield Clue(at=place.location, weight=0.74, reason=reason)
    last = _keras_output(program)
    if last is not None and _activation(last) in _RECTIFIED and any(_keras_losses(program)):
        yield Clue(at=last.location, weight=0.74, reason=reason)


@of_text("logits-to-probability-loss")
def logits_to_probability_loss(program: Program) -> Clues:
    """Plain outputs for a loss that wants probabilities (UMLAUT, "missing softmax"; NeuraLint)."""
    reason = "The loss wants probabilities, and the last layer has no softmax or sigmoid."
    last = _keras_output(program)
    if last is not None and _activation(last) in {"", "linear", "relu"} and not _follows(program):
        for place, loss in _keras_losses(program):
            if _from_logits(loss) is False:
                yield Clue(at=place.location, weight=0.76, reason=reason)
                yield Clue(at=last.location, weight=0.72, reason=reason)


def _follows(program: Program) -> bool:
    """Whether the text applies an activation by itself somewhere."""
    return any(
        last_name(call.func) in _SQUASHED | {"Activation"}
        or any(isinstance(a, ast.Constant) and a.value in {"softmax", "sigmoid"} for a in call.args)
        for _, call in program.calls
    )


def _keras_output(program: Program) -> Layer | None:
    """The last `Dense` of a program's text, if all is in one file and one model."""
    dense = [each for each in layers_of(program) if each.keras and each.type == "Dense"]
    return dense[-1] if dense else None


def _activation(layer: Layer) -> str:
    value = argument_of(layer.call, "activation", 1)
    match value:
        case None | ast.Constant(value=None):
            return ""
        case ast.Constant(value=str() as text):
            return text
        case _:
            return last_name(value) or "?"


def _keras_losses(program: Program) -> Iterator[tuple[Place, ast.expr]]:
    """The cross-entropies of `compile`, by name or as an object, and those of a loop's own."""
    for file, call in program.calls:
        if last_name(call.func) == "compile":
            value = argument_of(call, "loss", 1)
            if value is not None and _cross_entropy(value):
                yield Place(file, value), value
        elif isinstance(file.parents.get(call), ast.Assign) and _cross_entropy(call):
            yield Place(file, call), call


def _cross_entropy(value: ast.expr) -> str:
    match value:
        case ast.Constant(value=str() as text):
            return text if text in _CATEGORICAL | _BINARY else ""
        case ast.Call(func=function):
            name = last_name(function)
            return name if name in _CATEGORICAL | _BINARY else ""
        case _:
            return ""


def _from_logits(value: ast.expr) -> bool | None:
    """Whether a loss expects logits; `None` where the text leaves it open."""
    if not isinstance(value, ast.Call):
        return False
    said = argument_of(value, "from_logits", 0)
    if said is None:
        return False
    return bool(said.value) if isinstance(said, ast.Constant) else None


@of_text("one-unit-softmax")
def one_unit_softmax(program: Program) -> Clues:
    """A softmax over one unit, which is always 1 (UMLAUT; NeuraLint; Stack Overflow)."""
    for layer in layers_of(program):
        if (
            layer.keras
            and layer.type == "Dense"
            and layer.gives == 1
            and _activation(layer) == "softmax"
        ):
            yield Clue(at=layer.location, weight=0.8, reason="A softmax over one unit is always 1.")


@of_text("sigmoid-for-classes")
def sigmoid_for_classes(program: Program) -> Clues:
    """A sigmoid for several classes that exclude each other (NeuraLint; UMLAUT)."""
    last = _keras_output(program)
    for place, loss in _keras_losses(program):
        if last and _cross_entropy(loss) in _CATEGORICAL and _activation(last) == "sigmoid":
            reason = "A categorical loss wants a softmax; these sigmoids do not add up to 1."
            yield Clue(at=last.location, weight=0.74, reason=reason)
            yield Clue(at=place.location, weight=0.5, reason=reason)


@of_text("softmax-over-batch")
def softmax_over_batch(program: Program) -> Clues:
    """A softmax along axis 0, over the examples of a batch (Stack Overflow; DEForm)."""
    for file, call in program.calls:
        name = last_name(call.func)
        if name in {"softmax", "log_softmax", "Softmax", "LogSoftmax"}:
            at = 0 if name[0].isupper() or _is_method(file, call) else 1
            axes = (argument_of(call, word, at) for word in ("dim", "axis"))
            if any(axis is not None and program.number(axis, file) == 0 for axis in axes):
                reason = "Axis 0 counts the examples of the batch, not the classes."
                yield Clue(at=file.location(call), weight=0.76, reason=reason)


def _is_method(file: File, call: ast.Call) -> bool:
    """`logits.softmax(0)` rather than `torch.softmax(logits, 0)`."""
    return "." not in file.qualified(call.func).rpartition(".")[0] and not file.qualified(
        call.func
    ).startswith(("torch", "keras", "tensorflow", "jax", "numpy"))


@of_text("log-of-softmax")
def log_of_softmax(program: Program) -> Clues:
    """The logarithm of a softmax or sigmoid: `-inf` once one of them is 0 (TheDeepChecker)."""
    for file, call in program.calls:
        if last_name(call.func) == "log" and len(call.args) == 1:
            inner = call.args[0]
            name = last_name(inner.func) if isinstance(inner, ast.Call) else ""
            if name in {"softmax", "sigmoid"}:
                reason = f"`log({name}(...))` is -inf where it is 0: use `log_{name}`."
                yield Clue(at=file.location(call), weight=0.66, reason=reason)
