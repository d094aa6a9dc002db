"""Evaluation: where the model is applied outside of training, in which mode, what is measured."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import Binding, bindings_of
from debugdiff.source.place import Place
from debugdiff.source.roles.passes import (
    is_in_forward,
    is_trained_by,
    model_calls,
    trained_calls,
)
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.roles.structure import MODEL_BASES
from debugdiff.source.syntax import argument_of, last_name, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

_AXES = frozenset({-1, 1, 2})
_MODE = "training"
_METRICS = "keras.metrics."
_FRAMEWORKS = frozenset({"torch", "keras", "tensorflow"})


@role("evaluation-pass", "the call that applies the model outside of training")
def evaluation_pass(roles: Roles) -> Answer:
    """Calls of the model as a whole, in no step of training and in no `forward`."""
    trained = set(trained_calls(roles, model_calls(roles)))
    calls = [
        call
        for call in model_calls(roles)
        if call not in trained and not is_in_forward(call) and not _is_keras_input(roles, call)
    ]
    return found_or(calls, "no line of this program applies the model outside of training")


def _is_keras_input(roles: Roles, call: Place) -> bool:
    """Whether a call builds a functional model out of another one."""
    assert isinstance(call.node, ast.Call)
    ends = [
        end for each in call.node.args[:1] for end in roles.flow.origins(Place(call.file, each))
    ]
    makers = [
        roles.flow.callee(end.place).name for end in ends if isinstance(end.place.node, ast.Call)
    ]
    return "keras.Input" in makers


@role("evaluation-call", "the call of Keras' `evaluate` or `predict`")
def evaluation_call(roles: Roles) -> Answer:
    """Where Keras applies the model outside of training."""
    calls = roles.flow.calls_of("evaluate", "predict")
    methods = [call for call in calls if roles.flow.callee(call).kind in {"method", "unknown"}]
    return found_or(methods, "no line of this program calls `evaluate` or `predict`")


@role("evaluation-inputs", "what the model is given first outside of training, where it is made")
def evaluation_inputs(roles: Roles) -> Answer:
    """`torch.from_numpy(words)`, also where a variable hands it to the model."""
    given = [
        *(_argument(call, "x", 0) for call in roles.places("evaluation-call")),
        *(_argument(call, "", 0) for call in roles.places("evaluation-pass")),
        *(_validation(call, 0) for call in roles.places("training-call")),
    ]
    found = [_first_made(place) for place in given if place is not None]
    return found_or(found, "no line of this program hands inputs to the model outside of training")


def _first_made(place: Place) -> Place:
    """The first of several values, and what a name is bound to in the same function."""
    file, node = place.file, place.node
    if isinstance(node, ast.Tuple | ast.List) and node.elts:
        return _first_made(Place(file, node.elts[0]))
    bound = bindings_of(file, node) if isinstance(node, ast.Name) else []
    match bound:
        case [Binding(node=ast.Tuple(elts=parts), path=(int() as index,))]:
            made: ast.AST = parts[index]
        case [Binding(node=made, path=())] if isinstance(made, ast.expr):
            pass
        case _:
            return place
    is_here = file.function(made) is file.function(node)
    return _first_made(Place(file, made)) if is_here else place


@role("evaluation-labels", "the labels that the model's output is compared with by Keras")
def evaluation_labels(roles: Roles) -> Answer:
    """What `evaluate` takes as labels, and what a metric is called with outside of training."""
    given = [
        *(_argument(call, "y", 1) for call in roles.places("evaluation-call")),
        *(_argument(call, "y_true", 0) for call in roles.flow.calls if _is_metric(roles, call)),
        *(_validation(call, 1) for call in roles.places("training-call")),
    ]
    found = [labels for labels in given if labels is not None]
    return found_or(found, "no line of this program hands labels to an evaluation by Keras")


def _argument(call: Place, name: str, at: int) -> Place | None:
    assert isinstance(call.node, ast.Call)
    given = argument_of(call.node, name, at)
    return Place(call.file, given) if given is not None else None


def _validation(call: Place, at: int) -> Place | None:
    """A part of the pair that `fit` gets as `validation_data`."""
    given = _argument(call, "validation_data", 7)
    match given.node if given is not None else None:
        case ast.Tuple(elts=parts) if at < len(parts):
            return Place(call.file, parts[at])
    return None


def _is_metric(roles: Roles, call: Place) -> bool:
    """Whether a call is that of a metric that was made before, in no step of training."""
    assert isinstance(call.node, ast.Call)
    ends = roles.flow.origins(Place(call.file, call.node.func))
    made = [end.place for end in ends if isinstance(end.place.node, ast.Call) and not end.path]
    metrics = [one for one in made if roles.flow.callee(one).name.startswith(_METRICS)]
    return bool(metrics) and not is_trained_by(roles, call)


@role("compared-classes", "the classes with the highest scores where they are compared by `==`")
def compared_classes(roles: Roles) -> Answer:
    """The call of `argmax` that is one side of the comparison."""
    calls = [c for c in roles.flow.calls_of("argmax") if _is_of_scores(c) and _is_compared(c)]
    named = roles.flow.calls_of("argmax", "max")
    calls = calls or [call for call in named if _is_compared_later(roles, call)]
    return found_or(calls, "no line of this program compares the classes it found with labels")


def _is_compared(call: Place) -> bool:
    match call.file.parents.get(call.node):
        case ast.Compare(ops=[ast.Eq()], left=one, comparators=[other]):
            return call.node in {one, other}
    return False


def _is_compared_later(roles: Roles, call: Place) -> bool:
    """Whether the classes get a name, and that is one side of a comparison in the function."""
    statement = call.file.parents.get(call.node)
    match statement, last_name(call.node.func):  # type: ignore[attr-defined]
        case ast.Assign(targets=[ast.Name(id=name)]), "argmax":
            pass
        case ast.Assign(targets=[ast.Tuple(elts=[_, ast.Name(id=name)])]), "max":
            pass
        case _:
            return False
    around = call.file.function(call.node) or call.file.tree
    return (around, name) in roles.keep(_compared_names)


def _compared_names(roles: Roles) -> frozenset[tuple[ast.AST, str]]:
    """The names on one side of `==`, each with every function and file around it."""
    return frozenset(
        (around, side.id)
        for file, node in roles.program.nodes
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Name)
        for around in file.up(node)
    )


@role("dropout-pass", "the calls that apply dropout layers")
def dropout_pass(roles: Roles) -> Answer:
    """Where the layers are called; a layer in a container has no call of its own."""
    made = set(roles.places("dropout"))
    calls = [call for call in roles.flow.calls if roles.flow.callee(call).made in made]
    return found_or(calls, "no line of this program applies a dropout layer")


@role("mode-argument", "the `training=` that a model's method hands on to a layer")
def mode_argument(roles: Roles) -> Answer:
    """Only where it is a parameter of the method around it."""
    values = [value for call in roles.flow.calls for value in _mode_of(call)]
    return found_or(values, "no method of this program hands its mode on to a layer")


def _mode_of(call: Place) -> Iterator[Place]:
    function = call.file.function(call.node)
    if function is None or call.file.owner(function) is None:
        return
    assert isinstance(call.node, ast.Call)
    for keyword in call.node.keywords:
        value = keyword.value
        if (
            keyword.arg == _MODE
            and isinstance(value, ast.Name)
            and value.id in parameters(function)
        ):
            yield Place(call.file, value)


@role("class-axis", "the axis along which the class with the highest score is looked for")
def class_axis(roles: Roles) -> Answer:
    """The argument of `argmax`, or of PyTorch's `max`, that says which axis has the classes."""
    calls = roles.flow.calls_of("argmax", "max")
    calls = [call for call in calls if _is_of_scores(call) and not _is_in_layer(roles, call)]
    axes = [axis for call in calls for axis in _axis_of(roles, call) if _is_class_axis(axis)]
    order = {call.node: index for index, call in enumerate(roles.flow.calls)}
    axes.sort(key=lambda axis: next(order[n] for n in axis.file.up(axis.node) if n in order))
    return found_or(axes, "no line of this program looks for the class with the highest score")


