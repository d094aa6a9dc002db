"""The backward slice of an expression: the statements that made its values, nearest first.

From a name to the statement that bound it last, from a parameter to what the caller passed, from
`self.layer` to its constructor, from a call of the person's own function to what it returns
(Weiser 1981; the hops are those of the line graph).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.source.normal import FUNCTIONS, Function
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

    from debugdiff.source.location import Location
    from debugdiff.source.program import File, Program

_DEPTH = 6
_HANDED_ON = 4
_LIMIT = 80
_FORWARD = ("forward", "call", "__call__")
_ITEMS = ("__getitem__", "__iter__")


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """A node of the program together with its file."""

    file: File
    node: ast.AST

    @property
    def spot(self) -> Location:
        """The line where it begins."""
        return self.file.spot(self.node)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Reached:
    """A statement of a slice: how many hops away, and the name that led there."""

    piece: Piece
    depth: int
    via: str

    @property
    def spot(self) -> Location:
        """The line of the statement, or of the call of a constructor."""
        return self.piece.spot


def backward(program: Program, starts: Sequence[Piece], callers: Sequence[Piece]) -> list[Reached]:
    """The slice of some nodes, nearest first.

    Args:
        program: all of the person's files.
        starts: the nodes; each is a hop further away than the one before.
        callers: the calls that were under way when the program failed, innermost first: they say
            what was passed for a parameter.
    """
    found: dict[Location, Reached] = {}
    waiting = [(start, rank) for rank, start in enumerate(starts)]
    seen: set[int] = set()
    while waiting and len(found) < _LIMIT:
        piece, depth = waiting.pop(0)
        if id(piece.node) in seen or depth >= _DEPTH:
            continue
        seen.add(id(piece.node))
        for reached in _sources(program, piece, callers, depth + 1):
            found.setdefault(reached.spot, reached)
            waiting.append((reached.piece, reached.depth))
        waiting.sort(key=lambda each: each[1])
    return sorted(found.values(), key=lambda reached: reached.depth)


def _sources(
    program: Program, piece: Piece, callers: Sequence[Piece], depth: int
) -> Iterator[Reached]:
    """What a node's values come from, one hop away."""
    for node in _loads(piece.node):
        match node:
            case ast.Name(id=name):
                made = _made_name(program, Piece(piece.file, node), callers)
            case ast.Attribute(attr=name, value=ast.Name(id="self")):
                made = _made_attribute(Piece(piece.file, node))
            case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(name))):
                made = _item(program, Piece(piece.file, node.value), name, callers)
            case ast.Call(func=function):
                name = last_name(function)
                made = _returned(program, Piece(piece.file, node))
            case _:
                continue
        for each in made:
            passed = isinstance(node, ast.Name) and isinstance(each.node, ast.expr)
            yield Reached(piece=each, depth=depth - passed, via=name)


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
    program: Program, piece: Piece, callers: Sequence[Piece], depth: int = _HANDED_ON
) -> Iterator[Piece]:
    node = piece.node
    assert isinstance(node, ast.Name)
    function = piece.file.function(node)
    if function is not None:
        local = _binders(function.body, node.id, node.lineno)
        if local:
            yield from (Piece(piece.file, each) for each in local)
            return
        if node.id in parameters(function):
            yield from _passed(program, Piece(piece.file, function), node.id, callers, depth)
            return
    yield from (Piece(piece.file, each) for each in _binders(piece.file.tree.body, node.id, None))


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
    program: Program, piece: Piece, name: str, callers: Sequence[Piece], depth: int
) -> Iterator[Piece]:
    """The arguments for a parameter: of the calls under way, else of every call in the text."""
    function = piece.node
    assert isinstance(function, FUNCTIONS)
    parameter = _Parameter(function, name)
    under_way = [
        given
        for caller in callers
        for call in (caller.node, *in_order(caller.node))
        if isinstance(call, ast.Call) and function in callees(program, Piece(caller.file, call))
        for given in _given(program, Piece(caller.file, call), parameter, callers, depth)
    ]
    owner = piece.file.owner(function)
    caller_name = owner.name if owner and function.name == "__init__" else function.name
    yield from under_way or [
        given
        for file, call in program.calls
        if last_name(call.func) == caller_name
        for given in _given(program, Piece(file, call), parameter, callers, depth)
    ]


