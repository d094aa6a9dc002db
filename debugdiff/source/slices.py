"""The backward slice of an expression: the statements that made its values, nearest first.

From a name to the statement that bound it last, from a parameter to what the caller passed, from
`self.layer` to its constructor, from a call of the user's own function to what it returns
(Weiser 1981; the hops are those of the line graph).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.source.normal import FUNCTIONS, Function
from debugdiff.source.place import Place
from debugdiff.source.syntax import (
    argument_of,
    in_order,
    last_name,
    parameters,
    position,
    returns_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Location
    from debugdiff.source.program import Program

_DEPTH = 6
_HANDED_ON = 4
_LIMIT = 80
_ITEMS = ("__getitem__", "__iter__")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Reached:
    """A statement of a slice: how many hops away, and the name that led there."""

    place: Place
    depth: int
    via: str

    @property
    def location(self) -> Location:
        """The line of the statement, or of the call of a constructor."""
        return self.place.location


def backward(program: Program, starts: Sequence[Place], callers: Sequence[Place]) -> list[Reached]:
    """The slice of some nodes, nearest first.

    Args:
        program: all of the user's files.
        starts: the nodes; each is a hop further away than the one before.
        callers: the calls that were under way when the program failed, innermost first: they say
            what was passed for a parameter.
    """
    found: dict[Location, Reached] = {}
    waiting = [(start, rank) for rank, start in enumerate(starts)]
    seen: set[int] = set()
    while waiting and len(found) < _LIMIT:
        place, depth = waiting.pop(0)
        if id(place.node) in seen or depth >= _DEPTH:
            continue
        seen.add(id(place.node))
        for reached in _sources(program, place, callers, depth + 1):
            found.setdefault(reached.location, reached)
            waiting.append((reached.place, reached.depth))
        waiting.sort(key=lambda each: each[1])
    return sorted(found.values(), key=lambda reached: reached.depth)


def _sources(
    program: Program, place: Place, callers: Sequence[Place], depth: int
) -> Iterator[Reached]:
    """What a node's values come from, one hop away."""
    for node in _loads(place.node):
        match node:
            case ast.Name(id=name):
                made = _made_name(program, Place(place.file, node), callers)
            case ast.Attribute(attr=name, value=ast.Name(id="self")):
                made = _made_attribute(Place(place.file, node))
            case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(name))):
                made = _item(program, Place(place.file, node.value), name, callers)
            case ast.Call(func=function):
                name = last_name(function)
                made = _returned(program, Place(place.file, node))
            case _:
                continue
        for each in made:
            passed = isinstance(node, ast.Name) and isinstance(each.node, ast.expr)
            yield Reached(place=each, depth=depth - passed, via=name)


def _loads(node: ast.AST) -> Iterator[ast.AST]:
    """What a node reads: of a compound statement its header, of an assignment its value."""
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            roots: list[ast.AST] = [value]
        case ast.For(iter=iterable):
            roots = [iterable]
        case ast.With(items=items):
            roots = [item.context_expr for item in items]
        case ast.If(test=test) | ast.While(test=test):
            roots = [test]
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            roots = []
        case _:
            roots = [node]
    for root in roots:
        yield from (
            each
            for each in (root, *in_order(root))
            if not isinstance(getattr(each, "ctx", None), (ast.Store, ast.Del))
        )


def _made_name(
    program: Program, place: Place, callers: Sequence[Place], depth: int = _HANDED_ON
) -> Iterator[Place]:
    node = place.node
    assert isinstance(node, ast.Name)
    function = place.file.function(node)
    if function is not None:
        local = _binders(function.body, node.id, node.lineno)
        if local:
            yield from (Place(place.file, each) for each in local)
            return
        if node.id in parameters(function):
            yield from _passed(program, Place(place.file, function), node.id, callers, depth)
            return
    yield from (Place(place.file, each) for each in _binders(place.file.tree.body, node.id, None))


