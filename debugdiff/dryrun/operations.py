"""What functions and methods on tensors give: one function for each form of `shapes.toml`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun import more_operations as more
from debugdiff.dryrun.forms import (
    adapted,
    chunk,
    expand,
    flatten,
    move,
    permute,
    pooled,
    repeat,
    reshape,
    split,
    squeeze,
    transpose,
    turn,
    unflatten,
    unsqueeze,
)
from debugdiff.dryrun.layers import FLOATS, joined
from debugdiff.dryrun.makers import (
    chosen,
    converted,
    counting,
    drawn,
    filled,
    full,
    shuffled,
    spaced,
    whole,
)
from debugdiff.dryrun.operation import DTYPES, Operation, dtype_of
from debugdiff.dryrun.sequences import packed, padded, unpacked
from debugdiff.dryrun.sizes import (
    agree,
    axis_at,
    broadcast,
    sizes_of,
)
from debugdiff.dryrun.values import (
    NOTHING,
    OPEN,
    UNKNOWN,
    Items,
    Mismatch,
    Plain,
    Repeated,
    Tensor,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from debugdiff.dryrun.values import Value


def operate(form: str, operation: Operation) -> Value:
    """What an operation gives, `UNKNOWN` where the text does not show.

    Raises:
        Mismatch: if what it is given does not fit.
    """
    if form in _OF_ANYTHING:
        return _OF_ANYTHING[form](operation)
    tensor = operation.tensor
    if tensor is None:
        return UNKNOWN
    if form == "cast":
        return cast(tensor, operation)
    if form in {"same", "sum"}:
        return _OF_TENSORS[form](tensor, operation)
    if tensor.sizes is None:
        return replace(tensor, sizes=None) if form not in _UNTYPED else Tensor()
    return _OF_TENSORS[form](tensor, operation)


_UNTYPED = frozenset({"reduce", "choose", "onehot", "split", "chunk"})


# --- form -----------------------------------------------------------------------------------------


def _same(tensor: Tensor, operation: Operation) -> Value:
    del operation
    return replace(tensor, lowest=Plain(), highest=Plain())


def _sum(tensor: Tensor, operation: Operation) -> Value:
    others = [one for one in operation.args[1:] if isinstance(one, Tensor)]
    if tensor.dtype == "bool":
        typed = others[0] if others else Tensor()
        tensor = replace(tensor, dtype=typed.dtype, typed=typed.typed)
    sizes = tensor.sizes
    for other in others:
        sizes = broadcast(replace(tensor, sizes=sizes), other)
    return replace(tensor, sizes=sizes)


def _reduce(tensor: Tensor, operation: Operation) -> Value:
    axis = operation.axis(1)
    whole = operation.name.startswith("arg")
    typed = replace(tensor, dtype="int64", typed=frozenset({operation.node})) if whole else tensor
    if isinstance(axis, Plain) and axis.value is None:
        return operation.like(typed, ())
    keeps = any(
        isinstance(one, Plain) and one.value is True
        for one in (operation.named.get("keepdim"), operation.named.get("keepdims"))
    )
    axes = sizes_of(axis)
    return operation.like(typed, _without(tensor, axes, keeps=keeps) if axes else None)


def _without(tensor: Tensor, axes: Sequence[Plain], *, keeps: bool) -> tuple[Plain, ...] | None:
    assert tensor.sizes is not None
    places = [axis_at(axis, len(tensor.sizes)) for axis in axes]
    if None in places:
        return None
    made = NOTHING.union(*(axis.made for axis in axes))
    return tuple(
        Plain(1, made) if at in places else Plain(size.value, size.made | made)
        for at, size in enumerate(tensor.sizes)
        if keeps or at not in places
    )


def _choose(tensor: Tensor, operation: Operation) -> Value:
    """`x.max(dim)` gives values and places, `x.max()` and NumPy's one tensor."""
    axis = operation.axis(1)
    if isinstance(axis, Plain) and axis.value is None:
        return operation.like(tensor, ())
    found = _reduce(tensor, operation)
    if tensor.is_array or operation.library in {"numpy", "tensorflow", "keras"}:
        return found
    places = replace(found, dtype="int64") if isinstance(found, Tensor) else found
    return Items([found, places], is_tuple=True)


def _onehot(tensor: Tensor, operation: Operation) -> Value:
    assert tensor.sizes is not None
    classes = operation.given(1, "num_classes", "depth")
    size = classes if isinstance(classes, Plain) else Plain(OPEN, frozenset({operation.node}))
    if size.value in {OPEN, -1, None} and tensor.highest.number is not None:
        size = Plain(tensor.highest.number + 1, tensor.highest.made)
    torch = operation.library == "torch"
    dtype = "int64" if torch else "float64" if operation.name == "to_categorical" else "float32"
    made = operation.like(tensor, (*tensor.sizes, Plain(size.value, size.made | {operation.node})))
    return replace(made, dtype=dtype, typed=frozenset({operation.node}))


# --- dtype ----------------------------------------------------------------------------------------


