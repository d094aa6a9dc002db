"""Facts about the frameworks' public names: `api.toml` as objects.

The table is data so that one rule serves both frameworks: `units` is `out_features` in PyTorch's
`Linear` and `units` in Keras' `Dense`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).with_name("api.toml")
WEIGHTED = frozenset({"dense", "convolution", "embedding", "recurrent", "attention", "block"})

CLASSES = "classes"
LAYERS = WEIGHTED | {"normalisation", "adapted", "dropout", "activation", "container", "wrapper"}


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Api:
    """What one public name of a framework takes and is.

    Attributes:
        kind: `dense`, `loss`, `optimizer` ...; the table lists them.
        args: its parameters in the order in which they may be given by position.
        names: canonical argument to the framework's own, where they differ.
        default: the Python text of what a left out argument means, where it is known.
        activation: which activation it computes, for one that does.
        wants, labels: of a loss, what it takes as predictions and as labels.
        call: the parameters of calling what it makes, where they matter.
    """

    name: str
    kind: str
    args: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    default: Mapping[str, str] = field(default_factory=dict)
    activation: str = ""
    wants: str = ""
    labels: str = ""
    call: tuple[str, ...] = ()

    @property
    def is_layer(self) -> bool:
        """Whether it makes a layer, with or without weights."""
        return self.kind in LAYERS

    @property
    def has_weights(self) -> bool:
        """Whether it makes a layer that trains weights on the way from input to output."""
        return self.kind in WEIGHTED

    def own(self, argument: str) -> str:
        """The framework's own name of a canonical argument.

        `classes` is the size of what comes out of an output layer, which may be a tied embedding.
        """
        if argument == CLASSES:
            argument = "rows" if self.kind == "embedding" else "units"
        return self.names.get(argument, argument)

    def position(self, argument: str) -> int | None:
        """Which positional argument a canonical one is; `None` if it goes by name alone."""
        own = self.own(argument)
        return self.args.index(own) if own in self.args else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """Names that hand a tensor on: no weight touches it on the way."""

    layers: frozenset[str]
    other_layers: frozenset[str]
    functions: frozenset[str]
    methods: frozenset[str]
    wrappers: frozenset[str]
    movers: frozenset[str]


@cache
def _table() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


@cache
def known() -> Mapping[str, Api]:
    """Every name of the table by its canonical spelling."""
    return {name: _api(name, entry) for name, entry in _table()["names"].items()}


def _api(name: str, entry: Mapping[str, Any]) -> Api:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Api(name=name, **values)


@cache
def passes() -> Passes:
    """Layers, functions and methods that change a tensor's form or scale and train nothing."""
    lists = _table()["passes"]
    return Passes(**{key: frozenset(names) for key, names in lists.items()})


@cache
def stands_for(kind: str) -> Mapping[str, str]:
    """Strings that Keras takes for an object: `adam`; kind is `loss` or `optimizer`."""
    table: Mapping[str, str] = _table()["strings"][kind]
    return table


def spellings(framework: str, operation: str) -> tuple[str, ...]:
    """How a framework spells an operation, `$it` for its operand; empty if it is not known."""
    table: Mapping[str, tuple[str, ...]] = _table()["spellings"][framework]
    return tuple(table.get(operation, ()))


def operations() -> frozenset[str]:
    """The operations that have a spelling in some framework."""
    return frozenset(name for table in _table()["spellings"].values() for name in table)
