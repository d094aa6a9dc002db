"""What convolutions read: words along an axis, and the turn that brings them there."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.containers import elements, is_element
from debugdiff.source.operations import MOVES
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import last_name
from debugdiff.source.trails import Trails

if TYPE_CHECKING:
    from collections.abc import Iterator


@role("convolution-input", "what a convolution reads, where the program calls it directly")
def convolution_input(roles: Roles) -> Answer:
    """`embedded` of `self.conv(embedded)`."""
    found = [given for _, given in _passes(roles)]
    return found_or(found, "no statement of this program applies a convolution")


@role("convolution-pass", "the call that applies a convolution")
def convolution_pass(roles: Roles) -> Answer:
    """Where a convolution that gets the wrong axis fails."""
    found = [call for call, _ in _passes(roles)]
    return found_or(found, "no statement of this program applies a convolution")


@role("convolution-source", "the expression of what a convolution reads, where it is computed")
def convolution_source(roles: Roles) -> Answer:
    """`self.embedding(words)` of `embedded = self.embedding(words)`."""
    ways = [Trails(roles.flow).back(given, inside=True) for _, given in _passes(roles)]
    found = [way[-1] for way in ways if isinstance(way[-1].node, ast.Call)]
    return found_or(found, "no statement of this program computes what a convolution reads")


@role("word-convolution", "the calls that make Keras' convolutions over words, in a container")
def word_convolution(roles: Roles) -> Answer:
    """`layers.Conv1D(64, 3)` as an element."""
    names = {"keras.layers.Conv1D", "keras.layers.SeparableConv1D"}
    found = [c for c in roles.flow.calls if roles.flow.callee(c).name in names and is_element(c)]
    return found_or(found, "no container of this program has a convolution over words")


@role("convolution-turn", "the turn of axes before a convolution")
def convolution_turn(roles: Roles) -> Answer:
    """`self.embedding(words).transpose(1, 2)`."""
    ways = [Trails(roles.flow).back(given) for _, given in _passes(roles)]
    turns = [part for way in ways for part in way if _is_turn(part)]
    return found_or(turns, "no axes are turned before a convolution of this program")


def _is_turn(place: Place) -> bool:
    return isinstance(place.node, ast.Call) and last_name(place.node.func) in MOVES


def _passes(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """The calls of convolutions, and of containers that begin with one, with what they read."""
    for call in roles.flow.calls:
        callee = roles.flow.callee(call)
        if callee.kind == "layer" and callee.made is not None:
            first = (elements(roles.flow, callee.made) or [callee.made])[0]
            known = api.known().get(roles.flow.callee(first).name) if first is not None else None
            if known is not None and known.kind == "convolution":
                for given in call.node.args[:1]:  # type: ignore[attr-defined]
                    yield call, Place(call.file, given)
