"""Parts of tensors and lists, and small comparisons of plain values."""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.sizes import made_by
from debugdiff.dryrun.values import OPEN, Items, Library, Plain, Repeated, Span, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from debugdiff.dryrun.values import Value

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,  # type: ignore[dict-item]
    ast.LtE: operator.le,  # type: ignore[dict-item]
    ast.Gt: operator.gt,  # type: ignore[dict-item]
    ast.GtE: operator.ge,  # type: ignore[dict-item]
}
_WIDTHS = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def width(dtype: str) -> int:
    """Which of two dtypes a sum of both has: the later one of a list."""
    return _WIDTHS.index(dtype) if dtype in _WIDTHS else -1


def compared(symbol: ast.cmpop, left: Plain, right: Plain) -> Plain:
    """A comparison of two plain values."""
    function = _COMPARISONS.get(type(symbol))
    if function is None or OPEN in (left.value, right.value):
        return Plain()
    try:
        return Plain(function(left.value, right.value))
    except TypeError:
        return Plain()


def plain_form(tensors: Sequence[Tensor]) -> Tensor:
    """A tensor of whose form nothing is known any more."""
    return replace(tensors[0], sizes=None) if tensors else Tensor()


def part(tensor: Tensor, index: Value, node: ast.AST) -> Value:
    """A part of a tensor: `x[:, -1]`, `x[None]`, `x[mask]`."""
    if tensor.sizes is None:
        return replace(tensor, sizes=None)
    keys = index.items if isinstance(index, Items) and index.is_tuple else [index]
    axes = sum(not _adds_axis(key) and not _fills(key) for key in keys)
    missing = [Span(None, None, None)] * (len(tensor.sizes) - axes)
    at = next((place for place, key in enumerate(keys) if _fills(key)), len(keys))
    whole = [*keys[:at], *missing, *keys[at + 1 :]]
    sizes = _picked(list(tensor.sizes), whole)
    return Tensor(
        sizes=sizes,
        dtype=tensor.dtype,
        typed=tensor.typed,
        formed=tensor.formed | {node},
        lowest=tensor.lowest,
        highest=tensor.highest,
        is_array=tensor.is_array,
    )


def _adds_axis(key: Value) -> bool:
    if isinstance(key, Library):
        return key.name.endswith(".newaxis")
    return isinstance(key, Plain) and key.value is None


def _fills(key: Value) -> bool:
    return isinstance(key, Plain) and key.value is ...


def _picked(sizes: list[Plain], keys: Sequence[Value]) -> tuple[Plain, ...] | None:
    found: list[Plain] = []
    for key in keys:
        if _adds_axis(key):
            found.append(Plain(1))
            continue
        if not sizes:
            return None
        size = sizes.pop(0)
        if isinstance(key, Span):
            found.append(span_length(size, key))
        elif isinstance(key, Tensor):
            if key.sizes is None:
                return None
            found += [Plain()] if key.dtype == "bool" else key.sizes
        elif isinstance(key, Items):
            found.append(Plain(OPEN if key.is_open else len(key.items)))
        elif isinstance(key, Repeated):
            found.append(key.length)
        elif not isinstance(key, Plain):
            return None
    return tuple(found)


def span_length(  # noqa: PLR0911 - one form of a slice each
    size: Plain, span: Span
) -> Plain:
    """How many items a slice takes of so many."""
    lower, upper, step = span.lower, span.upper, span.step
    if lower is None and upper is None and step is None:
        return size
    plain = [part for part in (lower, upper, step) if part is not None]
    if not all(isinstance(part, Plain) for part in plain):
        return _between(size, span)
    values = [part.value if isinstance(part, Plain) else None for part in (lower, upper, step)]
    made = made_by(size, *plain)
    if any(value is OPEN for value in values):
        return _between(size, span)
    count = size.number
    if count is None:
        begin, end = values[0] or 0, values[1]
        if end is not None and end > begin >= 0 and size.value is OPEN and size.made:
            return Plain(end - begin, made)
        return Plain(OPEN, made)
    try:
        return Plain(len(range(*slice(*values).indices(count))), made)
    except (TypeError, ValueError):
        return Plain(OPEN, made)


def _between(size: Plain, span: Span) -> Plain:
    """`i : i + n` has n items, also where i is open."""
    lower, length = span.lower, span.length
    is_open = not isinstance(lower, Plain) or lower.value is OPEN
    return length if is_open and length.number is not None else Plain(OPEN, size.made)


def of_text(text: Plain, index: Value) -> Plain:
    """A letter or a part of a text."""
    part = index.number if isinstance(index, Plain) else None
    try:
        return Plain(text.value[part], text.made) if part is not None else Plain(OPEN, text.made)
    except IndexError:
        return Plain(OPEN, text.made)


def cut(items: Items, span: Span) -> Items:
    """A slice of a list."""
    values = [
        part.value if isinstance(part, Plain) else None
        for part in (span.lower, span.upper, span.step)
    ]
    if any(value is OPEN for value in values):
        return Items(items.items, is_open=True, is_tuple=items.is_tuple)
    return Items(items.items[slice(*values)], items.is_open, items.is_tuple)
