"""Which statements bind a name where it is read: reaching definitions within one scope's text.

Branches count as possible, bodies of `with` and `try` as certain; a loop also hands on what its
body binds further down (Aho et al. 2006, section 9.2, on syntax instead of a flow graph).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from debugdiff.source.normal import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.source.program import File

ITEM = "*"
"""A step of a path: some item of an iterable."""
UNKNOWN = "?"
"""A step of a path: a part that the text does not show."""

Path = tuple[int | str, ...]
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_BLOCKS = ("body", "orelse", "finalbody", "handlers")
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPOUND = (*_LOOPS, ast.If, ast.Try, ast.With, ast.AsyncWith, ast.ExceptHandler)


@dataclass(frozen=True, slots=True)
class Binding:
    """A name is bound to a part of what a node is: `b` of `a, b = f()` to part 1 of the call.

    Attributes:
        node: an expression; or a definition, an import or a parameter itself.
    """

    node: ast.AST
    path: Path = ()


def bindings_of(file: File, name: ast.Name) -> list[Binding]:
    """What a name may be bound to where it is read; empty if nothing in the file binds it."""
    if name not in file.bound:
        file.bound[name] = _bindings_of(file, name)
    return file.bound[name]


def _bindings_of(file: File, name: ast.Name) -> list[Binding]:
    inner = _of_comprehension(file, name)
    if inner is not None:
        return [inner]
    found: list[Binding] = []
    node: ast.AST = name
    for parent in file.up(name):
        above, sure = _before(file, parent, node, name.id)
        found += above
        if sure:
            return found
        if isinstance(parent, ast.Lambda) or (
            isinstance(parent, FUNCTIONS) and node in parent.body
        ):
            return found + _parameter(parent, name.id) or _outside(file, parent, name.id)
        if isinstance(parent, ast.ClassDef) and node in parent.body:
            return found or _outside(file, parent, name.id)
        node = parent
    return found


def _outside(file: File, scope: ast.AST, name: str) -> list[Binding]:
    """Bindings in the functions around a scope, then in the module; in whichever order they run."""
    for parent in file.up(scope):
        if isinstance(parent, (*FUNCTIONS, ast.Lambda, ast.Module)):
            found = _parameter(parent, name) + bound_in(parent, name)
            if found:
                return found
    return []


def _of_comprehension(file: File, name: ast.Name) -> Binding | None:
    for parent in file.up(name):
        if isinstance(parent, COMPREHENSIONS):
            for generator in parent.generators:
                path = _target_path(generator.target, name.id)
                if path is not None and name not in ast.walk(generator.iter):
                    return Binding(generator.iter, (ITEM, *path))
        if isinstance(parent, ast.stmt):
            break
    return None


def _parameter(scope: ast.AST, name: str) -> list[Binding]:
    """The parameter of that name, if a scope has one."""
    if not isinstance(scope, (*FUNCTIONS, ast.Lambda)):
        return []
    arguments = scope.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    listed += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
    return [Binding(argument) for argument in listed if argument.arg == name]


class Block:
    """The statements of a block by the names that they bind, worked out once."""

    def __init__(self, statements: list[ast.stmt]) -> None:
        self.statements = statements
        self.positions = {id(statement): at for at, statement in enumerate(statements)}
        self.binding: dict[str, list[int]] = {}
        for at, statement in enumerate(statements):
            for name in _names(statement):
                self.binding.setdefault(name, []).append(at)

    def binders(self, name: str, end: int | None = None) -> list[ast.stmt]:
        """The statements that bind a name, of those before the one at `end`."""
        bound = self.binding.get(name, ())
        return [self.statements[at] for at in bound if end is None or at < end]


def _before(file: File, parent: ast.AST, node: ast.AST, name: str) -> tuple[list[Binding], bool]:
    """Bindings above a node in its block, those of the block's header, those of a round before."""
    for field in _BLOCKS:
        block = _block(file, getattr(parent, field, None))
        at = block.positions.get(id(node)) if block else None
        if block is None or at is None:
            continue
        found, sure = _in_block(block.binders(name, at), name)
        if sure or field != "body":
            return found, sure
        header = list(_of_header(parent, name))
        if isinstance(parent, _LOOPS) and not header:
            later = _in_block(block.binders(name), name)[0]
            found += [binding for binding in later if binding not in found]
        return [*found, *header], bool(header)
    return [], False


def _block(file: File, statements: object) -> Block | None:
    if not isinstance(statements, list):
        return None
    if id(statements) not in file.blocks:
        file.blocks[id(statements)] = Block(statements)
    return file.blocks[id(statements)]


def _names(statement: ast.AST) -> set[str]:
    """Every name that a statement, or a statement in it, binds in the scope around it."""
    found: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
                continue
            case ast.ClassDef(name=name):
                found.add(name)
                continue
            case ast.Name(id=name, ctx=ast.Store()) | ast.ExceptHandler(name=str() as name):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
        waiting += ast.iter_child_nodes(node)
    return found


