"""Batches: what makes them, how large they are, and what puts the rows into a random order."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import ITEM
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.roles.training import is_range, keyword, steps_by
from debugdiff.source.syntax import (
    argument_of,
    calls_in,
    default_of,
    last_name,
    parameters,
    position,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_BARS = frozenset({"tqdm", "enumerate", "list"})
_LOADER = "torch.utils.data.DataLoader"


@role("batches", "what makes the batches of training: `DataLoader(...)`, a `tf.data` pipeline")
def batches(roles: Roles) -> Answer:
    """The calls behind what the loop over batches, or `fit`, goes over."""
    iterables = [
        Place(loop.file, loop.node.iter)
        for loop in roles.places("batch-loop")
        if isinstance(loop.node, (ast.For, ast.AsyncFor))
    ]
    iterables += [x for fit in roles.places("training-call") for x in keyword(fit, "x", 0)]
    found = [place for each in iterables for place in batch_makers(roles, each)]
    return found_or(found, "no loader or pipeline of the library makes batches in this program")


def batch_makers(roles: Roles, iterable: Place) -> Iterator[Place]:
    """The calls of `DataLoader`, or of a pipeline's methods, that an iterable comes from."""
    path = (ITEM, 1) if _is_enumerated(iterable.node) else (ITEM,)
    ends = [*roles.flow.origins(iterable, path), *roles.flow.origins(iterable)]
    for end in ends:
        node = end.place.node
        if isinstance(node, ast.Call) and end.path in {(), (ITEM,)}:
            name = roles.flow.callee(end.place).name
            if name == _LOADER or is_pipeline(roles, end.place):
                yield end.place


def _is_enumerated(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "enumerate"


def is_pipeline(roles: Roles, place: Place) -> bool:
    """Whether a call ends a chain of methods that starts at `tf.data.Dataset`."""
    node: ast.AST = place.node
    while True:
        if isinstance(node, ast.Call):
            if roles.flow.library_name(Place(place.file, node.func)).startswith("tensorflow.data."):
                return True
            node = node.func
        elif isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Name):
            ends = roles.flow.origins(Place(place.file, node))
            calls = [
                e.place for e in ends if isinstance(e.place.node, ast.Call) and e.place != place
            ]
            return any(is_pipeline(roles, call) for call in calls)
        else:
            return False


@role("random-order", "the call of `shuffle` on a `tf.data` pipeline of the training rows")
def random_order(roles: Roles) -> Answer:
    """Anywhere in the chain of methods before training."""
    calls = roles.flow.calls_of("shuffle")
    pipelines = [call for call in calls if is_pipeline(roles, call)]
    return found_or(pipelines, "no pipeline of this program shuffles its rows")


@role("permutation", "the call of `torch.randperm` that orders the rows of an epoch")
def permutation(roles: Roles) -> Answer:
    """Inside of a loop of training, or of a function that makes its batches."""
    calls = [c for c in roles.flow.calls if roles.flow.callee(c).name == "torch.randperm"]
    again = [c for c in calls if c.file.loop(c.node) or c.file.function(c.node)]
    return found_or(again, "no loop of this program draws a random order by `torch.randperm`")


@role("batch-size", "the size of a batch: an argument of the loader, of `batch` or of `fit`")
def batch_size(roles: Roles) -> Answer:
    """The expression of the number."""
    found = [p for fit in roles.places("training-call") for p in keyword(fit, "batch_size", 2)]
    for made in roles.places("batches"):
        if roles.flow.callee(made).name == _LOADER:
            found += keyword(made, "batch_size", 1)
        else:
            found += _of_pipeline(roles, made)
    for loop in roles.places("batch-loop"):
        iterable = loop.node.iter if isinstance(loop.node, ast.For) else None
        if iterable is not None:
            found += _strides(roles, Place(loop.file, iterable))
    return found_or(found, "no expression of this program says how large a batch is")


def _strides(roles: Roles, iterable: Place) -> Iterator[Place]:
    """The step of a range, or of the ranges in a generator of the user's."""
    node = iterable.node
    while isinstance(node, ast.Call) and last_name(node.func) in _BARS and node.args:
        node = node.args[0]
    if not isinstance(node, ast.Call):
        return
    if is_range(node) and steps_by(node):
        yield Place(iterable.file, node.args[2])
    generator = roles.flow.callee(Place(iterable.file, node)).function
    if generator is not None and isinstance(generator.node, FUNCTIONS):
        for inner in calls_in(generator.node):
            if is_range(inner) and steps_by(inner):
                yield _as_passed(Place(iterable.file, node), generator, inner.args[2])


def _as_passed(call: Place, function: Place, value: ast.expr) -> Place:
    """A value in a user's function; of a parameter, what a call passes for it."""
    node = function.node
    assert isinstance(node, FUNCTIONS)
    assert isinstance(call.node, ast.Call)
    if not isinstance(value, ast.Name) or value.id not in parameters(node):
        return Place(function.file, value)
    given = argument_of(call.node, value.id, position(node, value.id))
    if given is not None:
        return Place(call.file, given)
    return Place(function.file, default_of(node, value.id) or value)


def _of_pipeline(roles: Roles, made: Place) -> Iterator[Place]:
    node: ast.AST = made.node
    while isinstance(node, (ast.Call, ast.Attribute)):
        if isinstance(node, ast.Call):
            if last_name(node.func) == "batch" and node.args:
                yield Place(made.file, node.args[0])
            node = node.func
        else:
            node = node.value
    if isinstance(node, ast.Name):
        for end in roles.flow.origins(Place(made.file, node)):
            if isinstance(end.place.node, ast.Call) and end.place != made:
                yield from _of_pipeline(roles, end.place)
