"""Layers and models that a program defines: their constructors, and how they use other layers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.passes import is_forward
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.roles.structure import MODEL_BASES
from debugdiff.source.syntax import returns_of
from debugdiff.source.tensors import makers_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@role("base-constructor", "the call of `super().__init__` in the last layer or model")
def base_constructor(roles: Roles) -> Answer:
    """Of the classes that have one; the last is the one that is made of the others."""
    owners = set(_own_layers(roles))
    calls = [
        call
        for call in roles.flow.calls_of("__init__")
        if (owner := call.file.owner(call.node)) and Place(call.file, owner) in owners
    ]
    return found_or(calls[-1:], "no constructor of a layer or model calls that of its base")


@role("returned", "the `return` statements of a `forward` or `call` of the program's own")
def returned(roles: Roles) -> Answer:
    """Of all layers and models that it defines, in the order of the text."""
    return found_or(
        list(_returns(roles)), "no `forward` or `call` of this program returns anything"
    )


@role("returned-call", "those of them that return what a call gives")
def returned_call(roles: Roles) -> Answer:
    """`return self.head(states)`."""
    calls = [place for place in _returns(roles) if isinstance(_value(place), ast.Call)]
    return found_or(calls, "no `forward` or `call` of this program returns what a call gives")


def _own_layers(roles: Roles) -> Iterator[Place]:
    """The classes of the program that are layers or models of the library."""
    for file, node in roles.program.classes.values():
        owner = Place(file, node)
        if roles.flow.library_bases(owner) & MODEL_BASES:
            yield owner


def _returns(roles: Roles) -> Iterator[Place]:
    for owner in _own_layers(roles):
        method = roles.flow.method(owner, "forward", "call")
        if method is not None and isinstance(method.node, FUNCTIONS):
            yield from (Place(method.file, statement) for statement in returns_of(method.node))


def _value(place: Place) -> ast.AST | None:
    node = place.node
    return node.value if isinstance(node, ast.Return | ast.Assign) else None


# --- the layers that a forward pass applies -------------------------------------------------------

_NOT_APPLIED = "no statement of this program is the call of a layer in a forward pass"


@role("returned-pass", "the calls of layers with one input whose outputs a forward pass returns")
def returned_pass(roles: Roles) -> Answer:
    """`self.head(states)` of `return self.head(states)`."""
    return found_or(_with_one_input(roles, ast.Return), _NOT_APPLIED)


@role("bound-pass", "the calls of layers with one input whose outputs a forward pass names")
def bound_pass(roles: Roles) -> Answer:
    """`layers.GRU(8)(embedded)` of `states = layers.GRU(8)(embedded)`."""
    return found_or(_with_one_input(roles, ast.Assign), _NOT_APPLIED)


def _with_one_input(roles: Roles, kind: type[ast.stmt]) -> list[Place]:
    calls = [call for call, _ in _passes(roles, kind)]
    return [c for c in calls if len([*c.node.args, *c.node.keywords]) == 1]  # type: ignore[attr-defined]


@role("layer-output", "the names that the outputs of layers are bound to in a forward pass")
def layer_output(roles: Roles) -> Answer:
    """`states` of `states = self.gru(embedded)`."""
    targets = [
        Place(call.file, statement.targets[0])
        for call, statement in _passes(roles, ast.Assign, turned=True)
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    ]
    return found_or(targets, "no name is bound to the output of a layer in this program")


def _passes(
    roles: Roles, kind: type[ast.stmt], *, turned: bool = False
) -> Iterator[tuple[Place, ast.stmt]]:
    """Calls of layers that are all of a statement's value, also inside of a turn of axes."""
    for call in roles.flow.calls:
        statement = call.file.parents[call.node]
        if isinstance(statement, kind) and _is_in_forward(roles, call):
            callee = roles.flow.callee(call)
            applies = callee.kind in {"layer", "module"} or (
                turned and callee.kind == "function" and makers_of(roles.flow, call).applications
            )
            if applies:
                yield call, statement


def _is_in_forward(roles: Roles, call: Place) -> bool:
    """Whether a call is in a `forward` or `call`, or builds a functional model."""
    function = call.file.function(call.node)
    if function is not None and is_forward(function):
        return True
    is_class = call.file.owner(call.node) is not None
    return not is_class and roles.flow.callee(call).name.startswith("keras.layers.")