def _binders(body: Sequence[ast.stmt], name: str, line: int | None) -> list[ast.stmt]:
    """The statements that bind a name: the last above the line, and those that change it after.

    Without a line, all of them; what stands only below the line comes from an earlier round of a
    loop.
    """
    found = [
        inner
        for statement in body
        for inner in (statement, *in_order(statement))
        if isinstance(inner, ast.stmt) and name in _stored(inner)
    ]
    above = [each for each in found if line is None or each.lineno < line]
    if line is None:
        return above
    changes = [each for each in above if isinstance(each, ast.AugAssign)]
    whole = [each for each in above if not isinstance(each, ast.AugAssign)]
    return [*whole[-1:], *changes] or found[:1]


def _stored(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.Assign(targets=targets):
            roots: list[ast.expr] = targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.For(target=target):
            roots = [target]
        case ast.With(items=items):
            roots = [item.optional_vars for item in items if item.optional_vars]
        case _:
            return set()
    return {
        node.id
        for root in roots
        for node in ast.walk(root)
        if isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Store) or len(roots) == 1)
    }


class _Parameter(NamedTuple):
    function: Function
    name: str


def _passed(
    program: Program, place: Place, name: str, callers: Sequence[Place], depth: int
) -> Iterator[Place]:
    """The arguments for a parameter: of the calls under way, else of every call in the text."""
    function = place.node
    assert isinstance(function, FUNCTIONS)
    parameter = _Parameter(function, name)
    under_way = [
        given
        for caller in callers
        for call in (caller.node, *in_order(caller.node))
        if isinstance(call, ast.Call) and function in callees(program, Place(caller.file, call))
        for given in _given(program, Place(caller.file, call), parameter, callers, depth)
    ]
    owner = place.file.owner(function)
    caller_name = owner.name if owner and function.name == "__init__" else function.name
    yield from under_way or [
        given
        for file, call in program.calls
        if last_name(call.func) == caller_name
        for given in _given(program, Place(file, call), parameter, callers, depth)
    ]


def _given(
    program: Program, place: Place, parameter: _Parameter, callers: Sequence[Place], depth: int
) -> Iterator[Place]:
    """What a call gives for a parameter, also out of a dictionary: `Model(**config)`."""
    call = place.node
    assert isinstance(call, ast.Call)
    function, name = parameter
    argument = argument_of(call, name, position(function, name))
    if argument is not None:
        yield Place(place.file, argument)
        return
    for each in call.keywords:
        if each.arg is None:
            yield from _item(program, Place(place.file, each.value), name, callers, depth)


def _item(
    program: Program, place: Place, key: str, callers: Sequence[Place], depth: int = _HANDED_ON
) -> Iterator[Place]:
    """The item of a dictionary in the text, such as a setting of `config`, through names."""
    match place.node:
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            found = [
                value for at, value in pairs if isinstance(at, ast.Constant) and at.value == key
            ]
            yield from (Place(place.file, value) for value in found)
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            yield from (Place(place.file, each.value) for each in keywords if each.arg == key)
        case ast.Assign(value=value) if depth:
            yield from _item(program, Place(place.file, value), key, callers, depth - 1)
        case ast.Name() if depth:
            for made in _made_name(program, place, callers, depth - 1):
                yield from _item(program, made, key, callers, depth - 1)


def _made_attribute(place: Place) -> Iterator[Place]:
    """The statements of a class that bind `self.name`."""
    node = place.node
    assert isinstance(node, ast.Attribute)
    owner = place.file.owner(node)
    for each in in_order(owner) if owner else ():
        if isinstance(each, (ast.Assign, ast.AnnAssign)):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            if any(isinstance(one, ast.Attribute) and one.attr == node.attr for one in targets):
                yield Place(place.file, each)


def _returned(program: Program, place: Place) -> Iterator[Place]:
    """What a function returns; what a data set made here gives out."""
    assert isinstance(place.node, ast.Call)
    flow, callee = program.flow, program.flow.callee(place)
    made = callee.made if callee.kind == "class" else None
    items = [flow.method(made, name) for name in _ITEMS] if made else []
    for function in (callee.function, *items):
        if function is not None and isinstance(function.node, FUNCTIONS):
            yield from (Place(function.file, each) for each in returns_of(function.node))


def callees(program: Program, place: Place) -> list[Function]:
    """The user's functions that a call runs, as far as the text says."""
    function = program.flow.callee(place).function
    return [function.node] if function and isinstance(function.node, FUNCTIONS) else []
