"""Projections of an attention, and how their results are split into heads and put together."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import ITEM, bindings_of
from debugdiff.source.operations import MOVES
from debugdiff.source.place import Place
from debugdiff.source.roles.attention import BY_HAND, attentions_of, keys, queries
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.syntax import last_name
from debugdiff.source.trails import Trails, factors_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.program import File

_PROJECTIONS = ("query-projection", "key-projection", "value-projection")


@role("query-projection", "the layer that makes the queries, as it is called")
def query_projection(roles: Roles) -> Answer:
    """By the queries in the product."""
    return _projections(roles, queries(roles), "queries")


@role("key-projection", "the layer that makes the keys, as it is called")
def key_projection(roles: Roles) -> Answer:
    """By the keys in the product."""
    return _projections(roles, keys(roles), "keys")


@role("value-projection", "the layer that makes the values, as it is called")
def value_projection(roles: Roles) -> Answer:
    """By what the attention weights are multiplied with."""
    places = [other for one in attentions_of(roles) for _, other in one.contexts]
    return _projections(roles, found_or(places, BY_HAND), "values")


def _projections(roles: Roles, answer: Answer, what: str) -> Answer:
    if isinstance(answer, Missing):
        return answer
    trails = Trails(roles.flow)
    parts = [part for place in answer.places for part in trails.back(place)]
    places = [place for part in parts for place in _projects(roles, part)]
    return found_or(places, f"no layer of their own makes the {what} of the attention")


def _projects(roles: Roles, place: Place) -> Iterator[Place]:
    """The layer that an expression applies, or the matrix of weights that it multiplies with."""
    if not isinstance(place.node, ast.Call | ast.BinOp):
        return
    if isinstance(place.node, ast.Call):
        callee = roles.flow.callee(place)
        known = api.known().get(callee.name)
        is_dense = callee.kind == "layer" and known is not None and known.kind == "dense"
        if is_dense and not _is_item(place.file, place.node.func):
            yield Place(place.file, place.node.func)
    for factor in factors_of(roles.flow, place)[1:]:
        if isinstance(factor.node, ast.Attribute) and last_name(factor.node.value) == "self":
            yield factor


def _is_item(file: File, called: ast.expr) -> bool:
    """Whether a loop calls several layers by one name."""
    if not isinstance(called, ast.Name):
        return False
    return any(ITEM in bound.path for bound in bindings_of(file, called))


@role("heads-turned-back", "the turn of the axes of heads before they are put together")
def heads_turned_back(roles: Roles) -> Answer:
    """A transposition of what attention gives, whose result is given another shape."""
    trails = Trails(roles.flow)
    contexts = {context.node for one in attentions_of(roles) for context, _ in one.contexts}
    contexts |= {call.node for call in roles.flow.calls_of("scaled_dot_product_attention")}
    if not contexts:
        return Missing(reason=BY_HAND)
    places = [
        turn
        for call in roles.flow.calls_of("view", "reshape")
        for start in trails.step(call)
        for turn in trails.back(start, inside=True)
        if isinstance(turn.node, ast.Call) and last_name(turn.node.func) in MOVES
        if any(part.node in contexts for part in trails.back(turn))
    ]
    return found_or(places, "the heads of the attention are not put together by a reshape")


@role("attention-projection", "what makes the layers of queries, keys and values")
def attention_projection(roles: Roles) -> Answer:
    """The calls that make the three layers."""
    answers = [roles.find(name) for name in _PROJECTIONS]
    for answer in answers:
        if isinstance(answer, Missing):
            return answer
    made = [
        callee.made
        for name in _PROJECTIONS
        for place in roles.places(name)
        if isinstance(call := place.file.parents[place.node], ast.Call)
        and (callee := roles.flow.callee(Place(place.file, call))).made
    ]
    if len(set(made)) != len(_PROJECTIONS):
        return Missing(reason="this program has not one layer each for queries, keys and values")
    return found_or(made, "queries, keys and values are not made by layers")


@role("head-splitter", "the function that splits queries, keys or values into heads, as called")
def head_splitter(roles: Roles) -> Answer:
    """A function of the user's around a projection."""
    return found_or([place for place, _ in _splitters(roles)], _NO_SPLITTER)


