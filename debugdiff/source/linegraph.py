"""The line graph of a program: which line of the user's files a reader would look at next.

An edge joins a use and its definition (a name and the statements that bind it, an attribute and
its assignments or its method, a call and the function that it runs, with what that returns), and a
statement with its neighbour in the same block or with the header of its block. The statements of
`__init__` declare what an object has: each is next to the header. Names follow Python's scopes. An
edge has no direction, but for a module's constants: a way may end there and does not go through.
"""

from __future__ import annotations

import ast
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.source.lines import LineMap, line_map
from debugdiff.source.names import dotted
from debugdiff.source.normal import DEFINITIONS, FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.program import Program
from debugdiff.source.syntax import returns_of

if TYPE_CHECKING:
    from debugdiff.source.program import File

_SCOPES = (*DEFINITIONS, ast.Lambda)
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_INSTANCE = frozenset({"self", "cls"})

Graph = Mapping[Location, frozenset[Location]]


def build_graph(sources: Mapping[str, str]) -> Graph:
    """Build the graph of some files, relative name to text, leaving out what does not parse."""
    return _build(tuple(sorted(sources.items())))


def shortest_path(
    graph: Graph, starts: Iterable[Location], goals: frozenset[Location]
) -> tuple[Location, ...]:
    """A shortest path from any start to any goal, both ends with it; empty if there is none.

    Of several it is one that stays longest in its file.
    """
    before: dict[Location, Location | None] = dict.fromkeys(starts)
    waiting = deque(before)
    while waiting:
        place = waiting.popleft()
        if place in goals:
            return tuple(reversed(list(_back(place, before))))
        for following in sorted(
            graph.get(place, ()), key=lambda one: (one.file != place.file, one)
        ):
            if following not in before:
                before[following] = place
                waiting.append(following)
    return ()


def _back(place: Location | None, before: Mapping[Location, Location | None]) -> Iterator[Location]:
    while place is not None:
        yield place
        place = before[place]


@dataclass(slots=True, kw_only=True)
class _Scope:
    """A module, class, function or lambda with the places that bind its names."""

    node: ast.AST
    outer: _Scope | None
    names: dict[str, set[Location]] = field(default_factory=dict)

    def bind(self, name: str, place: Location) -> None:
        self.names.setdefault(name, set()).add(place)

    def lookup(self, name: str) -> set[Location]:
        """Places that bind a name, seen from here; a class is invisible from its methods."""
        scope: _Scope | None = self
        while scope is not None:
            visible = scope is self or not isinstance(scope.node, ast.ClassDef)
            if visible and name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return set()

    def enclosing_class(self) -> str:
        scope: _Scope | None = self
        while scope is not None and not isinstance(scope.node, ast.ClassDef):
            scope = scope.outer
        return scope.node.name if scope and isinstance(scope.node, ast.ClassDef) else ""


@dataclass(slots=True, kw_only=True)
class _File:
    """One file: its tree, its scopes and the scope of each of their own nodes."""

    name: str
    tree: ast.Module
    lines: LineMap
    imports: Mapping[str, str]
    scopes: list[tuple[_Scope, list[ast.AST]]] = field(default_factory=list)

    def place(self, node: ast.AST) -> Location:
        line: int = getattr(node, "lineno", 0)
        return Location(self.name, self.lines.statement.get(line, line))


@lru_cache(maxsize=32)
def _build(files: tuple[tuple[str, str], ...]) -> Graph:
    program = Program.of(dict(files), files[0][0] if files else "")
    parsed = [_read(file) for file in program.files.values()]
    modules = {_module_name(file.name): file for file in parsed}
    attributes: dict[tuple[str, str], set[Location]] = {}
    for file in parsed:
        _collect_attributes(file, attributes)
    constants = {place for file in parsed for place in _constants(file)}
    calls = _call_edges(program, {file.name: file for file in parsed})
    edges: dict[Location, set[Location]] = {}
    for file in parsed:
        for first, second in (
            *_neighbours(file, file.tree),
            *_name_edges(file, modules),
            *_attribute_edges(file, attributes),
            *calls.get(file.name, ()),
        ):
            for start, end in ((first, second), (second, first)):
                if start != end and start not in constants:
                    edges.setdefault(start, set()).add(end)
    return {place: frozenset(others) for place, others in edges.items()}


def _module_name(file: str) -> str:
    return ".".join(PurePosixPath(file).with_suffix("").parts)


def _read(known: File) -> _File:
    file = _File(
        name=known.name, tree=known.tree, lines=line_map(known.text), imports=known.imports
    )
    _enter(file, _Scope(node=known.tree, outer=None))
    return file


def _enter(file: _File, scope: _Scope) -> None:
    """Collect a scope's own nodes and bindings, then those of the scopes in it."""
    nodes = list(_own_nodes(scope.node))
    file.scopes.append((scope, nodes))
    for node in nodes:
        for name in _bound_by(node):
            scope.bind(name, file.place(node))
    for argument in _arguments(scope.node):
        scope.bind(argument.arg, file.place(scope.node))
    for node in nodes:
        if isinstance(node, _SCOPES):
            _enter(file, _Scope(node=node, outer=scope))


