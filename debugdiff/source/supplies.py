"""The way of a batch back to what it was made of: loaders, data sets, pipelines, lists.

`Trails` follows one tensor; here a part of what a loader hands out is followed to the item of the
data set, the array of a pipeline, or what was appended to a list.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import ITEM
from debugdiff.source.containers import items
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.syntax import argument_of, last_name, position
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.bindings import Path
    from debugdiff.source.flow import Flow

_LIMIT = 200
_DEFINED = (*FUNCTIONS, ast.Lambda)
_LOADER = "torch.utils.data.DataLoader"
_TENSORS = "torch.utils.data.TensorDataset"
_PARTS_OF = frozenset({"torch.utils.data.random_split", "torch.utils.data.Subset"})
_SAME_ROWS = frozenset(
    ["batch", "shuffle", "prefetch", "cache", "repeat", "take", "skip", "padded_batch", "shard"]
)
_ONE_HOT = frozenset({"to_categorical", "one_hot"})
_FREE = frozenset({"reshape", "view", "flatten", "ravel", "tolist", "copy"})


def supplies_of(flow: Flow, start: Place) -> list[Value]:
    """Everything on the way back from an expression to what its values were made of."""
    waiting, seen = [Value(start)], {Value(start): None}
    while waiting and len(seen) < _LIMIT:
        value = waiting.pop(0)
        for end in flow.origins(value.place, value.path):
            for step in (end, *_behind(flow, end)):
                if step not in seen:
                    seen[step] = None
                    waiting.append(step)
    return list(seen)


def _behind(flow: Flow, end: Value) -> list[Value]:
    """One step back from where the flow of names ends."""
    file, node, path = end.place.file, end.place.node, end.path
    match node:
        case ast.Subscript(value=inner, slice=index):
            return [Value(Place(file, part), path) for part in (inner, *_rows_of(index))]
        case ast.List() | ast.ListComp() | ast.GeneratorExp():
            rest = path[1:] if path[:1] == (ITEM,) else path
            return [Value(item, rest) for item in items(flow, end.place) if item != end.place]
        case ast.Call():
            return _behind_call(flow, end)
        case ast.arg():
            return _of_parameter(flow, end)
    return []


def _rows_of(index: ast.expr) -> list[ast.expr]:
    """`y` of `np.eye(n)[y]`: the table's rows are taken by an array."""
    return [index] if isinstance(index, ast.Name) else []


def _behind_call(  # noqa: PLR0911 - one kind of a call each
    flow: Flow, end: Value
) -> list[Value]:
    place, path = end.place, end.path
    node = place.node
    assert isinstance(node, ast.Call)
    callee, name = flow.callee(place), last_name(node.func)
    first = [Value(Place(place.file, part), path) for part in node.args[:1]]
    if callee.name == _LOADER:
        return _of_loader(flow, place, path)
    if callee.name == _TENSORS:
        return _of_tensors(place, path)
    if callee.name in _PARTS_OF:
        return (
            [Value(first[0].place, path[1:] if name == "random_split" else path)] if first else []
        )
    if callee.kind == "class" and callee.made is not None and path[:1] == (ITEM,):
        method = flow.method(callee.made, "__getitem__")
        return _parts(flow.results(method), path[1:]) if method else []
    if name == "train_test_split" and path and isinstance(path[0], int) and node.args:
        return [Value(Place(place.file, node.args[path[0] // 2 % len(node.args)]), path[1:])]
    if name == "from_tensor_slices" and path[:1] == (ITEM,):
        return [Value(one.place, path[1:]) for one in first]
    if isinstance(node.func, ast.Attribute) and name == "map" and path[:1] == (ITEM,):
        return _mapped(flow, place, path)
    if isinstance(node.func, ast.Attribute) and name in _SAME_ROWS and callee.kind != "library":
        return [Value(Place(place.file, node.func.value), path)]
    return _of_one_array(flow, end, first)


def _of_one_array(flow: Flow, end: Value, first: list[Value]) -> list[Value]:
    """A call that changes an array's form, type or numbers, and not what a row is about."""
    node = end.place.node
    assert isinstance(node, ast.Call)
    callee, name = flow.callee(end.place), last_name(node.func)
    if callee.kind == "library":
        is_plain = callee.name in api.passes().functions or name in _ONE_HOT
        return first if is_plain else []
    is_method = isinstance(node.func, ast.Attribute) and callee.kind in {"method", "unknown"}
    if is_method and (name in api.passes().methods or name in _FREE):
        return [Value(Place(end.place.file, node.func.value), end.path)]  # type: ignore[attr-defined]
    return []


def _of_loader(flow: Flow, place: Place, path: Path) -> list[Value]:
    """The items of the data set; what `collate_fn` makes of them."""
    node = place.node
    assert isinstance(node, ast.Call)
    collate = argument_of(node, "collate_fn", 6)
    own = _functions(flow, place, collate)
    if own and path[:1] == (ITEM,):
        return _parts(flow.results(own[0]), path[1:])
    given = argument_of(node, "dataset", 0)
    return [Value(Place(place.file, given), path)] if given is not None else []


def _of_tensors(place: Place, path: Path) -> list[Value]:
    node = place.node
    assert isinstance(node, ast.Call)
    match path:
        case (str(), int() as number, *rest) if number < len(node.args):
            return [Value(Place(place.file, node.args[number]), tuple(rest))]
    return []


def _mapped(flow: Flow, place: Place, path: Path) -> list[Value]:
    """What the function of a pipeline's `map` makes of every item."""
    assert isinstance(place.node, ast.Call)
    functions = _functions(flow, place, argument_of(place.node, "map_func", 0))
    return [part for one in functions for part in _parts(flow.results(one), path[1:])]


def _functions(flow: Flow, call: Place, given: ast.expr | None) -> list[Place]:
    """The user's functions that a call is given."""
    ends = flow.origins(Place(call.file, given)) if given is not None else []
    return [end.place for end in ends if isinstance(end.place.node, (*FUNCTIONS, ast.Lambda))]


def _of_parameter(flow: Flow, end: Value) -> list[Value]:
    """What a loader gives to its `collate_fn`, and a pipeline to the function of its `map`."""
    node = end.place.node
    assert isinstance(node, ast.arg)
    function = next(up for up in end.place.file.up(node) if isinstance(up, _DEFINED))
    return [
        *_collated(flow, function, end),
        *_unmapped(flow, function, (position(function, node.arg) or 0, *end.path)),
    ]


def _collated(flow: Flow, function: ast.AST, end: Value) -> Iterator[Value]:
    for loader in flow.calls_of("DataLoader") if end.path[:1] == (ITEM,) else ():
        assert isinstance(loader.node, ast.Call)
        dataset = argument_of(loader.node, "dataset", 0)
        collate = argument_of(loader.node, "collate_fn", 6)
        if dataset is not None and function in _nodes(_functions(flow, loader, collate)):
            yield Value(Place(loader.file, dataset), end.path)


def _unmapped(flow: Flow, function: ast.AST, path: Path) -> Iterator[Value]:
    for call in flow.calls_of("map"):
        assert isinstance(call.node, ast.Call)
        given = argument_of(call.node, "map_func", 0)
        pipeline = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
        if pipeline is not None and function in _nodes(_functions(flow, call, given)):
            yield Value(Place(call.file, pipeline), (ITEM, *path))


def _nodes(places: list[Place]) -> list[ast.AST]:
    return [place.node for place in places]


def _parts(results: list[Value], path: Path) -> list[Value]:
    return [Value(one.place, (*one.path, *path)) for one in results]
