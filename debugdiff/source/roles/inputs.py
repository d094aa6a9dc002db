"""What the model is given in training: several inputs, and the target of a decoder."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import bindings_of
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.operations import MOVES, RESHAPES
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import losses_of
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import argument_of, default_of, in_order, parameters
from debugdiff.source.trails import Trails

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
        for node in file.nodes
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
        case ast.Assign(targets=[ast.Name(id=name)]):
            reads = (Place(place.file, read) for read in _reads(place, name))
            return any(_is_one_of_several(roles, read) for read in reads)
    return False


def _reads(place: Place, name: str) -> Iterator[ast.Name]:
    """Where what a name was bound to is read in the same function, as it is."""
    around = place.file.function(place.node) or place.file.tree
    for node in in_order(around):
        is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Name) and is_read and node.id == name:
            yield from [node for b in bindings_of(place.file, node) if b.node is place.node]


# --- the next token -------------------------------------------------------------------------------

_NOT_NEXT = "the labels of this program are not the tokens that come next"


@role("next-tokens", "the tokens after the first, where they become the labels")
def next_tokens(roles: Roles) -> Answer:
    """`tokens[:, 1:]`, in the call of the loss or of `fit`, or where a variable gets it."""
    return found_or(list(_behind_the_first(roles)), _NOT_NEXT)


@role("all-tokens", "the tokens of which the labels are those after the first")
def all_tokens(roles: Roles) -> Answer:
    """`tokens` of `tokens[:, 1:]`."""
    wholes = [Place(place.file, place.node.value) for place in _behind_the_first(roles)]  # type: ignore[attr-defined]
    return found_or(wholes, _NOT_NEXT)


@role("next-input", "the tokens without the last, where those after the first are the labels")
def next_input(roles: Roles) -> Answer:
    """`tokens[:, :-1]`, in the function that has `tokens[:, 1:]`."""
    found = []
    for place in _behind_the_first(roles):
        around = place.file.function(place.node) or place.file.tree
        slices = [Place(place.file, n) for n in in_order(around) if isinstance(n, ast.Subscript)]
        found += [each for each in slices if _is_shorter(each, place)]
    return found_or(found, "no line of this program gives the model all tokens but the last")


@role("whole-predictions", "the model's output where the loss gets it, before it is flattened")
def whole_predictions(roles: Roles) -> Answer:
    """`logits` of `loss(logits.flatten(0, 1), ...)`."""
    given: list[Place | None] = list(_of_compute_loss(roles, "y_pred", 2))
    given = given or [loss.predictions for loss in losses_of(roles)]
    found = [_unflattened(place) for place in given if place is not None]
    return found_or(found, "the text does not show what the loss of this program compares")


def _is_shorter(place: Place, next_tokens: Place) -> bool:
    wholes = {ast.unparse(each.node.value) for each in (place, next_tokens)}  # type: ignore[attr-defined]
    return _bounds(place) == (None, "-1") and len(wholes) == 1


def _unflattened(place: Place) -> Place:
    match place.node:
        case ast.Call(func=ast.Attribute(value=receiver, attr=name)) if name in RESHAPES | MOVES:
            return _unflattened(Place(place.file, receiver))
    return place


def _behind_the_first(roles: Roles) -> Iterator[Place]:
    labels = [loss.targets for loss in losses_of(roles)]
    trails = Trails(roles.flow)
    for label in (*labels, *_of_compute_loss(roles, "y", 1)):
        way = trails.back(label) if label is not None else []
        yield from (place for place in way if _bounds(place) == ("1", None))


def _of_compute_loss(roles: Roles, name: str, at: int) -> Iterator[Place]:
    """An argument of Keras' `compute_loss` in a `train_step` of the program's own."""
    for call in roles.flow.calls_of("compute_loss"):
        given = argument_of(call.node, name, at)  # type: ignore[arg-type]
        if given is not None:
            yield Place(call.file, given)
