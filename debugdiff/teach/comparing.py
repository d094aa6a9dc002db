"""Two runs side by side, as the judge looks at them: bit by bit, or within the parity tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.model import ParityStage, ValueKind
from debugdiff.parity.comparing import ABSOLUTE, TOLERANCES
from debugdiff.score.divergence import ValueKey, key_of
from debugdiff.teach.alignment import renamed, site_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Record, ValueStatistics
    from debugdiff.run_diff import Recorded

_ALWAYS = frozenset({ValueKind.PARAMETER, ValueKind.PARAMETER_GRADIENT, ValueKind.LOSS})
"""What every program of the same training has, however its layers are written."""

_STAGES = {
    ValueKind.LOSS: ParityStage.LOSS,
    ValueKind.PARAMETER_GRADIENT: ParityStage.GRADIENT,
    ValueKind.PARAMETER: ParityStage.WEIGHTS,
}

OUTPUT = 2e-6
"""Relative: how far statistics of what a layer gives may differ in the first step by rounding.

Another processor's kernels move them by less than 5e-7; a normalisation with ten times the epsilon
moves them by 4e-6.
"""

LATER_LOSS = 1e-3
"""Relative: how far the losses of later steps may drift apart by rounding alone."""

METRIC = 1e-3
"""How far a metric may, after training from the same weights."""

UPDATE = 1e-2
"""Relative, of the first update, where a gradient is more than rounding."""

_GRADIENT_FLOOR = 1e-5
"""Adam turns a gradient that is zero but for rounding into a whole step: such ones do not count."""

_ROUNDING = 1e-7
"""Of the largest gradient of a run: what single precision leaves of a gradient that is zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two runs have in common.

    Attributes:
        equal: whether nothing speaks against their being the same.
        whole: whether each value of one has its partner in the other.
        compared: values that both have.
        difference: a clause on the first thing that differs; empty if nothing does.
    """

    equal: bool
    whole: bool = True
    compared: int = 0
    difference: str = ""


def same_metrics(own: Record, healthy: Record) -> bool:
    """Whether all metrics of the healthy run are returned, bit by bit."""
    return all(own.metrics.get(name) == value for name, value in healthy.metrics.items())


def close_metrics(own: Record, healthy: Record) -> bool:
    """Whether all metrics are those of the healthy run but for rounding in the metric itself."""
    return not any(_other_metrics(own, healthy, TOLERANCES[ParityStage.METRIC]))


def compare_exactly(own: Record, healthy: Record) -> Comparison:
    """Compare every value bit by bit, whatever the layers are called."""
    best = Comparison(equal=False, difference="nothing could be compared")
    for names in site_names(own, healthy):
        best = _exactly(renamed(own, healthy, names), healthy)
        if best.equal:
            break
    return best


def _exactly(own: Record, healthy: Record) -> Comparison:
    mine = {key_of(value): value for value in own.values}
    others = {key_of(value): value for value in healthy.values}
    shared = mine.keys() & others.keys()
    for key, value in mine.items():
        if key in shared and _bits(value) != _bits(others[key]):
            difference = f"{key.site} ({key.kind}) at step {key.step}"
            return Comparison(equal=False, compared=len(shared), difference=difference)
    lone = _first_lone(own, healthy)
    return Comparison(
        equal=not lone and bool(shared),
        whole=mine.keys() == others.keys(),
        compared=len(shared),
        difference=lone,
    )


def _bits(value: ValueStatistics) -> tuple[object, ...]:
    return value.digest, value.shape, value.update


def _first_lone(own: Record, healthy: Record) -> str:
    """The first value without a partner that no rewriting explains; empty if there is none.

    A layer may be written as a function or called past the probes, and evaluation may go in other
    portions: what a layer computes shows in the loss, in gradients and in metrics all the same.
    """
    for one, other, whose in ((own, healthy, "healthy"), (healthy, own, "learner's")):
        known = {key_of(value) for value in other.values}
        for value in one.values:
            key = key_of(value)
            in_training = value.step < min(own.steps, healthy.steps)
            if key not in known and value.kind in _ALWAYS and in_training:
                return f"{key.site} ({key.kind}) is missing in the {whose} run at step {key.step}"
    return ""


# --- by statistics alone -------------------------------------------------------------------------


def compare_statistics(own: Record, healthy: Record) -> Comparison:
    """Compare two runs of one seed by the statistics of their values: machines round differently.

    For a healthy run whose elements are not here. Two tensors of the same statistics may hold other
    elements; the losses and gradients that they lead to would differ.
    """
    best = Comparison(equal=False, difference="nothing could be compared")
    for names in site_names(own, healthy):
        best = _statistically(renamed(own, healthy, names), healthy)
        if best.equal:
            break
    return best


def _statistically(own: Record, healthy: Record) -> Comparison:
    mine = {key_of(value): value for value in own.values}
    others = {key_of(value): value for value in healthy.values}
    shared = [key for key in mine if key in others]
    loose = _moved_by_rounding(healthy)
    far = (
        f"{key.site} ({key.kind}) at step {key.step}"
        for key in shared
        if not (key.step and key.kind is ValueKind.PARAMETER and key.site in loose)
        and _far(mine[key], others[key], _room(key))
    )
    problem = _first_lone(own, healthy) or next(far, "")
    return Comparison(
        equal=not problem and bool(shared),
        whole=mine.keys() == others.keys(),
        compared=len(shared),
        difference=problem,
    )


def _moved_by_rounding(record: Record) -> frozenset[str]:
    """Parameters whose gradient is zero but for rounding, such as a key's bias: Adam moves them."""
    sizes: dict[str, float] = {}
    for value in record.values:
        if value.kind is ValueKind.PARAMETER_GRADIENT:
            size = max(abs(value.minimum or 0.0), abs(value.maximum or 0.0))
            sizes[value.site] = max(size, sizes.get(value.site, 0.0))
    largest = max(sizes.values(), default=0.0)
    return frozenset(site for site, size in sizes.items() if size <= _ROUNDING * largest)


