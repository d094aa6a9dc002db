"""Functions and methods that give a tensor another form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.layers import flattened, unflattened
from debugdiff.dryrun.more_operations import cut_up, interleaved
from debugdiff.dryrun.operation import AXES, Operation
from debugdiff.dryrun.sizes import ONE, agree, axis_at, reshaped, sizes_of, spread, times, window
from debugdiff.dryrun.values import OPEN, UNKNOWN, Items, Plain, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.dryrun.values import Value

_TWO = 2
_PARTS = 16


def reshape(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    wanted = _rest(operation, "shape", "newshape")
    if wanted is None:
        return operation.like(tensor, None)
    marked = [Plain(one.value, one.made | {operation.node}) for one in wanted]
    made = operation.like(tensor, reshaped(tensor.sizes, marked, tensor))
    return replace(made, lowest=tensor.lowest, highest=tensor.highest)


def _rest(operation: Operation, *names: str) -> tuple[Plain, ...] | None:
    """Sizes as `view(2, 3)`, `reshape(x, (2, 3))` and `size=(2, 3)` have them."""
    named = operation.given(len(operation.args), *names)
    given = [named] if named is not None else list(operation.args[1:])
    if len(given) == 1:
        return sizes_of(given[0])
    return tuple(one if isinstance(one, Plain) else Plain() for one in given)


def flatten(tensor: Tensor, operation: Operation) -> Value:
    start, end = operation.given(1, "start_dim"), operation.given(2, "end_dim")
    first = start if isinstance(start, Plain) else Plain(0)
    last = end if isinstance(end, Plain) else Plain(-1)
    return operation.like(tensor, flattened(tensor, first, last))


def unflatten(tensor: Tensor, operation: Operation) -> Value:
    axis, sizes = operation.given(1, "dim"), operation.given(2, "sizes")
    known = sizes_of(sizes) if sizes is not None else None
    return unflattened(tensor, axis if isinstance(axis, Plain) else Plain(), known)


def squeeze(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    axis = operation.axis(1)
    if isinstance(axis, Plain) and axis.value is None:
        left = [size for size in tensor.sizes if size.number != 1]
        return operation.like(tensor, left)
    places = [axis_at(one, len(tensor.sizes)) for one in sizes_of(axis) or ()]
    left = [
        size
        for at, size in enumerate(tensor.sizes)
        if at not in places or size.number not in {1, None}
    ]
    return operation.like(tensor, left)


def unsqueeze(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    axis = operation.axis(1)
    at = axis_at(axis, len(tensor.sizes) + 1) if isinstance(axis, Plain) else None
    if at is None:
        return operation.like(tensor, None)
    return operation.like(tensor, (*tensor.sizes[:at], ONE, *tensor.sizes[at:]))


def permute(tensor: Tensor, operation: Operation) -> Value:
    return operation.like(tensor, _ordered(tensor, _rest(operation, "dims")))


def _ordered(tensor: Tensor, order: Sequence[Plain] | None) -> list[Plain] | None:
    assert tensor.sizes is not None
    places = [axis_at(one, len(tensor.sizes)) for one in order or ()]
    known = [at for at in places if at is not None]
    if len(known) != len(tensor.sizes) or len(set(known)) != len(known):
        return None
    return [tensor.sizes[at] for at in known]


def transpose(tensor: Tensor, operation: Operation) -> Value:
    """PyTorch swaps two axes; NumPy, TensorFlow and Keras give all in a new order."""
    assert tensor.sizes is not None
    swaps = operation.name == "swapaxes" or operation.library == "torch"
    swaps = swaps or (not operation.library and not tensor.is_array)
    if not swaps:
        order = _rest(operation, "perm", "axes")
        turned = list(tensor.sizes)[::-1] if not order else _ordered(tensor, order)
        return operation.like(tensor, turned)
    axes = [operation.given(1, "dim0", "axis1"), operation.given(2, "dim1", "axis2")]
    places = [axis_at(one, len(tensor.sizes)) for one in axes if isinstance(one, Plain)]
    one, other = (*places, None, None)[:2]
    if one is None or other is None:
        return operation.like(tensor, None)
    sizes = list(tensor.sizes)
    sizes[one], sizes[other] = sizes[other], sizes[one]
    return operation.like(tensor, sizes)


def move(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    axes = [operation.given(1, "source"), operation.given(2, "destination")]
    places = [axis_at(one, len(tensor.sizes)) for one in axes if isinstance(one, Plain)]
    if len(places) < _TWO or None in places:
        return operation.like(tensor, None)
    sizes = list(tensor.sizes)
    sizes.insert(places[1] or 0, sizes.pop(places[0] or 0))
    return operation.like(tensor, sizes)


def turn(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    return operation.like(tensor, tensor.sizes[::-1])


def repeat(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    foreign = tensor.is_array or operation.library in {"numpy", "tensorflow", "keras"}
    if operation.name == "repeat" and foreign:
        return interleaved(tensor, operation)
    times_each = _rest(operation, "repeats", "reps", "multiples")
    if times_each is None or len(times_each) < len(tensor.sizes):
        return operation.like(tensor, None)
    whole = [*[ONE] * (len(times_each) - len(tensor.sizes)), *tensor.sizes]
    return operation.like(tensor, [times(pair) for pair in zip(whole, times_each, strict=True)])


def expand(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    wanted = _rest(operation)
    if wanted is None:
        return operation.like(tensor, None)
    whole = [*[ONE] * (len(wanted) - len(tensor.sizes)), *tensor.sizes]
    return operation.like(
        tensor,
        [
            size if new.value == -1 else new if size.number == 1 else agree(new, size, tensor)
            for size, new in zip(whole, wanted, strict=False)
        ],
    )


def chunk(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    count, axis = operation.given(1, "chunks"), operation.given(2, *AXES) or Plain(0)
    at = axis_at(axis, len(tensor.sizes)) if isinstance(axis, Plain) else None
    number = count.number if isinstance(count, Plain) else None
    if at is None or not number or number > _PARTS:
        return UNKNOWN
    size = tensor.sizes[at]
    part = Plain(OPEN if size.number is None else -(-size.number // number), size.made)
    piece = operation.like(tensor, (*tensor.sizes[:at], part, *tensor.sizes[at + 1 :]))
    return Items([piece] * number, is_tuple=True)


def split(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    each, axis = (
        operation.given(1, "split_size", "num_or_size_splits"),
        operation.given(2, *AXES) or Plain(0),
    )
    at = axis_at(axis, len(tensor.sizes)) if isinstance(axis, Plain) else None
    size = tensor.sizes[at].number if at is not None else None
    part = each.number if isinstance(each, Plain) else None
    if operation.library in {"numpy", "tensorflow", "keras"}:
        return cut_up(tensor, operation)
    if at is None or not part or size is None:
        return UNKNOWN
    sizes = [min(part, size - begin) for begin in range(0, size, part)][:_PARTS]
    made = tensor.sizes[at].made
    pieces = [
        operation.like(tensor, (*tensor.sizes[:at], Plain(one, made), *tensor.sizes[at + 1 :]))
        for one in sizes
    ]
    return Items(list(pieces), is_tuple=True)


def pooled(tensor: Tensor, operation: Operation) -> Value:
    """`max_pool2d(x, 2)`: a window along the last axes."""
    assert tensor.sizes is not None
    axes = int(operation.name[-2])
    if operation.library in {"keras", "tensorflow"}:
        return operation.like(tensor, None)
    kernels = spread(operation.given(1, "kernel_size"), axes, 2)
    step = operation.given(2, "stride")
    unsaid = step is None or (isinstance(step, Plain) and step.value is None)
    steps = kernels if unsaid else spread(step, axes, 1)
    pads = spread(operation.given(3, "padding"), axes, 0)
    inner = [
        window(*each) for each in zip(tensor.sizes[-axes:], kernels, steps, pads, strict=False)
    ]
    marked = [Plain(one.value, one.made | {operation.node}) for one in inner]
    return replace(tensor, sizes=(*tensor.sizes[:-axes], *marked))


def adapted(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    axes = int(operation.name[-2])
    sizes = spread(operation.given(1, "output_size"), axes, 1)
    return replace(tensor, sizes=(*tensor.sizes[:-axes], *sizes))