def _given(
    program: Program, piece: Piece, parameter: _Parameter, callers: Sequence[Piece], depth: int
) -> Iterator[Piece]:
    """What a call gives for a parameter, also out of a dictionary: `Model(**config)`."""
    call = piece.node
    assert isinstance(call, ast.Call)
    function, name = parameter
    argument = argument_of(call, name, position(function, name))
    if argument is not None:
        yield Piece(piece.file, argument)
        return
    for each in call.keywords:
        if each.arg is None:
            yield from _item(program, Piece(piece.file, each.value), name, callers, depth)


def _item(
    program: Program, piece: Piece, key: str, callers: Sequence[Piece], depth: int = _HANDED_ON
) -> Iterator[Piece]:
    """The item of a dictionary in the text, such as a setting of `config`, through names."""
    match piece.node:
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            found = [
                value for at, value in pairs if isinstance(at, ast.Constant) and at.value == key
            ]
            yield from (Piece(piece.file, value) for value in found)
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            yield from (Piece(piece.file, each.value) for each in keywords if each.arg == key)
        case ast.Assign(value=value) if depth:
            yield from _item(program, Piece(piece.file, value), key, callers, depth - 1)
        case ast.Name() if depth:
            for made in _made_name(program, piece, callers, depth - 1):
                yield from _item(program, made, key, callers, depth - 1)


def _made_attribute(piece: Piece) -> Iterator[Piece]:
    """The statements of a class that bind `self.name`."""
    node = piece.node
    assert isinstance(node, ast.Attribute)
    owner = piece.file.owner(node)
    for each in in_order(owner) if owner else ():
        if isinstance(each, (ast.Assign, ast.AnnAssign)):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            if any(isinstance(one, ast.Attribute) and one.attr == node.attr for one in targets):
                yield Piece(piece.file, each)


def _returned(program: Program, piece: Piece) -> Iterator[Piece]:
    """What a function returns; what a data set made here gives out."""
    assert isinstance(piece.node, ast.Call)
    made = program.classes.get(last_name(piece.node.func))
    items = [_method(program, made[1], name) for name in _ITEMS] if made else []
    for function in [*callees(program, piece), *(each for each in items if each)]:
        file = next(each for each in program.files.values() if function in each.parents)
        yield from (Piece(file, each) for each in returns_of(function))


def callees(program: Program, piece: Piece, depth: int = _DEPTH) -> list[Function]:
    """The person's functions that a call runs, as far as names tell."""
    call = piece.node
    assert isinstance(call, ast.Call)
    match call.func:
        case ast.Name(id=name) if name in program.functions:
            return [program.functions[name][1]]
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            own = _method(program, piece.file.owner(call), name)
            if own:
                return [own]
        case ast.Attribute(attr=name) if name in program.functions:
            return [program.functions[name][1]]
    owner = class_of(program, Piece(piece.file, call.func), depth)
    if owner is None:
        return []
    found = (_method(program, owner[1], name) for name in _FORWARD)
    return [each for each in found if each][:1]


def _method(program: Program, owner: ast.ClassDef | None, name: str) -> Function | None:
    if owner is None:
        return None
    for node in owner.body:
        if isinstance(node, FUNCTIONS) and node.name == name:
            return node
    for base in owner.bases:
        parent = program.classes.get(last_name(base))
        if parent and parent[1] is not owner:
            return _method(program, parent[1], name)
    return None


def class_of(  # noqa: PLR0911 - one form of an expression each
    program: Program, piece: Piece, depth: int = _DEPTH
) -> tuple[File, ast.ClassDef] | None:
    """The person's class that a value is an instance of, through names and factories."""
    node = piece.node
    if not depth:
        return None
    if isinstance(node, ast.Call):
        made = program.classes.get(last_name(node.func))
        if made:
            return made
        if isinstance(node.func, ast.Attribute):  # model = Net().to(device)
            return class_of(program, Piece(piece.file, node.func.value), depth - 1)
        maker = program.functions.get(last_name(node.func))
        results = returns_of(maker[1]) if maker else []
        found = (
            class_of(program, Piece(maker[0], each.value), depth - 1)
            for each in results
            if maker and each.value
        )
        return next((each for each in found if each), None)
    if isinstance(node, ast.Attribute) and last_name(node.value) != "self":
        owner = class_of(program, Piece(piece.file, node.value), depth - 1)
        bound = program.attribute(node.attr, owner) if owner else []
        found = (class_of(program, Piece(where, value), depth - 1) for where, value in bound)
        return next((each for each in found if each), None)
    if isinstance(node, ast.Name | ast.Attribute):
        bound = program.definition(node, piece.file) or []
        found = (class_of(program, Piece(where, value), depth - 1) for where, value in bound)
        return next((each for each in found if each), None)
    return None
