"""Losses whose padding is taken out by hand: by a product with a mask, or by an index."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import handed_over, loss_at, losses_of, trained_values
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUMS = frozenset({"sum", "reduce_sum"})
_NO_MASK = "no mean over the losses of this program leaves the padding out by a mask"


@role("masked-loss", "the mean over the losses of the words, not the padding, that is written out")
def masked_loss(roles: Roles) -> Answer:
    """`(losses * mask).sum() / mask.sum()` of what gradients are taken of."""
    return found_or([whole for whole, _ in _means(roles)], _NO_MASK)


@role("masked-losses", "the losses in the mean that leaves the padding out by a mask")
def masked_losses(roles: Roles) -> Answer:
    """`losses` of `(losses * mask).sum() / mask.sum()`."""
    return found_or([losses for _, losses in _means(roles)], _NO_MASK)


@role("loss-masking", "the statement `losses *= mask` before the mean over the losses")
def loss_masking(roles: Roles) -> Answer:
    """The mask in it."""
    found = [
        Place(losses.file, bound.node)
        for _, losses in _means(roles)
        if isinstance(losses.node, ast.Name)
        for bound in bindings_of(losses.file, losses.node)
        if isinstance(losses.file.parents.get(bound.node), ast.AugAssign)
    ]
    return found_or(found, "no statement of this program multiplies its losses with a mask")


@role("kept-places", "what an index by a mask leaves of predictions, labels or losses")
def kept_places(roles: Roles) -> Answer:
    """`logits[mask]` and `labels[mask]` in the call of the loss, or `losses[mask]` behind it."""
    losses = losses_of(roles)
    given = [part for loss in losses for part in (loss.predictions, loss.targets) if part]
    means = [*_trained(roles)]
    parts = [Place(mean.file, part) for mean in means for part in _inner(mean)]
    found = [place for place in (*given, *means, *parts) if _is_kept(roles, place)]
    return found_or(found, "no index by a mask takes the padding out of the loss of this program")


def _trained(roles: Roles) -> Iterator[Place]:
    for value in (*trained_values(roles), *handed_over(roles)):
        yield from (end.place for end in roles.flow.origins(value.place, value.path))


def _inner(place: Place) -> Iterator[ast.expr]:
    """What a sum or a mean is taken of: its receiver, or what it is given."""
    match place.node:
        case ast.Call(func=ast.Attribute(value=receiver), args=arguments):
            yield from (receiver, *arguments[:1])


def _is_kept(roles: Roles, place: Place) -> bool:
    match place.node:
        case ast.Subscript(slice=ast.Name() | ast.Attribute() | ast.Compare() as index):
            ends = roles.flow.origins(Place(place.file, index))
            return any(isinstance(end.place.node, ast.Compare) for end in ends)
    return False


def _means(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """Every mean over losses that a mask was multiplied with, and the losses."""
    for place in _trained(roles):
        match place.node:
            case ast.BinOp(left=ast.Call() as total, op=ast.Div(), right=ast.Call() as count):
                if _summed(total) is not None and _summed(count) is not None:
                    summed = Place(place.file, _summed(total) or total)
                    yield from ((place, losses) for losses in _unmasked(roles, summed))


def _summed(call: ast.Call) -> ast.expr | None:
    """What a call adds up: `losses.sum()`, `torch.sum(losses)`; also before a `clamp`."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Call() as inner, attr="clamp" | "clip")):
            return _summed(inner)
        case ast.Call(func=function, args=[summed, *_]) if last_name(function) in _SUMS:
            return summed
        case ast.Call(func=ast.Attribute(value=receiver, attr="sum"), args=[]):
            return receiver
    return None


def _unmasked(roles: Roles, summed: Place) -> Iterator[Place]:
    """The losses in `losses * mask`, or of a name that was multiplied with a mask before."""
    node, file = summed.node, summed.file
    if isinstance(node, ast.Name):
        bound = [one.node for one in bindings_of(file, node)]
        if any(isinstance(file.parents.get(one), ast.AugAssign) for one in bound):
            yield from [summed] if _is_loss(roles, summed) else ()
        elif len(bound) == 1 and isinstance(bound[0], ast.BinOp):
            products = _unmasked(roles, Place(file, bound[0]))
            yield from (one for one in products if one.text != node.id)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = [Place(file, side) for side in (node.left, node.right)]
        yield from [side for side in sides if _is_loss(roles, side)][:1]


def _is_loss(roles: Roles, place: Place) -> bool:
    return any(loss_at(roles, end.place) is not None for end in roles.flow.origins(place))