def _of_header(parent: ast.AST, name: str) -> Iterator[Binding]:
    match parent:
        case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
            path = _target_path(target, name)
            if path is not None:
                yield Binding(iterable, (ITEM, *path))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                path = _target_path(item.optional_vars, name) if item.optional_vars else None
                if path is not None:
                    yield Binding(item.context_expr, path)
        case ast.ExceptHandler(name=str() as caught) if caught == name:
            yield Binding(parent)


def _in_block(block: Sequence[ast.stmt], name: str) -> tuple[list[Binding], bool]:
    """The bindings of a name that hold behind a block, and whether one surely does."""
    found: list[Binding] = []
    for statement in reversed(block):
        here, sure = _in_statement(statement, name)
        found += here
        if sure:
            return found, True
    return found, False


def _in_statement(  # noqa: PLR0911, C901 - one form of a statement each
    statement: ast.AST, name: str
) -> tuple[list[Binding], bool]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            return _assigned(targets, value, name)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return _assigned([target], value, name)
        case ast.AugAssign(target=ast.Name(id=changed), value=value) if changed == name:
            return [Binding(value)], False
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return ([Binding(statement)], True) if statement.name == name else ([], False)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            bound = any((a.asname or a.name.partition(".")[0]) == name for a in names)
            return ([Binding(statement)], True) if bound else ([], False)
        case ast.If(body=body, orelse=orelse):
            then, sure_then = _in_block(body, name)
            other, sure_other = _in_block(orelse, name)
            return [*then, *other], sure_then and sure_other
        case ast.With(body=body) | ast.AsyncWith(body=body):
            found, sure = _in_block(body, name)
            header = [] if sure else list(_of_header(statement, name))
            return [*found, *header], sure or bool(header)
        case ast.Try(body=body, handlers=handlers, finalbody=final):
            found, sure = _in_block([*body, *final], name)
            caught = [b for handler in handlers for b in _in_block(handler.body, name)[0]]
            return [*found, *caught], sure
        case ast.For(body=body) | ast.AsyncFor(body=body) | ast.While(body=body):
            found, sure = _in_block(body, name)  # a loop is written to run at least once
            header = [] if sure else list(_of_header(statement, name))
            return [*found, *header], sure or bool(header)
        case ast.Match(cases=cases):
            return [b for case in cases for b in _in_block(case.body, name)[0]], False
        case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
            return _walrus(value, name)
        case _:
            return [], False


def _walrus(value: ast.expr, name: str) -> tuple[list[Binding], bool]:
    found = [
        Binding(node.value)
        for node in ast.walk(value)
        if isinstance(node, ast.NamedExpr) and node.target.id == name
    ]
    return found, bool(found)


def _assigned(
    targets: Sequence[ast.expr], value: ast.expr, name: str
) -> tuple[list[Binding], bool]:
    for target in targets:
        path = _target_path(target, name)
        if path is not None:
            return [Binding(value, path)], True
    return _walrus(value, name)


def _target_path(target: ast.expr, name: str) -> Path | None:
    """Which part of the value a target binds to a name: `(1, 0)` for `b` of `a, (b, c)`."""
    match target:
        case ast.Name(id=bound):
            return () if bound == name else None
        case ast.Starred(value=inner):
            return None if _target_path(inner, name) is None else (UNKNOWN,)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            starred = next((i for i, p in enumerate(parts) if isinstance(p, ast.Starred)), None)
            for index, part in enumerate(parts):
                path = _target_path(part, name)
                if path is not None:
                    behind = starred is not None and index > starred
                    return (index - len(parts) if behind else index, *path)
    return None


def bound_in(scope: ast.AST, name: str) -> list[Binding]:
    """Every binding of a name in a scope's own statements, inner blocks too."""
    if scope not in _BINDING:
        _BINDING[scope] = _binding_nodes(scope)
    found: list[Binding] = []
    for node in _BINDING[scope].get(name, ()):
        is_header = isinstance(node, _COMPOUND)
        found += _of_header(node, name) if is_header else _in_statement(node, name)[0]
    return found


_BINDING: WeakKeyDictionary[ast.AST, dict[str, list[ast.AST]]] = WeakKeyDictionary()
"""The statements of each scope by the names that they bind, as long as its tree is in use."""


def _binding_nodes(scope: ast.AST) -> dict[str, list[ast.AST]]:
    """The statements that may bind a name, and those whose header may, in the order of the text."""
    found: dict[str, list[ast.AST]] = {}
    waiting: list[ast.AST] = [] if isinstance(scope, ast.Lambda) else [*scope.body[::-1]]  # type: ignore[attr-defined]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _COMPOUND):
            names = _header_names(node)
            inner = [part for field in _BLOCKS for part in getattr(node, field, ())]
            waiting += inner[::-1]
        else:
            names = _names(node)
        for name in names:
            found.setdefault(name, []).append(node)
    return found


def _header_names(node: ast.AST) -> set[str]:
    match node:
        case ast.For(target=target) | ast.AsyncFor(target=target):
            return _names(target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return {name for i in items if i.optional_vars for name in _names(i.optional_vars)}
        case ast.ExceptHandler(name=str() as caught):
            return {caught}
    return set()
