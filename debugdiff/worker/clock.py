"""Optimizer steps, counted by watching the framework and never by wrapping what it calls.

A wrapper would stand in the traces that a trial is about. PyTorch has a hook that runs after an
optimizer has returned; a Keras optimizer carries its own counter, which is read when somebody asks.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class StepSink(Protocol):
    """Where a step is written down at once, so that it outlives a process that is killed."""

    def write_step(self, step: int) -> None:
        """Keep `step` as the last one known."""


class Clock:
    """How many optimizer steps this program has finished."""

    def __init__(self, sink: StepSink | None = None) -> None:
        self._ticks = 0
        self._counters: list[Callable[[], int]] = []
        self._held: int | None = None
        self._sink = sink
        self._lock = threading.Lock()

    @property
    def step(self) -> int:
        """Optimizer steps finished so far: 0 throughout the first step."""
        if self._held is not None:
            return self._held
        return self._ticks + sum(counter() for counter in self._counters)

    def tick(self) -> None:
        """One more step is finished."""
        with self._lock:
            self._ticks += 1
        self.keep()

    def count_with(self, counter: Callable[[], int]) -> None:
        """Add a counter that is kept elsewhere, such as `optimizer.iterations`."""
        self._counters.append(counter)

    def hold(self, step: int) -> None:
        """Stand at `step` until released: somebody else counts, and the counters are not read.

        In a graph a counter may go up before the operation that fails, or before a value of the
        same step is read.
        """
        self._held = step
        self.keep()

    def release(self) -> None:
        """Go on by the counters."""
        self._held = None

    def keep(self) -> None:
        """Write the step down for whoever has to report on a process that is gone."""
        if self._sink is not None:
            self._sink.write_step(self.step)
