"""What of a library a name or attribute stands for, by the scope that it is read in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import bindings_of
from debugdiff.source.names import canonical, dotted, root_of
from debugdiff.source.own_files import own_file
from debugdiff.source.place import Place

if TYPE_CHECKING:
    from debugdiff.source.program import File, Program


def library_name(program: Program, place: Place) -> str:
    """`torch.nn.Linear` for `nn.Linear`, `getattr(nn, "Linear")`; empty for the user's own."""
    if isinstance(place.node, ast.Call):
        return _by_string(program, place.file, place.node)
    chain = dotted(place.node) if isinstance(place.node, ast.expr) else ()
    if not chain:
        return ""
    assert isinstance(place.node, ast.expr)
    root = root_of(place.node)
    assert isinstance(root, ast.Name)
    base = _root_name(program, place.file, root)
    return canonical(".".join((base, *chain[1:]))) if base else ""


def _root_name(program: Program, file: File, root: ast.Name) -> str:
    bound = bindings_of(file, root)
    if not bound:
        return _starred_name(file, root.id)
    node = bound[0].node
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        name = file.imports.get(root.id, "")
        return "" if own_file(program, file, name) else name
    is_plain = len(bound) == 1 and not bound[0].path
    if is_plain and isinstance(node, (ast.Name, ast.Attribute, ast.Call)):
        return library_name(program, Place(file, node)) if node is not root else ""
    return ""


def _by_string(program: Program, file: File, call: ast.Call) -> str:
    """`getattr(torch.optim, settings["optimizer"])`, where the text has the one string."""
    match call:
        case ast.Call(func=ast.Name(id="getattr"), args=[base, name, *_]):
            ends = program.flow.origins(Place(file, name))
            texts = {getattr(end.place.node, "value", None) for end in ends if not end.path}
            module = library_name(program, Place(file, base))
            if module and len(ends) == len(texts) == 1 and isinstance(text := texts.pop(), str):
                return canonical(f"{module}.{text}")
    return ""


def _starred_name(file: File, name: str) -> str:
    """A name out of `from torch.nn import *`, where the facts know it."""
    for node in file.starred:
        full = canonical(f"{node.module}.{name}")
        if full in api.known():
            return full
    return ""