def cast(tensor: Tensor, operation: Operation) -> Value:
    """A tensor of another dtype; `to(device)` leaves it."""
    said = operation.given(1, "dtype")
    dtype = dtype_of(said) if said is not None else DTYPES.get(operation.name, "")
    if operation.name in {"to", "type"} and not dtype:
        return tensor
    if not dtype:
        return replace(tensor, dtype="", typed=tensor.typed | {operation.node})
    return replace(tensor, dtype=dtype, typed=frozenset({operation.node}))


# --- several tensors ------------------------------------------------------------------------------


def _parts(value: Value | None) -> list[Tensor]:
    items = value.items if isinstance(value, Items) and not value.is_open else []
    tensors = [item for item in items if isinstance(item, Tensor)]
    return tensors if len(tensors) == len(items) else []


def _join(operation: Operation) -> Value:
    tensors = _parts(operation.given(0, "tensors", "values", "xs"))
    axis = operation.axis(1, 0)
    if not tensors or not isinstance(axis, Plain):
        return Tensor()
    if operation.name == "hstack":
        axis = Plain(1)
    found = joined(tensors, Plain(axis.value, axis.made | {operation.node}))
    return replace(found, formed=found.formed | {operation.node})


def _stack(operation: Operation) -> Value:
    given = operation.given(0, "tensors", "values", "arrays", "x")
    axis = operation.axis(1, 0)
    count, first = _counted(given)
    if first is None or first.sizes is None or not isinstance(axis, Plain):
        return replace(first, sizes=None) if first is not None else Tensor()
    for other in _parts(given):
        for one, two in zip(other.sizes or (), first.sizes, strict=False):
            agree(one, two, other, first)
    at = axis_at(axis, len(first.sizes) + 1) or 0
    return operation.like(first, (*first.sizes[:at], count, *first.sizes[at:]))


def _counted(given: Value | None) -> tuple[Plain, Tensor | None]:
    """How many tensors there are in a list, and one of them."""
    if isinstance(given, Repeated):
        return given.length, given.item if isinstance(given.item, Tensor) else None
    if isinstance(given, Items) and given.items and isinstance(given.items[0], Tensor):
        return Plain(OPEN if given.is_open else len(given.items)), given.items[0]
    return Plain(), None


def _matmul(operation: Operation) -> Value:
    left, right = (operation.given(at) for at in (0, 1))
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        return Tensor()
    if left.sizes is None or right.sizes is None or not left.sizes or not right.sizes:
        return Tensor(dtype=left.dtype, typed=left.typed)
    floats = {left.dtype, right.dtype} <= FLOATS
    if floats and left.dtype != right.dtype and not left.is_array:
        raise Mismatch(
            "dtype", Plain(right.dtype, right.typed), Plain(left.dtype, left.typed), right, left
        )
    if len(right.sizes) == 1:
        agree(left.sizes[-1], right.sizes[0], left, right)
        return operation.like(left, left.sizes[:-1])
    agree(left.sizes[-1], right.sizes[-2], left, right)
    outer = broadcast(replace(left, sizes=left.sizes[:-2]), replace(right, sizes=right.sizes[:-2]))
    return operation.like(left, (*(outer or ()), *left.sizes[-2:-1], right.sizes[-1]))


# --- tensors that are made ------------------------------------------------------------------------


_OF_ANYTHING: Mapping[str, Callable[[Operation], Value]] = {
    "join": _join,
    "stack": _stack,
    "matmul": _matmul,
    "filled": filled,
    "full": full,
    "drawn": drawn,
    "whole": whole,
    "counted": counting,
    "spaced": spaced,
    "shuffled": shuffled,
    "chosen": chosen,
    "converted": converted,
    "padded": padded,
    "summed": more.summed,
    "grid": more.grid,
    "columns": more.columns,
    "square": more.square,
    "rows-padded": more.rows_padded,
}
_OF_TENSORS: Mapping[str, Callable[[Tensor, Operation], Value]] = {
    "same": _same,
    "sum": _sum,
    "reduce": _reduce,
    "choose": _choose,
    "reshape": reshape,
    "flatten": flatten,
    "unflatten": unflatten,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "permute": permute,
    "transpose": transpose,
    "move": move,
    "turn": turn,
    "repeat": repeat,
    "expand": expand,
    "split": split,
    "chunk": chunk,
    "onehot": _onehot,
    "packed": packed,
    "unpacked": unpacked,
    "pooled": pooled,
    "adapted": adapted,
    "interpolated": more.interpolated,
    "shape": more.shape,
    "narrow": more.narrow,
    "select": more.select,
    "index-select": more.index_select,
    "gather": more.gather,
    "pad": more.padded,
    "best": more.best,
    "interleaved": more.interleaved,
    "unbound": more.unbound,
    "sampled": more.sampled,
    "unfolded": more.unfolded,
    "as-other": more.as_other,
    "paired": more.paired,
    "crossed": more.crossed,
    "projected": more.projected,
    "some": more.some,
    "diagonal": more.diagonal,
    "cut-up": more.cut_up,
}
