"""Objects of libraries that are neither tensors nor layers: losses, data sets, options."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.values import (
    UNKNOWN,
    Entries,
    Items,
    Library,
    Plain,
    Tensor,
    Thing,
)
from debugdiff.source import api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.dryrun.values import Value

from debugdiff.dryrun.data import SETS
from debugdiff.dryrun.training import Training


class Things(Training):
    """What is neither a tensor nor a layer."""

    def library_thing(
        self, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """A loss, a data set or a loader of a library's, or what a function of a loss gives."""
        known = api.known().get(name)
        if known is not None and "predictions" in known.names:
            self.compare(name, args, kwargs, node)
            return self.lost(name, args, kwargs)
        if not isinstance(node, ast.Call):
            return UNKNOWN
        if name.startswith(_PIPELINE):
            pipeline = Thing("tensorflow.data.Dataset", {}, node)
            return self.set_method(pipeline, name.removeprefix(_PIPELINE), args, kwargs, node)
        if known is not None and known.kind in {"loss", "optimizer"}:
            return Thing(name, {**dict(zip(known.args, args, strict=False)), **kwargs}, node)
        made = _ARGUMENTS.get(name.rpartition(".")[2])
        if made is not None:
            arguments = {**dict(zip(made, args, strict=False)), **kwargs, "*": Items(list(args))}
            thing = Thing(name, arguments, node)
            return (
                self.split_data(thing)
                if name.endswith(("random_split", "train_test_split"))
                else thing
            )
        return UNKNOWN

    def apply_thing(self, thing: Thing, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """Call an object of a library: a loss compares, a Keras model computes."""
        known = api.known().get(thing.name)
        if known is not None and known.kind == "loss":
            self.compare(thing.name, args, kwargs, thing.call)
            return Tensor(sizes=())
        if thing.name == "keras.Model" and args:
            return self.run_graph(thing, args[0])
        return UNKNOWN

    def thing_method(  # noqa: PLR0911 - one kind of an object each
        self, thing: Thing, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """A method of a data set, a generator of numbers, a model."""
        last = thing.name.rpartition(".")[2]
        if last in {"default_rng", "RandomState", "Generator"}:
            return self.invoke(Library(f"numpy.random.{name}"), args, kwargs, node)
        if thing.name == "random.Random":
            return self.invoke(Library(f"random.{name}"), args, kwargs, node)
        if thing.name == "keras.Model":
            return self.training(thing, name, args, kwargs)
        if last in SETS:
            return self.set_method(thing, name, args, kwargs, node)
        if last == "ArgumentParser":
            return self._parser_method(thing, name, args, kwargs)
        if name in {"fit_transform", "transform"} and args:
            return replace(args[0], dtype="float64") if isinstance(args[0], Tensor) else UNKNOWN
        return UNKNOWN

    def _parser_method(
        self, thing: Thing, name: str, args: list[Value], kwargs: Mapping[str, Value]
    ) -> Value:
        """Options of a command line with their defaults."""
        options = thing.arguments.setdefault("options", Entries({}))
        assert isinstance(options, Entries)
        names = [one.value for one in args if isinstance(one, Plain) and isinstance(one.value, str)]
        if name == "add_argument" and names:
            long = next((one for one in names if one.startswith("--")), names[0])
            dest = kwargs.get("dest", Plain(long.lstrip("-").replace("-", "_")))
            action = kwargs.get("action", Plain())
            switch = isinstance(action, Plain) and action.value == "store_true"
            default = kwargs.get("default", Plain(value=False) if switch else Plain(None))
            if isinstance(dest, Plain):
                options.entries[dest.value] = default
        return options if name == "parse_args" else UNKNOWN


_PIPELINE = "tensorflow.data.Dataset."
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "DataLoader": ("dataset", "batch_size", "shuffle"),
    "TensorDataset": (),
    "Subset": ("dataset", "indices"),
    "random_split": ("dataset", "lengths"),
    "train_test_split": (),
    "default_rng": ("seed",),
    "RandomState": ("seed",),
    "Model": ("inputs", "outputs", "name"),
    "TensorSpec": ("shape", "dtype"),
    "Random": ("seed",),
    "ArgumentParser": (),
    "StandardScaler": (),
    "SimpleNamespace": (),
    "MinMaxScaler": (),
}
