"""The shapes and sizes that a failed run really had, read from the variables of its stack.

Only tensors, modules and plain numbers are looked at, by their classes: a program's own object may
do anything when it is asked for an attribute.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from debugdiff.bounds import is_countable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.worker.failure.tracebacks import Step

UNKNOWN = -1
"""Stands for a dimension that a symbolic tensor leaves open."""

_LIMIT = 400
_CONTAINERS = frozenset({list, tuple, dict, set})
_CONTAINER_ITEMS = 32
_DEPTH = 2
_MAXIMUM_RANK = 8
_ARRAY_PACKAGES = frozenset({"torch", "tensorflow", "keras", "numpy", "jax", "jaxlib"})


@dataclass(slots=True)
class Literals:
    """Dimension tuples and sizes, each once, in the order in which they were met."""

    shapes: dict[tuple[int, ...], None] = field(default_factory=dict)
    sizes: dict[int, None] = field(default_factory=dict)

    def add_shape(self, shape: tuple[int, ...]) -> None:
        """Keep a tuple of dimensions, and each of them as a size."""
        if len(self.shapes) < _LIMIT and all(map(is_countable, shape)):
            self.shapes[shape] = None
        for size in shape:
            self.add_size(size)

    def add_size(self, size: int) -> None:
        """Keep one number."""
        if len(self.sizes) < _LIMIT and size != UNKNOWN and is_countable(size):
            self.sizes[size] = None


def literals_of(steps: Sequence[Step], user_folder: str) -> Literals:
    """What the frames held: tensors and parameters of all, whole numbers of the user's own.

    Args:
        steps: the unfiltered stack; its innermost frames are read first.
        user_folder: frames of files below it are the user's.
    """
    literals = Literals()
    for step in reversed(steps):
        own = step.frame.f_code.co_filename.startswith(f"{user_folder}/")
        for value in list(step.frame.f_locals.values()):
            _collect(value, literals, depth=_DEPTH, own=own)
    return literals


def _collect(value: Any, literals: Literals, *, depth: int, own: bool) -> None:
    shape = shape_of(value)
    if shape is not None:
        literals.add_shape(shape)
    elif own and type(value) is int:
        literals.add_size(value)
    elif type(value) in _CONTAINERS and depth:
        if own and (dimensions := _dimensions(value)):
            literals.add_shape(dimensions)
        for item in _items(value):
            _collect(item, literals, depth=depth - 1, own=own)
    else:
        for parameter in _parameters(value):
            if (shape := shape_of(parameter)) is not None:
                literals.add_shape(shape)


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The dimensions of an array or tensor of a known package, else `None`."""
    if type(value).__module__.partition(".")[0] not in _ARRAY_PACKAGES:
        return None
    try:
        if isinstance(value, type) or not hasattr(value, "dtype"):
            return _shape_object(value)
        return _dimensions(value.shape)
    except Exception:  # noqa: BLE001  (a tensor of unknown rank, or one that was donated)
        return None


def _shape_object(value: Any) -> tuple[int, ...] | None:
    return _dimensions(value) if type(value).__name__ in {"Size", "TensorShape"} else None


def _dimensions(value: Any) -> tuple[int, ...] | None:
    """A sequence of whole numbers or open dimensions as dimensions; `None` if it is another."""
    if len(value) > _MAXIMUM_RANK:
        return None
    dimensions = tuple(UNKNOWN if item is None else item for item in value)
    return dimensions if all(type(item) is int for item in dimensions) else None


def _items(value: Any) -> Iterable[object]:
    items = list(value.values()) if type(value) is dict else list(value)
    return items[:_CONTAINER_ITEMS]


def _parameters(value: object) -> Iterator[Any]:
    """Parameters of a PyTorch module or a Keras layer, by the framework's own methods."""
    for module, name, attribute in (
        ("torch.nn.modules.module", "Module", "parameters"),
        ("keras.src.layers.layer", "Layer", "weights"),
    ):
        owner: Any = getattr(sys.modules.get(module), name, None)
        if owner is not None and issubclass(type(value), owner):
            yield from _parameters_by(owner, attribute, value)


def _parameters_by(owner: Any, attribute: str, value: object) -> list[Any]:
    """The parameters, or none of a module that was not finished when its `__init__` failed."""
    try:
        member = vars(owner)[attribute]
        ask: Any = member.fget if isinstance(member, property) else member
        return list(itertools.islice(ask(value), _LIMIT))
    except Exception:  # noqa: BLE001  (half-made modules raise anything)
        return []
