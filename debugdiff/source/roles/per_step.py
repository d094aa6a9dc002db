"""Whether the output layer answers for every step of a sequence, as far as its layers say."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.containers import elements
from debugdiff.source.place import Place
from debugdiff.source.roles.structure import head_makers
from debugdiff.source.syntax import argument_of
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from debugdiff.source.roles.registry import Roles
    from debugdiff.source.tensors import Application

_WAY = 20
_SAME_STEPS = frozenset({"dropout", "normalisation", "activation", "activation-call", "dense"})
_OF_STEPS = frozenset({"attention", "block"})
"""Layers that hand out as many steps as they are given."""


def answers_per_step(roles: Roles) -> bool:
    """Whether an output layer is given all steps that a layer of sequences hands out."""
    applications = [one for makers in head_makers(roles) for one in makers.applications]
    return any(_is_given_steps(roles, one) for one in applications)


def _is_given_steps(roles: Roles, one: Application) -> bool:
    wrapper = one.made.file.parents[one.made.node]
    if isinstance(wrapper, ast.Call) and _name(roles, Place(one.made.file, wrapper)) == _EACH_STEP:
        return True
    inside = elements(roles.flow, one.call) if isinstance(one.call.node, ast.Call) else None
    if inside is not None:
        return _is_behind_steps(roles, inside)
    given = argument_of(one.call.node, "inputs", 0) if isinstance(one.call.node, ast.Call) else None
    return given is not None and _has_steps(roles, Value(Place(one.call.file, given)))


_EACH_STEP = "keras.layers.TimeDistributed"


def _is_behind_steps(roles: Roles, inside: list[Place | None]) -> bool:
    """Of a container's elements: the output layer is the last, and this is what is before it."""
    for element in reversed(inside[:-1]):
        if element is None or _kind(roles, element) not in _SAME_STEPS:
            return element is not None and _gives_steps(roles, element, ())
    return False


def _has_steps(roles: Roles, value: Value, left: int = _WAY) -> bool:
    """Whether a value is what a recurrent layer made of every step, on each of its ways."""
    ends = roles.flow.origins(value.place, value.path)
    return bool(ends and left) and all(_is_of_steps(roles, end, left - 1) for end in ends)


def _is_of_steps(roles: Roles, end: Value, left: int) -> bool:
    node, file = end.place.node, end.place.file
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):  # a residual, or a position
        return any(
            _has_steps(roles, Value(Place(file, side)), left) for side in (node.left, node.right)
        )
    if not isinstance(node, ast.Call):
        return False
    callee = roles.flow.callee(end.place)
    known = api.known().get(callee.name)
    if known is not None and known.kind in _SAME_STEPS and node.args:
        return _has_steps(roles, Value(Place(file, node.args[0])), left)
    return callee.made is not None and _gives_steps(roles, callee.made, end.path)


def _gives_steps(roles: Roles, made: Place, path: tuple[int | str, ...]) -> bool:
    """Whether a layer is a recurrent one that hands out every step, there."""
    node = made.node
    if not isinstance(node, ast.Call):
        return False
    known = api.known().get(_name(roles, made))
    if known is not None and known.kind == "wrapper":
        return any(_gives_steps(roles, Place(made.file, part), path) for part in node.args[:1])
    if known is None or known.kind != "recurrent" or known.name.endswith("Cell"):
        return known is not None and known.kind in _OF_STEPS and path in {(), (0,)}
    if known.name.startswith("torch."):
        return path == (0,)
    given = argument_of(node, "return_sequences", known.position("return_sequences"))
    return isinstance(given, ast.Constant) and given.value is True and path in {(), (0,)}


def _name(roles: Roles, made: Place) -> str:
    return roles.flow.callee(made).name


def _kind(roles: Roles, made: Place) -> str:
    known = api.known().get(_name(roles, made))
    return known.kind if known is not None else ""
