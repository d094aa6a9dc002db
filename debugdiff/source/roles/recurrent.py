"""Recurrent layers at work: where they are called, what they begin with and what they hand on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.place import Place
from debugdiff.source.roles.padding import consumers
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.tensors import makers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.source.bindings import Path
    from debugdiff.source.tensors import Application

_FINAL_STATES: tuple[Path, ...] = ((1,), (1, 0))
"""Where the last state is in what a layer of PyTorch returns; of an LSTM, behind the second."""

# --- without a state ------------------------------------------------------------------------------


@role("recurrent-pass", "the call that applies a recurrent layer without a state to begin with")
def recurrent_pass(roles: Roles) -> Answer:
    """Where the layer is called; a layer in a container has no call of its own."""
    calls = [
        call
        for call, _ in consumers(roles, "recurrent")
        if not _is_cell(roles, call) and not list(_states(call))
    ]
    return found_or(calls, "no statement of this program applies a recurrent layer without a state")


@role("recurrent-layer", "a recurrent layer that gets no state, as it is called")
def recurrent_layer(roles: Roles) -> Answer:
    """`self.gru` of `self.gru(embedded)`."""
    return _of_passes(roles, lambda call: Place(call.file, call.node.func))  # type: ignore[attr-defined]


@role("recurrent-input", "what a recurrent layer reads that gets no state")
def recurrent_input(roles: Roles) -> Answer:
    """`embedded` of `self.gru(embedded)`."""
    return _of_passes(roles, lambda call: Place(call.file, call.node.args[0]))  # type: ignore[attr-defined]


@role("recurrent-without-state", "the call that makes a recurrent layer that gets no state")
def recurrent_without_state(roles: Roles) -> Answer:
    """`nn.GRU(...)`, in the order in which the layers are called."""
    return _of_passes(roles, lambda call: roles.flow.callee(call).made)


def _of_passes(roles: Roles, part: Callable[[Place], Place | None]) -> Answer:
    calls = roles.find("recurrent-pass")
    if isinstance(calls, Missing):
        return calls
    found = [part(call) for call in calls.places]
    return found_or([place for place in found if place is not None], "")


# --- with a state ---------------------------------------------------------------------------------


@role("initial-state", "the state that a recurrent layer is given to begin with")
def initial_state(roles: Roles) -> Answer:
    """What other layers computed; zeros, and what is kept from call to call, are none."""
    return found_or(
        [state for call, state in _given_states(roles) if not _is_cell(roles, call)], _NO_STATE
    )


@role("state-maker", "what makes the layer whose output is another's state to begin with")
def state_maker(roles: Roles) -> Answer:
    """The encoder's recurrent layer, or the dense layer between an encoder and a decoder."""
    found = [
        one.made
        for call, state in _given_states(roles)
        for one in _makers(roles, state)
        if one.made != roles.flow.callee(call).made
    ]
    return found_or(found, _NO_STATE)


@role("state-taker", "what makes the layer that is given another's output as a state")
def state_taker(roles: Roles) -> Answer:
    """The decoder's recurrent layer."""
    layers = [roles.flow.callee(call).made for call, _ in _given_states(roles)]
    return found_or([layer for layer in layers if layer is not None], _NO_STATE)


@role("state-pass", "the call that gives a recurrent layer another's output as a state")
def state_pass(roles: Roles) -> Answer:
    """`self.gru(embedded, state)`."""
    return found_or([call for call, _ in _given_states(roles)], _NO_STATE)


_NO_STATE = "no recurrent layer of this program begins with a state of another"


