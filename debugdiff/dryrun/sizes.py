"""Arithmetic with sizes that remember what in the text decided them."""

from __future__ import annotations

import ast
import operator
from math import prod
from typing import TYPE_CHECKING

from debugdiff.dryrun.python_values import put_together
from debugdiff.dryrun.values import NOTHING, OPEN, Items, Mismatch, Plain, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from debugdiff.dryrun.values import Nodes, Value

ONE = Plain(1)
_POWER_LIMIT = 64
_ARITHMETIC: Mapping[type[ast.operator], Callable[[int, int], int | float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


def made_by(*values: Value) -> Nodes:
    """Everything in the text that decided some plain values."""
    return NOTHING.union(*(value.made for value in values if isinstance(value, Plain)))


def computed(symbol: type[ast.operator], left: Plain, right: Plain) -> Plain:
    """What an operator gives for two plain values; open where one is."""
    made = left.made | right.made
    function = _ARITHMETIC.get(symbol)
    if symbol is ast.Pow and isinstance(right.value, int) and 0 <= right.value <= _POWER_LIMIT:
        function = operator.pow
    numbers = all(isinstance(side.value, int | float) for side in (left, right))
    if function is None or not numbers:
        return Plain(put_together(symbol, left, right), made)
    try:
        return Plain(function(left.value, right.value), made)
    except (ArithmeticError, ValueError):
        return Plain(OPEN, made)


def times(sizes: Iterable[Plain]) -> Plain:
    """The product of some sizes."""
    parts = list(sizes)
    made = made_by(*parts)
    numbers = [part.number for part in parts]
    known = [number for number in numbers if number is not None]
    return Plain(prod(known) if len(known) == len(parts) else OPEN, made)


def total(sizes: Iterable[Plain]) -> Plain:
    """The sum of some sizes."""
    result = Plain(0)
    for size in sizes:
        result = computed(ast.Add, result, size)
    return result


def window(  # noqa: PLR0913 - what a window is
    size: Plain,
    kernel: Plain,
    stride: Plain,
    padding: Plain,
    dilation: Plain = ONE,
    *,
    ceil: bool = False,
) -> Plain:
    """The size that is left where a window slides along an axis (docs of torch.nn.Conv2d)."""
    made = made_by(size, kernel, stride, padding, dilation)
    numbers = [each.number for each in (size, kernel, stride, dilation)]
    is_same = padding.value == "same"
    pad = padding.number if not isinstance(padding.value, str) else 0
    if any(number is None for number in numbers) or pad is None or not numbers[2]:
        return Plain(OPEN, made)
    length, width, step, spread = (number or 0 for number in numbers)
    if is_same:
        return Plain(-(-length // step), made)
    reach = length + 2 * pad - spread * (width - 1) - 1
    result = (-(-reach // step) if ceil else reach // step) + 1
    if result < 1:
        raise Mismatch("size", Plain(length, size.made), Plain(width, kernel.made | made))
    return Plain(result, made)


def grown(size: Plain, kernel: Plain, stride: Plain, padding: Plain, extra: Plain) -> Plain:
    """The size after a transposed convolution."""
    made = made_by(size, kernel, stride, padding, extra)
    if padding.value == "same":
        return Plain(times([size, stride]).value, made)
    pad = Plain(0) if isinstance(padding.value, str) else padding
    numbers = [each.number for each in (size, kernel, stride, pad, extra)]
    if any(number is None for number in numbers):
        return Plain(OPEN, made)
    length, width, step, cut, more = (number or 0 for number in numbers)
    return Plain((length - 1) * step - 2 * cut + width + more, made)


def agree(
    came: Plain, wanted: Plain, tensor: Tensor | None = None, other: Tensor | None = None
) -> Plain:
    """Two sizes that have to be the same; the one that is known."""
    if came.number is not None and wanted.number is not None and came.number != wanted.number:
        raise Mismatch("size", came, wanted, tensor, other)
    return came if wanted.number is None else wanted


def broadcast(left: Tensor, right: Tensor) -> tuple[Plain, ...] | None:
    """The sizes of a sum of two tensors."""
    if left.sizes is None or right.sizes is None:
        return None
    axes = max(len(left.sizes), len(right.sizes))
    one, two = (
        (*(ONE for _ in range(axes - len(each.sizes or ()))), *(each.sizes or ()))
        for each in (left, right)
    )
    return tuple(_common(a, b, left, right) for a, b in zip(one, two, strict=True))


def _common(one: Plain, two: Plain, left: Tensor, right: Tensor) -> Plain:
    if one.number == 1:
        return two
    if two.number == 1:
        return one
    return agree(one, two, left, right)


def axis_at(axis: Plain, axes: int) -> int | None:
    """An axis counted from the front; `None` where it is open or out of range."""
    at = axis.number
    if at is None or not -axes <= at < axes:
        return None
    return at % axes


def sizes_of(value: Value) -> tuple[Plain, ...] | None:
    """The sizes that a tuple, or one number, says."""
    if isinstance(value, Plain):
        return (value,)
    if not isinstance(value, Items) or value.is_open:
        return None
    return tuple(item if isinstance(item, Plain) else Plain() for item in value.items)


def spread(value: Value | None, axes: int, default: int) -> list[Plain]:
    """A setting per axis: `3` or `(3, 3)`."""
    if value is None:
        return [Plain(default)] * axes
    sizes = sizes_of(value) or (Plain(),)
    return list(sizes) if len(sizes) == axes else [sizes[0]] * axes


def reshaped(sizes: Sequence[Plain], wanted: Sequence[Plain], tensor: Tensor) -> tuple[Plain, ...]:
    """The sizes after a reshape; one of `wanted` may be -1."""
    whole = times(sizes)
    rest = [size for size in wanted if size.value != -1]
    part = times(rest)
    open_axis = len(rest) < len(wanted)
    if whole.number is None or part.number is None:
        left = _cancelled(sizes, rest)
        return tuple(left if size.value == -1 else size for size in wanted)
    fits = (
        part.number and whole.number % part.number == 0
        if open_axis
        else whole.number == part.number
    )
    if not fits:
        raise Mismatch("elements", whole, part, tensor)
    left = Plain(whole.number // part.number, whole.made | part.made) if open_axis else Plain()
    return tuple(left if size.value == -1 else size for size in wanted)


def _cancelled(sizes: Sequence[Plain], rest: Sequence[Plain]) -> Plain:
    """What is left for -1 where open sizes stand on both sides, as an open batch does."""
    left, right = list(sizes), list(rest)
    for size in list(right):
        same = next((one for one in left if one is size or one == size), None)
        if same is not None and size.number is None:
            left.remove(same)
            right.remove(size)
    whole, part = times(left), times(right)
    made = made_by(whole, part)
    if whole.number is None or not part.number or whole.number % part.number:
        return Plain(OPEN, made)
    return Plain(whole.number // part.number, made)
