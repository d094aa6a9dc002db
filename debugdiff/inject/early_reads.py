"""Local names that are read where nothing can have bound them yet, by the order of the statements.

A branch that may bind a name counts as binding it, and a loop's body is read as in its first turn:
what is found fails whenever it is reached (`UnboundLocalError`, in a module `NameError`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.source.bindings import COMPREHENSIONS
from debugdiff.source.normal import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Read:
    """A name that is read too early; the scope is the path of functions and classes around it."""

    scope: str
    name: str
    line: int


def early_reads(tree: ast.Module) -> Iterator[Read]:
    """All such reads in the functions of a text."""
    yield from _of_functions(tree, "")


def reads_before_binding(tree: ast.Module) -> dict[str, int]:
    """What the statements of a module read before they bind it, with the line; builtins, too."""
    names = _Names(local=None)
    names.block(tree.body, set())
    return names.early


def _of_functions(node: ast.AST, path: str) -> Iterator[Read]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
            inner = f"{path}{child.name}."
            if isinstance(child, FUNCTIONS):
                yield from _of_scope(child, child.body, inner, parameters_of(child.args))
            yield from _of_functions(child, inner)
        else:
            yield from _of_functions(child, path)


def _of_scope(
    scope: ast.AST, body: Sequence[ast.stmt], path: str, bound: Iterable[str]
) -> Iterator[Read]:
    names = _Names(local=frozenset(local_names(scope)))
    names.block(body, set(bound))
    yield from (Read(path, name, line) for name, line in names.early.items())


def parameters_of(args: ast.arguments) -> set[str]:
    """The names of all parameters."""
    plain = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {one.arg for one in plain if one is not None}


def local_names(scope: ast.AST) -> Iterator[str]:
    """Names that a function, class or module binds itself, parameters apart."""
    outer = {
        name
        for node in _own(scope)
        if isinstance(node, (ast.Global, ast.Nonlocal))
        for name in node.names
    }
    for node in _own(scope):
        yield from (name for name in _binds(node) if name not in outer)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, (*_SCOPES, *COMPREHENSIONS)):
            yield from _own(child)


def _binds(node: ast.AST) -> Iterator[str]:
    """Names that a node binds by itself, without the nodes in it."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
        case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
            yield name
        case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
            yield name


@dataclass(slots=True)
class _Names:
    """Reads the statements of one scope in their order; `local` are its own names, or all."""

    local: frozenset[str] | None
    early: dict[str, int] = field(default_factory=dict)

    def block(self, statements: Iterable[ast.stmt], bound: set[str]) -> set[str]:
        """Read some statements; the names that may be bound behind them."""
        for statement in statements:
            bound = self._statement(statement, bound)
        return bound

    def _statement(self, node: ast.stmt, bound: set[str]) -> set[str]:
        match node:
            case ast.If() | ast.Try() | ast.Match():
                return self._branches(node, bound)
            case ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith():
                return self._block_of(node, bound)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return self._definition(node, bound)
            case ast.Assign(targets=targets, value=value):
                for part in (value, *targets):
                    self._read(part, bound)
                return bound | {name for target in targets for name in _targets(target)}
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self._note(name, node.lineno, bound)
                self._read(value, bound)
                return bound | {name}
            case _:
                self._read(node, bound)
                return bound | set(_targets(node))

    def _branches(self, node: ast.If | ast.Try | ast.Match, bound: set[str]) -> set[str]:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self._read(test, bound)
                return self.block(body, set(bound)) | self.block(orelse, set(bound))
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=last):
                tried = self.block(body, set(bound))
                named = [({one.name or ""}, one.body) for one in handlers]
                caught = [self.block(body, tried | names) for names, body in named]
                return self.block([*orelse, *last], tried.union(*caught))
            case ast.Match(subject=subject, cases=cases):
                self._read(subject, bound)
                inner = [(bound | set(_targets(case.pattern)), case.body) for case in cases]
                return bound.union(*(self.block(body, names) for names, body in inner))

    def _block_of(
        self, node: ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith, bound: set[str]
    ) -> set[str]:
        match node:
            case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
                heads: list[ast.AST] = [source, target]
            case ast.While(test=test):
                heads = [test]
            case ast.With(items=items) | ast.AsyncWith(items=items):
                heads = list(items)
        for head in heads:
            self._read(head, bound)
            bound = bound | set(_targets(head))
        return self.block([*node.body, *getattr(node, "orelse", [])], bound)

    def _definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, bound: set[str]
    ) -> set[str]:
        for part in (*node.decorator_list, *_defaults(node)):
            self._read(part, bound)
        if isinstance(node, ast.ClassDef):
            inner = frozenset(local_names(node)) - (self.local or frozenset())
            _Names(local=self.local, early=self.early).block(node.body, bound | inner)
        return bound | {node.name}

    def _read(self, node: ast.AST, bound: set[str]) -> None:
        """Note what an expression reads; its own `:=` binds for what follows."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self._note(name, node.lineno, bound)
            case ast.Lambda(args=args):
                for default in (*args.defaults, *filter(None, args.kw_defaults)):
                    self._read(default, bound)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehension(node, bound)
            case ast.NamedExpr(target=target, value=value):
                self._read(value, bound)
                bound.update(_targets(target))
            case _:
                for child in ast.iter_child_nodes(node):
                    self._read(child, bound)

    def _comprehension(self, node: ast.expr, bound: set[str]) -> None:
        assert isinstance(node, COMPREHENSIONS)
        self._read(node.generators[0].iter, bound)
        if isinstance(node, ast.GeneratorExp):
            return  # the rest runs when it is asked for
        inner = bound | {name for part in node.generators for name in _targets(part.target)}
        for child in ast.iter_child_nodes(node):
            for part in ast.iter_child_nodes(child) if child in node.generators else [child]:
                self._read(part, inner)

    def _note(self, name: str, line: int, bound: set[str]) -> None:
        if (self.local is None or name in self.local) and name not in bound:
            self.early.setdefault(name, line)


def _targets(node: ast.AST) -> Iterator[str]:
    for inner in (node, *_own(node)):
        yield from _binds(inner)


def _defaults(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
) -> Sequence[ast.AST]:
    if isinstance(node, ast.ClassDef):
        return [*node.bases, *node.keywords]
    return [*node.args.defaults, *filter(None, node.args.kw_defaults)]
