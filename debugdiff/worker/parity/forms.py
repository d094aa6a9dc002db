"""One form for the weights and outputs of a layer, whichever framework it belongs to.

The shared form is Keras' layout (`kernel` is input by output) with PyTorch's order of gates: reset,
update, new for a GRU; input, forget, cell, output for an LSTM. PyTorch adds two biases in an LSTM
and in a plain recurrent layer, so that only their sum means anything; a GRU keeps them apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Arrays = dict[str, Any]
"""NumPy arrays by name."""

_GRU_GATES = 3
_MATRIX = 2
_TORCH_RECURRENT = re.compile(r"(weight|bias)_(ih|hh)_l(\d+)(_reverse)?")
_NORMALISATION = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


class Form(StrEnum):
    """How a layer lays out its weights."""

    TORCH_LINEAR = "torch-linear"
    TORCH_CONVOLUTION = "torch-convolution"
    """Output before input, as in a linear layer, and channels before places."""

    TORCH_EMBEDDING = "torch-embedding"
    TORCH_NORMALISATION = "torch-normalisation"
    TORCH_RECURRENT = "torch-recurrent"
    KERAS_RECURRENT = "keras-recurrent"
    NAMED = "named"
    """Any other layer of Keras: its own names are the shared ones."""

    CUSTOM = "custom"
    """A person's own layer: weights are paired in the order in which they were made."""


class Values(StrEnum):
    """What arrays of a weight's shape are. Two biases that are added share one gradient."""

    WEIGHTS = "weights"
    GRADIENTS = "gradients"


class LayoutError(Exception):
    """Weights that do not fit a layer; the message is a clause about the layer."""


def to_shared(form: Form, local: Mapping[str, Any], values: Values = Values.WEIGHTS) -> Arrays:
    """The arrays of one layer, by its own names, in the shared form."""
    if form is Form.TORCH_RECURRENT:
        return _from_torch_recurrent(local, values)
    if form is Form.KERAS_RECURRENT:
        return _from_keras_recurrent(local)
    return {
        _shared_name(form, name, index): _transposed(array) if _is_kernel(form, name) else array
        for index, (name, array) in enumerate(local.items())
    }


def from_shared(form: Form, shared: Mapping[str, Any], local: Mapping[str, Any]) -> Arrays:
    """Arrays in the shared form as a layer keeps them, by its own names.

    Args:
        form: the layer's.
        shared: what it is to get.
        local: what it has now, for names and shapes.

    Raises:
        LayoutError: a name is missing on one side, or a shape differs.
    """
    expected = to_shared(form, local)
    for name in sorted({*shared, *expected}):
        if name not in expected or name not in shared:
            side = "no" if name not in expected else "a"
            raise LayoutError(f"has {side} `{name}`, unlike the reference")
        if shared[name].shape != expected[name].shape:
            raise LayoutError(
                f"has a `{name}` of shape {expected[name].shape}, the reference one of"
                f" {shared[name].shape} (in one layout)"
            )
    if form is Form.TORCH_RECURRENT:
        return dict(_to_torch_recurrent(shared, local))
    if form is Form.KERAS_RECURRENT:
        return dict(_to_keras_recurrent(shared, local))
    return {
        name: _untransposed(shared[_shared_name(form, name, index)])
        if _is_kernel(form, name)
        else shared[_shared_name(form, name, index)]
        for index, name in enumerate(local)
    }


def _shared_name(form: Form, name: str, index: int) -> str:
    if form is Form.TORCH_EMBEDDING:
        return "embeddings"
    if form is Form.TORCH_NORMALISATION:
        return _NORMALISATION[name]
    if _is_kernel(form, name):
        return "kernel"
    return f"weight {index}" if form is Form.CUSTOM else name


def _is_kernel(form: Form, name: str) -> bool:
    return form in {Form.TORCH_LINEAR, Form.TORCH_CONVOLUTION} and name == "weight"


def _transposed(array: Any) -> Any:
    """Output, input, width to width, input, output."""
    return np.transpose(array, (*range(2, array.ndim), 1, 0))


def _untransposed(array: Any) -> Any:
    last = array.ndim - 1
    return np.transpose(array, (last, last - 1, *range(last - 1)))


# --- recurrent layers ----------------------------------------------------------------------------


def _from_torch_recurrent(local: Mapping[str, Any], values: Values) -> Arrays:
    shared: Arrays = {}
    for name, array in local.items():
        prefix, part, is_recurrent = _read_name(name)
        whole = f"{prefix}{'recurrent_' if is_recurrent else ''}{part}"
        if part == "kernel":
            shared[whole] = array.T
        elif is_recurrent and _torch_gates(local) != _GRU_GATES:
            other = shared[f"{prefix}bias"]
            total = other + array
            shared[f"{prefix}bias"] = total / 2 if values is Values.GRADIENTS else total
        else:
            shared[whole] = array
    return shared


