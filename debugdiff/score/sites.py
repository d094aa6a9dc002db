"""Canonical sites: what every implementation of a case has, and where it lies in each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Mode, Style
from debugdiff.recipes import SiteKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.model import Implementation, SiteMap

UNTESTED_MODES = frozenset({Mode.COMPILED})
"""What is compiled as a whole is another program to look into; no recipe was tested there."""

LOGITS = "logits"
LOSS = "loss"

_CLASS = re.compile(r"^\s*class\s+(\w+)", re.MULTILINE)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_COUNTER = re.compile(r"_\d+$")
_NO_GRADIENT = frozenset({SiteKind.LOSS})


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalSite:
    """A site with everything that it is: the logits are mostly a layer's output too."""

    name: str
    kinds: frozenset[SiteKind]

    @property
    def has_value(self) -> bool:
        """Whether its value changes from batch to batch; weights can be read at any time."""
        return self.kinds != {SiteKind.PARAMETER}

    @property
    def has_gradient(self) -> bool:
        """Whether there is something to know: the gradient of the loss by itself is 1."""
        return not self.kinds <= _NO_GRADIENT


def canonical_sites(
    implementation: Implementation, sites: Iterable[SiteMap]
) -> tuple[CanonicalSite, ...]:
    """The layers that the case names in this implementation, the logits and the loss.

    A site that stands for a layer's weights alone here counts as a parameter: it has a gradient.
    """
    found = {each.name: each for each in _layers(implementation, sites)}
    if LOGITS not in found:
        found[LOGITS] = CanonicalSite(name=LOGITS, kinds=frozenset({SiteKind.LOGITS}))
    found[LOSS] = CanonicalSite(name=LOSS, kinds=frozenset({SiteKind.LOSS}))
    return tuple(found.values())


def _layers(implementation: Implementation, sites: Iterable[SiteMap]) -> Iterator[CanonicalSite]:
    for site in sites:
        path = site.layer(implementation.name)
        if path is None:
            continue
        if site.holds("output", implementation.name):
            kinds = {kind_of(path, implementation)}
            kinds |= {SiteKind.LOGITS} if site.name == LOGITS else set()
        else:
            kinds = {SiteKind.PARAMETER}
        yield CanonicalSite(name=site.name, kinds=frozenset(kinds))


def kind_of(path: str, implementation: Implementation) -> SiteKind:
    """Where a layer lies, told from its path and from the classes that the program defines.

    Args:
        path: as the layer probes name it: `blocks.0.attention.query`, `block_1/dense_2`.
        implementation: the program that the layer is in.
    """
    if implementation.framework is Framework.PYTORCH:
        return _kind_in_pytorch(path, implementation.source)
    parents = path.split("/")[:-1]
    return _kind_in_keras(parents, implementation) if parents else SiteKind.LAYER


def _kind_in_pytorch(path: str, source: str) -> SiteKind:
    """Modules are reached by attribute wherever they lie: a hook asks for no more than a path.

    Not so the projection at the end of `nn.MultiheadAttention`: its weights go into one fused
    function, and its own `forward` is never called.
    """
    if path.endswith(".out_proj") and "MultiheadAttention" in source:
        return SiteKind.LIBRARY
    if "." not in path:
        return SiteKind.LAYER
    return SiteKind.CONTAINER if path.rpartition(".")[2].isdigit() else SiteKind.OWN_CLASS


def _kind_in_keras(parents: Sequence[str], implementation: Implementation) -> SiteKind:
    """The parent's name tells what it is: Keras names a layer after its class, in snake case.

    A `Sequential` that a functional model holds is a model with an input and layers of its own;
    one that a class of the program holds is made of layers that the class may call one by one.
    """
    parent, source = parents[-1], implementation.source
    stem = _COUNTER.sub("", parent)
    if stem in {_CAPITAL.sub("_", name).lower() for name in _CLASS.findall(source)}:
        return SiteKind.OWN_CLASS
    if stem == "sequential" and (len(parents) > 1 or implementation.style is Style.SUBCLASS):
        return SiteKind.CONTAINER
    if stem in {"functional", "sequential"} or f'name="{parent}"' in source:
        return SiteKind.NESTED_MODEL
    return SiteKind.LIBRARY
