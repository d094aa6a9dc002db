"""Every value that two runs share, compared; aligned by site, kind, step and call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff.results import Difference, Phase
from debugdiff.run_diff.tensors import Tensors, distance
from debugdiff.score.divergence import ValueKey, key_of
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Record, Stack, ValueStatistics

PHASES = {
    ValueKind.INPUT: Phase.FORWARD,
    ValueKind.FORWARD: Phase.FORWARD,
    ValueKind.LOSS_INPUT: Phase.FORWARD,
    ValueKind.LOSS: Phase.FORWARD,
    ValueKind.GRADIENT: Phase.GRADIENT,
    ValueKind.PARAMETER_GRADIENT: Phase.GRADIENT,
    ValueKind.PARAMETER: Phase.UPDATE,
}
_PHASE_ORDER = {phase: order for order, phase in enumerate(Phase)}
_KIND_ORDER = {ValueKind.PARAMETER_GRADIENT: 1}

SAME_UPDATE = 1e-5
"""Norms of updates that differ by less, relatively, are those of equal updates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A run with its tensors. `stack` is what it ran on, if that is known."""

    record: Record
    tensors: Tensors
    stack: Stack | None = None

    def places(self) -> dict[ValueKey, int]:
        """Where each value stands in the order of the run."""
        return {key_of(value): order for order, value in enumerate(self.record.values)}

    def value(self, order: int) -> tuple[ValueStatistics, bytes | None]:
        """One value with the bytes of its tensor."""
        return self.record.values[order], self.tensors.read(order)


def differences(good: Recorded, bad: Recorded) -> tuple[Difference, ...]:
    """Whatever is beyond tolerance, in the order in which a step comes by it.

    Forward in the order of the bad run's execution; gradients from the loss backwards, of
    parameters after those of outputs; updates last.
    """
    found = [*_values(good, bad), *_lost_gradients(good, bad), *_updates(good, bad)]
    return tuple(sorted(found, key=_position))


def _values(good: Recorded, bad: Recorded) -> Iterator[Difference]:
    known, own = good.places(), bad.places()
    across = good.stack is not bad.stack
    for order, value in enumerate(bad.record.values):
        key = key_of(value)
        place = known.get(key)
        if place is None:
            continue
        found = distance(good.value(place), bad.value(order), across_stacks=across)
        if found.parted:
            later = value.kind is ValueKind.PARAMETER and value.step > 0
            yield Difference(
                site=value.site,
                kind=value.kind,
                step=value.step - 1 if later else value.step,
                call=value.call,
                phase=Phase.UPDATE if later else _phase(value.kind),
                order=_backwards(key, own) if value.kind is ValueKind.GRADIENT else order,
                relative=found.relative,
                largest=found.largest,
                what=found.what,
            )


def _backwards(gradient: ValueKey, places: dict[ValueKey, int]) -> int:
    """From the loss backwards: TensorFlow hands gradients over in the order of the outputs."""
    output = gradient._replace(kind=ValueKind.FORWARD)
    return len(places) - places.get(output, 0)


def _phase(kind: ValueKind) -> Phase:
    """What a parameter is before the first update, the forward pass uses."""
    return Phase.FORWARD if kind is ValueKind.PARAMETER else PHASES[kind]


def _lost_gradients(good: Recorded, bad: Recorded) -> Iterator[Difference]:
    """Gradients of the good run alone, at outputs and parameters of layers that both call.

    The step in which the bad run failed does not count: it did not get that far.
    """
    own = bad.places()
    outputs = {(key.site, key.step): at for key, at in own.items() if key.kind is ValueKind.FORWARD}
    failed_in = math.inf if bad.record.failure is None else bad.record.steps
    for key in good.places():
        if key in own or key.step >= failed_in:
            continue
        if key.kind is ValueKind.GRADIENT and key._replace(kind=ValueKind.FORWARD) in own:
            yield _lost(key, _backwards(key, own))
        elif key.kind is ValueKind.PARAMETER_GRADIENT:
            output = outputs.get((layer_of(key.site), key.step))
            if output is not None:
                yield _lost(key, len(own) - output)


def _lost(key: ValueKey, order: int) -> Difference:
    return Difference(
        site=key.site,
        kind=key.kind,
        step=key.step,
        call=key.call,
        phase=Phase.GRADIENT,
        order=order,
        relative=None,
        largest=None,
        what="no gradient in the bad run",
    )


def _updates(good: Recorded, bad: Recorded) -> Iterator[Difference]:
    """Steps that change a parameter by more or less than in the good run."""
    known = {key_of(value): value.update for value in good.record.values}
    for order, value in enumerate(bad.record.values):
        expected, update = known.get(key_of(value)), value.update
        if expected is None or update is None:
            continue
        gap = abs(update - expected)
        if gap > SAME_UPDATE * max(update, expected):
            yield Difference(
                site=value.site,
                kind=value.kind,
                step=value.step,
                call=value.call,
                phase=Phase.UPDATE,
                order=order,
                relative=gap / max(expected, SAME_UPDATE),
                largest=None,
                what=f"changed by {expected:.3g} in the good run, by {update:.3g} in the bad one",
            )


def _position(found: Difference) -> tuple[int, int, int, int]:
    phase, kind = _PHASE_ORDER[found.phase], _KIND_ORDER.get(found.kind, 0)
    return found.step, phase, kind, found.order