@role("head-size", "the size of one head, where a function splits into heads")
def head_size(roles: Roles) -> Answer:
    """The last size that the function gives to its reshape."""
    sizes = {place: None for _, function in _splitters(roles) for place in _sizes(function)}
    return found_or(list(sizes), _NO_SPLITTER)


_NO_SPLITTER = "no function of this program splits queries, keys and values into heads"


def _splitters(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """A function around a projection as it is called, and its definition."""
    for name in _PROJECTIONS:
        for place in roles.places(name):
            call = place.file.parents[place.node]
            outer = place.file.parents[call]
            if isinstance(outer, ast.Call) and call in outer.args:
                callee = roles.flow.callee(Place(place.file, outer))
                if callee.kind == "function" and callee.function is not None:
                    yield Place(place.file, outer.func), callee.function


def _sizes(function: Place) -> Iterator[Place]:
    for node in ast.walk(function.node):
        if isinstance(node, ast.Call) and last_name(node.func) in {"view", "reshape", "unflatten"}:
            shape = node.args[-1] if node.args else None
            if isinstance(shape, ast.Tuple | ast.List) and shape.elts:
                shape = shape.elts[-1]
            if shape is not None:
                yield Place(function.file, shape)


# --- the split into heads -------------------------------------------------------------------------

_NO_SPLIT = "no line of this program gives a tensor an axis of heads and turns it before the length"
_HEADS_FIRST = (["1", "2"], ["0", "2", "1", "3"])
"""How the axes are named that turn (batch, length, heads, size) into (batch, heads, length, ...)"""


@role("heads-turned", "the turn that brings the axis of heads before that of the length")
def heads_turned(roles: Roles) -> Answer:
    """`.transpose(1, 2)` of `states.view(batch, length, heads, size).transpose(1, 2)`."""
    return found_or([turn for turn, _ in _splits(roles)], _NO_SPLIT)


@role("heads-shape", "the four sizes of the tensor whose axis of heads is turned before the length")
def heads_shape(roles: Roles) -> Answer:
    """The call that is given them one by one, or the tuple of them."""
    return found_or([shape for _, shape in _splits(roles)], _NO_SPLIT)


def _splits(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """Every turn of the heads, and the sizes that the reshape before it gives."""
    trails = Trails(roles.flow)
    for turn in roles.flow.calls_of(*MOVES):
        node = turn.node
        assert isinstance(node, ast.Call)
        if _axes(roles, turn) in _HEADS_FIRST:
            for split in trails.step(turn):
                ways = trails.step(split) if isinstance(split.node, ast.Name) else [split]
                yield from ((turn, shape) for way in ways for shape in _four_sizes(roles, way))


def _axes(roles: Roles, turn: Place) -> list[str]:
    """The axes that a turn names, one by one or as a tuple."""
    node = turn.node
    assert isinstance(node, ast.Call)
    is_library = roles.flow.callee(turn).kind == "library"
    given = [*node.args[int(is_library) :], *(keyword.value for keyword in node.keywords)]
    if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List):
        given = given[0].elts
    return [ast.unparse(axis) for axis in given]


def _four_sizes(roles: Roles, split: Place) -> Iterator[Place]:
    node = split.node
    if not isinstance(node, ast.Call) or last_name(node.func) not in {"view", "reshape"}:
        return
    is_library = roles.flow.callee(split).kind == "library"
    given = node.args[int(is_library) :]
    if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List):
        if len(given[0].elts) == 4:  # noqa: PLR2004
            yield Place(split.file, given[0])
    elif len(given) == 4 and not is_library:  # noqa: PLR2004
        yield split
