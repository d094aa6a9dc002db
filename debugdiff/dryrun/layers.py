"""What a layer gives for what it is given, and where it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.layer_parts import Applied, as_float, is_torch, like, setting, takes, units_of
from debugdiff.dryrun.recurrences import cell, recurrent
from debugdiff.dryrun.sizes import (
    agree,
    axis_at,
    made_by,
    reshaped,
    sizes_of,
    times,
    total,
)
from debugdiff.dryrun.table import form_of
from debugdiff.dryrun.values import OPEN, UNKNOWN, Items, Layer, Mismatch, Plain, Tensor
from debugdiff.dryrun.windows import (
    adaptive,
    convolution,
    cropped,
    depthwise,
    edged,
    padded,
    pooled_whole,
    pooling,
    resized,
    transposed,
    upsampling,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from debugdiff.dryrun.table import Form
    from debugdiff.dryrun.values import Value

FLOATS = frozenset({"float16", "float32", "float64", "bfloat16"})


def apply_layer(layer: Layer, inputs: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """What a layer gives; `UNKNOWN` for one that the table does not have.

    Raises:
        Mismatch: if the layer refuses its input.
    """
    form = form_of(layer.name)
    if form is None or not inputs:
        return UNKNOWN
    first = inputs[0]
    if form.form in _OF_SEVERAL:
        return _OF_SEVERAL[form.form](layer, first)
    if not isinstance(first, Tensor):
        return UNKNOWN
    _check_axes(layer, form, first)
    if first.sizes is None and form.form not in {"attention", "recurrent"}:
        weighs = layer.api.has_weights or form.form in _WEIGHTED
        return Tensor(dtype="float32" if weighs else first.dtype)
    _check_dtype(layer, form, first)
    return _FORMS[form.form](
        Applied(layer=layer, form=form, tensor=first, rest=inputs[1:], named=named)
    )


def _check_axes(layer: Layer, form: Form, tensor: Tensor) -> None:
    if tensor.sizes is None:
        return
    axes = len(tensor.sizes)
    wanted = Plain(form.ranks[-1] if form.ranks else form.least, frozenset({layer.call}))
    if (form.ranks and axes not in form.ranks) or axes < form.least:
        raise Mismatch("axes", Plain(axes, tensor.formed), wanted, tensor)


def _check_dtype(layer: Layer, form: Form, tensor: Tensor) -> None:
    """PyTorch's layers take the dtype of their weights; an embedding takes whole numbers."""
    if not is_torch(layer) or not tensor.dtype:
        return
    if form.form == "embedding":
        if tensor.dtype not in {"int64", "int32"}:
            raise Mismatch("dtype", Plain(tensor.dtype, tensor.typed), Plain("int64"), tensor)
    elif form.form in _WEIGHTED and tensor.dtype != "float32" and "dtype" not in layer.arguments:
        raise Mismatch("dtype", Plain(tensor.dtype, tensor.typed), Plain("float32"), tensor)


_WEIGHTED = frozenset(
    {"dense", "convolution", "transposed", "recurrent", "cell", "channels", "last", "attention"}
)


def _dense(applied: Applied) -> Tensor:
    if applied.sizes:
        takes(applied.layer, applied.sizes[-1], applied.tensor)
    return replace(as_float(applied.tensor), sizes=(*applied.sizes[:-1], units_of(applied.layer)))


def _flatten(applied: Applied) -> Tensor:
    start = setting(applied.layer, "start_dim", 1) if is_torch(applied.layer) else Plain(1)
    end = setting(applied.layer, "end_dim", -1) if is_torch(applied.layer) else Plain(-1)
    return like(applied.tensor, flattened(applied.tensor, start, end), applied.layer)


def flattened(tensor: Tensor, start: Plain, end: Plain) -> tuple[Plain, ...]:
    """The sizes after some axes have become one."""
    assert tensor.sizes is not None
    first, last = (axis_at(axis, len(tensor.sizes)) for axis in (start, end))
    if first is None or last is None or last < first:
        return tensor.sizes
    made = times(tensor.sizes[first : last + 1])
    return (*tensor.sizes[:first], made, *tensor.sizes[last + 1 :])


def _unflatten(applied: Applied) -> Value:
    sizes = sizes_of(applied.layer.arguments.get("unflattened_size", UNKNOWN))
    return unflattened(applied.tensor, setting(applied.layer, "dim"), sizes)


def unflattened(tensor: Tensor, axis: Plain, sizes: Sequence[Plain] | None) -> Value:
    """A tensor of which one axis has become several."""
    assert tensor.sizes is not None
    at = axis_at(axis, len(tensor.sizes))
    if at is None or sizes is None:
        return UNKNOWN
    inner = reshaped([tensor.sizes[at]], sizes, tensor)
    return like(tensor, (*tensor.sizes[:at], *inner, *tensor.sizes[at + 1 :]))


