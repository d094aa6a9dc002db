"""Calibration: which sentinels are silent on clean programs, and at which threshold.

One half of the cases settles a threshold, the other half tells how often it is wrong. A published
threshold that is silent on the first half stays. One that is not is moved past the most alarming
figure of that half, by half of the excess; where no figure can lie beyond that, or most clean runs
fire as published, there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.sentinels.registry import SENTINELS, Run, Sentinel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.model import Setting, Stack, ValueStatistics

MARGIN = 0.5
"""How far past the most alarming clean figure a threshold is moved, as a share of the excess."""

MOST = 0.5
"""Where more of the settling runs than this fire, moving the threshold would make another check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRun:
    """The most alarming figure of each sentinel in one run of a clean program."""

    case: str
    implementation: str
    stack: Stack
    seed: int
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """What a sentinel did on one half of the cases.

    Attributes:
        runs: runs in which it had something to read.
        fired: runs in which it fired, at the published and at the settled threshold.
        programs: the programs in which it fired at the settled threshold.
    """

    runs: int
    fired_published: int
    fired_settled: int
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What was settled for one sentinel. `reason` says why it is not admitted, or is empty."""

    sentinel: str
    published: float
    threshold: float
    admitted: bool
    reason: str
    settling: Half
    held_out: Half


def figures(
    values: Sequence[ValueStatistics], settings: Sequence[Setting] = ()
) -> dict[str, float]:
    """The most alarming figure of each sentinel that has something to read in a run."""
    run = Run(values, settings)
    worst = {
        sentinel.id: sentinel.worst(reading.value for reading in sentinel.readings(run))
        for sentinel in SENTINELS.values()
    }
    return {name: value for name, value in worst.items() if value is not None}


def settling_cases(cases: Iterable[str]) -> frozenset[str]:
    """The half of the cases that settles thresholds: every second one by name."""
    return frozenset(sorted(set(cases))[::2])


def calibrate(runs: Sequence[CleanRun]) -> tuple[Calibrated, ...]:
    """Settle each sentinel's threshold on one half of the cases, and try it on the other."""
    settling = settling_cases(run.case for run in runs)
    first = [run for run in runs if run.case in settling]
    second = [run for run in runs if run.case not in settling]
    return tuple(_calibrate(sentinel, first, second) for sentinel in SENTINELS.values())


def _calibrate(
    sentinel: Sentinel, first: Sequence[CleanRun], second: Sequence[CleanRun]
) -> Calibrated:
    threshold = _settle(sentinel, first)
    settling, held_out = (_half(sentinel, half, threshold) for half in (first, second))
    reason = _why_not(sentinel, threshold, settling, held_out)
    return Calibrated(
        sentinel=sentinel.id,
        published=sentinel.threshold,
        threshold=threshold,
        admitted=not reason,
        reason=reason,
        settling=settling,
        held_out=held_out,
    )


def _settle(sentinel: Sentinel, runs: Sequence[CleanRun]) -> float:
    worst = sentinel.worst(run.figures[sentinel.id] for run in runs if sentinel.id in run.figures)
    if worst is None or not sentinel.fires(worst, sentinel.threshold):
        return sentinel.threshold
    return float(f"{worst + MARGIN * (worst - sentinel.threshold):.3g}")


def _half(sentinel: Sentinel, runs: Sequence[CleanRun], threshold: float) -> Half:
    read = [run for run in runs if sentinel.id in run.figures]
    fired = [run for run in read if sentinel.fires(run.figures[sentinel.id], threshold)]
    return Half(
        runs=len(read),
        fired_published=sum(
            sentinel.fires(run.figures[sentinel.id], sentinel.threshold) for run in read
        ),
        fired_settled=len(fired),
        programs=tuple(sorted({f"{run.case}/{run.implementation}" for run in fired})),
    )


def _why_not(sentinel: Sentinel, threshold: float, settling: Half, held_out: Half) -> str:
    if settling.fired_settled or held_out.fired_settled:
        return "fires on clean programs"
    if settling.fired_published > MOST * settling.runs:
        return "as published it fires on most clean programs"
    if threshold != sentinel.threshold and not held_out.runs:
        return "nothing to try the settled threshold on"
    if sentinel.furthest is not None and not sentinel.fires(sentinel.furthest, threshold):
        return "no threshold is left that could be passed"
    if sentinel.needs_steps and not (settling.runs and held_out.runs):
        return f"no clean run had {sentinel.needs_steps} steps"
    return ""
