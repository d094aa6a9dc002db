"""Data sets, loaders and pipelines in a dry run."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any

from debugdiff.dryrun.operation import dtype_of
from debugdiff.dryrun.sizes import agree, sizes_of
from debugdiff.dryrun.values import (
    OPEN,
    UNKNOWN,
    Entries,
    Items,
    Mismatch,
    Plain,
    Repeated,
    Tensor,
    Thing,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from debugdiff.dryrun.values import Value

from debugdiff.dryrun.machine import Machine


class Data(Machine):
    """Where examples and batches come from."""

    def split_data(self, thing: Thing) -> Value:
        """`random_split` gives data sets, `train_test_split` two parts of each array."""
        if thing.name.endswith("random_split"):
            lengths = self.rounds(thing.arguments.get("lengths", UNKNOWN)) or [Plain(), Plain()]
            return Items(
                [
                    Thing("torch.utils.data.Subset", {**thing.arguments, "length": one}, thing.call)
                    for one in lengths
                ]
            )
        parts: list[Value] = []
        given = thing.arguments["*"]
        for value in given.items if isinstance(given, Items) else []:
            counts = _shares(self.length(value), thing)
            if isinstance(value, Tensor):
                inner = None if value.sizes is None else value.sizes[1:]
                parts += [replace(value, sizes=inner and (one, *inner)) for one in counts]
            else:
                parts += [Repeated(self.item_of(value), one) for one in counts]
        return Items(parts)

    def item_of_thing(self, thing: Thing) -> Value:
        """An example of a data set, or a batch of a loader."""
        last = thing.name.rpartition(".")[2]
        given = thing.arguments
        if last == "TensorDataset":
            every = given["*"]
            items = every.items if isinstance(every, Items) else []
            return Items([self.item_of(value) for value in items], is_tuple=True)
        if last == "Subset":
            return self.item_of(given.get("dataset", UNKNOWN))
        if last == "DataLoader":
            batches = self.rounds_of_thing(thing)
            return batches[0] if batches else UNKNOWN
        if last in SETS:
            return given.get("item", UNKNOWN)
        return UNKNOWN

    def rounds_of_thing(self, thing: Thing) -> list[Value] | None:
        """A loader's full batch, and the short one at the end where there is one."""
        if not thing.name.endswith("DataLoader"):
            return None
        given = thing.arguments
        size = given.get("batch_size", Plain(1))
        size = size if isinstance(size, Plain) else Plain()
        data = given.get("dataset", UNKNOWN)
        length = self.length(data)
        sizes = [size]
        drops = given.get("drop_last")
        if (
            size.number
            and length.number is not None
            and not (isinstance(drops, Plain) and drops.value)
        ):
            rest = length.number % size.number
            full = length.number >= size.number
            made = size.made | length.made | {thing.call}
            sizes = [*([size] if full else []), *([Plain(rest, made)] if rest else [])]
        return [self._batch(thing, data, one) for one in sizes]

    def _batch(self, thing: Thing, data: Value, size: Plain) -> Value:
        item = self.item_of(data)
        collate = thing.arguments.get("collate_fn")
        if collate is not None and not (isinstance(collate, Plain) and collate.value is None):
            return self.invoke(collate, [Repeated(item, size)], {}, thing.call)
        return collated(item, size, thing.call)

    def length_of_thing(self, thing: Thing) -> Plain:
        """How many examples a data set has, or batches a loader."""
        last = thing.name.rpartition(".")[2]
        given = thing.arguments
        if last == "TensorDataset":
            every = given["*"]
            items = every.items if isinstance(every, Items) else []
            lengths = [self.length(value) for value in items]
            for one in lengths[1:]:
                agree(one, lengths[0])
            return lengths[0] if lengths else Plain()
        if last == "Subset":
            length = given.get("length", Plain())
            return length if isinstance(length, Plain) and length.number is not None else Plain()
        return Plain()

    def _generated(self, generator: Value, kwargs: Mapping[str, Value]) -> Value:
        """An example of a generator's, as its signature says or as it yields it."""
        given = self.item_of(self.invoke(generator, [], {}, self.line.node))
        said = kwargs.get("output_signature")
        if said is None:
            return given
        wanted = specified(said)
        fits_specified(given, wanted)
        return wanted

    def set_method(
        self, thing: Thing, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """A step of a `tf.data` pipeline."""
        item = thing.arguments.get("item", UNKNOWN)
        first = args[0] if args else UNKNOWN
        if name == "from_tensor_slices":
            item = sliced(first, self.item_of)
        elif name == "from_generator":
            item = self._generated(first, kwargs)
        elif name == "zip":
            given = self.rounds(first) or args
            item = Items([self.item_of(one) for one in given], is_tuple=True)
        elif name == "range":
            item = Plain()
        elif name == "enumerate":
            item = Items([Plain(), item], is_tuple=True)
        elif name == "unbatch":
            item = sliced(item, self.item_of)
        elif name in {"batch", "padded_batch"}:
            size = first if isinstance(first, Plain) else kwargs.get("batch_size", Plain())
            plain = size if isinstance(size, Plain) else Plain()
            keeps = kwargs.get("drop_remainder", args[1] if len(args) > 1 else None)
            is_whole = isinstance(keeps, Plain) and keeps.value is True
            rows = plain if is_whole else Plain(OPEN, plain.made)
            item = collated(item, rows, node, cast=False)
        elif name == "map" and args:
            given = item.items if isinstance(item, Items) and item.is_tuple else [item]
            item = self.invoke(first, list(given), {}, node)
        elif name not in _SAME_ROWS:
            return UNKNOWN
        return Thing(thing.name, {**thing.arguments, "item": item}, thing.call)


def _shares(length: Plain, thing: Thing) -> tuple[Plain, Plain]:
    """How many rows `train_test_split` gives to either part."""
    said = thing.arguments.get("test_size", Plain(0.25))
    share = said.value if isinstance(said, Plain) else None
    made = length.made | {thing.call}
    if length.number is None or not isinstance(share, int | float) or isinstance(share, bool):
        return Plain(OPEN, made), Plain(OPEN, made)
    test = share if isinstance(share, int) else ceil(length.number * share)
    return Plain(length.number - test, made), Plain(test, made)


def specified(value: Value) -> Value:
    """The tensors that an `output_signature` says."""
    match value:
        case Items():
            items = [specified(item) for item in value.items]
            return Items(items, value.is_open, value.is_tuple)
        case Entries():
            return Entries({key: specified(item) for key, item in value.entries.items()})
        case Thing(arguments=given, call=call):
            sizes = sizes_of(given.get("shape", UNKNOWN))
            made = frozenset({call})
            marked = [
                Plain(OPEN if one.value is None else one.value, one.made | made)
                for one in sizes or ()
            ]
            dtype = dtype_of(given.get("dtype", UNKNOWN))
            return Tensor(
                sizes=None if sizes is None else tuple(marked), dtype=dtype, typed=made, formed=made
            )
    return UNKNOWN


def fits_specified(given: Value, wanted: Value) -> None:
    """Compare what a generator gives with its signature."""
    if isinstance(given, Items) and isinstance(wanted, Items):
        for one, other in zip(given.items, wanted.items, strict=False):
            fits_specified(one, other)
    if not isinstance(given, Tensor) or not isinstance(wanted, Tensor):
        return
    if given.sizes is None or wanted.sizes is None:
        return
    if len(given.sizes) != len(wanted.sizes):
        axes = [Plain(len(each.sizes or ()), each.formed) for each in (given, wanted)]
        raise Mismatch("axes", axes[0], axes[1], given, wanted)
    for came, size in zip(given.sizes, wanted.sizes, strict=True):
        agree(came, size, given, wanted)


def sliced(value: Value, item_of: Callable[[Value], Value]) -> Value:
    """One row of everything that is in a tuple or dictionary."""
    if isinstance(value, Items):
        return Items([sliced(item, item_of) for item in value.items], value.is_open, value.is_tuple)
    if isinstance(value, Entries):
        return Entries({key: sliced(item, item_of) for key, item in value.entries.items()})
    return item_of(value)


def collated(item: Value, size: Plain, call: ast.AST, *, cast: bool = True) -> Value:
    """Examples stacked to a batch as PyTorch's loader does; numbers become tensors."""
    if isinstance(item, Items):
        return Items(
            [collated(one, size, call, cast=cast) for one in item.items],
            item.is_open,
            is_tuple=True,
        )
    if isinstance(item, Entries):
        return Entries(
            {key: collated(one, size, call, cast=cast) for key, one in item.entries.items()}
        )
    marked = Plain(size.value, size.made | {call})
    if isinstance(item, Tensor):
        sizes = None if item.sizes is None else (marked, *item.sizes)
        return replace(item, sizes=sizes, is_array=False)
    if isinstance(item, Plain) and cast:
        kinds: dict[type[Any], str] = {int: "int64", float: "float64", bool: "bool"}
        return Tensor(sizes=(marked,), dtype=kinds.get(type(item.value), ""), typed=item.made)
    return UNKNOWN


SETS = frozenset({"Dataset"})
_SAME_ROWS = frozenset(
    {"shuffle", "prefetch", "cache", "repeat", "take", "skip", "with_options", "filter", "shard"}
    | {"concatenate", "apply", "as_numpy_iterator"}
)