def _to_torch_recurrent(
    shared: Mapping[str, Any], local: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for name, array in local.items():
        prefix, part, is_recurrent = _read_name(name)
        whole = f"{prefix}{'recurrent_' if is_recurrent else ''}{part}"
        if part == "kernel":
            yield name, shared[whole].T
        else:
            yield name, shared.get(whole, np.zeros_like(array))


def _read_name(name: str) -> tuple[str, str, bool]:
    """Direction and layer as a prefix, `kernel` or `bias`, and whether it is the state's."""
    found = _TORCH_RECURRENT.fullmatch(name)
    if found is None:
        raise LayoutError(f"has `{name}`, which parity does not know how to carry over")
    kind, source, layer, backward = found.groups()
    above = "" if layer == "0" else f"layer {layer} "
    prefix = f"{above}{'backward ' if backward else ''}"
    return prefix, "kernel" if kind == "weight" else "bias", source == "hh"


def _torch_gates(local: Mapping[str, Any]) -> int:
    rows, columns = local["weight_hh_l0"].shape
    return int(rows // columns)


def _from_keras_recurrent(local: Mapping[str, Any]) -> Arrays:
    shared: Arrays = {}
    gates = _keras_gates(local)
    for name, array in local.items():
        prefix, part = _read_path(name)
        if part == "bias" and array.ndim == _MATRIX:
            shared[f"{prefix}bias"], shared[f"{prefix}recurrent_bias"] = _swapped(array, gates)
        else:
            shared[prefix + part] = _swapped(array, gates)
    return shared


def _to_keras_recurrent(
    shared: Mapping[str, Any], local: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    gates = _keras_gates(local)
    for name, array in local.items():
        prefix, part = _read_path(name)
        value = shared[prefix + part]
        if part == "bias" and array.ndim == _MATRIX:
            value = np.stack([value, shared[f"{prefix}recurrent_bias"]])
        yield name, _swapped(value, gates)


def _read_path(path: str) -> tuple[str, str]:
    first, last = path.partition("/")[0], path.rpartition("/")[2]
    return "backward " if first.startswith("backward_") else "", last


def _keras_gates(local: Mapping[str, Any]) -> int:
    matrix = next(array for name, array in local.items() if name.endswith("recurrent_kernel"))
    return int(matrix.shape[1] // matrix.shape[0])


def _swapped(array: Any, gates: int) -> Any:
    """Between reset, update, new and Keras' update, reset, new: the same both ways."""
    if gates != _GRU_GATES:
        return array
    first, second, third = np.split(array, _GRU_GATES, axis=-1)
    return np.concatenate([second, first, third], axis=-1)


# --- outputs -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """What has to be known of a recurrent layer to tell its outputs apart.

    Attributes:
        sequences: whether every time step is returned, as Keras counts it.
        batch_first: PyTorch's own word.
        directions: 2 if it also reads from the end.
        cells: whether it has a cell beside its state (LSTM).
    """

    sequences: bool = True
    batch_first: bool = True
    directions: int = 1
    cells: bool = False


def shared_outputs(form: Form, outputs: Mapping[str, Any], facts: Recurrence | None) -> Arrays:
    """Outputs by the suffix of their place (`[0]`, `[1][0]`) as outputs by shared names."""
    if facts is not None and form is Form.TORCH_RECURRENT:
        return _torch_outputs(outputs, facts)
    if facts is not None and form is Form.KERAS_RECURRENT:
        return _keras_outputs(outputs, facts)
    is_convolution = form is Form.TORCH_CONVOLUTION
    return {
        f"output{suffix}": np.moveaxis(array, 1, -1) if is_convolution else array
        for suffix, array in outputs.items()
    }


def _torch_outputs(outputs: Mapping[str, Any], facts: Recurrence) -> Arrays:
    """A packed sequence has no rows that could be compared; its last state has."""
    found: Arrays = {}
    if "[0]" in outputs:
        sequence = outputs["[0]"]
        found["sequence"] = sequence if facts.batch_first else np.swapaxes(sequence, 0, 1)
    for suffix, name in (("[1]", "state"), ("[1][0]", "state"), ("[1][1]", "cell")):
        if suffix in outputs:
            # (layers x directions, rows, size): those of the last layer, side by side.
            found[name] = np.concatenate(outputs[suffix][-facts.directions :], axis=-1)
    return found


def _keras_outputs(outputs: Mapping[str, Any], facts: Recurrence) -> Arrays:
    first, *rest = outputs.values()
    found: Arrays = {"sequence" if facts.sequences else "state": first}
    names = ("state", "cell") if facts.cells else ("state",)
    for offset, name in enumerate(names):
        parts = rest[offset :: len(names)]
        if parts:
            found[name] = np.concatenate(parts, axis=-1)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A layer that has weights of its own.

    Attributes:
        path: what `case.toml` calls it.
        variables: the framework's parameters, by their names within the layer.
    """

    path: str
    form: Form
    variables: dict[str, Any] = field(default_factory=dict)
    recurrence: Recurrence | None = None
