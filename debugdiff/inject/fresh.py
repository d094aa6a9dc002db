"""Variables that the code of a rule binds, and those that the program has there already."""

from __future__ import annotations

import ast
from itertools import count
from typing import TYPE_CHECKING

from debugdiff.inject.terms import ONE_PREFIX, RUN_PREFIX
from debugdiff.source.bindings import bindings_of
from debugdiff.source.normal import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from debugdiff.source.program import File


def own_names(tree: ast.AST) -> frozenset[str]:
    """Names that a code binds, other than through metavariables; functions count."""
    names = {name for node in ast.walk(tree) for name in _bound(node)}
    return frozenset(n for n in names if not n.startswith((ONE_PREFIX, RUN_PREFIX)))


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name


def used_names(tree: ast.AST) -> frozenset[str]:
    """Every variable and function that a code binds or reads."""
    names = {name for node in ast.walk(tree) for name in _bound(node)}
    return frozenset(names | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})


def living_names(file: File, line: int) -> frozenset[str]:
    """Names whose value from before a line the program reads behind it, or may read.

    Only the outermost function around the line is looked at; the whole file, if none is.
    """
    scope = _scope(file.tree, line)
    reads = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    return frozenset(read.id for read in reads if _lives(file, read, line))


def _lives(file: File, read: ast.Name, line: int) -> bool:
    again = file.loop(read) is not None or file.function(read) is not _function(file, line)
    if read.lineno < line and not again:
        return False
    bound = bindings_of(file, read)
    return not bound or any(getattr(one.node, "lineno", 0) <= line for one in bound)


def _function(file: File, line: int) -> ast.AST | None:
    """The innermost function around a line."""
    around = [node for node in ast.walk(file.tree) if isinstance(node, FUNCTIONS)]
    around = [node for node in around if node.lineno < line <= (node.end_lineno or line)]
    return max(around, key=lambda node: node.lineno, default=None)


def _scope(tree: ast.Module, line: int) -> ast.AST:
    """The outermost function around a line; the file, if none is."""
    node: ast.AST = tree
    while not isinstance(node, FUNCTIONS):
        inner = [
            child
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt) and child.lineno <= line <= (child.end_lineno or line)
        ]
        if not inner:
            return tree
        node = inner[0]
    return node


def fresh(name: str, taken: Collection[str]) -> str:
    """The name itself, or with a number that makes it a new one."""
    if name not in taken:
        return name
    return next(one for n in count(2) if (one := f"{name}_{n}") not in taken)
