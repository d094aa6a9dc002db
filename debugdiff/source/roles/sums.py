"""What is added up in a model: the input of a block to its result, positions to words."""

from __future__ import annotations

import ast
from collections import deque
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import calls_in, last_name
from debugdiff.source.tensors import makers_of
from debugdiff.source.trails import Trails

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTS = frozenset({"arange", "range", "cumsum"})
_SIZES = frozenset({"shape", "device", "dtype", "ndim"})
_SIZE_CALLS = frozenset({"size", "shape", "len", "dim", "get_device"})
_TABLES = frozenset({"Parameter", "add_weight", "zeros", "empty", "randn", "sin", "cos", "stack"})
_LIMIT = 200


def sums_of(roles: Roles) -> Iterator[list[Place]]:
    """The terms of every sum of two: `a + b`, `a += b`, `Add()([a, b])`."""
    for file in roles.program.files.values():
        for node in file.nodes:
            match node:
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    yield [Place(file, left), Place(file, right)]
                case ast.AugAssign(target=target, op=ast.Add(), value=value):
                    yield [Place(file, target), Place(file, value)]
                case ast.Call(func=function, args=[ast.List(elts=[one, other])]):
                    name = function.func if isinstance(function, ast.Call) else function
                    if last_name(name).lower() == "add":
                        yield [Place(file, one), Place(file, other)]


# --- residuals ------------------------------------------------------------------------------------


@role("residual", "the input of a block where it is added to the block's result")
def residual(roles: Roles) -> Answer:
    """The term of a sum from which layers make the other term."""
    places = [own for own, _ in residuals_of(roles)]
    return found_or(places, "no block of this program adds its input to its result")