def _room(key: ValueKey) -> float:
    """Relative: for gradients the parity tolerance; rounding grows from step to step."""
    if key.step:
        return LATER_LOSS
    if key.kind is ValueKind.GRADIENT:
        return TOLERANCES[ParityStage.GRADIENT]
    return TOLERANCES[_STAGES[key.kind]] if key.kind in _STAGES else OUTPUT


def _far(own: ValueStatistics, healthy: ValueStatistics, room: float) -> bool:
    """Whether rounding does not explain how two tensors differ."""
    if own.shape != healthy.shape or (own.nan, own.infinite) != (healthy.nan, healthy.infinite):
        return True
    pairs = [
        (getattr(own, name), getattr(healthy, name))
        for name in ("minimum", "maximum", "mean", "standard_deviation")
    ]
    known = [(one, other) for one, other in pairs if one is not None and other is not None]
    scale = max((abs(other) for _, other in known), default=0.0)
    return any(abs(one - other) > room * scale + ABSOLUTE for one, other in known)


def nearly_same_metrics(own: Record, healthy: Record) -> bool:
    """Whether all metrics are those of the healthy run, as far as training rounds."""
    return not any(_other_metrics(own, healthy, METRIC))


# --- within a tolerance --------------------------------------------------------------------------


def compare_closely(own: Recorded, healthy: Recorded) -> Comparison:
    """Compare two runs that began with the same weights, within the parity tolerance.

    Of the first step the loss, the gradient of every parameter and its update; later steps by their
    losses, and the end by its metrics: rounding grows from step to step. What a layer hands on may
    have another form, probabilities for logits: if it were wrong, a gradient or a metric would be.
    """
    best = Comparison(equal=False, difference="nothing could be compared")
    for names in site_names(own.record, healthy.record):
        mine = _Arrays(renamed(own.record, healthy.record, names), own)
        best = _closely(mine, _Arrays(healthy.record, healthy))
        if best.equal:
            break
    return best


class _Arrays:
    """The values of a run with their elements."""

    def __init__(self, record: Record, recorded: Recorded) -> None:
        self.record = record
        self._tensors = recorded.tensors
        self._order = {key_of(value): order for order, value in enumerate(record.values)}

    def keys(self) -> dict[ValueKey, int]:
        return self._order

    def value(self, key: ValueKey) -> ValueStatistics:
        return self.record.values[self._order[key]]

    def read(self, key: ValueKey) -> Any:
        """The elements in double precision; `None` if they were not kept."""
        import numpy as np  # noqa: PLC0415 - not needed for `--help`

        order = self._order.get(key)
        content = None if order is None else self._tensors.read(order)
        if not content:
            return None
        value = self.value(key)
        try:
            flat = np.frombuffer(content, np.dtype(value.dtype))
        except (TypeError, ValueError):
            return None
        return flat.astype(np.float64) if len(flat) == value.count else None


