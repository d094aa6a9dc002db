"""The backward slice of an expression: the statements that made its values, nearest first.

From a name to the statement that bound it last, from a parameter to what the caller passed, from
`self.layer` to its constructor, from a call of the user's own function to what it returns
(Weiser 1981; the hops are those of the line graph).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source.bindings import bindings_of
from debugdiff.source.normal import DEFINITIONS, FUNCTIONS, Function
from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name, returns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.model import Location
    from debugdiff.source.program import Program
    from debugdiff.source.values import Value

_DEPTH = 6
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
                made = _bound(program, Place(place.file, node), callers)
            case ast.Attribute(attr=name, value=ast.Name(id="self")):
                made = _attribute(program, Place(place.file, node))
            case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(name))):
                made = _item(program, Place(place.file, node))
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


def _bound(program: Program, place: Place, callers: Sequence[Place]) -> Iterator[Place]:
    """The statements that bind a name; of a parameter, the arguments for it."""
    assert isinstance(place.node, ast.Name)
    for bound in bindings_of(place.file, place.node):
        if isinstance(bound.node, ast.arg):
            yield from _passed(program, Place(place.file, bound.node), callers)
        elif isinstance(bound.node, (ast.Import, ast.ImportFrom)):
            yield from _statements(place, program.flow.origins(place))
        elif not isinstance(bound.node, DEFINITIONS):
            yield Place(place.file, place.file.statement(bound.node))
    yield from _changes(place)


def _changes(place: Place) -> Iterator[Place]:
    """The statements above a name that change a part of it in place: `rows[0] = 1`."""
    assert isinstance(place.node, ast.Name)
    for node in in_order(place.file.function(place.node) or place.file.tree):
        match node:
            case (
                ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))])
                | ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name)))
            ) if name == place.node.id and node.lineno < place.node.lineno:
                yield Place(place.file, node)


def _statements(start: Place, values: Iterable[Value]) -> Iterator[Place]:
    """The statements of some values, as far as the program has them."""
    for value in values:
        is_made = isinstance(value.place.node, ast.expr) and value.place != start
        if is_made:
            yield Place(value.place.file, value.place.file.statement(value.place.node))


def _passed(program: Program, parameter: Place, callers: Sequence[Place]) -> Iterator[Place]:
    """The arguments for a parameter: of the calls under way, else of every call in the text."""
    file, node = parameter.file, parameter.node
    assert isinstance(node, ast.arg)
    function = file.function(node)
    if function is None:
        return
    calls = [
        Place(caller.file, call)
        for caller in callers
        for call in (caller.node, *in_order(caller.node))
        if isinstance(call, ast.Call) and function in callees(program, Place(caller.file, call))
    ]
    for call in calls or program.flow.sites(Place(file, function)):
        for argument in program.flow.passed_by(call, function, node.arg):
            if argument.file.parents.get(argument.node) is not function.args:  # no default
                yield argument


def _item(program: Program, place: Place) -> Iterator[Place]:
    """The item of a dictionary in the text, such as a setting of `config`, through names."""
    ends = program.flow.origins(place)
    return (end.place for end in ends if end.place != place and not end.path)


def _attribute(program: Program, place: Place) -> Iterator[Place]:
    """The statements of a class, and of those above it, that bind `self.name`."""
    node, owner = place.node, place.file.owner(place.node)
    assert isinstance(node, ast.Attribute)
    values = program.flow.class_attribute(Place(place.file, owner), node.attr) if owner else []
    return _statements(place, values)


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