def _reshape(applied: Applied) -> Value:
    wanted = sizes_of(applied.layer.arguments.get("target_shape", UNKNOWN))
    if wanted is None:
        return UNKNOWN
    inner = reshaped(applied.sizes[1:], wanted, applied.tensor)
    return like(applied.tensor, (applied.sizes[0], *inner), applied.layer)


def _permute(applied: Applied) -> Value:
    order = sizes_of(applied.layer.arguments.get("dims", UNKNOWN)) or ()
    at = [one.number or 0 for one in order]
    if sorted(at) != list(range(1, len(applied.sizes))):
        return UNKNOWN
    return like(
        applied.tensor, (applied.sizes[0], *(applied.sizes[one] for one in at)), applied.layer
    )


def _repeat(applied: Applied) -> Tensor:
    return like(
        applied.tensor,
        (applied.sizes[0], setting(applied.layer, "n"), applied.sizes[-1]),
        applied.layer,
    )


def _embedding(applied: Applied) -> Tensor:
    rows = setting(applied.layer, "rows")
    rows = Plain(rows.value, rows.made | {applied.layer.call})
    if (
        rows.number is not None
        and applied.tensor.highest.number is not None
        and applied.tensor.highest.number >= rows.number
    ):
        raise Mismatch("range", applied.tensor.highest, rows, applied.tensor)
    return replace(as_float(applied.tensor), sizes=(*applied.sizes, units_of(applied.layer)))


def _channels(applied: Applied) -> Tensor:
    if len(applied.sizes) > 1:
        takes(applied.layer, applied.sizes[1], applied.tensor, "units")
    return applied.tensor


def _features(applied: Applied) -> Tensor:
    if "axis" not in applied.layer.arguments and applied.sizes:
        takes(applied.layer, applied.sizes[-1], applied.tensor)
    return as_float(applied.tensor)


def _last(applied: Applied) -> Tensor:
    wanted = applied.layer.arguments.get(applied.layer.api.own("units"), UNKNOWN)
    for size, came in zip((sizes_of(wanted) or ())[::-1], applied.sizes[::-1], strict=False):
        agree(came, Plain(size.value, size.made | {applied.layer.call}), applied.tensor)
    return applied.tensor


def _stacked(applied: Applied) -> Value:
    inner = next(iter(applied.layer.arguments.values()), UNKNOWN)
    return (
        apply_layer(inner, [applied.tensor, *applied.rest], applied.named)
        if isinstance(inner, Layer)
        else applied.tensor
    )


def _attention(applied: Applied) -> Value:
    """Queries keep their form; a mask of padding is (batch, steps)."""
    if applied.tensor.sizes:
        takes(applied.layer, applied.sizes[-1], applied.tensor, "units")
    key = applied.rest[0] if applied.rest else UNKNOWN
    first = setting(applied.layer, "batch_first").value is True
    for name, turned in (("key_padding_mask", False),):
        mask = applied.named.get(name)
        if isinstance(mask, Tensor) and mask.sizes and isinstance(key, Tensor) and key.sizes:
            wanted = key.sizes[:2] if first is not turned else key.sizes[1::-1]
            marked = [Plain(size.value, size.made | {applied.layer.call}) for size in wanted]
            for one, other in zip(mask.sizes, marked, strict=False):
                agree(one, other, mask, key)
    return Items([applied.tensor, Tensor()], is_tuple=True)


def _same(applied: Applied) -> Tensor:
    return replace(applied.tensor, lowest=Plain(), highest=Plain())


def _text(applied: Applied) -> Tensor:
    """Texts become the numbers of their words."""
    if applied.tensor.dtype not in {"", "string", "str"}:
        said = Plain(applied.tensor.dtype, applied.tensor.typed | applied.tensor.formed)
        raise Mismatch("dtype", said, Plain("string"), applied.tensor)
    rows = applied.sizes[:1] if applied.sizes else ()
    return Tensor(sizes=(*rows, setting(applied.layer, "output_sequence_length")), dtype="int64")


def _each_step(applied: Applied) -> Value:
    inner = applied.layer.arguments.get("layer")
    if not isinstance(inner, Layer):
        return UNKNOWN
    found = apply_layer(
        inner,
        [replace(applied.tensor, sizes=(applied.sizes[0], *applied.sizes[2:]))],
        applied.named,
    )
    if not isinstance(found, Tensor) or found.sizes is None:
        return UNKNOWN
    return replace(found, sizes=(found.sizes[0], applied.sizes[1], *found.sizes[1:]))