def _closely(own: _Arrays, healthy: _Arrays) -> Comparison:
    shared = [key for key in own.keys() if key in healthy.keys()]  # noqa: SIM118 - in their order
    problem = next(_problems(own, healthy, shared), "")
    return Comparison(
        equal=not problem and bool(shared),
        whole=own.keys().keys() == healthy.keys().keys(),
        compared=len(shared),
        difference=problem,
    )


def _problems(own: _Arrays, healthy: _Arrays, shared: list[ValueKey]) -> Iterator[str]:
    lone = _first_lone(own.record, healthy.record)
    if lone:
        yield lone
    for key in shared:
        if key.step == 0 and key.kind in _STAGES and not _is_close(key, own, healthy):
            yield f"{key.site} ({key.kind}) at step 0"
        elif key.kind is ValueKind.LOSS and not _same_loss(key, own, healthy):
            yield f"the loss at step {key.step}"
    for key in shared:
        if (
            key.kind is ValueKind.PARAMETER
            and key.step == 1
            and not _same_update(key, own, healthy)
        ):
            yield f"the first update of {key.site}"
    yield from _other_metrics(own.record, healthy.record, METRIC)


def _other_metrics(own: Record, healthy: Record, tolerance: float) -> Iterator[str]:
    for name, expected in healthy.metrics.items():
        value = own.metrics.get(name)
        if value is None or expected is None:
            is_close = value is expected
        else:
            is_close = abs(value - expected) <= tolerance * max(1.0, abs(expected))
        if not is_close:
            yield f"the metric {name}"


def _is_close(key: ValueKey, own: _Arrays, healthy: _Arrays) -> bool:
    mine, other = own.value(key), healthy.value(key)
    if mine.digest == other.digest:
        return True
    if mine.shape != other.shape:
        return mine.count == other.count and _near(key, own, healthy)
    return _near(key, own, healthy)


def _near(key: ValueKey, own: _Arrays, healthy: _Arrays) -> bool:
    import numpy as np  # noqa: PLC0415

    left, right = healthy.read(key), own.read(key)
    if left is None or right is None:
        return False
    tolerance = TOLERANCES[_STAGES[key.kind]]
    gap = float(np.linalg.norm(left - right))
    return gap <= tolerance * float(np.linalg.norm(left)) + ABSOLUTE


def _same_loss(key: ValueKey, own: _Arrays, healthy: _Arrays) -> bool:
    mine, other = own.value(key).mean, healthy.value(key).mean
    if mine is None or other is None:
        return mine is other
    return abs(mine - other) <= LATER_LOSS * max(abs(other), ABSOLUTE)


def _same_update(key: ValueKey, own: _Arrays, healthy: _Arrays) -> bool:
    import numpy as np  # noqa: PLC0415

    before = key._replace(step=0)
    gradient = healthy.read(before._replace(kind=ValueKind.PARAMETER_GRADIENT))
    arrays = [run.read(each) for run in (own, healthy) for each in (before, key)]
    if any(array is None for array in arrays):
        return True  # a value that was not kept speaks neither for nor against
    moved, expected = arrays[1] - arrays[0], arrays[3] - arrays[2]
    mine = own.read(before._replace(kind=ValueKind.PARAMETER_GRADIENT))
    if _moves_alone(moved, expected, gradients=(mine, gradient)):
        return False
    if gradient is not None and len(gradient) == len(moved):
        counts = np.abs(gradient) > _GRADIENT_FLOOR * np.abs(gradient).max(initial=0.0)
        moved, expected = moved[counts], expected[counts]
    gap = float(np.linalg.norm(moved - expected))
    return gap <= UPDATE * float(np.linalg.norm(expected)) + ABSOLUTE


def _moves_alone(moved: Any, expected: Any, *, gradients: tuple[Any, Any]) -> bool:
    """Whether a number moves that has no gradient in either run, as only a decay of weights does.

    That is far less than a step: it would be lost among the numbers that have a gradient.
    """
    if any(gradient is None or len(gradient) != len(moved) for gradient in gradients):
        return False
    still = (gradients[0] == 0) & (gradients[1] == 0) & (expected == 0)
    return bool((moved[still] != 0).any())
