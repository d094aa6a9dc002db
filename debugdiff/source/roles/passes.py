"""The model at work: where it is called as a whole, and which calls are steps of training."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.roles.steps import LOOPS, steps_of
from debugdiff.source.roles.structure import trained_owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_DEPTH = 2
"""How many functions are between a step and the call of the model: `training_step` of a class."""


def model_calls(roles: Roles) -> list[Place]:
    """The calls that apply the model as a whole: `model(inputs)`, `self(inputs)`."""
    owners = trained_owners(roles)
    texts = {owner.text for owner in owners if owner.text != "self"}
    made = {end.place for owner in owners for end in roles.flow.origins(owner)}
    makers = made.union(roles.places("model"))
    return [call for call in roles.flow.calls if _applies(roles, call, texts, makers)]


def _applies(roles: Roles, call: Place, texts: set[str], makers: set[Place]) -> bool:
    node = call.node
    assert isinstance(node, ast.Call)
    called = applied_model(call)
    if isinstance(called, ast.Name) and called.id == "self":
        return called is node.func or not is_in_forward(call)
    if not isinstance(called, (ast.Name, ast.Attribute)):
        return False
    function = Place(call.file, called)
    if function.text in texts:
        return True
    if not texts and roles.flow.callee(call).kind == "module" and call.file.owner(node) is None:
        return True
    return any(
        end.place in makers and isinstance(end.place.node, ast.Call) and not end.path
        for end in roles.flow.origins(function)
    )


def applied_model(call: Place) -> ast.expr:
    """What is called to apply a model: `model` of `model(rows)` and of `model.forward(rows)`."""
    match call.node:
        case ast.Call(func=ast.Attribute(value=owner, attr="forward")):
            return owner
        case ast.Call(func=function):
            return function
    raise TypeError(call.text)


def is_in_forward(call: Place) -> bool:
    """Whether a call is a part of a model's own pass."""
    return any(is_forward(node) for node in call.file.up(call.node))


def is_trained_by(roles: Roles, call: Place) -> bool:
    """Whether a call is made in a step of training: in the block of one, or a function it calls."""
    return bool(trained_calls(roles, [call]))


def trained_calls(roles: Roles, calls: Iterable[Place]) -> list[Place]:
    """The calls among some that are made in a step of training."""
    blocks = _step_nodes(roles)
    return [call for call in calls if _is_within(call, blocks)]


def _is_within(call: Place, blocks: set[ast.AST | None]) -> bool:
    around = [node for node in call.file.up(call.node) if _is_block(node)]
    return any(node in blocks for node in around) or (None in blocks and not around)


def _step_nodes(roles: Roles) -> set[ast.AST | None]:
    """The innermost loops and functions around the steps, and the functions that they call.

    `None` is for a step that the file itself does, in no loop and no function.
    """
    found: set[ast.AST | None] = set()
    for step in steps_of(roles):
        block = next((node for node in step.file.up(step.node) if _is_block(node)), None)
        found.add(block)
        found |= {
            function.node for function in _called_in(roles, Place(step.file, block or step.node))
        }
    return found


def _called_in(roles: Roles, block: Place, depth: int = _DEPTH) -> Iterator[Place]:
    """The user's functions that a block calls, and those that they call, but no `forward`."""
    for node in ast.walk(block.node):
        if isinstance(node, ast.Call):
            function = roles.flow.callee(Place(block.file, node)).function
            if function is not None and not is_forward(function.node):
                yield function
                yield from _called_in(roles, function, depth - 1) if depth else ()


def _is_block(node: ast.AST) -> bool:
    return isinstance(node, (*LOOPS, *FUNCTIONS))


def is_forward(node: ast.AST) -> bool:
    return isinstance(node, FUNCTIONS) and node.name in {"forward", "call", "__call__"}


@role("training-pass", "the call that applies the model in a step of training")
def training_pass(roles: Roles) -> Answer:
    """The forward pass whose output the loss sees."""
    calls = trained_calls(roles, model_calls(roles))
    return found_or(calls, "no line of this program applies the model in a step of training")


@role("trained-model", "the expression that is called to apply the model in a step of training")
def trained_model(roles: Roles) -> Answer:
    """`model` of `model(inputs)`."""
    places = [
        Place(call.file, applied_model(call))
        for call in roles.places("training-pass")
        if isinstance(call.node, ast.Call)
    ]
    places += [owner for place in places for owner in _owners(roles, place)]
    texts = {place.text: place for place in reversed(places)}
    reason = "no line of this program applies the model in a step of training"
    return found_or(list(texts.values()), reason)


def _owners(roles: Roles, place: Place) -> Iterator[Place]:
    """What `self` is where a step of training calls the method: `model.training_step(batch)`."""
    method = place.file.function(place.node)
    if method is None or place.text != "self":
        return
    for site in trained_calls(roles, roles.flow.sites(Place(place.file, method))):
        match site.node:
            case ast.Call(func=ast.Attribute(value=owner)):
                yield Place(site.file, owner)
