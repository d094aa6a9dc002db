"""Two clocks, read at the borders of a program's parts and after every update of its weights."""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from debugdiff.model import Lap, SpeedPart

if TYPE_CHECKING:
    from collections.abc import Iterator

_NANO = 1e-9
_FEWEST_STEADY = 5
_TRIED = 10_000

Moment = tuple[int, int]
"""Nanoseconds by the wall clock and by this process's use of processors."""


class EnoughStepsError(BaseException):
    """Ends the training after as many steps as were asked for; no program catches it by mistake."""


def now() -> Moment:
    """The time by both clocks."""
    return time.perf_counter_ns(), time.process_time_ns()


class Stopwatch:
    """Laps of the parts, and the moments of all steps.

    Args:
        most_steps: how many end the training; 0: none do.
    """

    def __init__(self, most_steps: int = 0) -> None:
        self.laps: dict[SpeedPart, Lap] = {}
        self._most = most_steps
        self._train_began: Moment = (0, 0)
        self._walls: list[int] = []
        self._processors: list[int] = []

    @property
    def steps(self) -> int:
        """How many were noted."""
        return len(self._walls)

    @contextmanager
    def timed(self, part: SpeedPart) -> Iterator[None]:
        """Time what happens inside, if it comes to its end."""
        began = now()
        if part is SpeedPart.TRAINING:
            self._train_began = began
        yield
        self.laps[part] = _between(began, now())

    def note_step(self) -> None:
        """An update has just been finished."""
        self._walls.append(time.perf_counter_ns())
        self._processors.append(time.process_time_ns())
        if len(self._walls) == self._most:
            raise EnoughStepsError

    def all_laps(self, warm_up: int) -> dict[SpeedPart, Lap]:
        """The parts, and the first and the steady step; no steady step if there are too few."""
        laps = dict(self.laps)
        if self._walls:
            first = (self._walls[0], self._processors[0])
            laps[SpeedPart.FIRST] = _between(self._train_began, first)
        if self.steps - max(warm_up, 1) >= _FEWEST_STEADY:
            laps[SpeedPart.STEADY] = Lap(
                wall=_median_step(self._walls, warm_up),
                processor=_median_step(self._processors, warm_up),
            )
        return laps


def cost_of_a_step() -> float:
    """Seconds that `note_step` takes in this process, the median of many."""
    watch = Stopwatch()
    for _ in range(_TRIED):
        watch.note_step()
    return _median_step(watch._walls, 0)  # noqa: SLF001 - the clock looks at itself


def _between(began: Moment, ended: Moment) -> Lap:
    return Lap(wall=(ended[0] - began[0]) * _NANO, processor=(ended[1] - began[1]) * _NANO)


def _median_step(moments: list[int], warm_up: int) -> float:
    """Of the steps behind the warm-up; the first one has no step before it and is none."""
    kept = moments[max(warm_up, 1) - 1 :]
    return statistics.median(after - before for before, after in pairwise(kept)) * _NANO
