"""Lines of sources by the names that frames give them, which a program may choose as it likes."""

from __future__ import annotations

import linecache
import os
import stat
import sys
from pathlib import Path

_SOURCE_BYTES = 10 * 2**20


def is_source(file: str) -> bool:
    """Whether it can be read as source: a program may put a pipe without end in its own place."""
    try:
        state = Path(file).stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(state.st_mode) and state.st_size <= _SOURCE_BYTES


def is_safe_to_read(file: str) -> bool:
    """Whether Python, asked for its text, would wait for no pipe and read nothing without end.

    What does not exist is safe: its text may be in memory, as that of a cell. What looks empty, as
    files of the kernel do, has no lines in any case.
    """
    folders = () if os.path.isabs(file) else (it for it in sys.path if isinstance(it, str))  # noqa: PTH117
    places = (file, *(os.path.join(folder, file) for folder in folders))  # noqa: PTH118
    there = [place for place in places if os.path.exists(place)]  # noqa: PTH110
    return all(is_source(place) and os.path.getsize(place) for place in there)  # noqa: PTH202


def lines_of(file: str) -> list[str]:
    """All lines of a source; none where there is none that can be read."""
    try:
        return linecache.getlines(file) if is_safe_to_read(file) else []
    except Exception:  # noqa: BLE001  (a name that no file can have, a cache that a program has filled)
        return []


def line_of(file: str, number: int) -> str:
    """One line of it, with its end; empty where there is none."""
    lines = lines_of(file)
    return lines[number - 1] if 0 < number <= len(lines) else ""
