"""Functions that make tensors and arrays: of zeros, of random numbers, out of lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.operation import DTYPES, OF_PYTHON, SIZES, Operation, dtype_of
from debugdiff.dryrun.sizes import sizes_of
from debugdiff.dryrun.values import NOTHING, OPEN, UNKNOWN, Items, Plain, Repeated, Tensor

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from debugdiff.dryrun.values import Value

_TWO = 2


def _dtype_made(operation: Operation, torch: str, other: str) -> tuple[str, frozenset[ast.AST]]:
    said = dtype_of(operation.named.get("dtype"))
    default = torch if operation.library in {"torch", "tensorflow", "keras"} else other
    return said or default, frozenset({operation.node})


def _new(operation: Operation, sizes: Sequence[Plain] | None, torch: str, other: str) -> Tensor:
    dtype, typed = _dtype_made(operation, torch, other)
    return Tensor(
        sizes=None if sizes is None else tuple(sizes),
        dtype=dtype,
        typed=typed,
        formed=frozenset({operation.node}),
        is_array=operation.library in {"numpy", ""},
    )


def filled(operation: Operation) -> Value:
    named = next((operation.named[name] for name in SIZES if name in operation.named), None)
    given = (
        [named]
        if named is not None
        else [one if isinstance(one, Plain | Items) else Plain() for one in operation.args]
    )
    if not given:
        return Plain()
    sizes = (
        sizes_of(given[0])
        if len(given) == 1 or isinstance(given[0], Items)
        else tuple(one for one in given if isinstance(one, Plain))
    )
    return _new(operation, sizes, "float32", "float64")


def full(operation: Operation) -> Value:
    sizes = operation.given(0, *SIZES)
    return _new(operation, sizes_of(sizes) if sizes is not None else None, "", "")


def drawn(operation: Operation) -> Value:
    """`normal(loc, scale, size)`: sizes come last, or by name; a tuple is never anything else."""
    named = next((operation.named[name] for name in SIZES if name in operation.named), None)
    at = _SIZE_AT.get(operation.name, _TWO)
    last = operation.args[-1] if operation.args else None
    is_last = isinstance(last, Items) or len(operation.args) > at
    sizes = named if named is not None else last if is_last else None
    spread = next((one for one in operation.args if isinstance(one, Tensor)), None)
    if sizes is None:
        return Plain() if spread is None else spread
    return _new(operation, sizes_of(sizes), "float32", "float64")


_SIZE_AT = {
    "standard_normal": 0,
    **dict.fromkeys(("exponential", "poisson", "geometric", "chisquare"), 1),
}


def whole(operation: Operation) -> Value:
    """`randint(low, high, size)`, `randint(high, size=...)`."""
    named = next((operation.named[name] for name in SIZES if name in operation.named), None)
    bounds = [one for one in operation.args if isinstance(one, Plain)]
    sizes = (
        named
        if named is not None
        else next((one for one in operation.args if isinstance(one, Items)), None)
    )
    if sizes is None and len(bounds) > _TWO:
        sizes = bounds.pop()
    high = operation.named.get(
        "high", bounds[1] if len(bounds) > 1 else bounds[0] if bounds else Plain()
    )
    low = operation.named.get("low", bounds[0] if len(bounds) > 1 else Plain(0))
    if isinstance(high, Plain) and high.value is None:
        low, high = Plain(0), low
    made = _new(operation, sizes_of(sizes) if sizes is not None else (), "int64", "int64")
    return replace(made, lowest=low if isinstance(low, Plain) else Plain(), highest=_below(high))


def _below(high: Value) -> Plain:
    if not isinstance(high, Plain):
        return Plain()
    return Plain(OPEN if high.number is None else high.number - 1, high.made)


def counting(operation: Operation) -> Value:
    bounds = [one for one in operation.args if isinstance(one, Plain)]
    numbers = [one.number for one in bounds]
    made = NOTHING.union(*(one.made for one in bounds))
    known = bool(numbers) and all(number is not None for number in numbers)
    count = Plain(OPEN, made)
    if len(bounds) == 1:
        count = bounds[0]
    elif known and (len(numbers) <= _TWO or numbers[2]):
        count = Plain(len(range(*[number or 0 for number in numbers][:3])), made)
    tensor = _new(operation, (count,), "int64", "int64")
    top = bounds[0] if len(bounds) == 1 else bounds[1] if len(bounds) > 1 else Plain()
    return replace(tensor, highest=_below(top))


def spaced(operation: Operation) -> Value:
    count = operation.given(2, "num", "steps") or Plain(50)
    return _new(operation, sizes_of(count), "float32", "float64")


def shuffled(operation: Operation) -> Value:
    first = operation.given(0)
    if isinstance(first, Tensor):
        return first
    return _new(operation, sizes_of(first) if isinstance(first, Plain) else None, "int64", "int64")


def chosen(operation: Operation) -> Value:
    sizes = operation.given(1, "size")
    choices = operation.given(0)
    dtype = choices.dtype if isinstance(choices, Tensor) else _python_dtype(choices)
    made = _new(operation, sizes_of(sizes) if sizes is not None else (), "", "")
    top = _below(choices) if isinstance(choices, Plain) else _highest(choices)
    return replace(made, dtype=dtype, highest=top)


def _highest(value: Value | None) -> Plain:
    items = value.items if isinstance(value, Items) and not value.is_open else []
    numbers = [item for item in items if isinstance(item, Plain) and item.number is not None]
    if not numbers or len(numbers) < len(items):
        return value.highest if isinstance(value, Tensor) else Plain()
    return max(numbers, key=lambda item: item.number or 0)


def _python_dtype(value: Value | None) -> str:
    """The dtype that NumPy gives to a Python value."""
    while isinstance(value, Items | Repeated):
        value = (
            (value.items[0] if value.items else None) if isinstance(value, Items) else value.item
        )
    if isinstance(value, Tensor):
        return value.dtype
    plain = value.value if isinstance(value, Plain) else OPEN
    return OF_PYTHON.get(type(plain).__name__, "")


def converted(operation: Operation) -> Value:
    """`torch.tensor(rows)`, `np.array([...])`: nested lists and what is in them."""
    given = operation.given(0, "data", "value", "object", "initial_value")
    torch = operation.library == "torch"
    sizes = _nested(given)
    if torch and sizes is None:
        sizes = _row(given)
    tensor = given if isinstance(given, Tensor) else None
    if operation.name == "Tensor" and isinstance(given, Plain) and given.number is not None:
        sizes = tuple(one for one in operation.args if isinstance(one, Plain))
    dtype = dtype_of(operation.given(1, "dtype")) or DTYPES.get(operation.name, "")
    said = bool(dtype)
    natural = tensor.dtype if tensor is not None else _python_dtype(given)
    if torch and tensor is None and natural == "float64":
        natural = "float32"
    if operation.library in {"tensorflow", "keras"} and tensor is None:
        natural = {"float64": "float32", "int64": "int32"}.get(natural, natural)
    if operation.name == "Tensor":
        natural, said = "float32", True
    typed = (
        frozenset({operation.node}) if said or tensor is None else tensor.typed | {operation.node}
    )
    return Tensor(
        sizes=sizes,
        dtype=dtype or natural,
        typed=typed,
        formed=(tensor.formed if tensor else NOTHING) | {operation.node},
        lowest=tensor.lowest if tensor else Plain(),
        highest=tensor.highest if tensor else _highest(given),
        is_array=not torch and operation.library not in {"tensorflow", "keras"},
    )


def _row(value: Value | None) -> tuple[Plain, ...] | None:
    """The form of a list of what is not known: PyTorch takes numbers there, and no tensors."""
    if isinstance(value, Repeated) and value.item == UNKNOWN:
        return (value.length,)
    if isinstance(value, Items) and value.items and value.items[0] == UNKNOWN:
        return (Plain(OPEN if value.is_open else len(value.items)),)
    return None


def _nested(value: Value | None) -> tuple[Plain, ...] | None:
    if isinstance(value, Tensor):
        return value.sizes
    if isinstance(value, Repeated):
        inner = _nested(value.item)
        return None if inner is None else (value.length, *inner)
    if isinstance(value, Items) and value.items:
        inner = _nested(value.items[0])
        count = Plain(OPEN if value.is_open else len(value.items))
        return None if inner is None else (count, *inner)
    return () if isinstance(value, Plain) else None
