"""What a class binds the attributes of its objects to, as its own text says."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from debugdiff.source.bindings import Binding, bound_in
from debugdiff.source.syntax import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOUND: WeakKeyDictionary[ast.ClassDef, dict[str, list[Binding]]] = WeakKeyDictionary()
"""The attributes of each class, as long as its tree is in use."""


def attribute_bindings(owner: ast.ClassDef, name: str) -> list[Binding]:
    """What a class itself binds an attribute of its objects to: `self.name = ...`, or its body."""
    if owner not in _BOUND:
        _BOUND[owner] = _attributes(owner)
    return _BOUND[owner].get(name) or bound_in(owner, name)


def _attributes(owner: ast.ClassDef) -> dict[str, list[Binding]]:
    found: dict[str, list[Binding]] = {}
    for node in in_order(owner):
        for name, bound in _stored(node):
            found.setdefault(name, []).append(bound)
    return found


def _stored(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _in_target(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _in_target(target, value)
        case ast.Call(
            func=ast.Attribute(attr="add_module" | "register_module"),
            args=[ast.Constant(value=str() as name), value, *_],
        ):
            yield name, Binding(value)


def _in_target(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Binding]]:
    match target:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            yield name, Binding(value)
        case ast.Tuple(elts=parts):
            for index, part in enumerate(parts):
                names = dict.fromkeys(name for name, _ in _in_target(part, value))
                yield from ((name, Binding(value, (index,))) for name in names)
