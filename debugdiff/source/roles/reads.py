"""Where the attributes of a class are read."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.source.place import Place
    from debugdiff.source.roles.registry import Roles

_Reads = dict[tuple[ast.AST, str], list[ast.Attribute]]


def reads_of(roles: Roles, place: Place, name: str) -> list[ast.Attribute]:
    """Every read of an attribute in the class around a place; without one, in its file."""
    around = place.file.owner(place.node) or place.file.tree
    return list(roles.keep(_reads).get((around, name), ()))


def _reads(roles: Roles) -> Mapping[tuple[ast.AST, str], list[ast.Attribute]]:
    """The reads of every attribute by each class around them, and by the file."""
    found: _Reads = defaultdict(list)
    for file, node in roles.program.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            for around in file.up(node):
                if isinstance(around, ast.ClassDef | ast.Module):
                    found[around, node.attr].append(node)
    return found
