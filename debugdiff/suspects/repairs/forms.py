"""Other forms and dtypes: an operation more, one less, or its axes in another order."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.sizes import computed
from debugdiff.dryrun.table import operation_of
from debugdiff.dryrun.values import OPEN, UNKNOWN, Items, Plain, Tensor
from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.repairs.numbers import becomes
from debugdiff.suspects.repairs.repair import SMALL, Change, Repair, latest_first
from debugdiff.suspects.repairs.writing import applied, without_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from debugdiff.dryrun import Mismatch
    from debugdiff.dryrun.values import Value
    from debugdiff.source.program import File

Sizes = tuple[Plain, ...]
_MATRIX = 2


def turned(file: File, node: ast.expr, values: Mapping[ast.AST, Value]) -> Iterator[Repair]:
    """A call that gave a tensor its form left out, or its axes given in another order."""
    if isinstance(node, ast.Call) and operation_of(last_name(node.func)) in _SHAPING:
        yield Repair(
            place=Place(file, node),
            change=Change.DROPPED,
            what=f"no `{last_name(node.func)}`",
            text=without_call(file, node),
            skipped=frozenset({node}),
        )
        for part in (*node.args, *(one.value for one in node.keywords)):
            for inner in (part, *in_order(part)):
                yield from _other_axes(file, inner)
    yield from inserted(file, node, values)


def _other_axes(file: File, inner: ast.AST) -> Iterator[Repair]:
    if not isinstance(inner, ast.Constant) or type(inner.value) is not int:
        return
    if abs(inner.value) > SMALL:
        return
    is_signed = isinstance(file.parents.get(inner), ast.UnaryOp)
    for value in (-1, 0, 1, 2, 3):
        if value != inner.value:
            yield Repair(
                place=Place(file, inner),
                change=Change.NUMBER,
                what=f"`{value}` instead of `{inner.value}`",
                text="" if is_signed and value < 0 else str(value),
                is_exact=False,
                edits={inner: becomes(value)},
            )


_SHAPING = frozenset(
    {
        *("reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "permute", "transpose"),
        *("move", "turn", "reduce", "choose", "repeat", "expand", "onehot"),
    }
)


def inserted(file: File, node: ast.AST, values: Mapping[ast.AST, Value]) -> Iterator[Repair]:
    """One operation more on what an expression gives."""
    for change, operations in ((Change.MATCHED, _MATCHING), (Change.ADDED, _AXES)):
        for what, operation in operations.items():
            yield Repair(
                place=Place(file, node),
                change=change,
                what=what,
                text=_written(file, node, values.get(node, UNKNOWN), operation),
                edits={node: _on_tensor(operation.sizes)},
            )


def _written(file: File, node: ast.AST, value: Value, operation: _Operation) -> str:
    sizes = value.sizes if isinstance(value, Tensor) else None
    ones = [axis and size.number == 1 for axis, size in enumerate(sizes or ())]
    index = ", ".join("0" if is_one else ":" for is_one in ones)
    return applied(file, node, value, operation.spellings, index=index)


@dataclass(frozen=True, slots=True)
class _Operation:
    """What it makes of the sizes, and how each library writes it; see `applied`."""

    sizes: Callable[[Sizes], Sizes]
    spellings: Mapping[str, str]


def _on_tensor(function: Callable[[Sizes], Sizes]) -> Callable[[Value], Value]:
    def edit(value: Value) -> Value:
        if isinstance(value, Tensor) and value.sizes:
            return replace(value, sizes=function(value.sizes))
        return value

    return edit


def _flat(sizes: Sizes) -> Sizes:
    whole = 1
    for size in sizes[1:]:
        if size.number is None:
            return (sizes[0], Plain(OPEN))
        whole *= size.number
    return (sizes[0], Plain(whole))


def _from_the_third(function: Callable[[Sizes], Sizes]) -> Callable[[Sizes], Sizes]:
    """For tensors that have more than rows and columns alone."""
    return lambda sizes: function(sizes) if len(sizes) > _MATRIX else sizes


def _swapped(first: int, second: int) -> Mapping[str, str]:
    return {
        "any": f"{{x}}.swapaxes({first}, {second})",
        "keras": f"{{library}}.ops.swapaxes({{x}}, {first}, {second})",
    }


def _moved(source: int, target: int) -> Mapping[str, str]:
    return {
        "torch": f"{{x}}.movedim({source}, {target})",
        "numpy": f"{{library}}.moveaxis({{x}}, {source}, {target})",
        "keras": f"{{library}}.ops.moveaxis({{x}}, {source}, {target})",
    }


_FLATTENED = {
    "torch": "{x}.flatten(1)",
    "numpy": "{x}.reshape({x}.shape[0], -1)",
    "keras": "{library}.layers.Flatten()({x})",
}
_MATCHING: Mapping[str, _Operation] = {
    "its last two axes swapped": _Operation(
        lambda sizes: (*sizes[:-2], *sizes[-2:][::-1]), _swapped(-2, -1)
    ),
    "its axes in another order": _Operation(
        _from_the_third(lambda sizes: (sizes[0], *sizes[2:], sizes[1])), _moved(1, -1)
    ),
    "its channels first": _Operation(
        _from_the_third(lambda sizes: (sizes[0], sizes[-1], *sizes[1:-1])), _moved(-1, 1)
    ),
    "its first two axes swapped": _Operation(
        lambda sizes: (*sizes[:2][::-1], *sizes[2:]), _swapped(0, 1)
    ),
    "all but the batch flattened": _Operation(_from_the_third(_flat), _FLATTENED),
    "one step less": _Operation(
        lambda sizes: (
            (sizes[0], computed(ast.Sub, sizes[1], Plain(1)), *sizes[2:])
            if len(sizes) > 1
            else sizes
        ),
        {"any": "{x}[:, :-1]"},
    ),
    "only its last step": _Operation(
        _from_the_third(lambda sizes: (sizes[0], *sizes[2:])), {"any": "{x}[:, -1]"}
    ),
}
"""What fits only if the sizes are those that are wanted, which seldom is by chance."""
_AXES: Mapping[str, _Operation] = {
    "one more axis at the end": _Operation(
        lambda sizes: (*sizes, Plain(1)), {"any": "{x}[..., None]"}
    ),
    "one more axis after the batch": _Operation(
        lambda sizes: (*sizes[:1], Plain(1), *sizes[1:]), {"any": "{x}[:, None]"}
    ),
    "one more axis in front": _Operation(
        lambda sizes: (Plain(1), *sizes) if sizes[0].number is not None else sizes,
        {"any": "{x}[None]"},
    ),
    "one entry of its first axis": _Operation(
        lambda sizes: (Plain(1), *sizes[1:]), {"any": "{x}[:1]"}
    ),
    "its axes of size 1 removed": _Operation(
        lambda sizes: (*sizes[:1], *(size for size in sizes[1:] if size.number != 1)),
        {"any": "{x}[{index}]"},
    ),
}


# --- dtypes ---------------------------------------------------------------------------------------


def casts(
    files: Mapping[ast.AST, File], mismatch: Mismatch, values: Mapping[ast.AST, Value]
) -> Iterator[Repair]:
    """Another dtype where a value got its own, or where it is handed out."""
    wanted = str(mismatch.wanted.value)
    for node in latest_first(files, mismatch.came.made):
        file, value = files[node], values.get(node, UNKNOWN)
        is_tensor = isinstance(value, Tensor) and isinstance(node, ast.expr)
        yield Repair(
            place=Place(file, node),
            change=Change.DTYPE,
            what=f"the dtype `{wanted}`",
            text=applied(file, node, value, _CAST, dtype=wanted) if is_tensor else "",
            edits={node: _as_dtype(wanted)},
        )


_CAST = {
    "torch": "{x}.to({library}.{dtype})",
    "numpy": '{x}.astype("{dtype}")',
    "keras": '{library}.ops.cast({x}, "{dtype}")',
}


def _as_dtype(dtype: str) -> Callable[[Value], Value]:
    def edit(value: Value) -> Value:
        if isinstance(value, Tensor):
            return replace(value, dtype=dtype)
        if isinstance(value, Items):
            return Items([edit(item) for item in value.items], value.is_open, value.is_tuple)
        return value

    return edit
