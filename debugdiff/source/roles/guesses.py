"""Guesses of yes or no: scores on one side of a threshold, where they are compared with labels."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLATTENING = frozenset({"ravel", "flatten", "squeeze"})
_SAME_SHAPE = frozenset({"astype", "float", "int", "long", "numpy", "cpu", "detach", "round"})
_WAY = 12


@role("flattened-guesses", "what makes a row of a column of guesses that is compared with labels")
def flattened_guesses(roles: Roles) -> Answer:
    """`.ravel()` of `(scores > 0.5).ravel() == labels`, also before the threshold."""
    trained = set(roles.places("squeeze"))
    found = [
        flat
        for file, node in roles.program.nodes
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq)
        for side in (node.left, *node.comparators)
        for flat in _flattened(Place(file, side))
        if flat not in trained
    ]
    return found_or(found, "no line of this program compares a row of guesses with labels")


def _flattened(side: Place) -> Iterator[Place]:
    """What flattens the scores behind one side of a comparison, if a threshold is on the way."""
    place, is_guess, flat = side, False, None
    for _ in range(_WAY):
        is_guess = is_guess or _decides(place.node)
        flat = flat or (place if _flattens(place.node) else None)
        following = _before(place)
        if following is None:
            break
        place = following
    if is_guess and flat is not None:
        yield flat


def _decides(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[ast.Gt() | ast.GtE() | ast.Lt() | ast.LtE()]):
            return True
        case ast.Call(func=function):
            return last_name(function) == "round"
    return False


def _flattens(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[]):
            return name in _FLATTENING
        case ast.Call(func=ast.Attribute(attr="squeeze" | "reshape"), args=[axis]):
            return ast.unparse(axis) in {"-1", "1"}
        case ast.Subscript(slice=ast.Tuple(elts=[_, ast.Constant(value=0)]) as index):
            return ast.unparse(index) in {"(:, 0)", "(..., 0)", ":, 0", "..., 0"}
    return False


def _before(place: Place) -> Place | None:
    """One step back to the scores."""
    match place.node:
        case ast.Name() as name:
            bound = bindings_of(place.file, name)
            is_one = len(bound) == 1 and not bound[0].path
            return Place(place.file, bound[0].node) if is_one else None
        case ast.Compare(left=inner) | ast.Subscript(value=inner):
            return Place(place.file, inner)
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=arguments):
            is_method = name in _SAME_SHAPE | _FLATTENING | {"reshape"}
            of_module = name == "round" and arguments
            inner = arguments[0] if of_module else owner
            return Place(place.file, inner) if is_method else None
    return None
