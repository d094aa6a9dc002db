"""Masks of attention that is written out, and those that the library's layers are given."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.operations import is_triangle
from debugdiff.source.place import Place
from debugdiff.source.roles.attention import attentions_of
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import last_name
from debugdiff.source.trails import Trails

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_causal(roles: Roles, mask: Place) -> bool:
    """Whether a mask hides what comes later: a triangle, or a comparison of places."""
    for part in Trails(roles.flow).everything(mask):
        for node in ast.walk(part.node):
            if is_triangle(node):
                return True
            if isinstance(node, ast.Compare):
                sides = [Place(part.file, side) for side in (node.left, *node.comparators)]
                if all(_counts(roles, side) for side in sides):
                    return True
    return False


def _counts(roles: Roles, place: Place) -> bool:
    names = {
        last_name(node.func)
        for part in Trails(roles.flow).everything(place)
        for node in ast.walk(part.node)
        if isinstance(node, ast.Call)
    }
    return bool(names & {"arange", "range"})


_MASK_ARGUMENTS = frozenset(
    [
        "attn_mask",
        "attention_mask",
        "key_padding_mask",
        "src_mask",
        "mask",
        "src_key_padding_mask",
        "tgt_mask",
        "memory_mask",
        "tgt_key_padding_mask",
        "memory_key_padding_mask",
    ]
)
_LEAST_HALF = -65504
"""The smallest number of half precision."""
_CAUSAL_SWITCHES = frozenset({"is_causal", "use_causal_mask", "tgt_is_causal"})
_SELF_MASKED = frozenset({"torch.nn.functional.scaled_dot_product_attention"})


def layer_masks(roles: Roles) -> Iterator[tuple[Place, bool]]:
    """The masks that the library's attention is given, and whether each is a causal one.

    Beside masks for padding, a mask of places that is no triangle hides neither.
    """
    for call in roles.flow.calls:
        if not _attends(roles, call):
            continue
        given = {
            name: Place(call.file, argument)
            for name, argument in _named_arguments(roles, call)
            if not _is_none(argument)
        }
        tells = any(name.endswith("padding_mask") for name in given)
        for name, value in given.items():
            if name in _CAUSAL_SWITCHES:
                if getattr(value.node, "value", True) is True:
                    yield value, True
            elif name in _MASK_ARGUMENTS:
                causal = is_causal(roles, value)
                if causal or not tells or name.endswith("padding_mask"):
                    yield value, causal


def _named_arguments(roles: Roles, call: Place) -> Iterator[tuple[str, ast.expr]]:
    """The arguments of a call, those by position with the names that the library gives them."""
    node = call.node
    assert isinstance(node, ast.Call)
    known = api.known().get(roles.flow.callee(call).name)
    if known is not None and not any(isinstance(part, ast.Starred) for part in node.args):
        yield from zip(known.call, node.args, strict=False)
    yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _attends(roles: Roles, call: Place) -> bool:
    callee = roles.flow.callee(call)
    known = api.known().get(callee.name)
    if callee.kind == "library":
        return callee.name in _SELF_MASKED
    return callee.kind == "layer" and known is not None and known.kind in {"attention", "block"}


@role("attention-mask", "the mask of an attention: in its masking, or an argument of the layer")
def attention_mask(roles: Roles) -> Answer:
    """Causal masks and those of padding."""
    places = [place for place, _ in all_masks(roles)]
    return found_or(places, _without_mask(roles))


def all_masks(roles: Roles) -> list[tuple[Place, bool]]:
    """Every mask, and whether it is a causal one."""
    own = [mask for one in attentions_of(roles) for mask in one.masks]
    return [*((mask, is_causal(roles, mask)) for mask in own), *layer_masks(roles)]


def _without_mask(roles: Roles) -> str:
    if attentions_of(roles) or any(_attends(roles, call) for call in roles.flow.calls):
        return "the attention of this program has no mask"
    return "there is no attention in this program"


@role("causal-mask", "the mask that hides from attention what comes later")
def causal_mask(roles: Roles) -> Answer:
    """A triangle in a masking, or an argument of a layer that asks for one."""
    places = [place for place, causal in all_masks(roles) if causal]
    return found_or(places, _of_kind(roles, "causal mask"))


@role("padding-mask", "the mask that hides padding from attention")
def padding_mask(roles: Roles) -> Answer:
    """Every mask that is not causal."""
    places = [place for place, causal in all_masks(roles) if not causal]
    return found_or(places, _of_kind(roles, "mask of the padding"))


def _of_kind(roles: Roles, kind: str) -> str:
    reason = _without_mask(roles)
    return reason if "no attention" in reason else f"the attention of this program has no {kind}"


@role("finite-masking", "the `masked_fill` of attention scores with a number below -65504")
def finite_masking(roles: Roles) -> Answer:
    """Half precision has no such number; it has minus infinity."""
    calls = [
        call
        for one in attentions_of(roles)
        for call in one.maskings
        if isinstance(call.node, ast.Call) and _fills_below_half(roles, call)
    ]
    reason = "no attention of this program is masked by `masked_fill` with a number below -65504"
    return found_or(calls, reason)


def _fills_below_half(roles: Roles, call: Place) -> bool:
    node = call.node
    assert isinstance(node, ast.Call)
    value = node.args[-1] if node.args else None
    number = roles.program.number(value, call.file)
    is_fill = last_name(node.func) in {"masked_fill", "masked_fill_"}
    return is_fill and number is not None and -math.inf < number < _LEAST_HALF


# --- the axis that a mask gets before that of the keys --------------------------------------------

_NO_AXIS = "no mask of the padding gets an axis of its own in the attention of this program"
_WIDENS = frozenset({"unsqueeze", "expand_dims"})


@role("mask-widening", "the call that gives the mask of the padding its last axis before the keys")
def mask_widening(roles: Roles) -> Answer:
    """`is_padding.unsqueeze(1)`."""
    calls = [place for place in _widenings(roles) if isinstance(place.node, ast.Call)]
    return found_or(calls, _NO_AXIS)


@role("mask-index", "the index by which the mask of the padding gets axes before the keys")
def mask_index(roles: Roles) -> Answer:
    """`:, None, None, :` of `is_word[:, None, None, :]`."""
    found = [
        Place(place.file, place.node.slice)
        for place in _widenings(roles)
        if isinstance(place.node, ast.Subscript)
    ]
    return found_or(found, _NO_AXIS)


def _widenings(roles: Roles) -> Iterator[Place]:
    """What widens each mask last, also where it is turned round afterwards."""
    for mask in roles.places("padding-mask"):
        parts = Trails(roles.flow).back(_unturned(mask))
        yield from [part for part in parts if _widens(part)][:1]


def _unturned(place: Place) -> Place:
    node = place.node
    return Place(place.file, node.operand) if isinstance(node, ast.UnaryOp) else place


def _widens(place: Place) -> bool:
    match place.node:
        case ast.Call(func=function):
            return last_name(function) in _WIDENS
        case ast.Subscript(slice=ast.Tuple(elts=[*_, before, ast.Slice()])):
            return ast.unparse(before) in {"None", "np.newaxis", "tf.newaxis", "numpy.newaxis"}
    return False
