"""How busy the machine is with the work of others, and what it is."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

from debugdiff.errors import DebugdiffError

LoadReader = Callable[[], float]
"""How many processors are busy just now, while nothing of ours is."""

_SECONDS = 1.0
_SHARE = 0.1
_STAT = Path("/proc/stat")
_IDLE_FIELDS = slice(3, 5)
"""Of the first line: idle, and waiting for a disk."""


def busy_processors() -> float:
    """Processors in use over one second; where the system does not say, its load of a minute."""
    if not _STAT.is_file():
        return os.getloadavg()[0]
    before, began = _idle_seconds(), time.monotonic()
    time.sleep(_SECONDS)
    idle, seconds = _idle_seconds() - before, time.monotonic() - began
    return max((os.cpu_count() or 1) - idle / seconds, 0.0)


def _idle_seconds() -> float:
    fields = _STAT.read_text(encoding="utf-8").split("\n", 1)[0].split()[1:]
    return sum(map(int, fields[_IDLE_FIELDS])) / os.sysconf("SC_CLK_TCK")


def is_busy(processors: float) -> bool:
    """Whether more than a tenth of the machine does other work."""
    return processors > _SHARE * (os.cpu_count() or 1)


def require_quiet(processors: float) -> None:
    """Refuse to time anything beside other work.

    Raises:
        DebugdiffError: `machine-busy`.
    """
    if is_busy(processors):
        count = os.cpu_count() or 1
        raise DebugdiffError(
            f"The machine is busy: other programs use {processors:.1f} of its {count} processors,"
            " so times would mean little.",
            hint="Try again when it is idle: what was measured is kept, and the same command"
            " continues. `--anyway` measures now, and marks the result as not to be cited.",
            slug="machine-busy",
        )


def processor_name() -> str:
    """The processor's own name, or else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.machine()
