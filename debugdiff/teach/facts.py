"""What no fix may change: steps, trained parameters, the rows that a model is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind

if TYPE_CHECKING:
    from debugdiff.model import Record, ValueStatistics


def facts_differ(own: Record, healthy: Record) -> str:
    """What no fix may change, as a clause: steps, names of metrics, mode."""
    if own.steps != healthy.steps:
        return f"training takes {_steps(own)} and should take {_steps(healthy)}"
    missing = sorted(healthy.metrics.keys() - own.metrics.keys())
    if missing:
        return f"`main` does not return `{missing[0]}`"
    if not healthy.values:
        return ""
    mode = _debug_mode(own)
    if mode and not _debug_mode(healthy):
        return f"training runs in a mode for debugging (`{mode}`), which should be off"
    return ""


def parameters_differ(own: Record, healthy: Record) -> str:
    """Whether as many parameters are trained, as a clause; empty if they are."""
    counts = _trained(own), _trained(healthy)
    if not healthy.values or counts[0] == counts[1]:
        return ""
    return f"it trains {counts[0]:,} parameters and should train {counts[1]:,}"


def data_differ(own: Record, healthy: Record) -> str:
    """What a model is given that a healthy one is not, as a clause; empty if it is the same.

    Only what has the same size and type is compared: rows may be trimmed, or go past the probes.
    Of an evaluation the first portion counts: what a model that generates is given next depends on
    its weights.
    """
    mine, others = _inputs(own), _inputs(healthy)
    if any(_is_other(mine[step], others[step]) for step in mine.keys() & others.keys()):
        return "it trains on different rows, or on the same rows in a different order"
    evaluated = _evaluated(own), _evaluated(healthy)
    if evaluated[0] and evaluated[1] and _is_other(evaluated[0], evaluated[1]):
        return "it is evaluated on other data"
    return ""


def _is_other(own: ValueStatistics, healthy: ValueStatistics) -> bool:
    same_form = (own.shape, own.dtype) == (healthy.shape, healthy.dtype)
    return same_form and own.digest != healthy.digest


def _evaluated(record: Record) -> ValueStatistics | None:
    """What was first handed to a model after the last step of training."""
    inputs = (value for value in record.values if value.kind is ValueKind.INPUT)
    return next((value for value in inputs if value.step >= record.steps), None)


def _steps(record: Record) -> str:
    return f"{record.steps or 'no'} step{'s' * (record.steps != 1)}"


def _debug_mode(record: Record) -> str:
    """What turned a mode for debugging on; empty if none was: it computes the same, slowly."""
    return next((str(each.value) for each in record.settings if each.name == "debug_mode"), "")


def _trained(record: Record) -> int:
    first = {v.site: v.count for v in record.values if v.kind is ValueKind.PARAMETER}
    return sum(first.values())


def moved(record: Record) -> int:
    """How many trained numbers belong to parameters that the first step changes."""
    return sum(
        value.count
        for value in record.values
        if value.kind is ValueKind.PARAMETER and value.step == value.call == 0 and value.update
    )


def losses(record: Record) -> list[float]:
    """The loss of every step, as far as it is finite."""
    found = {v.step: v.mean for v in record.values if v.kind is ValueKind.LOSS}
    return [mean for mean in found.values() if mean is not None]


def _inputs(record: Record) -> dict[int, ValueStatistics]:
    """The first thing that was handed to a model, by step of training."""
    found: dict[int, ValueStatistics] = {}
    for value in record.values:
        if value.kind is ValueKind.INPUT and value.step < record.steps:
            found.setdefault(value.step, value)
    return found
