"""What keeps padding out of means and recurrent layers."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.containers import elements
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.tensors import makers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_POOLING = frozenset({"keras.layers.GlobalAveragePooling1D"})
_SUMS = frozenset({"sum", "reduce_sum"})
_WORDS = frozenset({"1", "-2"})


# --- masks that layers pass on --------------------------------------------------------------------


def consumers(roles: Roles, what: str) -> Iterator[tuple[Place, Place]]:
    """Layers that read or average words: the call that applies one, and what it is given."""
    for call, given, made in roles.keep(_applied_layers):
        if _is_a(roles, made, what):
            yield call, given


def _applied_layers(roles: Roles) -> list[tuple[Place, Place, Place]]:
    """The calls that apply a layer, with what each is given first, and where the layer is made."""
    callees = ((call, roles.flow.callee(call)) for call in roles.flow.calls)
    return [
        (call, Place(call.file, given), callee.made)
        for call, callee in callees
        if callee.kind == "layer" and callee.made
        for given in call.node.args[:1]  # type: ignore[attr-defined]
    ]


def _is_a(roles: Roles, made: Place, what: str) -> bool:
    """Whether a call makes a layer of a kind: `recurrent`, also in a wrapper, or `pooling`."""
    callee = roles.flow.callee(made)
    if what == "pooling":
        return callee.name in _POOLING
    known = api.known().get(callee.name)
    if known is not None and known.kind == "wrapper":
        inner = [Place(made.file, part) for part in made.node.args[:1]]  # type: ignore[attr-defined]
        return any(isinstance(one.node, ast.Call) and _is_a(roles, one, what) for one in inner)
    return known is not None and known.kind == what


def _passed_masks(roles: Roles, what: str) -> Iterator[tuple[Place, Place]]:
    """`mask_zero=True` of embeddings, with the call of the layer that gets the mask."""
    for call, given in consumers(roles, what):
        for one in makers_of(roles.flow, given).applications:
            yield from ((mask, call) for mask in _mask_zero(one.made))
    for made in roles.flow.calls:
        inside = [each for each in elements(roles.flow, made) or [] if each is not None]
        for before, after in pairwise(inside):
            if _is_a(roles, after, what):
                yield from ((mask, after) for mask in _mask_zero(before))


def _mask_zero(made: Place) -> Iterator[Place]:
    given = argument_of(made.node, "mask_zero", 5)  # type: ignore[arg-type]
    if isinstance(given, ast.Constant) and given.value is True:
        yield Place(made.file, given)


def _given_masks(roles: Roles, what: str) -> Iterator[tuple[Place, Place]]:
    """The `mask=` of a layer's call."""
    for call, _ in consumers(roles, what):
        for keyword in call.node.keywords:  # type: ignore[attr-defined]
            if keyword.arg == "mask":
                yield Place(call.file, keyword.value), call


@role("reading-mask", "the mask of the padding that a recurrent layer gets")
def reading_mask(roles: Roles) -> Answer:
    """`mask_zero=True` of the embedding before it, or `mask=` of its call."""
    reason = "no recurrent layer of this program gets a mask of the padding"
    return found_or([mask for mask, _ in _masks(roles, "recurrent")], reason)


@role("reading", "the call of a recurrent layer that gets a mask of the padding")
def reading(roles: Roles) -> Answer:
    """Where the mask is used."""
    reason = "no recurrent layer of this program gets a mask of the padding"
    return found_or([call for _, call in _masks(roles, "recurrent")], reason)


@role("averaging-mask", "what keeps the padding out of a layer's mean over the words")
def averaging_mask(roles: Roles) -> Answer:
    """`mask_zero=True`, `mask=` of the pooling, `padding_idx=` of `EmbeddingBag`."""
    bags = [
        Place(call.file, given)
        for call in roles.places("embedding")
        if roles.flow.callee(call).name == "torch.nn.EmbeddingBag"
        and (given := argument_of(call.node, "padding_idx", None)) is not None  # type: ignore[arg-type]
    ]
    reason = "no layer of this program keeps padding out of a mean"
    return found_or([*(mask for mask, _ in _masks(roles, "pooling")), *bags], reason)


@role("averaging", "the call of a pooling that leaves the padding out")
def averaging(roles: Roles) -> Answer:
    """Where the mask is used."""
    reason = "no layer of this program keeps padding out of a mean"
    return found_or([call for _, call in _masks(roles, "pooling")], reason)


def _masks(roles: Roles, what: str) -> list[tuple[Place, Place]]:
    return [*_given_masks(roles, what), *_passed_masks(roles, what)]


# --- means that are written out -------------------------------------------------------------------


@role("masked-mean", "the mean over the words, not the padding, that is written out")
def masked_mean(roles: Roles) -> Answer:
    """`(states * mask).sum(dim=1) / mask.sum(dim=1)`."""
    reason = "no mean of this program is computed over only the words"
    return found_or([whole for whole, _ in _means(roles)], reason)


@role("averaged", "the vectors in the mean that is written out")
def averaged(roles: Roles) -> Answer:
    """What is multiplied with the mask."""
    reason = "no mean of this program is computed over only the words"
    return found_or([vectors for _, vectors in _means(roles)], reason)


def _means(roles: Roles) -> Iterator[tuple[Place, Place]]:
    for file in roles.program.files.values():
        for node in file.nodes:
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                product = _summed(node.left)
                if isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult):
                    vectors = _unmasked(product, node.right)
                    if vectors is not None:
                        yield Place(file, node), Place(file, vectors)


def _summed(node: ast.expr) -> ast.expr | None:
    """What a call sums over the words."""
    match node:
        case ast.Call(func=ast.Attribute(value=receiver, attr=name) as function) if name in _SUMS:
            is_function = _is_module(function)
            inner = node.args[0] if is_function and node.args else receiver
            axis = [*node.args[1 if is_function else 0 :], *(k.value for k in node.keywords)]
            return inner if axis and ast.unparse(axis[0]) in _WORDS else None
    return None


def _is_module(function: ast.Attribute) -> bool:
    """Whether `sum` is a library's function: `torch.sum`, `ops.sum`, `tf.reduce_sum`."""
    return last_name(function.value) in {"torch", "ops", "tf", "K"} or function.attr != "sum"


def _unmasked(product: ast.BinOp, divisor: ast.expr) -> ast.expr | None:
    """The factor whose names the divisor does not count."""
    counted = {node.id for node in ast.walk(divisor) if isinstance(node, ast.Name)}
    for vectors, mask in ((product.left, product.right), (product.right, product.left)):
        own = {node.id for node in ast.walk(vectors) if isinstance(node, ast.Name)}
        names = {node.id for node in ast.walk(mask) if isinstance(node, ast.Name)}
        if names & counted and not own & counted:
            return vectors
    return None
