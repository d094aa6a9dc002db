"""Layers that slide a window along axes, make them smaller, or larger again."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.layer_parts import (
    Applied,
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
from debugdiff.dryrun.sizes import ONE, computed, grown, sizes_of, spread, times, total, window
from debugdiff.dryrun.values import Items, Layer, Plain, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.dryrun.table import Form


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


def convolution(applied: Applied) -> Tensor:
    before, inner, channels = around(applied.layer, applied.tensor, applied.form.axes)
    takes(applied.layer, channels, applied.tensor)
    left = _windows(applied.layer, applied.form, inner, kernel="kernel_size")
    return replace(
        as_float(applied.tensor), sizes=put(applied.layer, before, left, units_of(applied.layer))
    )


def transposed(applied: Applied) -> Tensor:
    before, inner, channels = around(applied.layer, applied.tensor, applied.form.axes)
    takes(applied.layer, channels, applied.tensor)
    arguments = applied.layer.arguments
    kernels = spread(arguments.get("kernel_size"), applied.form.axes, 2)
    steps = spread(
        arguments.get("stride" if is_torch(applied.layer) else "strides"), applied.form.axes, 1
    )
    pads = spread(arguments.get("padding"), applied.form.axes, 0)
    more = spread(arguments.get("output_padding"), applied.form.axes, 0)
    left = [
        marked(grown(*each), applied.layer)
        for each in zip(inner, kernels, steps, pads, more, strict=False)
    ]
    return replace(
        as_float(applied.tensor), sizes=put(applied.layer, before, left, units_of(applied.layer))
    )


def pooling(applied: Applied) -> Tensor:
    before, inner, channels = around(applied.layer, applied.tensor, applied.form.axes)
    kernel = "kernel_size" if is_torch(applied.layer) else "pool_size"
    left = _windows(applied.layer, applied.form, inner, kernel=kernel)
    return replace(applied.tensor, sizes=put(applied.layer, before, left, channels))


def adaptive(applied: Applied) -> Tensor:
    sizes = spread(applied.layer.arguments.get("output_size"), applied.form.axes, 1)
    return replace(applied.tensor, sizes=(*applied.sizes[: -applied.form.axes], *sizes))


def pooled_whole(applied: Applied) -> Tensor:
    keeps = setting(applied.layer, "keepdims").value is True
    inner = [ONE] * applied.form.axes if keeps else []
    return like(applied.tensor, (applied.sizes[0], *inner, applied.sizes[-1]), applied.layer)


def upsampling(applied: Applied) -> Tensor:
    sizes = applied.sizes
    if not is_torch(applied.layer):
        factors = spread(applied.layer.arguments.get("size"), applied.form.axes, 2)
        inner = [times([one, two]) for one, two in zip(sizes[1:-1], factors, strict=False)]
        return replace(
            applied.tensor,
            sizes=(sizes[0], *(marked(one, applied.layer) for one in inner), sizes[-1]),
        )
    axes = len(sizes) - 2
    size = applied.layer.arguments.get("size")
    if isinstance(size, Plain | Items) and not (isinstance(size, Plain) and size.value is None):
        return replace(applied.tensor, sizes=(*sizes[:2], *spread(size, axes, 1)))
    factors = spread(applied.layer.arguments.get("scale_factor"), axes, 1)
    factors = [
        Plain(int(one.value), one.made) if isinstance(one.value, float) else one for one in factors
    ]
    inner = [times([one, two]) for one, two in zip(sizes[2:], factors, strict=False)]
    return replace(
        applied.tensor, sizes=(*sizes[:2], *(marked(one, applied.layer) for one in inner))
    )


def padded(applied: Applied) -> Tensor:
    pads = spread(applied.layer.arguments.get("padding"), applied.form.axes, 1)
    inner = [total([size, pad, pad]) for size, pad in zip(applied.sizes[1:-1], pads, strict=False)]
    return replace(applied.tensor, sizes=(applied.sizes[0], *inner, applied.sizes[-1]))


def edged(applied: Applied) -> Tensor:
    """PyTorch's padding layers: a number, or a pair for each axis, the last one first."""
    given = sizes_of(applied.layer.arguments.get("padding", ONE)) or (Plain(),)
    axes = applied.form.axes
    pads = given if len(given) == 2 * axes else [given[0]] * (2 * axes)
    inner = [
        total([size, *pads[2 * at : 2 * at + 2]])
        for at, size in enumerate(applied.sizes[: -axes - 1 : -1])
    ]
    return replace(applied.tensor, sizes=(*applied.sizes[:-axes], *inner[::-1]))


def cropped(applied: Applied) -> Tensor:
    """Keras' cropping: a number, or one for each axis."""
    pads = spread(applied.layer.arguments.get("cropping"), applied.form.axes, 1)
    inner = [
        computed(ast.Sub, size, total([pad, pad]))
        for size, pad in zip(applied.sizes[1:-1], pads, strict=False)
    ]
    return replace(applied.tensor, sizes=(applied.sizes[0], *inner, applied.sizes[-1]))


def depthwise(applied: Applied) -> Tensor:
    before, inner, channels = around(applied.layer, applied.tensor, applied.form.axes)
    left = _windows(applied.layer, applied.form, inner, kernel="kernel_size")
    units = times([channels, setting(applied.layer, "depth_multiplier", 1)])
    return replace(as_float(applied.tensor), sizes=put(applied.layer, before, left, units))


def resized(applied: Applied) -> Tensor:
    """Keras' `Resizing(height, width)`."""
    inner = [setting(applied.layer, name) for name in ("height", "width")]
    return replace(applied.tensor, sizes=(*applied.sizes[:-3], *inner, applied.sizes[-1]))
