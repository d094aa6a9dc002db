"""Recurrent layers and cells, and the states that they take and give."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.layer_parts import Applied, as_float, is_torch, like, setting, takes, units_of
from debugdiff.dryrun.sizes import agree, times
from debugdiff.dryrun.values import UNKNOWN, Items, Layer, Mismatch, Plain, Tensor
from debugdiff.source.syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.dryrun.table import Form
    from debugdiff.dryrun.values import Value

_WITH_BATCH = 3
_ORDERED = frozenset({"RNN", "LSTM", "GRU", "MultiheadAttention", "TransformerEncoderLayer"})


def takes_steps_first(layer: Layer, tensor: Tensor) -> bool:
    """Whether a layer takes for the steps what a loader has made the batch."""
    inner = next(iter(layer.arguments.values()), None)
    if layer.name == "torch.nn.TransformerEncoder" and isinstance(inner, Layer):
        return takes_steps_first(inner, tensor)
    torch = layer.name.startswith("torch") and layer.name.rpartition(".")[2] in _ORDERED
    if not torch or "batch_first" in layer.arguments or len(tensor.sizes or ()) != _WITH_BATCH:
        return False
    first, second, _ = tensor.sizes or ()
    return _is_batch(first) and not _is_batch(second)


def _is_batch(size: Plain) -> bool:
    calls = (node for node in size.made if isinstance(node, ast.Call))
    return any(last_name(call.func) == "DataLoader" for call in calls)


def recurrent(applied: Applied) -> Value:
    if applied.tensor.sizes is None:
        return Items([Tensor(), UNKNOWN], is_tuple=True) if is_torch(applied.layer) else Tensor()
    _takes_features(applied)
    if not is_torch(applied.layer):
        return _keras_recurrent(applied.layer, applied.form, applied.tensor)
    two = Plain(
        2 if setting(applied.layer, "bidirectional").value is True else 1,
        frozenset({applied.layer.call}),
    )
    first = setting(applied.layer, "batch_first").value is True
    batch = applied.sizes[0 if first else 1] if len(applied.sizes) == _WITH_BATCH else None
    deep = times([setting(applied.layer, "num_layers", 1), two])
    state = _state(applied.layer, [deep, *([batch] if batch else []), units_of(applied.layer)])
    _check_states(state, applied.rest)
    out = replace(
        as_float(applied.tensor), sizes=(*applied.sizes[:-1], times([units_of(applied.layer), two]))
    )
    both = Items([state, state], is_tuple=True) if applied.form.states > 1 else state
    return Items([out, both], is_tuple=True)


def _takes_features(applied: Applied) -> None:
    """To PyTorch two axes are steps and features; where the first is a batch, one is missing."""
    try:
        takes(applied.layer, applied.sizes[-1], applied.tensor)
    except Mismatch as mismatch:
        if (
            is_torch(applied.layer)
            and len(applied.sizes) < _WITH_BATCH
            and _is_batch(applied.sizes[0])
        ):
            axes = Plain(len(applied.sizes), applied.tensor.formed)
            wanted = Plain(_WITH_BATCH, frozenset({applied.layer.call}))
            raise Mismatch("axes", axes, wanted, applied.tensor) from mismatch
        raise


def _state(layer: Layer, sizes: Sequence[Plain]) -> Tensor:
    return Tensor(sizes=tuple(sizes), dtype="float32", formed=frozenset({layer.call}))


def _check_states(wanted: Tensor, given: Sequence[Value]) -> None:
    """The first state that a recurrent layer is given has its depth, batch and units."""
    states = given[0].items if given and isinstance(given[0], Items) else given[:1]
    for state in states:
        if isinstance(state, Tensor) and state.sizes is not None and wanted.sizes is not None:
            if len(state.sizes) != len(wanted.sizes):
                axes = [Plain(len(each.sizes or ()), each.formed) for each in (state, wanted)]
                raise Mismatch("axes", axes[0], axes[1], state, wanted)
            for one, other in zip(state.sizes, wanted.sizes, strict=True):
                agree(one, other, state, wanted)


def _keras_recurrent(layer: Layer, form: Form, tensor: Tensor) -> Value:
    assert tensor.sizes is not None
    units = units_of(layer)
    keeps = setting(layer, "return_sequences").value is True
    sizes = (*tensor.sizes[:2], units) if keeps else (tensor.sizes[0], units)
    out = like(as_float(tensor), sizes, layer)
    if setting(layer, "return_state").value is not True:
        return out
    state = like(as_float(tensor), (tensor.sizes[0], units), layer)
    return Items([out, *[state] * form.states])


def cell(applied: Applied) -> Value:
    takes(applied.layer, applied.sizes[-1], applied.tensor)
    state = replace(as_float(applied.tensor), sizes=(*applied.sizes[:-1], units_of(applied.layer)))
    _check_states(state, applied.rest)
    return Items([state, state], is_tuple=True) if applied.form.states > 1 else state
