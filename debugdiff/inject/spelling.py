"""How a program writes a library's name at one of its places, through its own imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.inject.names import expand, is_library, spelled
from debugdiff.source.names import import_table
from debugdiff.source.normal import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.source.program import File

_SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef)


@dataclass(slots=True)
class Speller:
    """Writes names of libraries at a place, and notes which imports the file must get for that.

    Attributes:
        added: the import statements to add, by the name that each binds.
    """

    file: File
    added: dict[str, str] = field(default_factory=dict)

    def spell(self, dotted: str, node: ast.AST, *, importing: bool = True) -> str | None:
        """A canonical name as the program writes it there.

        An import is added if none gives the name and its own name is free in the whole file;
        otherwise, or without `importing`, the answer is `None`.
        """
        found = spelled(dotted, visible(self.file, node))
        if found is not None or not importing:
            return found
        name, statement, prefix = _import_of(self.file, expand(dotted).partition(".")[0])
        if name in _all_names(self.file):
            return None
        self.added[name] = statement
        return name + expand(dotted).removeprefix(prefix)


def is_variable(file: File, node: ast.AST, name: str) -> bool:
    """Whether a name is bound at a place, and not by an import."""
    if name in visible(file, node):
        return False
    return any(name in _bound(scope)[1] for scope in _scopes(file, node))


@lru_cache(maxsize=512)
def visible(file: File, node: ast.AST) -> Mapping[str, str]:
    """Every name that stands for a library object at a place: name to full dotted name."""
    found: dict[str, str] = {}
    for scope in reversed(list(_scopes(file, node))):
        imports, others = _bound(scope)
        for name, alias in others.items():
            found.pop(name, None)
            if alias:
                root, dot, rest = alias.partition(".")
                found[name] = found.get(root, imports.get(root, root)) + dot + rest
        found |= imports
    return found


def _scopes(file: File, node: ast.AST) -> Iterator[ast.AST]:
    """The functions around a place and the module, innermost first; a class only directly."""
    innermost = True
    for scope in file.up(node):
        if isinstance(scope, ast.ClassDef) and not innermost:
            continue
        if isinstance(scope, (*_SCOPES, ast.Module)):
            yield scope
            innermost = False


@lru_cache(maxsize=512)
def _bound(scope: ast.AST) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What the imports of a scope bind; its other names, with the library name behind each."""
    imports: dict[str, str] = {}
    others: dict[str, str] = {}
    for node in _own_nodes(scope):
        match node:
            case ast.Import() | ast.ImportFrom():
                imports |= import_table(ast.Module(body=[node], type_ignores=[]))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name not in others:
                alias = ast.unparse(value) if _is_chain(value) else ""
                others[name] = alias if is_library(alias) else ""
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                others.setdefault(name, "")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                others[name] = ""
            case ast.ClassDef(name=name):
                others[name] = ""
    return imports, others


def _is_chain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, _SCOPES):
            yield from _own_nodes(child)


def _import_of(file: File, root: str) -> tuple[str, str, str]:
    """The name that an import of a library binds, the statement, and what the name stands for."""
    if root == "numpy":
        return "np", "import numpy as np", "numpy"
    if root == "tensorflow":
        return "tf", "import tensorflow as tf", "tensorflow"
    sources = [source.split(".")[0] for source in file.imports.values()]
    if root == "keras" and "tensorflow" in sources and "keras" not in sources:
        return "keras", "from tensorflow import keras", "keras"
    return root, f"import {root}", root


@lru_cache(maxsize=64)
def _all_names(file: File) -> frozenset[str]:
    nodes = list(ast.walk(file.tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    names |= {node.name for node in nodes if isinstance(node, (*FUNCTIONS, ast.ClassDef))}
    return frozenset(names | set(file.imports))
