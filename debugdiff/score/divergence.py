"""Where two runs of one program part: values by site, step and call, compared byte by byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.model import ValueKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import ValueStatistics

HANDED_IN = frozenset({ValueKind.INPUT, ValueKind.LOSS_INPUT})
"""What the user's program hands to the model or the loss: no place within the model."""


class ValueKey(NamedTuple):
    """What names one value of a run."""

    step: int
    site: str
    kind: ValueKind
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """A value of a run that differs from the clean run's.

    Attributes:
        order: its place in the order in which the run's values were recorded.
        missing: whether only one of the two runs has such a value at all.
    """

    key: ValueKey
    order: int
    missing: bool

    def __str__(self) -> str:
        """Read as `head (forward) at step 0`."""
        tail = ", which only one of the two runs has" if self.missing else ""
        return f"{self.key.site} ({self.key.kind}) at step {self.key.step}{tail}"


def key_of(value: ValueStatistics) -> ValueKey:
    """Name a value."""
    return ValueKey(value.step, value.site, value.kind, value.call)


def divergences(
    values: Sequence[ValueStatistics], expected: Sequence[ValueStatistics]
) -> tuple[Divergence, ...]:
    """Every value that differs, by step and then in the order of execution.

    Args:
        values: of the run in question, in the order of execution.
        expected: of the clean run.
    """
    clean = {key_of(value): value.digest for value in expected}
    own = {key_of(value): value.digest for value in values}
    found = [
        Divergence(key=key, order=order, missing=key not in clean)
        for order, (key, digest) in enumerate(own.items())
        if clean.get(key) != digest
    ]
    lost = [
        Divergence(key=key, order=len(own) + order, missing=True)
        for order, key in enumerate(clean)
        if key not in own
    ]
    return tuple(sorted([*found, *lost], key=lambda one: (one.key.step, one.order)))


def first_divergence(
    values: Sequence[ValueStatistics], expected: Sequence[ValueStatistics]
) -> Divergence | None:
    """The first value that differs; `None` if all are equal bit by bit."""
    return next(iter(divergences(values, expected)), None)


def site_ranking(found: Sequence[Divergence]) -> tuple[str, ...]:
    """Sites in the order of their first divergence."""
    return tuple(dict.fromkeys(divergence.key.site for divergence in found))
