"""Which layer of a learner's program is which of the healthy one: names may have changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff import base_of
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Record

_TWO_WAY = "Bidirectional"
_OF_PARAMETERS = frozenset({ValueKind.PARAMETER, ValueKind.PARAMETER_GRADIENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A site of the first step.

    Attributes:
        kind: its class without the package; empty for a class of the program's own.
        shape: of its first output; of a layer that is not called, empty.
        parameters: names below the layer, and shapes.
    """

    site: str
    kind: str
    shape: tuple[int, ...]
    parameters: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def look(self) -> tuple[object, ...]:
        """What is the same whatever the layer is called."""
        return self.kind, self.shape, tuple(shape for _, shape in self.parameters)


def layers_of(record: Record) -> tuple[Layer, ...]:
    """The layers of a run, in the order of their first call; those never called come last."""
    shapes: dict[str, tuple[int, ...]] = {}
    parameters: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for value in record.values:
        if value.kind is ValueKind.FORWARD:
            shapes.setdefault(base_of(value.site), value.shape)
    for value in record.values:
        if value.kind is ValueKind.PARAMETER and value.step == value.call == 0:
            layer = holder_of(value.site, shapes)
            own = value.site[len(layer) :] if value.site != layer else value.site
            parameters.setdefault(layer, []).append((own, value.shape))
    kinds = {place.site: _class(place.kind) for place in record.places}
    return tuple(
        Layer(
            site=site,
            kind=kinds.get(site, ""),
            shape=shapes.get(site, ()),
            parameters=tuple(sorted(parameters.get(site, ()), key=lambda one: one[1])),
        )
        for site in dict.fromkeys((*shapes, *parameters))
    )


def holder_of(parameter: str, sites: Mapping[str, object]) -> str:
    """The layer whose weight a parameter is: `gru` of `gru/gru_cell/bias`, as Keras counts it.

    A parameter of the model itself is its own layer.
    """
    layer = layer_of(parameter)
    while "/" in parameter and layer not in sites and "/" in layer:
        layer = layer.rpartition("/")[0]
    return layer


def _class(kind: str) -> str:
    is_own = kind.startswith(("__main__.", "debugdiff_program."))
    return "" if is_own else kind.rpartition(".")[2]


def site_names(own: Record, healthy: Record) -> Iterator[Mapping[str, str]]:
    """Ways to read a learner's layers as the healthy program's, the most likely one first.

    By their names, with the rest in the order of their calls; then all by the order of calls.
    """
    mine, others = layers_of(own), layers_of(healthy)
    shared = {layer.site for layer in mine} & {layer.site for layer in others}
    by_name = {site: site for site in shared}
    rest = [layer for layer in mine if layer.site not in shared]
    left = [layer for layer in others if layer.site not in shared]
    first = by_name | _in_order(rest, left)
    yield first
    second = _in_order(mine, others)
    if second != first:
        yield second


def _in_order(mine: Sequence[Layer], others: Sequence[Layer]) -> dict[str, str]:
    matcher = SequenceMatcher(
        a=[layer.look for layer in mine], b=[layer.look for layer in others], autojunk=False
    )
    return {
        mine[block.a + at].site: others[block.b + at].site
        for block in matcher.get_matching_blocks()
        for at in range(block.size)
    }


def renamed(own: Record, healthy: Record, names: Mapping[str, str]) -> Record:
    """The learner's record with the sites of the healthy program in it; others keep theirs."""
    parameters = _parameter_names(own, healthy, names)

    def name(site: str, kind: ValueKind) -> str:
        if kind in _OF_PARAMETERS:
            return parameters.get(site, site)
        base = base_of(site)
        return names.get(base, base) + site[len(base) :]

    return replace(
        own,
        values=tuple(replace(each, site=name(each.site, each.kind)) for each in own.values),
        places=tuple(replace(each, site=names.get(each.site, each.site)) for each in own.places),
    )


def _parameter_names(own: Record, healthy: Record, names: Mapping[str, str]) -> dict[str, str]:
    """Parameters by their layer, and within it by name, else by shape and order."""
    mine = {layer.site: layer.parameters for layer in layers_of(own)}
    others = {layer.site: layer.parameters for layer in layers_of(healthy)}
    found: dict[str, str] = {}
    for site, parameters in mine.items():
        partner = names.get(site)
        if partner is None:
            continue
        known = others.get(partner, ())
        same_names = [name for name, _ in parameters] == [name for name, _ in known]
        for (name, shape), (other, other_shape) in zip(parameters, known, strict=False):
            if same_names or shape == other_shape:
                found[_full(site, name)] = _full(partner, other)
    return found


def _full(layer: str, name: str) -> str:
    return layer if name == layer else f"{layer}{name}"


def holders(own: Record, healthy: Record, names: Mapping[str, str]) -> Mapping[str, str] | None:
    """Per layer of the healthy program with weights, the learner's; `None` if one has no partner.

    Also `None` where the two have other weights: then no program can take the other's.
    """
    partner = {other: site for site, other in names.items()}
    mine = {layer.site: layer for layer in layers_of(own) if layer.parameters}
    others = {layer.site: layer for layer in layers_of(healthy) if layer.parameters}
    if len(mine) != len(others):
        return None
    found = {}
    for site, layer in others.items():
        candidate = mine.get(partner.get(site, ""))
        if candidate is None or candidate.look[2] != layer.look[2]:
            return None
        found[_unit(layer, healthy)] = _unit(candidate, own)
    return found


def _unit(layer: Layer, record: Record) -> str:
    """The path, from the model down, of what takes a layer's weights; the model's own is empty.

    Keras' layer for two directions takes those of both as one.
    """
    if layer.parameters[0][0] == layer.site:
        return ""
    both = (place.site for place in record.places if _class(place.kind) == _TWO_WAY)
    return next((outer for outer in both if layer.site.startswith(f"{outer}/")), layer.site)
