"""What a program's family computes, children that nobody waits for among it.

The kernel adds the processor seconds of a dead process to those of the process that waits for it.
Where a parent ignores `SIGCHLD` they are lost, and what was seen at the looks is all there is.
"""

from __future__ import annotations

import os
import resource
from collections import defaultdict
from typing import NamedTuple

from debugdiff.worker.process.process_table import (
    Process,
    family,
    ignores_children,
    is_runnable,
    processor_share,
)


class Usage(NamedTuple):
    """What the descendants of this process have used, and whether one of them wants to go on.

    Attributes:
        seconds: of processor time, of the dead ones, too.
        is_runnable: whether a thread of them runs, or would if it got a processor.
    """

    seconds: float
    is_runnable: bool


class FamilyUsage:
    """Counts what this process's descendants use, from look to look.

    A dead process counts with what its parent got for waiting, or with what it was last seen with:
    whichever is more. One that is seen once only, because it ends soon, stands for all that its
    parent starts between two looks. Where there is no `/proc`, the dead alone count.
    """

    def __init__(self) -> None:
        self._seen: dict[int, Process] = {}
        self._shares: dict[int, float] = {}
        self._last_seen_with: defaultdict[int, float] = defaultdict(float)

    def look(self, passed: float = 0.0) -> Usage:
        """What they have used by now, `passed` seconds after the last look."""
        found = {process.id: process for process in family(os.getpid())}
        self._count_gone(found, passed)
        self._shares = {
            process.id: processor_share(process)
            for process in found.values()
            if not _is_there(process, self._seen) and ignores_children(process.parent)
        }
        self._seen = found
        dead = resource.getrusage(resource.RUSAGE_CHILDREN)
        waited_for = dead.ru_utime + dead.ru_stime
        return Usage(
            seconds=max(waited_for, self._last_seen_with[os.getpid()])
            + sum(map(self._seconds_of, found.values())),
            is_runnable=any(map(is_runnable, found)),
        )

    def _count_gone(self, found: dict[int, Process], passed: float) -> None:
        """Keep what those that are gone were last seen with, for the ancestor that is there."""
        gone = [process for process in self._seen.values() if not _is_there(process, found)]
        short_lived: defaultdict[int, list[Process]] = defaultdict(list)
        for process in gone:
            ancestor = self._ancestor_of(process, found)
            if process.id in self._shares:
                short_lived[ancestor].append(process)
            else:
                self._last_seen_with[ancestor] += self._seconds_of(process)
        for ancestor, processes in short_lived.items():
            seconds = sum(map(self._seconds_of, processes))
            share = min(sum(self._shares[process.id] for process in processes), 1.0)
            self._last_seen_with[ancestor] += max(seconds, share * passed)
        for process in gone:
            self._last_seen_with.pop(process.id, None)

    def _ancestor_of(self, process: Process, found: dict[int, Process]) -> int:
        """The next ancestor that is still there; in the end this process."""
        while process.parent in self._seen:
            process = self._seen[process.parent]
            if _is_there(process, found):
                return process.id
        return os.getpid()

    def _seconds_of(self, process: Process) -> float:
        dead = max(process.waited_for, self._last_seen_with.get(process.id, 0.0))
        return process.seconds + dead


def _is_there(process: Process, among: dict[int, Process]) -> bool:
    return process.id in among and among[process.id].start == process.start
