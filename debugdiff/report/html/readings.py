"""Interim values over the steps, with and without the bug: a curve per site, and its figures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from debugdiff.model import ValueKind
from debugdiff.report.html.plots import curves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import Record, ValueStatistics

    Series = Mapping[int, float | None]
    """By optimizer step; `None`: nothing finite was there."""

MOST_STEPS = 12
"""Of a bug's page: a report has thousands of curves."""
_TITLES = {
    ValueKind.LOSS: "loss",
    ValueKind.FORWARD: "output: mean of the absolute values",
    ValueKind.PARAMETER_GRADIENT: "gradient of the parameter: norm",
}
"""What is shown, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A site of a run: its curve, the step from which on it differs, and cells with its figures."""

    site: str
    curve: Markup
    clean: Markup
    bug: Markup
    differs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The sites of one kind of value, all over the same steps."""

    title: str
    steps: tuple[int, ...]
    rows: tuple[Reading, ...]


def readings(clean: Record | None, bug: Record, most: int = MOST_STEPS) -> tuple[Readings, ...]:
    """What layer probes read of a run with a bug, beside the clean run.

    Args:
        clean: the clean run; without it there is one series.
        bug: the other one.
        most: steps that are shown, the first and the last among them.
    """
    before = _series(clean.values if clean else ())
    after = _series(bug.values)
    return tuple(filter(None, (_of_kind(kind, before, after, most) for kind in _TITLES)))


_Found = dict[tuple[ValueKind, str], dict[int, "ValueStatistics"]]


def _series(values: Iterable[ValueStatistics]) -> _Found:
    """By kind and site, the last reading of each step."""
    found: _Found = defaultdict(dict)
    for value in values:
        if value.kind in _TITLES:
            found[value.kind, value.site][value.step] = value
    return found


def _of_kind(kind: ValueKind, before: _Found, after: _Found, most: int) -> Readings | None:
    sites = dict.fromkeys(site for found in (before, after) for of, site in found if of is kind)
    if not any(after.get((kind, site)) for site in sites):
        return None
    both = [(before.get((kind, site), {}), after.get((kind, site), {})) for site in sites]
    steps = _thinned(sorted({step for pair in both for found in pair for step in found}), most)
    rows = tuple(_reading(site, kind, steps, *pair) for site, pair in zip(sites, both, strict=True))
    return Readings(title=_TITLES[kind], steps=steps, rows=rows)


def _thinned(steps: Sequence[int], most: int) -> tuple[int, ...]:
    if len(steps) <= most:
        return tuple(steps)
    stride = (len(steps) - 1) / (most - 1)
    return tuple(steps[round(index * stride)] for index in range(most))


def _reading(
    site: str,
    kind: ValueKind,
    steps: Sequence[int],
    clean: Mapping[int, ValueStatistics],
    bug: Mapping[int, ValueStatistics],
) -> Reading:
    series = [
        (name, list(_levels(found, kind, steps)))
        for name, found in (("clean", clean), ("bug", bug))
    ]
    return Reading(
        site=site,
        curve=curves(series, f"{site} over {len(steps)} steps"),
        clean=_cells(clean, kind, steps),
        bug=_cells(bug, kind, steps),
        differs=_first_difference(clean, bug),
    )


def _levels(
    found: Mapping[int, ValueStatistics], kind: ValueKind, steps: Sequence[int]
) -> Iterator[float | None]:
    """Up to the last step that was read: a run that has ended has no values any more."""
    last = max(found, default=-1)
    for step in steps:
        if step <= last:
            yield _level(found.get(step), kind)


def _level(value: ValueStatistics | None, kind: ValueKind) -> float | None:
    if value is None:
        return None
    if kind is ValueKind.LOSS:
        return value.mean
    return value.norm if kind is ValueKind.PARAMETER_GRADIENT else value.mean_absolute


def _cells(found: Mapping[int, ValueStatistics], kind: ValueKind, steps: Sequence[int]) -> Markup:
    figures = (_figure(found.get(step), kind) for step in steps)
    return Markup("".join(f'<td class="number">{figure}</td>' for figure in figures))


def _figure(value: ValueStatistics | None, kind: ValueKind) -> str:
    if value is not None and (value.nan or value.infinite):
        return "not finite"
    level = _level(value, kind)
    return "" if level is None else f"{level:.4g}"


def _first_difference(
    clean: Mapping[int, ValueStatistics], bug: Mapping[int, ValueStatistics]
) -> str:
    """The first step whose tensors differ, bit by bit."""
    both = sorted(clean.keys() & bug.keys())
    parts = (step for step in both if clean[step].digest != bug[step].digest)
    first = next(parts, None)
    if first is not None:
        return f"step {first}"
    return "equal" if both else ""
