"""What a call runs: a function of a library or of the user's, a layer, an object, a method."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import ITEM
from debugdiff.source.containers import elements
from debugdiff.source.place import Place
from debugdiff.source.syntax import last_name
from debugdiff.source.values import Callee

if TYPE_CHECKING:
    from debugdiff.source.flow import Flow
    from debugdiff.source.values import Value

RUNS = ("forward", "call", "__call__")
"""The methods that calling an object may run."""
INSTANCE = frozenset({"self", "cls"})
"""What a method calls its object or its class."""


def callee_of(flow: Flow, place: Place) -> Callee:
    """What a call runs, as far as the text says; `Flow.callee` remembers it."""
    node, file = place.node, place.file
    assert isinstance(node, ast.Call)
    function = Place(file, node.func)
    library = flow.library_name(function)
    if library:
        return Callee(kind="library", name=library)
    if isinstance(node.func, ast.Name) and node.func.id == "self":
        return _own_run(flow, function)
    for end in flow.origins(function):
        found = _called(flow, end)
        if found is not None:
            return found
    if isinstance(node.func, ast.Attribute):
        return _method(flow, place, node.func)
    return Callee(kind="unknown", name=last_name(node.func))


def _own_run(flow: Flow, function: Place) -> Callee:
    """`self(inputs)`: the class's own `forward` or `call`."""
    around = function.file.owner(function.node)
    run = flow.method(Place(function.file, around), *RUNS) if around else None
    return Callee(kind="module", name=around.name if around else "", function=run)


def _called(flow: Flow, end: Value) -> Callee | None:
    node, place = end.place.node, end.place
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() if not end.path:
            return Callee(kind="function", function=place)
        case ast.ClassDef() if not end.path:
            return Callee(kind="class", name=node.name, made=place)
        case ast.Name() | ast.Attribute() | ast.Call() if not end.path and flow.library_name(place):
            return Callee(kind="library", name=flow.library_name(place))
        case ast.Call():
            return _object(flow, place) if not end.path else _element(flow, end)
    return None


def _element(flow: Flow, end: Value) -> Callee | None:
    """What calling an element of a container runs; of any element, the last one."""
    inside = elements(flow, end.place) or []
    step, *rest = end.path
    index = -1 if step == ITEM else step
    if rest or not isinstance(index, int) or not -len(inside) <= index < len(inside):
        return None
    element = inside[index]
    return _object(flow, element) if element else None


def _object(flow: Flow, made: Place) -> Callee | None:
    """What calling an object runs: a layer, or the `forward` of a user's class."""
    maker = flow.callee(made)
    if maker.kind == "class" and maker.made is not None:
        function = flow.method(maker.made, *RUNS)
        return Callee(kind="module", name=maker.name, function=function, made=made)
    if maker.kind == "library":
        return Callee(kind="layer", name=maker.name, made=made)
    return None


def _method(flow: Flow, place: Place, function: ast.Attribute) -> Callee:
    name = function.attr
    receiver = Place(place.file, function.value)
    owners = flow.classes_of(receiver)
    if isinstance(function.value, ast.Name) and function.value.id in INSTANCE:
        around = place.file.owner(place.node)
        owners = [Place(place.file, around)] if around else []
    for owner in owners:
        found = flow.method(owner, name)
        if found is not None:
            return Callee(kind="function", name=name, function=found)
    return Callee(kind="method", name=name)
