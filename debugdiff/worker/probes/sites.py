"""What layer probes of every framework need: names of sites, nested outputs, a shield."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

DEEPEST_OUTPUT = 6
"""Outputs nested deeper than this are not searched for tensors."""


def shielded(
    method: Callable[Concatenate[Any, Parameters], Result],
) -> Callable[Concatenate[Any, Parameters], Result | None]:
    """Turn whatever goes wrong in a probe's method into a note in the probe's `log`.

    It must never reach the program. The method returns `None` then.
    """

    @functools.wraps(method)
    def call(probe: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result | None:
        try:
            return method(probe, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the program must not notice that it is watched
            probe.log.note(f"{method.__name__.strip('_')}: {type(error).__name__}: {error}")
            return None

    return call


def tensors_in(
    output: Any, is_tensor: Callable[[Any], bool], *, suffix: str = "", depth: int = 0
) -> Iterator[tuple[str, Any]]:
    """Every tensor of an output with the suffix that tells it from the others.

    A lone tensor has none; `(output, (h, c))` gives `[0]`, `[1][0]` and `[1][1]`, a mapping
    `[key]`. A packed sequence counts with its data only.
    """
    if is_tensor(output):
        yield suffix, output
        return
    if depth >= DEEPEST_OUTPUT:
        return
    if isinstance(output, Mapping):
        parts: Iterable[tuple[Any, Any]] = output.items()
    elif hasattr(output, "batch_sizes") and hasattr(output, "sorted_indices"):
        parts = (("data", output.data),)
    elif isinstance(output, tuple | list):
        parts = enumerate(output)
    else:
        return
    for key, part in parts:
        yield from tensors_in(part, is_tensor, suffix=f"{suffix}[{key}]", depth=depth + 1)


class SiteNames:
    """Names of layers and parameters, each given once and kept for the whole run.

    The first model that has layers of its own gives its layers their plain paths; a further model
    puts its title in front. That keeps the names of a run that stops early equal to those of a
    run that goes on to its second model. A layer on its own is called by its title.
    """

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self._names: dict[int, tuple[weakref.ref[Any], str]] = {}
        self._taken: set[str] = set()
        self._first: weakref.ref[Any] | None = None

    def get(self, node: Any) -> str | None:
        """The name of a layer or parameter, if it has one already."""
        found = self._names.get(id(node))
        return found[1] if found is not None and found[0]() is node else None

    def set(self, node: Any, name: str) -> str:
        """Name a node that has no name yet, with a number behind it where the name is taken."""
        known = self.get(node)
        if known is not None:
            return known
        unique, count = name, 1
        while unique in self._taken:
            count += 1
            unique = f"{name}#{count}"
        self._taken.add(unique)
        self._names[id(node)] = (weakref.ref(node), unique)
        return unique

    def set_tree(
        self,
        root: Any,
        title: str,
        *,
        layers: Iterable[tuple[str, Any]],
        parameters: Iterable[tuple[str, Any]],
    ) -> None:
        """Name a model, its layers and its parameters, these two by path from the model."""
        layers = list(layers)
        if self._first is None and layers:
            self._first = weakref.ref(root)
        is_first = self._first is not None and self._first() is root
        prefix = "" if is_first else self.set(root, title) + self._separator
        for path, node in (*layers, *parameters):
            self.set(node, prefix + path)
        self.set(root, title)
