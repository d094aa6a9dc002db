"""What the processes of all arms say: medians, ratios within blocks, and when a start pays off."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean, median
from typing import TYPE_CHECKING

from debugdiff.model import Interval, Size, SpeedPart, Way
from debugdiff.speed.medians import median_interval
from debugdiff.speed.schedule import block_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Lap, SpeedRun


class Ending(StrEnum):
    """How the lead of an arm over PyTorch eager changes with the number of steps."""

    NEVER = "never"
    FROM = "from"
    UNTIL = "until"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """For which numbers of steps an arm is ahead; `step` is the first or the last such number."""

    ending: Ending
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSummary:
    """One arm.

    Attributes:
        processes: that ran through.
        wall, processor: seconds by part, the median over processes.
        ratio: by part, wall seconds over those of PyTorch eager, the median over blocks.
        blocks: that the ratios are over.
        peak_memory: bytes, the median over processes.
        metrics: the median of each figure that the program ended with; empty if it was stopped.
        batch_size: what `train` was called with.
        stopwatch: seconds that noting a step takes.
        problem: why there is nothing, as a clause.
    """

    way: Way
    implementation: str
    processes: int = 0
    wall: Mapping[SpeedPart, Interval] = field(default_factory=dict)
    processor: Mapping[SpeedPart, Interval] = field(default_factory=dict)
    ratio: Mapping[SpeedPart, Interval] = field(default_factory=dict)
    blocks: int = 0
    break_even: BreakEven | None = None
    peak_memory: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    batch_size: int | None = None
    steps: int | None = None
    stopwatch: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedTable:
    """A case with one size and batch size; `batch_size` 0 is the programs' own.

    Attributes:
        absent: ways without an arm, each with the reason.
    """

    case: str
    size: Size
    batch_size: int
    arms: tuple[ArmSummary, ...]
    absent: Mapping[Way, str]


def summarise(runs: Sequence[SpeedRun], order: Sequence[tuple[str, Way]]) -> tuple[ArmSummary, ...]:
    """One summary per arm, in the given order of implementation and way.

    Args:
        runs: of one case, size and batch size.
        order: the arms.
    """
    by_arm: dict[tuple[str, Way], list[SpeedRun]] = defaultdict(list)
    for run in runs:
        by_arm[run.implementation, run.way].append(run)
    baseline = next((by_arm[arm] for arm in order if arm[1] is Way.EAGER), [])
    return tuple(_summary(arm, by_arm[arm], baseline) for arm in order)


def _summary(
    arm: tuple[str, Way], runs: Sequence[SpeedRun], baseline: Sequence[SpeedRun]
) -> ArmSummary:
    implementation, way = arm
    measured = [run for run in runs if run.reading is not None]
    if not measured:
        problem = next((run.problem for run in runs), "it was not run")
        return ArmSummary(way=way, implementation=implementation, problem=problem)
    readings = [run.reading for run in measured if run.reading]
    ratios = {part: _block_ratios(runs, baseline, part) for part in SpeedPart}
    return ArmSummary(
        way=way,
        implementation=implementation,
        processes=len(measured),
        wall=_medians(measured, "wall"),
        processor=_medians(measured, "processor"),
        ratio={part: median_interval(found) for part, found in ratios.items() if found},
        blocks=max(map(len, ratios.values())),
        break_even=break_even(_start_and_step(measured), _start_and_step(baseline)),
        peak_memory=median(run.peak_memory for run in measured),
        metrics=_metrics(measured),
        batch_size=readings[0].batch_size,
        steps=readings[0].steps,
        stopwatch=median(reading.stopwatch for reading in readings),
        problem=next((run.problem for run in runs if run.problem), ""),
    )


def _medians(runs: Sequence[SpeedRun], clock: str) -> Mapping[SpeedPart, Interval]:
    laps = {part: _laps(runs, part) for part in SpeedPart}
    return {
        part: median_interval([getattr(lap, clock) for lap in found])
        for part, found in laps.items()
        if found
    }


def _laps(runs: Sequence[SpeedRun], part: SpeedPart) -> list[Lap]:
    return [run.reading.laps[part] for run in runs if run.reading and part in run.reading.laps]


def _block_ratios(
    runs: Sequence[SpeedRun], baseline: Sequence[SpeedRun], part: SpeedPart
) -> list[float]:
    """One ratio per whole block: of the geometric means of its two processes on each side."""
    ours, theirs = _by_block(runs, part), _by_block(baseline, part)
    return [
        math.exp(fmean(map(math.log, ours[block])) - fmean(map(math.log, theirs[block])))
        for block in sorted(ours.keys() & theirs.keys())
        if len(ours[block]) == len(theirs[block]) == _WHOLE
    ]


_WHOLE = 2


def _by_block(runs: Sequence[SpeedRun], part: SpeedPart) -> dict[int, list[float]]:
    blocks: dict[int, list[float]] = defaultdict(list)
    for run in runs:
        if run.reading and part in run.reading.laps and run.reading.laps[part].wall > 0:
            blocks[block_of(run.round)].append(run.reading.laps[part].wall)
    return blocks


def _start_and_step(runs: Sequence[SpeedRun]) -> tuple[float, float] | None:
    """Seconds to the end of the first step, building included, and of one more step."""
    parts = (SpeedPart.BUILD, SpeedPart.FIRST, SpeedPart.STEADY)
    walls = [[lap.wall for lap in _laps(runs, part)] for part in parts]
    if not all(walls):
        return None
    build, first, steady = map(median, walls)
    return build + first, steady


def break_even(
    ours: tuple[float, float] | None, theirs: tuple[float, float] | None
) -> BreakEven | None:
    """For which numbers of steps we need less time; each side is its start and one more step.

    The start has the first step in it: `n` steps take `start + (n - 1) * step`.
    """
    if ours is None or theirs is None:
        return None
    start, step = ours[0] - theirs[0], ours[1] - theirs[1]
    if start < 0 and step <= 0:
        return BreakEven(ending=Ending.ALWAYS)
    if start >= 0 and step >= 0:
        return BreakEven(ending=Ending.NEVER)
    even = -start / step  # further steps after which both have taken the same time
    if step < 0:
        return BreakEven(ending=Ending.FROM, step=math.floor(even) + 2)
    return BreakEven(ending=Ending.UNTIL, step=math.ceil(even))


def _metrics(runs: Sequence[SpeedRun]) -> Mapping[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for name, value in run.metrics.items():
            values[name] += [] if value is None else [value]
    return {name: median(found) for name, found in values.items() if found}
