"""Inputs that are numbers and not words, and what makes them numbers of single precision."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.roles.data import handovers
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.trails import Trails

if TYPE_CHECKING:
    from collections.abc import Iterator

_SINGLE = frozenset({"float32", "float"})
_FROM_ARRAY = frozenset(
    {"torch.from_numpy", "torch.as_tensor", "torch.tensor", "torch.FloatTensor"}
)
_NO_NUMBERS = "the text does not show which inputs of this program are numbers and not words"


@role("number-arrays", "the arrays of numbers, not of words, that the model is trained on")
def number_arrays(roles: Roles) -> Answer:
    """In PyTorch, what a tensor is made of."""
    numbers = _numbers(roles)
    made = [array for place in numbers for array in _arrays_of(roles, place)]
    own = numbers if roles.fact("framework") == "keras" else []
    return found_or(made or own, _NO_NUMBERS)


@role("number-tensors", "the tensors of numbers, not of words, that a PyTorch model is trained on")
def number_tensors(roles: Roles) -> Answer:
    """As they are handed over to training."""
    numbers = _numbers_or_batches(roles) if roles.fact("framework") == "pytorch" else []
    return found_or(numbers, _NO_NUMBERS)


@role("single-precision", "what says that those numbers are of single precision: `float32`")
def single_precision(roles: Roles) -> Answer:
    """Of `astype("float32")`, `torch.tensor(rows, dtype=torch.float32)`."""
    types = [kind for place in _on_the_way(roles) for kind in _types(roles, place)]
    return found_or(types, "no line of this program makes its inputs numbers of single precision")


@role("float-conversion", "the call of `float` that makes those numbers of single precision")
def float_conversion(roles: Roles) -> Answer:
    """`rows.float()`, in PyTorch."""
    calls = [place for place in _on_the_way(roles) if _is_call_of(place, "float")]
    return found_or(calls, "no line of this program makes its inputs numbers of single precision")


def _on_the_way(roles: Roles) -> Iterator[Place]:
    for place in _numbers_or_batches(roles):
        yield from _back(roles, place)


def _numbers_or_batches(roles: Roles) -> list[Place]:
    """Those inputs; where their arrays are not known, what the model is given in a step."""
    batches = [] if roles.places("embedding") else list(roles.places("batch-inputs"))
    return _numbers(roles) or batches


def _back(roles: Roles, place: Place) -> Iterator[Place]:
    """The way back of an array, also through what makes a tensor of it."""
    for part in Trails(roles.flow).back(place):
        yield part
        if _is_made_of_array(roles, part):
            yield from _back(roles, Place(part.file, part.node.args[0]))  # type: ignore[attr-defined]


def _is_made_of_array(roles: Roles, place: Place) -> bool:
    node = place.node
    is_call = isinstance(node, ast.Call) and bool(node.args)
    return is_call and roles.flow.callee(place).name in _FROM_ARRAY


def _types(roles: Roles, place: Place) -> Iterator[Place]:
    """The argument that names the type; TensorFlow takes Python's `float` for a single one."""
    if not isinstance(place.node, ast.Call):
        return
    if roles.flow.callee(place).name.startswith(("tensorflow.", "keras.")):
        return
    given = argument_of(place.node, "dtype", 0 if last_name(place.node.func) == "astype" else 1)
    named = given.value if isinstance(given, ast.Constant) else last_name(given) if given else ""
    if named in _SINGLE and not isinstance(given, ast.Name):
        yield Place(place.file, given)  # type: ignore[arg-type]


def _is_call_of(place: Place, method: str) -> bool:
    match place.node:
        case ast.Call(func=ast.Attribute(attr=name), args=[]):
            return name == method
    return False


def _arrays_of(roles: Roles, place: Place) -> Iterator[Place]:
    """What `torch.from_numpy` is given, where that makes a tensor."""
    for end in roles.flow.origins(place):
        if not end.path and _is_made_of_array(roles, end.place):
            yield Place(end.place.file, end.place.node.args[0])  # type: ignore[attr-defined]


def _numbers(roles: Roles) -> list[Place]:
    """All inputs of a program without an embedding; else those that a layer is fitted to."""
    inputs = [place for handover in handovers(roles)[:1] for place in handover.inputs]
    if not roles.places("embedding"):
        return inputs
    fitted = {
        Place(call.file, argument).text
        for call in roles.places("adaptation")
        for argument in call.node.args  # type: ignore[attr-defined]
    }
    return [place for place in inputs if place.text in fitted]
