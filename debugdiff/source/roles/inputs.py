"""What the model is given in training: several inputs, and the target of a decoder."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import argument_of, default_of, in_order, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

_TENSORS = (ast.Name, ast.Attribute, ast.Subscript)


@role("two-inputs", "the two inputs that the model is given in training: its arguments, or a list")
def two_inputs(roles: Roles) -> Answer:
    """In the call of the model beside the loss, or in `fit`."""
    reason = "the model of this program is not given two inputs in training"
    return found_or([place for place in _given(roles) if _is_pair(place)], reason)


@role("input-list", "the list of inputs that `fit` is given")
def input_list(roles: Roles) -> Answer:
    """Where it stands in the call; a tuple is none."""
    given = [
        Place(fit.file, x)
        for fit in roles.places("training-call")
        if isinstance(x := argument_of(fit.node, "x", 0), ast.List)  # type: ignore[arg-type]
    ]
    return found_or(given, "`fit` is given no list of inputs in this program")


def _given(roles: Roles) -> Iterator[Place]:
    """What holds the inputs: the call of the model itself, or its first argument."""
    for fit in roles.places("training-call"):
        given = argument_of(fit.node, "x", 0)  # type: ignore[arg-type]
        for end in roles.flow.origins(Place(fit.file, given)) if given is not None else ():
            if not end.path:
                yield end.place
    for call in _training_calls(roles):
        node = call.node
        assert isinstance(node, ast.Call)
        if _are_needed(roles, call):
            yield call
        if len(node.args) == 1 and not isinstance(node.args[0], ast.Call):
            yield Place(call.file, node.args[0])


def _training_calls(roles: Roles) -> Iterator[Place]:
    """Calls of the model in the functions where gradients are taken."""
    steps = [*roles.places("backward"), *roles.places("gradients")]
    functions = {(step.file, step.file.function(step.node)) for step in steps}
    models = set(roles.places("model"))
    for call in roles.flow.calls:
        if (call.file, call.file.function(call.node)) in functions:
            callee = roles.flow.callee(call)
            is_self = isinstance(call.node.func, ast.Name) and call.node.func.id == "self"  # type: ignore[attr-defined]
            if is_self or callee.made in models:
                yield call


def _are_needed(roles: Roles, call: Place) -> bool:
    """Whether the model cannot do without its second argument: `targets=None` is no input."""
    function = roles.flow.callee(call).function
    if function is None or not isinstance(function.node, FUNCTIONS):
        return True
    names = parameters(function.node)[1:3]
    return all(default_of(function.node, name) is None for name in names)


def _is_pair(place: Place) -> bool:
    match place.node:
        case (
            ast.Call(args=[one, other]) | ast.Tuple(elts=[one, other]) | ast.List(elts=[one, other])
        ):
            return isinstance(one, _TENSORS) and isinstance(other, _TENSORS)
    return False


# --- decoders -------------------------------------------------------------------------------------


@role("decoder-input", "the target without its end, where the decoder is given it")
def decoder_input(roles: Roles) -> Answer:
    """`target[:, :-1]` beside another input, where the labels are `target[:, 1:]`."""
    return found_or(
        [place for place, _ in _shortened(roles)],
        "no decoder of this program is given the target without its end",
    )


@role("decoder-target", "the whole target that the decoder is given without its end")
def decoder_target(roles: Roles) -> Answer:
    """The tensor that is sliced."""
    return found_or(
        [whole for _, whole in _shortened(roles)],
        "no decoder of this program is given the target without its end",
    )


def _shortened(roles: Roles) -> Iterator[tuple[Place, Place]]:
    slices = [
        Place(file, node)
        for file in roles.program.files.values()
        for node in in_order(file.tree)
        if isinstance(node, ast.Subscript)
    ]
    if not any(_bounds(place) == ("1", None) for place in slices):
        return
    for place in slices:
        if _bounds(place) == (None, "-1") and _is_one_of_several(roles, place):
            yield place, Place(place.file, place.node.value)  # type: ignore[attr-defined]


def _bounds(place: Place) -> tuple[str | None, str | None] | None:
    """Where a slice of the second axis begins and ends."""
    match place.node:
        case ast.Subscript(
            slice=ast.Tuple(
                elts=[
                    ast.Slice(lower=None, upper=None),
                    ast.Slice(lower=lower, upper=upper, step=None),
                ]
            )
        ):
            return ast.unparse(lower) if lower else None, ast.unparse(upper) if upper else None
    return None


def _is_one_of_several(roles: Roles, place: Place) -> bool:
    """Whether it is an argument, or an element of one, beside others."""
    parent = place.file.parents[place.node]
    match parent:
        case ast.Call(args=arguments):
            call = Place(place.file, parent)
            is_given = roles.flow.callee(call).kind in {"module", "layer", "function", "unknown"}
            return is_given and len(arguments) > 1 and call not in roles.places("training-call")
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            above = place.file.parents[parent]
            return len(parts) > 1 and isinstance(above, ast.Call) and parent in above.args
    return False
