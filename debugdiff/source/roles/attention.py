"""Attention that a program computes itself: its scores, scale, masking, weights and heads."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.operations import (
    MOVES,
    RESHAPES,
    is_hidden,
    is_triangle,
    mask_of,
    unmasked,
)
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.trails import Trails, factors_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BY_HAND = "this program computes no attention of its own"


@dataclass(slots=True)
class Attention:
    """An attention that is written out: softmax(queries x keys / scale + mask) x values.

    Attributes:
        weights: the call of softmax.
        products: of queries and keys; empty for additive attention.
        maskings: what applies a mask to the scores: `masked_fill`, `where`, a sum.
        masks: the masks in them.
        scales: the factors by which scores are divided or multiplied.
        contexts: the products of weights and values, with the values' operand.
    """

    weights: Place
    products: list[Place] = field(default_factory=list)
    maskings: list[Place] = field(default_factory=list)
    masks: list[Place] = field(default_factory=list)
    scales: list[Place] = field(default_factory=list)
    contexts: list[tuple[Place, Place]] = field(default_factory=list)


def attentions_of(roles: Roles) -> list[Attention]:
    """Every softmax whose result is multiplied with something and summed, with what led to it."""
    return roles.keep(_attentions)


def _attentions(roles: Roles) -> list[Attention]:
    trails = Trails(roles.flow)
    weighted = [(call, inner) for call in roles.flow.calls for inner in _softmaxed(roles, call)]
    if not weighted:
        return []
    uses = _uses(roles, trails, {call.node for call, _ in weighted})
    found = []
    for call, inner in weighted:
        contexts = uses.get(call.node, [])
        if contexts:
            attention = Attention(weights=call, contexts=contexts)
            _Scores(roles, trails, attention).follow(inner)
            found.append(attention)
    return found


def _softmaxed(roles: Roles, call: Place) -> Iterator[Place]:
    """What a call of softmax is given."""
    node = call.node
    assert isinstance(node, ast.Call)
    callee = roles.flow.callee(call)
    known = api.known().get(callee.name)
    if known is not None and known.activation == "softmax":
        is_call = callee.kind == "layer" or known.kind == "activation-call"
        given = argument_of(node, known.args[0], 0) if is_call and known.args else None
        if callee.kind == "layer":
            given = node.args[0] if node.args else None
        if given is not None:
            yield Place(call.file, given)
    elif callee.kind in {"method", "unknown"} and last_name(node.func) == "softmax":
        yield from _receiver(call)


def _receiver(call: Place) -> Iterator[Place]:
    match call.node:
        case ast.Call(func=ast.Attribute(value=receiver)):
            yield Place(call.file, receiver)


def _uses(
    roles: Roles, trails: Trails, wanted: set[ast.AST]
) -> dict[ast.AST, list[tuple[Place, Place]]]:
    """Products of which a softmax is one factor, each with the other factor, by the softmax."""
    found: dict[ast.AST, list[tuple[Place, Place]]] = {}
    for product in _products(roles):
        sides = factors_of(roles.flow, product)
        for own, other in (sides, sides[::-1]) if len(sides) == 2 else ():  # noqa: PLR2004
            for place in trails.back(own):
                if place.node in wanted:
                    found.setdefault(place.node, []).append((product, other))
    return found


def _products(roles: Roles) -> Iterator[Place]:
    for file in roles.program.files.values():
        for node in file.nodes:
            if (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Mult)) or (
                isinstance(node, ast.Call) and factors_of(roles.flow, Place(file, node))
            ):
                yield Place(file, node)


@dataclass(slots=True)
class _Scores:
    """The way from a softmax back to the product of queries and keys."""

    roles: Roles
    trails: Trails
    attention: Attention
    seen: set[ast.AST] = field(default_factory=set)

    def follow(self, place: Place) -> bool:
        """Note masks, factors and products; whether scores were found on this way."""
        if place.node in self.seen:
            return False
        self.seen.add(place.node)
        node, flow = place.node, self.roles.flow
        if factors_of(flow, place):
            self.attention.products.append(place)
            self._scaled_before(place)
            return True
        kept = unmasked(flow, place)
        if kept is not None:
            self.attention.maskings.append(place)
            mask = mask_of(node)
            self.attention.masks += [Place(place.file, mask)] if mask is not None else []
            return self.follow(Place(place.file, kept))
        if isinstance(node, ast.BinOp):
            return self._operation(place, node)
        steps = self.trails.step(place)
        if steps:
            leads = [self._step(step) for step in steps]  # all of them: each may pass a mask
            return any(leads)
        return isinstance(node, ast.Call) and flow.callee(place).kind == "layer"

    def _step(self, step: Place) -> bool:
        """A step through a name: `scores += mask` and `scores /= size` are operations, too."""
        statement = step.file.parents.get(step.node)
        if not isinstance(statement, ast.AugAssign) or statement.value is not step.node:
            return self.follow(step)
        if isinstance(statement.op, ast.Div | ast.Mult) and is_factor(self.roles, step):
            self.attention.scales.append(step)
        elif isinstance(statement.op, ast.Add | ast.Sub) and _hides(self.roles, step):
            self.attention.maskings.append(Place(step.file, statement))
            self.attention.masks.append(step)
        return False

    def _operation(self, place: Place, node: ast.BinOp) -> bool:
        sides = [Place(place.file, node.left), Place(place.file, node.right)]
        for own, other in (sides, sides[::-1]):
            if self.follow(own):
                if isinstance(node.op, ast.Div | ast.Mult) and is_factor(self.roles, other):
                    self.attention.scales.append(other)
                elif isinstance(node.op, ast.Add | ast.Sub) and _hides(self.roles, other):
                    self.attention.maskings.append(place)
                    self.attention.masks.append(other)
                return True
        return False

    def _scaled_before(self, product: Place) -> None:
        """A factor on the queries or keys, before they are multiplied."""
        for side in factors_of(self.roles.flow, product):
            for place in self.trails.back(side, inside=True):
                node = place.node
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult):
                    for operand in (node.left, node.right):
                        other = Place(place.file, operand)
                        if is_factor(self.roles, other):
                            self.attention.scales.append(other)


def is_factor(roles: Roles, place: Place) -> bool:
    """Whether an expression is a number to scale by: a constant, a root, a power, a size."""
    for end in [place, *(end.place for end in roles.flow.origins(place) if not end.path)]:
        node = end.node
        if isinstance(node, ast.expr) and roles.program.number(node, end.file) is not None:
            return True
        for inner in ast.walk(node):
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
                return True
            if isinstance(inner, ast.Call) and last_name(inner.func) in {"sqrt", "rsqrt"}:
                return True
    return False


def _hides(roles: Roles, place: Place) -> bool:
    """Whether what is added to the scores hides some of them."""
    trails = Trails(roles.flow)
    return any(
        isinstance(node, ast.expr)
        and (is_hidden(roles.flow, Place(part.file, node)) or is_triangle(node))
        for part in trails.everything(place)
        for node in ast.walk(part.node)
        if isinstance(node, ast.Constant | ast.UnaryOp | ast.Call)
    )


# --- the roles ------------------------------------------------------------------------------------


def _of_hand(places: Sequence[Place], attentions: Sequence[Attention], without: str) -> Answer:
    return found_or(list(places), without if attentions else BY_HAND)


@role("attention-weights", "the softmax over attention scores")
def attention_weights(roles: Roles) -> Answer:
    """Of every attention that is written out."""
    return found_or([one.weights for one in attentions_of(roles)], BY_HAND)


@role("scores", "the product of queries and keys")
def scores(roles: Roles) -> Answer:
    """The call or operator that multiplies them."""
    known = attentions_of(roles)
    places = [place for one in known for place in one.products]
    return _of_hand(places, known, "the attention of this program multiplies no queries and keys")


@role("queries", "the queries in the product of queries and keys, without the turn of their axes")
def queries(roles: Roles) -> Answer:
    """The first factor."""
    return _factor(roles, 0)


@role("keys", "the keys in the product of queries and keys, without the turn of their axes")
def keys(roles: Roles) -> Answer:
    """The second factor."""
    return _factor(roles, 1)


def _factor(roles: Roles, at: int) -> Answer:
    answer = scores(roles)
    if isinstance(answer, Missing):
        return answer
    sides = [factors_of(roles.flow, place) for place in answer.places]
    places = [_unturned(roles, both[at]) for both in sides if len(both) == 2]  # noqa: PLR2004
    return found_or(
        places, "the attention's product does not show which are the queries and which the keys"
    )


@role("turned-keys", "the keys in the product of queries and keys, with the turn of their axes")
def turned_keys(roles: Roles) -> Answer:
    """The second factor as it stands in the product, where its axes are turned there."""
    sides = [factors_of(roles.flow, place) for place in roles.places("scores")]
    both = [pair[1] for pair in sides if len(pair) == 2]  # noqa: PLR2004
    turned = [place for place in both if _unturned(roles, place) != place]
    return found_or(turned, "no product of this program turns the axes of an attention's keys")


def _unturned(roles: Roles, place: Place) -> Place:
    """The operand of turns of axes that stand in the same expression."""
    node = place.node
    if isinstance(node, ast.Attribute) and node.attr in {"T", "mT", "mH"}:
        return _unturned(roles, Place(place.file, node.value))
    if isinstance(node, ast.Call) and last_name(node.func) in MOVES | RESHAPES:
        if roles.flow.callee(place).kind == "library":
            return _unturned(roles, Place(place.file, node.args[0])) if node.args else place
        if isinstance(node.func, ast.Attribute):
            return _unturned(roles, Place(place.file, node.func.value))
    return place


@role("scale", "the factor by which attention scores are divided or multiplied")
def scale(roles: Roles) -> Answer:
    """Also where queries are scaled before the product, and `use_scale=` of Keras' `Attention`."""
    known = attentions_of(roles)
    places = [place for one in known for place in one.scales]
    for call in roles.places("attention"):
        given = argument_of(call.node, "use_scale", None)  # type: ignore[arg-type]
        places += [Place(call.file, given)] if given is not None else []
    return _of_hand(places, known, "the attention of this program does not scale its scores")


@role("masking", "what applies a mask to attention scores: `masked_fill`, `where`, a sum")
def masking(roles: Roles) -> Answer:
    """In attention that is written out."""
    known = attentions_of(roles)
    places = [place for one in known for place in one.maskings]
    return _of_hand(places, known, "the attention of this program has no mask")
