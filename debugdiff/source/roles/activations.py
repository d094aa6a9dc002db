"""Activations between the layers, and the normalisations of vectors."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.containers import is_element
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.roles.structure import head_makers
from debugdiff.source.syntax import argument_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIDDEN = frozenset({"relu", "gelu", "silu", "swish", "elu", "selu", "tanh", "leaky_relu", "mish"})
_ACTIVATED = frozenset({"dense", "convolution"})
_VECTOR_NORMS = frozenset(
    {"torch.nn.LayerNorm", "torch.nn.RMSNorm", "keras.layers.LayerNormalization"}
)


@role(
    "hidden-activation",
    "activations between the layers: calls, elements of a container, `activation=` of a layer",
)
def hidden_activation(roles: Roles) -> Answer:
    """Every activation but those of the output, of gates and of attention weights."""
    behind = {step for makers in head_makers(roles) for step in makers.steps}
    heads = set(roles.places("head"))
    places = [
        place
        for call in roles.flow.calls
        if call not in behind and call not in heads
        for place in _activations(roles, call)
    ]
    return found_or(places, "there is no activation between two layers of this program")


def _activations(roles: Roles, call: Place) -> Iterator[Place]:
    node = call.node
    assert isinstance(node, ast.Call)
    callee = roles.flow.callee(call)
    known = api.known().get(callee.name)
    if callee.kind in {"method", "unknown"}:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "relu" and not node.args:
            yield call
    elif known is None:
        return
    elif callee.kind == "library" and known.kind in _ACTIVATED:
        yield from _argument(roles, call, known.position("activation"))
    elif callee.kind == "library" and known.kind == "activation-call":
        if known.activation in _HIDDEN:
            yield call
    elif known.kind == "activation" and _computes(roles, call) in _HIDDEN:
        yield from [call] if callee.kind == "layer" or is_element(call) else []


def _argument(roles: Roles, call: Place, at: int | None) -> Iterator[Place]:
    given = argument_of(call.node, "activation", at)  # type: ignore[arg-type]
    if isinstance(given, ast.Constant) and given.value in _HIDDEN:
        yield Place(call.file, given)
    elif given is not None:
        known = api.known().get(roles.flow.library_name(Place(call.file, given)))
        if known is not None and known.activation in _HIDDEN:
            yield Place(call.file, given)


def _computes(roles: Roles, call: Place) -> str:
    """Which activation a layer computes, by the call that makes it or the one that applies it."""
    callee = roles.flow.callee(call)
    made = callee.made or call
    known = api.known()[callee.name]
    if known.activation or not isinstance(made.node, ast.Call):
        return known.activation
    given = argument_of(made.node, "activation", 0)
    return str(given.value) if isinstance(given, ast.Constant) else ""


@role("softmax", "the calls that apply a softmax, or make a layer that does")
def softmax(roles: Roles) -> Answer:
    """Functions, methods and layers."""
    calls = [call for call in roles.flow.calls if _is_softmax(roles, call)]
    return found_or(calls, "there is no softmax in this program")


def _is_softmax(roles: Roles, call: Place) -> bool:
    callee = roles.flow.callee(call)
    known = api.known().get(callee.name)
    if callee.kind == "library":
        return known is not None and known.activation == "softmax"
    is_method = callee.kind in {"method", "unknown"} and isinstance(call.node.func, ast.Attribute)  # type: ignore[attr-defined]
    return is_method and callee.name == "softmax"


@role("layer-normalisation", "the calls that make normalisations of each word's vector")
def layer_normalisation(roles: Roles) -> Answer:
    """Every layer normalisation of the library."""
    calls = [call for call in roles.flow.calls if _is_vector_norm(roles, call, "library")]
    return found_or(calls, "there is no layer normalisation in this program")


@role("layer-normalised", "the calls that apply a layer normalisation")
def layer_normalised(roles: Roles) -> Answer:
    """Every application of one."""
    calls = [call for call in roles.flow.calls if _is_vector_norm(roles, call, "layer")]
    return found_or(calls, "no layer normalisation is applied in this program")


def _is_vector_norm(roles: Roles, call: Place, kind: str) -> bool:
    callee = roles.flow.callee(call)
    return callee.kind == kind and callee.name in _VECTOR_NORMS
