"""What `/proc` says of living processes and zombies; where there is no `/proc`, there are none."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_STAT_BYTES = 4096
_OF_PROCESS = 2
"""The clock of the processor seconds of a process, in the id of a clock that names one."""


class Process(NamedTuple):
    """A process at one look.

    Attributes:
        state: a letter; Z is a zombie.
        start: ticks from the start of the machine. With the id it is nobody else's.
        seconds: of processor time, its own.
        waited_for: seconds of processor time of all that it has waited for.
    """

    id: int
    state: str
    parent: int
    start: int
    seconds: float
    waited_for: float


def family(ancestor: int) -> list[Process]:
    """The descendants of a process, zombies among them."""
    children: dict[int, list[tuple[int, list[bytes]]]] = {}
    for process in _all_processes():
        with contextlib.suppress(OSError):
            fields = _fields(f"/proc/{process}/stat")
            children.setdefault(int(fields[1]), []).append((process, fields))
    descendants: list[Process] = []
    waiting = [ancestor]
    while waiting:
        below = [_process(*each) for each in children.get(waiting.pop(), [])]
        descendants.extend(below)
        waiting.extend(process.id for process in below)
    return descendants


def _all_processes() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208
    return []


def _process(process: int, fields: list[bytes]) -> Process:
    own, dead = (sum(map(int, fields[at : at + 2])) / _TICKS for at in (11, 13))
    return Process(
        id=process,
        state=fields[0].decode(),
        parent=int(fields[1]),
        start=int(fields[19]),
        seconds=own,
        waited_for=dead,
    )


def is_runnable(process: int) -> bool:
    """Whether a thread of a process runs, or would if it got a processor."""
    for entry in Path(f"/proc/{process}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if _fields(str(entry))[0] == b"R":
                return True
    return False


def ignores_children(process: int) -> bool:
    """Whether a process has said (`SIG_IGN` for `SIGCHLD`) that it waits for no child."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process}/status").read_text(errors="replace")
        ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
        return bool(ignored >> (signal.SIGCHLD - 1) & 1)
    return False


def processor_share(process: Process) -> float:
    """How much of a processor a process has had in its life, from 0 on; 0 if it is gone.

    The time in which it could have run and did not is part of its life. Its age is known to a tick
    only, and what is younger has done nothing but run and wait for a processor.
    """
    with contextlib.suppress(OSError, IndexError):
        computed = time.clock_gettime(~process.id << 3 | _OF_PROCESS)
        schedule = Path(f"/proc/{process.id}/schedstat").read_text()
        delayed = int(schedule.split()[1]) / 1e9
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - (process.start + 1) / _TICKS
        return computed / max(computed + delayed, age, 1e-9)
    return 0.0


def _fields(stat: str) -> list[bytes]:
    """What a `stat` file says from the state on. The name before it may hold anything.

    Hundreds are read for each trial, and the ways of `pathlib` take three times as long.
    """
    file = os.open(stat, os.O_RDONLY)
    try:
        return os.read(file, _STAT_BYTES).rpartition(b")")[2].split()
    finally:
        os.close(file)
