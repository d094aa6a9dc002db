"""Where the steps of a sequence become one vector: by a mean or a maximum over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.containers import is_element
from debugdiff.source.operations import POOLINGS, axis_of, pooled_of
from debugdiff.source.place import Place
from debugdiff.source.roles.passes import is_forward
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.tensors import makers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_STEPS = frozenset({"embedding", "recurrent", "attention", "block", "convolution"})
_STEPS = 1
_STEPS_LAST = frozenset({2, -1})


@role("pooling", "what takes the mean or the maximum over the steps of a sequence")
def pooling(roles: Roles) -> Answer:
    """A call of `mean` or `max` on what layers of sequences made, or a layer that does it."""
    found = [place for call in roles.flow.calls for place in _poolings(roles, call)]
    return found_or(found, "no mean or maximum is taken over the steps of a sequence")


def _poolings(roles: Roles, call: Place) -> Iterator[Place]:
    callee = roles.flow.callee(call)
    if callee.kind == "library" and callee.name in POOLINGS and is_element(call):
        yield call
        return
    pooled = pooled_of(roles.flow, call)
    if pooled is None:
        return
    if callee.kind == "layer" or _is_over_steps(roles, call, Place(call.file, pooled)):
        yield call


def _is_over_steps(roles: Roles, call: Place, pooled: Place) -> bool:
    """Whether layers of sequences alone made a tensor, and the axis is that of their steps."""
    function = call.file.function(call.node)
    if call.file.owner(call.node) is not None and not (function and is_forward(function)):
        return False
    makers = makers_of(roles.flow, pooled)
    kinds = {api.known()[one.name].kind for one in makers.applications}
    axis = axis_of(roles.flow, call)
    number = roles.program.number(axis, call.file)
    if not kinds or makers.unknown or not kinds <= _OF_STEPS or number is None:
        return False
    channels_first = kinds == {"convolution"} and roles.fact("framework") == "pytorch"
    return number in _STEPS_LAST if channels_first else number == _STEPS
