"""What counts towards a trial's limit: what its program does, not what else the machine does."""

from __future__ import annotations

import time

from debugdiff.worker.process.family_usage import FamilyUsage, Usage

_IMPORT_SECONDS = 180.0
_LOOKS, _SHORTEST, _LONGEST = 20, 0.05, 1.0
BACKSTOP_FACTOR = 20
BACKSTOP_SECONDS = 60.0
"""When a trial that gets hardly any processor is given up: 20 times its limit and a minute."""


class TrialClock:
    """Counts the processor seconds of a program's family, and the time in which all of it waits.

    The time in which a part of it could have run and got no processor does not count: a machine
    that is ten times as busy gives the same end. This process must have no other children.

    Args:
        limit: seconds, from `start` on.

    Attributes:
        processor: seconds that the program and all that it started has computed so far.
        waited: seconds in which none of them would have computed.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.processor = 0.0
        self.waited = 0.0
        self._pause = min(max(limit / _LOOKS, _SHORTEST), _LONGEST)
        self._give_up = time.monotonic() + _IMPORT_SECONDS
        self._usage = FamilyUsage()
        self._before = 0.0
        self._looked: float | None = None
        self._was_waiting = False

    def start(self) -> None:
        """The program's own time begins."""
        self._before = self._usage.look().seconds
        self._looked = time.monotonic()
        self._give_up = self._looked + BACKSTOP_FACTOR * self.limit + BACKSTOP_SECONDS

    @property
    def is_up(self) -> bool:
        """Whether the program has had its time, or too long a time to be waited for."""
        return self.has_reached_limit or time.monotonic() > self._give_up

    @property
    def has_reached_limit(self) -> bool:
        """Whether the program has had its time."""
        return self.processor + self.waited > self.limit

    def look(self) -> bool:
        """Look at the family if it is time to; whether it was."""
        now = time.monotonic()
        if self._looked is None or now - self._looked < self._pause:
            return False
        usage = self._usage.look(now - self._looked)
        computed = self._count(usage)
        is_waiting = not usage.is_runnable
        if is_waiting and self._was_waiting:
            self.waited += max(now - self._looked - computed, 0.0)
        self._looked, self._was_waiting = now, is_waiting
        return True

    def stop(self) -> None:
        """The family is gone; count what it has computed since it was looked at last."""
        if self._looked is not None:
            self._count(self._usage.look())

    def _count(self, usage: Usage) -> float:
        computed = max(usage.seconds - self._before - self.processor, 0.0)
        self.processor += computed
        return computed
