"""Layers that slide a window along axes, make them smaller, or larger again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.layer_parts import (
    around,
    as_float,
    is_torch,
    like,
    marked,
    put,
    setting,
    takes,
    units_of,
)
from debugdiff.dryrun.sizes import ONE, grown, spread, times, total, window
from debugdiff.dryrun.values import Items, Layer, Plain, Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.dryrun.table import Form
    from debugdiff.dryrun.values import Value


def _windows(layer: Layer, form: Form, sizes: Sequence[Plain], *, kernel: str) -> list[Plain]:
    """The sizes that a window leaves, axis by axis."""
    torch = is_torch(layer)
    arguments = layer.arguments
    kernels = spread(arguments.get(kernel), form.axes, 2)
    step = arguments.get("stride" if torch else "strides")
    is_none = isinstance(step, Plain) and step.value is None
    pools = form.form == "pooling"
    steps = kernels if (step is None or is_none) and pools else spread(step, form.axes, 1)
    said = arguments.get("padding")
    pads = spread(said, form.axes, 0) if torch or said is not None else [Plain(0)] * form.axes
    pads = [Plain(0, pad.made) if pad.value == "valid" else pad for pad in pads]
    pads = [Plain("same", pad.made) if pad.value == "causal" else pad for pad in pads]
    wide = spread(arguments.get("dilation" if torch else "dilation_rate"), form.axes, 1)
    ceil = arguments.get("ceil_mode")
    rounds_up = isinstance(ceil, Plain) and ceil.value is True
    return [
        marked(window(*each, ceil=rounds_up), layer)
        for each in zip(sizes, kernels, steps, pads, wide, strict=False)
    ]


def convolution(
    layer: Layer, form: Form, tensor: Tensor, rest: list[Value], named: Mapping[str, Value]
) -> Tensor:
    del rest, named
    before, inner, channels = around(layer, tensor, form.axes)
    takes(layer, channels, tensor)
    left = _windows(layer, form, inner, kernel="kernel_size")
    return replace(as_float(tensor), sizes=put(layer, before, left, units_of(layer)))


def transposed(
    layer: Layer, form: Form, tensor: Tensor, rest: list[Value], named: Mapping[str, Value]
) -> Tensor:
    del rest, named
    before, inner, channels = around(layer, tensor, form.axes)
    takes(layer, channels, tensor)
    arguments = layer.arguments
    kernels = spread(arguments.get("kernel_size"), form.axes, 2)
    steps = spread(arguments.get("stride" if is_torch(layer) else "strides"), form.axes, 1)
    pads = spread(arguments.get("padding"), form.axes, 0)
    more = spread(arguments.get("output_padding"), form.axes, 0)
    left = [
        marked(grown(*each), layer) for each in zip(inner, kernels, steps, pads, more, strict=False)
    ]
    return replace(as_float(tensor), sizes=put(layer, before, left, units_of(layer)))


def pooling(
    layer: Layer, form: Form, tensor: Tensor, rest: list[Value], named: Mapping[str, Value]
) -> Tensor:
    del rest, named
    before, inner, channels = around(layer, tensor, form.axes)
    kernel = "kernel_size" if is_torch(layer) else "pool_size"
    left = _windows(layer, form, inner, kernel=kernel)
    return replace(tensor, sizes=put(layer, before, left, channels))


def adaptive(
    layer: Layer, form: Form, tensor: Tensor, rest: list[Value], named: Mapping[str, Value]
) -> Tensor:
    del rest, named
    assert tensor.sizes is not None
    sizes = spread(layer.arguments.get("output_size"), form.axes, 1)
    return replace(tensor, sizes=(*tensor.sizes[: -form.axes], *sizes))


def pooled_whole(
    layer: Layer, form: Form, tensor: Tensor, rest: list[Value], named: Mapping[str, Value]
) -> Tensor:
    del rest, named
    assert tensor.sizes is not None
    keeps = setting(layer, "keepdims").value is True
    inner = [ONE] * form.axes if keeps else []
    return like(tensor, (tensor.sizes[0], *inner, tensor.sizes[-1]), layer)


def upsampling(
    layer: Layer, form: Form, tensor: Tensor, rest: list[Value], named: Mapping[str, Value]
) -> Tensor:
    del rest, named
    assert tensor.sizes is not None
    sizes = tensor.sizes
    if not is_torch(layer):
        factors = spread(layer.arguments.get("size"), form.axes, 2)
        inner = [times([one, two]) for one, two in zip(sizes[1:-1], factors, strict=False)]
        return replace(tensor, sizes=(sizes[0], *(marked(one, layer) for one in inner), sizes[-1]))
    axes = len(sizes) - 2
    size = layer.arguments.get("size")
    if isinstance(size, Plain | Items) and not (isinstance(size, Plain) and size.value is None):
        return replace(tensor, sizes=(*sizes[:2], *spread(size, axes, 1)))
    factors = spread(layer.arguments.get("scale_factor"), axes, 1)
    factors = [
        Plain(int(one.value), one.made) if isinstance(one.value, float) else one for one in factors
    ]
    inner = [times([one, two]) for one, two in zip(sizes[2:], factors, strict=False)]
    return replace(tensor, sizes=(*sizes[:2], *(marked(one, layer) for one in inner)))


def padded(
    layer: Layer, form: Form, tensor: Tensor, rest: list[Value], named: Mapping[str, Value]
) -> Tensor:
    del rest, named
    assert tensor.sizes is not None
    pads = spread(layer.arguments.get("padding"), form.axes, 1)
    inner = [total([size, pad, pad]) for size, pad in zip(tensor.sizes[1:-1], pads, strict=False)]
    return replace(tensor, sizes=(tensor.sizes[0], *inner, tensor.sizes[-1]))