def _is_of_scores(call: Place) -> bool:
    """Whether a model's scores may be meant: where no framework is imported, there are none."""
    assert isinstance(call.node, ast.Call)
    roots = {name.partition(".")[0] for name in call.file.imports.values()}
    function = call.node.func
    values = [
        *call.node.args[:1],
        *([function.value] if isinstance(function, ast.Attribute) else []),
    ]
    return bool(roots & _FRAMEWORKS) and not any(isinstance(v, ast.Compare) for v in values)


def _is_in_layer(roles: Roles, call: Place) -> bool:
    """Whether a call is a part of a model or layer itself, and measures nothing."""
    owner, function = call.file.owner(call.node), call.file.function(call.node)
    if function is not None and function.name.endswith("_step"):
        return False
    return owner is not None and bool(
        roles.flow.library_bases(Place(call.file, owner)) & MODEL_BASES
    )


def _axis_of(roles: Roles, call: Place) -> Iterator[Place]:
    node = call.node
    assert isinstance(node, ast.Call)
    of_library = roles.flow.callee(call).kind == "library"
    if last_name(node.func) == "max" and not _is_maximum(roles, call):
        return
    for name in ("dim", "axis"):
        given = argument_of(node, name, 1 if of_library else 0)
        if given is not None:
            yield Place(call.file, given)
            return


def _is_maximum(roles: Roles, call: Place) -> bool:
    """Whether a `max` is one of PyTorch's that also says where the highest score is."""
    library = roles.flow.callee(call).name == "torch.max"
    parent = call.file.parents.get(call.node)
    indices = isinstance(parent, ast.Attribute) and parent.attr == "indices"
    second = isinstance(parent, ast.Subscript) or (
        isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple)
    )
    method = roles.flow.callee(call).kind != "library" and isinstance(call.node, ast.Call)
    return (library or (method and isinstance(call.node.func, ast.Attribute))) and (  # type: ignore[attr-defined]
        indices or second
    )


def _is_class_axis(axis: Place) -> bool:
    try:
        return ast.literal_eval(axis.text) in _AXES
    except (ValueError, SyntaxError, TypeError):
        return False


@role("tape", "the `with` statement that records a step of training on a gradient tape")
def tape(roles: Roles) -> Answer:
    """TensorFlow's `GradientTape` around the forward pass of a step."""
    blocks = [
        Place(call.file, node)
        for call in roles.places("training-pass")
        for node in call.file.up(call.node)
        if isinstance(node, ast.With) and is_tape(node)
    ]
    return found_or(blocks, "no gradient tape records a step of this program")


def is_tape(block: ast.With) -> bool:
    """Whether a `with` statement records on a gradient tape."""
    managers = [item.context_expr for item in block.items]
    return any(
        isinstance(manager, ast.Call) and last_name(manager.func) == "GradientTape"
        for manager in managers
    )
