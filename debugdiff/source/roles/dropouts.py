"""Where dropout stands: before the output layer, and on what a block adds to its input."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import bindings_of
from debugdiff.source.containers import is_container
from debugdiff.source.place import Place
from debugdiff.source.roles.layers import made as made_layers
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.roles.structure import head_applications
from debugdiff.source.roles.sums import residuals_of
from debugdiff.source.syntax import argument_of, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.program import File

_DROPPING = ("recurrent", "attention", "block")
_NOT_BEFORE = "no dropout is directly before the output layer of this program"
_NOT_ADDED = "no block of this program has a dropout on what it adds to its input"


# --- in layers -----------------------------------------------------------------------------------


@role("dropping-layer", "the calls that make recurrent or attention layers with a dropout inside")
def dropping_layer(roles: Roles) -> Answer:
    """A `LSTM`, a `MultiHeadAttention`, a `TransformerEncoderLayer` with `dropout=0.2`."""
    found = [made for made in made_layers(roles, *_DROPPING) if _drops(roles, made)]
    return found_or(found, "no recurrent or attention layer of this program is given a dropout")


def _drops(roles: Roles, made: Place) -> bool:
    """Whether a layer is given a rate above zero; PyTorch drops only between stacked layers."""
    known = api.known()[roles.flow.callee(made).name]
    at = {name: known.position(name) for name in ("dropout", "num_layers") if name in known.args}
    given = {name: argument_of(made.node, name, where) for name, where in at.items()}  # type: ignore[arg-type]
    is_stacked = known.kind != "recurrent" or "num_layers" not in at or given["num_layers"]
    rate = given.get("dropout")
    return bool(rate and is_stacked) and roles.program.number(rate, made.file) != 0


# --- before the output layer ----------------------------------------------------------------------


@role("last-dropout", "the dropout before the output layer, as it is called or put in a container")
def last_dropout(roles: Roles) -> Answer:
    """`self.dropout` of `self.head(self.dropout(states))`."""
    return _of_pairs(roles, 0)


@role("last-layer", "the output layer after a dropout, as it is called or put in a container")
def last_layer(roles: Roles) -> Answer:
    """`self.head` of `self.head(self.dropout(states))`."""
    return _of_pairs(roles, 1)


def _of_pairs(roles: Roles, at: int) -> Answer:
    answer = head_applications(roles)
    if isinstance(answer, Missing):
        return answer
    pairs = [
        pair
        for one in answer
        for pair in (*_side_by_side(roles, one.made), *_called(roles, one.call, one.made))
    ]
    return found_or([pair[at] for pair in pairs], _NOT_BEFORE)


def _side_by_side(roles: Roles, head: Place) -> Iterator[tuple[Place, Place]]:
    """A dropout and the layer behind it, as elements of one container."""
    file, node = head.file, head.node
    parent = file.parents[node]
    before: Place | None = None
    match parent:
        case ast.List(elts=elements) if node in elements[1:]:
            before = Place(file, elements[elements.index(node) - 1])
        case ast.Call(args=elements) if node in elements[1:] and _is_container(roles, file, parent):
            before = Place(file, elements[elements.index(node) - 1])
        case ast.Call(args=[only]) if only is node and isinstance(file.parents[parent], ast.Expr):
            before = _added_before(Place(file, parent))
    if before is not None and _kind(roles, before) == "dropout":
        yield before, head


def _is_container(roles: Roles, file: File, call: ast.Call) -> bool:
    return is_container(roles.flow.callee(Place(file, call)).name)


def _added_before(adding: Place) -> Place | None:
    """What the statement before `model.add(layer)` adds to the same model."""
    statement = adding.file.statement(adding.node)
    block = getattr(adding.file.parents[statement], "body", [])
    at = block.index(statement) if statement in block else 0
    match adding.node, block[at - 1] if at else None:
        case (
            ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="add")),
            ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=other), attr="add"), args=[layer]
                )
            ),
        ) if name == other:
            return Place(adding.file, layer)
    return None


def _called(roles: Roles, call: Place, head: Place) -> Iterator[tuple[Place, Place]]:
    """A dropout and the layer that takes what it gives, as they are called."""
    node = call.node
    if call == head or not isinstance(node, ast.Call) or len(node.args) != 1:
        return
    dropped = _application(roles, Place(call.file, node.args[0]))
    if dropped is not None and roles.flow.callee(call).made == head:
        yield dropped, Place(call.file, node.func)


def _application(roles: Roles, place: Place) -> Place | None:
    """The dropout layer, as it is called, whose output a value is; nothing else reads that."""
    node = place.node
    if isinstance(node, ast.Name):
        bound = bindings_of(place.file, node)
        if len(bound) != 1 or bound[0].path:
            return None
        node = bound[0].node
    call = Place(place.file, node)
    if not isinstance(node, ast.Call) or roles.flow.callee(call).kind != "layer":
        return None
    if _kind(roles, call) != "dropout" or (node is not place.node and _is_read_again(place, node)):
        return None
    return Place(call.file, node.func)


def _is_read_again(place: Place, value: ast.AST) -> bool:
    """Whether another expression than this one reads what a value was bound to."""
    around = place.file.function(place.node) or place.file.tree
    return any(
        isinstance(node, ast.Name)
        and node.id == place.node.id  # type: ignore[attr-defined]
        and node is not place.node
        and isinstance(node.ctx, ast.Load)
        and value in [binding.node for binding in bindings_of(place.file, node)]
        for node in in_order(around)
    )


def _kind(roles: Roles, place: Place) -> str:
    if not isinstance(place.node, ast.Call):
        return ""
    known = api.known().get(roles.flow.callee(place).name)
    return known.kind if known is not None else ""


# --- on what a block adds -------------------------------------------------------------------------


@role("residual-dropout", "the dropout on what a block adds to its input, where it is applied")
def residual_dropout(roles: Roles) -> Answer:
    """`self.dropout(attended)` of `states + self.dropout(attended)`."""
    return found_or([call for call, _ in _dropped_sums(roles)], _NOT_ADDED)


@role("residual-dropout-layer", "the dropout on what a block adds to its input, as it is called")
def residual_dropout_layer(roles: Roles) -> Answer:
    """`self.dropout` of `states + self.dropout(attended)`."""
    layers = [Place(call.file, call.node.func) for call, _ in _dropped_sums(roles)]  # type: ignore[attr-defined]
    return found_or(layers, _NOT_ADDED)


@role("residual-sum", "the sum of a block's input and its result with a dropout on it")
def residual_sum(roles: Roles) -> Answer:
    """`states + self.dropout(attended)`."""
    return found_or([whole for _, whole in _dropped_sums(roles)], _NOT_ADDED)


def _dropped_sums(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """The call of a dropout whose result a block adds to its input, and the sum.

    Of several in one function, the first.
    """
    known = set()
    for own, result in residuals_of(roles):
        layer = _application(roles, result)
        whole = next(node for node in own.file.up(own.node) if not isinstance(node, ast.List))
        function = own.file.function(own.node)
        if layer is None or function in known or not isinstance(whole, ast.BinOp | ast.Call):
            continue
        known.add(function)
        yield Place(layer.file, layer.file.parents[layer.node]), Place(own.file, whole)
