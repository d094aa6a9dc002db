"""Rules for sums that do not fit: a block's output and the shortcut around it, two branches."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name
from debugdiff.source.tensors import makers_of
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.program import File
    from debugdiff.suspects.crash import Crash

_SUMS = frozenset({"add", "Add", "subtract", "Subtract", "average", "Average", "multiply"})


@of_crash("shortcut-not-projected", {Kind.BROADCAST})
def shortcut_not_projected(crash: Crash) -> Clues:
    """A block's input is added unchanged to an output of another size (He et al., CVPR 2016).

    Where the shortcut is a name for the input, and where it is decided to project it or not.
    """
    for place in summands(crash):
        if not isinstance(place.node, ast.Name):
            continue
        made = bindings_of(place.file, place.node)
        for bound in made:
            if isinstance(bound.node, ast.Name):
                reason = (
                    f"`{place.node.id}` is the unchanged input of the block, of a different size."
                )
                statement = place.file.statement(bound.node)
                yield Clue(at=place.file.location(statement), weight="alias", reason=reason)
                for guard in _guards(place.file, [other.node for other in made]):
                    reason = f"This decides whether `{place.node.id}` gets the other size."
                    yield Clue(at=place.file.location(guard), weight="guard", reason=reason)


def summands(crash: Crash) -> list[Place]:
    """What is added up in the failing expression."""
    return [
        Place(frame.file, part)
        for frame in crash.frames[:1]
        for node in (frame.node, *in_order(frame.node))
        for part in _parts(node)
    ]


def _parts(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return [left, right]
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() | ast.Mult(), value=value):
            return [target, value]
        case ast.Call(func=function, args=[ast.List(elts=parts) | ast.Tuple(elts=parts), *_]):
            made = function.func if isinstance(function, ast.Call) else function
            return parts if last_name(made) in _SUMS else []
    return []


def _guards(file: File, bound: list[ast.AST]) -> Iterator[ast.If]:
    """The `if` under which a name is bound anew."""
    for node in bound:
        above = next((one for one in file.up(node) if isinstance(one, (ast.If, *_FUNCTIONS))), None)
        if isinstance(above, ast.If):
            yield above


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@of_crash("summand-of-other-size", {Kind.BROADCAST})
def summand_of_other_size(crash: Crash) -> Clues:
    """The layers whose outputs are added up (Humbatova et al. 2020, "Wrong tensor shape").

    Of two, the one that is made later: in `x + block(x)` the block has to give the size of `x`.
    """
    sizes = {*crash.complaint.actual, *crash.complaint.expected}
    places = summands(crash)
    last = max(map(_made_line, places), default=0)
    for place in places:
        number = "later" if _made_line(place) == last else "earlier"
        makers = {one.made for one in makers_of(crash.program.flow, place).applications}
        for layer in crash.layers:
            if Place(layer.file, layer.call) in makers and layer.gives in sizes:
                reason = f"This `{layer.type}` makes `{place.text}`, of {layer.gives}, for the sum."
                yield Clue(at=layer.location, weight=number, reason=reason)


def _made_line(place: Place) -> int:
    """The line where a name is bound; what is computed within the sum itself is made last."""
    if not isinstance(place.node, ast.Name):
        return place.location.line
    bound = [getattr(one.node, "lineno", 0) for one in bindings_of(place.file, place.node)]
    return max(bound, default=0)
