"""Sentinels: published checks on the interim values of one run, which need no clean twin.

A sentinel registers itself when its module is imported, which this package does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Alarm
from debugdiff.sentinels import (  # noqa: F401 (importing a family registers it)
    gradients,
    inputs,
    losses,
    outputs,
    training,
    units,
)
from debugdiff.sentinels.admission import admitted, published
from debugdiff.sentinels.registry import SENTINELS, Beyond, Reading, Run, Sentinel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Setting, ValueStatistics

__all__ = ["SENTINELS", "Beyond", "Reading", "Run", "Sentinel", "admitted", "alarms", "published"]


def alarms(
    values: Sequence[ValueStatistics],
    settings: Sequence[Setting] = (),
    *,
    thresholds: Mapping[str, float] | None = None,
) -> tuple[Alarm, ...]:
    """The sentinels that fire on a run, each once per site, by step and then by sentinel.

    Args:
        values: what layer probes read, in the order of execution.
        settings: what they read of layers, optimizer and loss.
        thresholds: which sentinels to ask, and where each fires. Default: the admitted ones.
    """
    run = Run(values, settings)
    chosen = admitted() if thresholds is None else thresholds
    found = [
        alarm
        for sentinel in SENTINELS.values()
        if sentinel.id in chosen
        for alarm in _of_sentinel(sentinel, run, chosen[sentinel.id])
    ]
    return tuple(sorted(found, key=lambda alarm: alarm.step))


def _of_sentinel(sentinel: Sentinel, run: Run, threshold: float) -> list[Alarm]:
    """The first alarm at each site."""
    first: dict[tuple[str, object], Reading] = {}
    for reading in sentinel.readings(run):
        key = reading.site, reading.kind
        if sentinel.fires(reading.value, threshold) and not _is_earlier(first.get(key), reading):
            first[key] = reading
    return [_alarm(sentinel, reading, threshold) for reading in first.values()]


def _is_earlier(known: Reading | None, reading: Reading) -> bool:
    return known is not None and known.step <= reading.step


def _alarm(sentinel: Sentinel, reading: Reading, threshold: float) -> Alarm:
    return Alarm(
        sentinel=sentinel.id,
        site=reading.site,
        kind=reading.kind,
        step=reading.step,
        value=reading.value,
        threshold=threshold,
        meaning=sentinel.meaning,
        source=sentinel.source,
    )
