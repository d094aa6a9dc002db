"""What a container of layers holds, in its order: `Sequential`, `ModuleList`, lists, `.add`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.syntax import argument_of, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.flow import Flow

_LISTED = {"torch.nn.ModuleList": "modules", "keras.Sequential": "layers"}
_ADDING = {"append": 0, "add": 0, "add_module": 1, "insert": 1}


def is_container(name: str) -> bool:
    """Whether a canonical name makes a container that calls its elements one after the other."""
    return name in _LISTED or name == "torch.nn.Sequential"


def is_element(call: Place) -> bool:
    """Whether what a call makes is handed to a container."""
    parent = call.file.parents[call.node]
    if isinstance(parent, ast.List | ast.Tuple):
        return True
    names = {"Sequential", "add", "append", "add_module"}
    return (
        isinstance(parent, ast.Call)
        and parent.func is not call.node
        and (last_name(parent.func) in names)
    )


def elements(flow: Flow, made: Place) -> list[Place | None] | None:
    """The calls that make a container's elements, in order; `None` if it is no container.

    An element that the text does not show is `None`.

    Args:
        flow: the program.
        made: the call that makes the container.
    """
    node = made.node
    callee = flow.callee(made) if isinstance(node, ast.Call) else None
    if callee is None or callee.kind != "library" or not is_container(callee.name):
        return None
    assert isinstance(node, ast.Call)
    given = list(_given(flow, made, callee.name))
    return [*_made(flow, given), *_made(flow, list(_added(flow, made)))] or [None]


def _given(flow: Flow, made: Place, name: str) -> Iterator[Place]:
    node = made.node
    assert isinstance(node, ast.Call)
    if name in _LISTED:
        listed = argument_of(node, _LISTED[name], 0)
        yield from items(flow, Place(made.file, listed)) if listed else ()
        return
    for argument in node.args:
        place = Place(made.file, argument)
        if isinstance(argument, ast.Starred):
            yield from items(flow, Place(made.file, argument.value))
        elif len(node.args) == 1 and _is_ordered(flow, place):
            yield from _of_pairs(flow, place)
        else:
            yield place


def _is_ordered(flow: Flow, place: Place) -> bool:
    ends = [end.place for end in flow.origins(place)]
    return any(
        isinstance(end.node, ast.Call) and flow.callee(end).name.endswith("OrderedDict")
        for end in ends
    )


def _of_pairs(flow: Flow, place: Place) -> Iterator[Place]:
    """The values of `OrderedDict([("name", layer), ...])`."""
    for end in flow.origins(place):
        node = end.place.node
        for argument in node.args[:1] if isinstance(node, ast.Call) else ():
            for item in items(flow, Place(end.place.file, argument)):
                if isinstance(item.node, ast.Tuple) and len(item.node.elts) == 2:  # noqa: PLR2004
                    yield Place(item.file, item.node.elts[1])


def items(flow: Flow, place: Place) -> Iterator[Place]:
    """The expressions of a list's items, in order, with those that are appended to it later.

    What is no list in the text is given back as it is.
    """
    for end in sorted(flow.origins(place), key=lambda end: end.place.location):
        file, node = end.place.file, end.place.node
        if end.path:
            continue
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                for part in parts:
                    if isinstance(part, ast.Starred):
                        yield from items(flow, Place(file, part.value))
                    else:
                        yield Place(file, part)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
                yield Place(file, element)
            case ast.BinOp(left=left, op=ast.Add() | ast.Mult(), right=right):
                yield from items(flow, Place(file, left))
                yield from items(flow, Place(file, right))
            case _:
                yield end.place
                continue
        yield from _added(flow, end.place)


def _added(flow: Flow, container: Place) -> Iterator[Place]:
    """What `.add`, `.append` and such put into a container or list later, in the text's order."""
    for call in flow.calls_of(*_ADDING):
        node = call.node
        assert isinstance(node, ast.Call)
        if not isinstance(node.func, ast.Attribute) or len(node.args) <= _ADDING[node.func.attr]:
            continue
        receivers = flow.origins(Place(call.file, node.func.value))
        if any(end.place == container and not end.path for end in receivers):
            yield Place(call.file, node.args[_ADDING[node.func.attr]])


def _made(flow: Flow, given: list[Place]) -> Iterator[Place | None]:
    """The calls behind the expressions of the elements."""
    for place in given:
        for end in flow.origins(place):
            is_call = isinstance(end.place.node, ast.Call) and not end.path
            yield end.place if is_call else None
