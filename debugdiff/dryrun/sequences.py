"""Sequences of unequal length: padded to one tensor, packed, and unpacked again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.sizes import agree
from debugdiff.dryrun.values import OPEN, Items, Plain, Repeated, Tensor

if TYPE_CHECKING:
    from debugdiff.dryrun.operation import Operation
    from debugdiff.dryrun.values import Value


def _batch_first(operation: Operation) -> bool:
    said = operation.named.get("batch_first")
    return isinstance(said, Plain) and said.value is True


def _in_order(tensor: Tensor, operation: Operation) -> Tensor:
    """The steps first, unless the batch is said to be."""
    sizes = tensor.sizes
    if sizes is None or len(sizes) <= 1 or _batch_first(operation):
        return tensor
    return replace(tensor, sizes=(sizes[1], sizes[0], *sizes[2:]))


def padded(operation: Operation) -> Value:
    """`pad_sequence`: so many rows of open length."""
    rows = operation.given(0, "sequences")
    item, count = None, Plain()
    if isinstance(rows, Repeated):
        item, count = rows.item, rows.length
    elif isinstance(rows, Items) and rows.items:
        item, count = rows.items[0], Plain(OPEN if rows.is_open else len(rows.items))
    if not isinstance(item, Tensor) or item.sizes is None:
        return Tensor()
    made = frozenset({operation.node})
    marked = Plain(count.value, count.made | made)
    whole = replace(
        item, sizes=(marked, Plain(OPEN, made), *item.sizes[1:]), formed=item.formed | made
    )
    return _in_order(whole, operation)


def packed(tensor: Tensor, operation: Operation) -> Value:
    """`pack_padded_sequence`: as many lengths as rows; the batch comes first from here on."""
    whole = _in_order(tensor, operation)
    lengths = operation.given(1, "lengths")
    if isinstance(lengths, Tensor) and lengths.sizes and whole.sizes:
        agree(whole.sizes[0], lengths.sizes[0], tensor, lengths)
    return whole


def unpacked(tensor: Tensor, operation: Operation) -> Value:
    """`pad_packed_sequence`: the tensor, and the lengths of its rows."""
    return Items([_in_order(tensor, operation), Tensor(dtype="int64")], is_tuple=True)