def _given_states(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """The calls of recurrent layers with a state of other layers, and that state."""
    for call, _ in consumers(roles, "recurrent"):
        layer = roles.flow.callee(call).made
        for state in _states(call):
            if _is_computed(roles, state, layer):
                yield call, state


def _makers(roles: Roles, state: Place) -> Iterator[Application]:
    """The layers with a number of units that make a state, also outside of a functional part."""
    outer = [given for end in roles.flow.origins(state) for given in _given(roles, end.place)]
    for place in outer or [state]:
        for one in makers_of(roles.flow, place).applications:
            if api.known()[one.name].kind in {"recurrent", "dense"}:
                yield one


def _given(roles: Roles, place: Place) -> Iterator[Place]:
    """What an input of a functional model gets where that model is a part of another one."""
    for call in roles.flow.calls if _is_input(roles, place) else ():
        callee = roles.flow.callee(call)
        if callee.kind == "layer" and callee.name == "keras.Model" and callee.made is not None:
            inputs, given = (_listed(part) for part in (callee.made, call))
            for part, value in zip(inputs, given, strict=False):
                if place in {end.place for end in roles.flow.origins(part)}:
                    yield value


def _listed(call: Place) -> list[Place]:
    """The elements of the inputs of a model where it is made, or where it is called."""
    inputs = argument_of(call.node, "inputs", 0)  # type: ignore[arg-type]
    parts = inputs.elts if isinstance(inputs, ast.List | ast.Tuple) else []
    return [Place(call.file, part) for part in parts]


def _states(call: Place) -> Iterator[Place]:
    for name, at in (("hx", 1), ("initial_state", None)):
        given = argument_of(call.node, name, at)  # type: ignore[arg-type]
        if given is not None:
            yield Place(call.file, given)


def _is_cell(roles: Roles, call: Place) -> bool:
    return roles.flow.callee(call).name.endswith("Cell")


def _is_computed(roles: Roles, state: Place, layer: Place | None) -> bool:
    node = state.node
    if isinstance(node, ast.Attribute) and last_name(node.value) == "self":
        return False
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    ends = [
        end.place
        for part in parts
        for end in roles.flow.origins(Place(state.file, part))
        if not (isinstance(end.place.node, ast.arg) and not end.path)
    ]
    return any(_is_of_other(roles, end, layer) for end in ends)


def _is_of_other(roles: Roles, end: Place, layer: Place | None) -> bool:
    """Whether other layers made a state, or it is an input of a functional model."""
    if not isinstance(end.node, ast.expr):
        return False
    if _is_input(roles, end):
        return True
    made = {one.made for one in makers_of(roles.flow, end).applications}
    return bool(made) and (made != {layer})


def _is_input(roles: Roles, place: Place) -> bool:
    return isinstance(place.node, ast.Call) and roles.flow.callee(place).name == "keras.Input"


# --- the last state -------------------------------------------------------------------------------


@role("last-state", "the state after the last step where it is taken from those of all layers")
def last_state(roles: Roles) -> Answer:
    """`state[-1]` of `_, state = self.gru(embedded)`, in PyTorch."""
    found = [place for place, _ in _last_states(roles)]
    return found_or(found, "no statement of this program takes the last state of a recurrent layer")


@role("recurrent-results", "the names that a recurrent layer's outputs and last state are bound to")
def recurrent_results(roles: Roles) -> Answer:
    """`_, state` of `_, state = self.gru(embedded)`, where the last state is read."""
    found = []
    for _, call in _last_states(roles):
        match call.file.parents.get(call.node):
            case ast.Assign(targets=[ast.Tuple() as target]):
                found.append(Place(call.file, target))
    return found_or(found, "no statement of this program takes the last state of a recurrent layer")


def _last_states(roles: Roles) -> Iterator[tuple[Place, Place]]:
    """Every `state[-1]`, with the call of the layer whose state it is."""
    calls = {call for call, _ in consumers(roles, "recurrent")}
    for file in roles.program.files.values():
        for node in file.nodes:
            if isinstance(node, ast.Subscript) and _is_last(node.slice):
                for call in calls & set(_whose_state(roles, Place(file, node.value))):
                    yield Place(file, node), call


def _whose_state(roles: Roles, place: Place) -> Iterator[Place]:
    return (end.place for end in roles.flow.origins(place) if end.path in _FINAL_STATES)


def _is_last(index: ast.expr) -> bool:
    return ast.unparse(index) == "-1"


@role("last-step", "the last step where it is taken from what layers made of all steps")
def last_step(roles: Roles) -> Answer:
    """`outputs[:, -1]` or `outputs[:, -1, :]`."""
    found = [
        place
        for file in roles.program.files.values()
        for node in file.nodes
        if isinstance(node, ast.Subscript) and _is_last_step(node.slice)
        for place in [Place(file, node)]
        if makers_of(roles.flow, Place(file, node.value)).applications
    ]
    return found_or(found, "no statement of this program takes the last step of a sequence")


def _is_last_step(index: ast.expr) -> bool:
    return ast.unparse(index) in {"(:, -1)", "(:, -1, :)", ":, -1", ":, -1, :"}
