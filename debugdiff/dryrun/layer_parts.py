"""What all layers have in common: their settings, the size they take, what they mark."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.sizes import agree
from debugdiff.dryrun.values import OPEN, Layer, Plain, Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.dryrun.table import Form
    from debugdiff.dryrun.values import Value


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Applied:
    """A layer at work.

    Attributes:
        tensor: its first input.
        rest, named: what else it is given.
    """

    layer: Layer
    form: Form
    tensor: Tensor
    rest: Sequence[Value] = ()
    named: Mapping[str, Value] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[Plain, ...]:
        """Of the first input, which are known by then."""
        assert self.tensor.sizes is not None
        return self.tensor.sizes


def is_torch(layer: Layer) -> bool:
    """Whether a layer is PyTorch's."""
    return layer.name.startswith("torch")


def setting(layer: Layer, argument: str, default: object = OPEN) -> Plain:
    """A plain argument of a layer by its canonical name."""
    value = layer.arguments.get(layer.api.own(argument))
    if value is None:
        return Plain(default)
    return value if isinstance(value, Plain) else Plain()


def like(tensor: Tensor, sizes: Sequence[Plain], layer: Layer | None = None) -> Tensor:
    formed = tensor.formed | ({layer.call} if layer is not None else frozenset())
    return replace(tensor, sizes=tuple(sizes), formed=formed, lowest=Plain(), highest=Plain())


def as_float(tensor: Tensor) -> Tensor:
    return replace(tensor, dtype="float32", typed=frozenset(), lowest=Plain(), highest=Plain())


def takes(layer: Layer, came: Plain, tensor: Tensor, argument: str = "inputs") -> None:
    """A layer's input has the size that it was made for, or that its first call gave it."""
    if is_torch(layer):
        wanted = setting(layer, argument)
        made = wanted.made | layer.makers | {layer.call}
        wanted = Plain(wanted.value, made) if wanted.number else wanted
    else:
        wanted = layer.built or came
        layer.built = wanted
    agree(came, wanted, tensor)


def units_of(layer: Layer) -> Plain:
    units = setting(layer, "units")
    return Plain(units.value, units.made | {layer.call})


def marked(size: Plain, layer: Layer) -> Plain:
    return Plain(size.value, size.made | {layer.call})


def around(
    layer: Layer, tensor: Tensor, axes: int
) -> tuple[tuple[Plain, ...], tuple[Plain, ...], Plain]:
    """The sizes before the channels, those that a window slides along, and the channels."""
    assert tensor.sizes is not None
    sizes = tensor.sizes
    if is_torch(layer):
        return sizes[: -axes - 1], sizes[-axes:], sizes[-axes - 1]
    return sizes[: -axes - 1], sizes[-axes - 1 : -1], sizes[-1]


def put(
    layer: Layer, before: Sequence[Plain], inner: Sequence[Plain], channels: Plain
) -> tuple[Plain, ...]:
    if is_torch(layer):
        return (*before, channels, *inner)
    return (*before, *inner, channels)