def residuals_of(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """The input of every block that adds it to its result, and that result."""
    for one, other in sums_of(roles):
        for own, result in ((one, other), (other, one)):
            if _is_input_of(roles, own, result):
                yield own, result


def _is_input_of(roles: Roles, own: Place, result: Place) -> bool:
    """Whether layers make one term of a sum from the other."""
    if not isinstance(own.node, ast.Name):
        return False
    if isinstance(own.node.ctx, ast.Store):
        return False
    bound = {binding.node for binding in bindings_of(own.file, own.node)}
    applies = same = False
    for node in _made_of(result):
        if isinstance(node, ast.Call):
            applies = applies or _has_weights(roles, Place(result.file, node))
        elif isinstance(node, ast.Name) and node.id == own.node.id:
            same = same or {one.node for one in bindings_of(own.file, node)} == bound
        if applies and same:
            return True
    return False


def _made_of(place: Place) -> Iterator[ast.AST]:
    """What a value is made of within its function, the nearest first: calls, and names it reads."""
    waiting: deque[ast.AST] = deque([place.node])
    seen: set[ast.AST] = set()
    function = place.file.function(place.node)
    while waiting and len(seen) < _LIMIT:
        node = waiting.popleft()
        if node in seen or _is_size(node):
            continue
        seen.add(node)
        if isinstance(node, ast.Call):
            yield node
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node
            for bound in bindings_of(place.file, node):
                if isinstance(bound.node, ast.expr) and place.file.function(bound.node) is function:
                    waiting.append(bound.node)
        waiting += ast.iter_child_nodes(node)


def _is_size(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name):
            return name in _SIZES
        case ast.Call(func=function):
            return last_name(function) in _SIZE_CALLS
    return False


def _has_weights(roles: Roles, call: Place, depth: int = 2) -> bool:
    """Whether a call applies layers that train, also within a function of the user's."""
    callee = roles.flow.callee(call)
    if callee.kind == "module":
        return True
    if callee.kind == "function" and callee.function is not None and depth:
        file = callee.function.file
        inner = (Place(file, each) for each in calls_in(callee.function.node))
        return any(_has_weights(roles, each, depth - 1) for each in inner)
    known = api.known().get(callee.name)
    is_container = known is not None and known.kind == "container"
    return callee.kind == "layer" and known is not None and (known.has_weights or is_container)


# --- positions ------------------------------------------------------------------------------------


@role("positions", "the positions where they are added to the words' vectors")
def positions(roles: Roles) -> Answer:
    """The term of a sum that is looked up by place, or is a table of places."""
    places = [
        own
        for one, other in sums_of(roles)
        for own, words in ((other, one), (one, other))
        if _is_place_vector(roles, own) and _is_word_vector(roles, words)
    ]
    return found_or(places, "no positions are added to the words of this program")


def _is_place_vector(roles: Roles, place: Place) -> bool:
    """Whether a term is an embedding of counted places, or a part of a table of vectors."""
    trails = Trails(roles.flow)
    for part in trails.back(place):
        node = part.node
        if isinstance(node, ast.Call) and _is_embedding(roles, part):
            return any(_counted(trails, Place(part.file, given)) for given in node.args)
        if isinstance(node, ast.Attribute) and _is_table(roles, trails, part):
            return True
    return False


def _is_embedding(roles: Roles, call: Place) -> bool:
    callee = roles.flow.callee(call)
    known = api.known().get(callee.name)
    return callee.kind == "layer" and known is not None and known.kind == "embedding"


def _counted(trails: Trails, place: Place) -> bool:
    return bool(_countings(trails, place))


def _countings(trails: Trails, place: Place) -> list[Place]:
    """The calls that count places: `arange`, `range`."""
    return [
        part
        for part in trails.back(place)
        if isinstance(part.node, ast.Call) and last_name(part.node.func) in _COUNTS
    ]


def _is_table(roles: Roles, trails: Trails, place: Place) -> bool:
    """Whether an attribute of the model is a tensor of its own: a weight, or a buffer."""
    node = place.node
    assert isinstance(node, ast.Attribute)
    ends = [end.place for end in roles.flow.origins(place)]
    ends += trails.buffers(node.attr)
    return any(
        isinstance(inner, ast.Call) and last_name(inner.func) in _TABLES
        for end in ends
        for found in trails.back(end)
        for inner in [found.node]
    )


def _is_word_vector(roles: Roles, place: Place) -> bool:
    """Whether a term is what embeddings look up, or is handed in from outside the model."""
    makers = makers_of(roles.flow, place)
    kinds = {api.known()[one.name].kind for one in makers.applications}
    if kinds:
        return kinds == {"embedding"}
    return bool(makers.unknown) and all(isinstance(end.node, ast.arg) for end in makers.unknown)


@role("counting", "the call that counts the places of a text: `arange`")
def counting(roles: Roles) -> Answer:
    """What the positions are looked up by."""
    trails = Trails(roles.flow)
    calls = [
        call
        for place in roles.places("positions")
        for part in trails.back(place)
        if isinstance(part.node, ast.Call) and _is_embedding(roles, part)
        for given in part.node.args
        for call in _countings(trails, Place(part.file, given))
    ]
    return found_or(calls, "this program counts no places to look up in a table")


# --- a logarithm beside its exponential -----------------------------------------------------------

_NO_VARIANCE = "no sum of this program has both a variance and its logarithm"


@role("log-variance", "the logarithm of a variance in a sum that has the variance, too")
def log_variance(roles: Roles) -> Answer:
    """`log_variance` of `1 + log_variance - mean**2 - log_variance.exp()`."""
    return found_or([own for own, _ in _exponentials(roles)], _NO_VARIANCE)


@role("variance", "the variance in a sum that has its logarithm, too")
def variance(roles: Roles) -> Answer:
    """`log_variance.exp()`, or `torch.exp(log_variance)`."""
    return found_or([whole for _, whole in _exponentials(roles)], _NO_VARIANCE)


def _exponentials(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """Every term of a sum whose exponential is another term, with that."""
    for file in roles.program.files.values():
        for node in file.nodes:
            if _is_sum(node) and not _is_sum(file.parents[node]):
                terms = list(_terms(node))
                for whole in terms:
                    inner = _exponent(whole)
                    alike = [term for term in terms if inner and _is_same(term, inner)]
                    yield from ((Place(file, own), Place(file, whole)) for own in alike)


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _terms(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and _is_sum(node):
        yield from (*_terms(node.left), *_terms(node.right))
    else:
        yield node


def _exponent(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Call(func=ast.Attribute(attr="exp"), args=[inner]):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr="exp"), args=[]):
            return inner
        case ast.Call(func=ast.Name(id="exp"), args=[inner]):
            return inner
    return None


def _is_same(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) == ast.dump(other)