def _both_ways(applied: Applied) -> Value:
    inner = applied.layer.arguments.get("layer")
    found = (
        apply_layer(inner, [applied.tensor], applied.named) if isinstance(inner, Layer) else UNKNOWN
    )
    mode = applied.layer.arguments.get("merge_mode", Plain("concat"))
    joins = isinstance(mode, Plain) and mode.value == "concat"
    if not isinstance(found, Tensor) or found.sizes is None or not joins:
        return found
    twice = times([found.sizes[-1], Plain(2, frozenset({applied.layer.call}))])
    return replace(found, sizes=(*found.sizes[:-1], twice))


# --- layers of several inputs ---------------------------------------------------------------------


def joined(tensors: Sequence[Tensor], axis: Plain) -> Tensor:
    """Tensors side by side along an axis."""
    known = [tensor for tensor in tensors if tensor.sizes is not None]
    first = tensors[0]
    if len(known) < len(tensors):
        return Tensor(dtype=first.dtype, typed=first.typed)
    shapes = [tensor.sizes or () for tensor in tensors]
    at = axis_at(axis, len(shapes[0]))
    if at is None:
        return Tensor(dtype=first.dtype, typed=first.typed)
    for tensor, shape in zip(tensors, shapes, strict=True):
        if len(shape) != len(shapes[0]):
            came = Plain(len(shape), tensor.formed)
            raise Mismatch("axes", came, Plain(len(shapes[0]), first.formed), tensor, first)
        for place, (one, other) in enumerate(zip(shape, shapes[0], strict=True)):
            if place != at:
                agree(one, other, tensor, first)
    whole = total([shape[at] for shape in shapes])
    whole = Plain(whole.value, whole.made | axis.made)
    formed = frozenset[object]().union(*(tensor.formed for tensor in tensors))
    return replace(first, sizes=(*shapes[0][:at], whole, *shapes[0][at + 1 :]), formed=formed)  # type: ignore[arg-type]


def _tensors(value: Value) -> list[Tensor]:
    items = value.items if isinstance(value, Items) and not value.is_open else []
    tensors = [item for item in items if isinstance(item, Tensor)]
    return tensors if len(tensors) == len(items) else []


def _join(layer: Layer, value: Value) -> Value:
    tensors = _tensors(value)
    axis = setting(layer, "axis", -1)
    return joined(tensors, Plain(axis.value, axis.made | {layer.call})) if tensors else UNKNOWN


def _sum(layer: Layer, value: Value) -> Value:
    del layer
    tensors = _tensors(value)
    for tensor in tensors:
        known = tensor.sizes is not None and tensors[0].sizes is not None
        for one, other in (
            zip(tensor.sizes or (), tensors[0].sizes or (), strict=False) if known else ()
        ):
            if 1 not in {one.number, other.number}:
                agree(one, other, tensor, tensors[0])
    return tensors[0] if tensors else UNKNOWN


def _bag(applied: Applied) -> Tensor:
    """A row for each bag: of a matrix each row is one, else each offset begins one."""
    offsets = applied.rest[0] if applied.rest else applied.named.get("offsets")
    rows = applied.sizes[0]
    if len(applied.sizes) == 1:
        rows = offsets.sizes[0] if isinstance(offsets, Tensor) and offsets.sizes else Plain()
    return replace(as_float(applied.tensor), sizes=(rows, units_of(applied.layer)))


def _bilinear(applied: Applied) -> Tensor:
    sizes = (*applied.sizes[:-1], setting(applied.layer, "units"))
    return like(as_float(applied.tensor), sizes, applied.layer)


def _transformer(applied: Applied) -> Value:
    """What comes out has the form of the target; both have the size of the model."""
    target = applied.rest[0] if applied.rest else applied.named.get("tgt")
    for tensor in (applied.tensor, target):
        if isinstance(tensor, Tensor) and tensor.sizes:
            takes(applied.layer, tensor.sizes[-1], tensor, "units")
    mask = applied.named.get("tgt_mask")
    if isinstance(target, Tensor) and target.sizes and isinstance(mask, Tensor) and mask.sizes:
        first = setting(applied.layer, "batch_first").value is True
        agree(mask.sizes[-1], target.sizes[-2 if first else 0], mask, target)
    return target if isinstance(target, Tensor) else UNKNOWN