def _own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run in a scope: of a nested function its decorators and defaults, not its body."""
    waiting = deque(_inside(root))
    while waiting:
        node = waiting.popleft()
        yield node
        waiting.extend(_outside(node) if isinstance(node, _SCOPES) else ast.iter_child_nodes(node))


def _inside(scope: ast.AST) -> Sequence[ast.AST]:
    body = getattr(scope, "body", [])
    return body if isinstance(body, list) else [body]


def _outside(scope: ast.AST) -> Iterator[ast.AST]:
    inside = _inside(scope)
    return (child for child in ast.iter_child_nodes(scope) if child not in inside)


def _arguments(scope: ast.AST) -> Iterator[ast.arg]:
    """Parameters but `self` and `cls`, which would join all lines of a method."""
    if isinstance(scope, (*FUNCTIONS, ast.Lambda)):
        arguments = (node for node in ast.walk(scope.args) if isinstance(node, ast.arg))
        yield from (argument for argument in arguments if argument.arg not in _INSTANCE)


def _bound_by(node: ast.AST) -> Iterator[str]:
    """Names that a node binds; an import is none: it explains nothing and would join all uses."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str() as name):
            yield name


def _name_edges(file: _File, modules: Mapping[str, _File]) -> Iterator[tuple[Location, Location]]:
    for scope, nodes in file.scopes:
        for node in nodes:
            match node:
                case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(value=ast.Name(id=name)):
                    bound = scope.lookup(name) if isinstance(node, ast.Name) else set()
                    places = bound or _imported(node, file, modules)
                    yield from ((file.place(node), place) for place in places)


def _imported(node: ast.expr, file: _File, modules: Mapping[str, _File]) -> set[Location]:
    """Where another of the user's files defines `load` or `dataset.load`."""
    first, *rest = dotted(node)
    qualified = ".".join((file.imports.get(first, ""), *rest))
    module, _, name = qualified.rpartition(".")
    if module not in modules:
        return set()
    module_scope, _nodes = modules[module].scopes[0]
    return module_scope.names.get(name, set())


def _collect_attributes(file: _File, found: dict[tuple[str, str], set[Location]]) -> None:
    """Attributes by class and name: assignments to `self.name`, methods, class variables."""
    for scope, nodes in file.scopes:
        owner = scope.enclosing_class()
        for node in nodes:
            match node:
                case ast.Attribute(attr=name, ctx=ast.Store()):
                    found.setdefault((owner, name), set()).add(file.place(node))
        if isinstance(scope.node, ast.ClassDef):
            for name, places in scope.names.items():
                found.setdefault((owner, name), set()).update(places)


def _attribute_edges(
    file: _File, attributes: Mapping[tuple[str, str], set[Location]]
) -> Iterator[tuple[Location, Location]]:
    """Join `self.head` to its own class, any other `value.head` to every class that has one."""
    by_name: dict[str, set[Location]] = {}
    for (_, name), places in attributes.items():
        by_name.setdefault(name, set()).update(places)
    for scope, nodes in file.scopes:
        owner = scope.enclosing_class()
        for node in nodes:
            match node:
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Load()):
                    places = attributes.get((owner, name)) or by_name.get(name, set())
                case ast.Attribute(attr=name, ctx=ast.Load()):
                    places = by_name.get(name, set())
                case _:
                    continue
            yield from ((file.place(node), place) for place in places)


def _call_edges(
    program: Program, parsed: Mapping[str, _File]
) -> dict[str, list[tuple[Location, Location]]]:
    """Join a call to the user's function that it runs, `forward` for a model, and its `return`s."""
    found: dict[str, list[tuple[Location, Location]]] = {}
    for call in program.flow.calls:
        function = _run_by(program, call)
        if function is not None and isinstance(function.node, FUNCTIONS):
            here, there = (parsed[place.file.name] for place in (call, function))
            ends = (function.node, *returns_of(function.node))
            edges = [(here.place(call.node), there.place(end)) for end in ends]
            found.setdefault(here.name, []).extend(edges)
    return found


def _run_by(program: Program, call: Place) -> Place | None:
    if program.flow.library_name(Place(call.file, call.node.func)):  # type: ignore[attr-defined]
        return None
    try:
        return program.flow.callee(call).function
    except RecursionError:  # nested too deeply to be followed
        return None


def _neighbours(file: _File, parent: ast.AST) -> Iterator[tuple[Location, Location]]:
    """Consecutive statements of a block, and a header with what its block begins with."""
    for block in (getattr(parent, name, None) or [] for name in _BLOCKS):
        if not isinstance(block, list):
            continue
        yield from _header_edges(file, parent, block)
        for first, second in itertools.pairwise(block):
            if not _stands_alone(first, parent) and not _stands_alone(second, parent):
                yield file.place(first), file.place(second)
        for statement in block:
            yield from _neighbours(file, statement)


def _stands_alone(statement: ast.AST, parent: ast.AST) -> bool:
    """Definitions, imports and a module's constants stand together by custom, not by flow."""
    if isinstance(statement, (*DEFINITIONS, ast.Import, ast.ImportFrom)):
        return True
    is_assignment = isinstance(statement, (ast.Assign, ast.AnnAssign))
    calls = any(isinstance(node, ast.Call) for node in ast.walk(statement))
    return isinstance(parent, ast.Module) and is_assignment and not calls


def _constants(file: _File) -> Iterator[Location]:
    """A module's constants lead nowhere: one would join all of its uses, which share nothing."""
    for statement in file.tree.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and _stands_alone(
            statement, file.tree
        ):
            yield file.place(statement)


def _header_edges(
    file: _File, parent: ast.AST, block: Sequence[ast.AST]
) -> Iterator[tuple[Location, Location]]:
    if not isinstance(parent, ast.Module):
        members = block if _declares(parent) else block[:1]
        yield from ((file.place(parent), file.place(member)) for member in members)


def _declares(parent: ast.AST) -> bool:
    """Whether the statements of a block declare what a class or an object has, in any order."""
    return isinstance(parent, ast.ClassDef) or (
        isinstance(parent, FUNCTIONS) and parent.name == "__init__"
    )