def _halved(applied: Applied) -> Value:
    at = axis_at(setting(applied.layer, "dim", -1), len(applied.sizes))
    if at is None:
        return UNKNOWN
    size = applied.sizes[at]
    half = Plain(OPEN if size.number is None else size.number // 2, size.made)
    return like(
        applied.tensor, (*applied.sizes[:at], half, *applied.sizes[at + 1 :]), applied.layer
    )


def _shuffled(applied: Applied) -> Value:
    """`PixelShuffle`: channels become rows and columns."""
    factor, channels = setting(applied.layer, "upscale_factor"), applied.sizes[-3]
    if factor.number is None or channels.number is None:
        return Tensor(dtype=applied.tensor.dtype)
    left = Plain(channels.number // factor.number**2, channels.made | factor.made)
    wider = [times([size, factor]) for size in applied.sizes[-2:]]
    return like(applied.tensor, (*applied.sizes[:-3], left, *wider), applied.layer)


def _looked_up(applied: Applied) -> Tensor:
    mode = setting(applied.layer, "output_mode", "int")
    if mode.value != "int":
        return Tensor(dtype="float32")
    return replace(applied.tensor, dtype="int64", typed=frozenset({applied.layer.call}))


def weight_of(layer: Layer) -> Tensor:
    """The weight of a layer of PyTorch's that was made with both of its sizes."""
    rows = setting(layer, "units" if "inputs" in layer.api.names else "rows")
    wide = setting(layer, "inputs" if "inputs" in layer.api.names else "units")
    is_matrix = layer.api.kind in {"dense", "embedding"}
    return Tensor(sizes=(rows, wide) if is_matrix else None, dtype="float32")


def _encoded(applied: Applied) -> Tensor:
    """`CategoryEncoding`: a place for each category."""
    size = setting(applied.layer, "num_tokens")
    many = setting(applied.layer, "output_mode", "multi_hot").value != "one_hot"
    outer = applied.sizes[:1] if many or applied.sizes[-1].number == 1 else applied.sizes
    return like(as_float(applied.tensor), (*outer, size), applied.layer)


def _attended(layer: Layer, value: Value) -> Value:
    """`Attention()([query, value])` has the steps of the query and the size of the value."""
    tensors = _tensors(value)
    if len(tensors) < 2 or tensors[0].sizes is None or not tensors[1].sizes:  # noqa: PLR2004
        return UNKNOWN
    agree(tensors[1].sizes[-1], tensors[0].sizes[-1], tensors[1], tensors[0])
    return like(tensors[0], (*tensors[0].sizes[:-1], tensors[1].sizes[-1]), layer)


def _dotted(layer: Layer, value: Value) -> Value:
    """`Dot(axes)([x, y])`: the axes along which they are multiplied go."""
    tensors = _tensors(value)
    axes = sizes_of(layer.arguments.get("axes", UNKNOWN)) or ()
    if len(tensors) != 2 or not axes:  # noqa: PLR2004 - a product has two sides
        return UNKNOWN
    left: list[Plain] = []
    sides = list(zip(tensors, (axes[0], axes[-1]), strict=True))
    places = [axis_at(axis, len(tensor.sizes or ())) for tensor, axis in sides]
    one, other = (tensor.sizes for tensor in tensors)
    if None in places or one is None or other is None:
        return UNKNOWN
    agree(one[places[0] or 0], other[places[1] or 0], tensors[0], tensors[1])
    left = [size for at, size in enumerate(one) if at != places[0]]
    left += [size for at, size in enumerate(other) if at not in (0, places[1])]
    return like(tensors[0], left if len(left) > 1 else [*left, Plain(1)], layer)


_OF_SEVERAL: Mapping[str, Callable[[Layer, Value], Value]] = {
    "join": _join,
    "sum": _sum,
    "attended": _attended,
    "dotted": _dotted,
}
_FORMS: Mapping[str, Callable[[Applied], Value]] = {
    "dense": _dense,
    "convolution": convolution,
    "transposed": transposed,
    "pooling": pooling,
    "adaptive": adaptive,
    "global": pooled_whole,
    "upsampling": upsampling,
    "padding": padded,
    "flatten": _flatten,
    "unflatten": _unflatten,
    "reshape": _reshape,
    "permute": _permute,
    "repeat": _repeat,
    "embedding": _embedding,
    "bag": _bag,
    "bilinear": _bilinear,
    "transformer": _transformer,
    "halved": _halved,
    "shuffled": _shuffled,
    "looked-up": _looked_up,
    "encoded": _encoded,
    "edged": edged,
    "cropped": cropped,
    "depthwise": depthwise,
    "resized": resized,
    "recurrent": recurrent,
    "cell": cell,
    "channels": _channels,
    "features": _features,
    "last": _last,
    "stacked": _stacked,
    "attention": _attention,
    "same": _same,
    "text": _text,
    "each-step": _each_step,
    "bidirectional": _both_ways,
}
__all__ = ["FLOATS", "apply_layer", "flattened", "joined", "made_by", "unflattened"]
