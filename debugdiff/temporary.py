"""Temporary folders that are gone in the end, even if the process that made one was killed.

Beside each folder lies a file that its process holds a lock on: the system takes the lock away when
the process is gone. Whoever makes the next folder removes those that nobody holds.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.worker.folders import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX, _LOCK = "debugdiff-", ".lock"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of this process's own, as long as it is needed.

    Raises:
        OSError: it cannot be made.
    """
    _remove_orphans()
    descriptor, lock = _new_lock()
    folder = lock.with_suffix("")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        remove_tree(folder)
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _new_lock() -> tuple[int, Path]:
    """A locked file. Before it is locked somebody may take it for an orphan: then another one."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_LOCK)
        if _is_locked_now(descriptor) and Path(name).exists():
            return descriptor, Path(name)
        os.close(descriptor)


def _remove_orphans() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_LOCK}"):
        with contextlib.suppress(OSError):  # it is gone by now, or another user's
            descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
            try:
                if _is_locked_now(descriptor):
                    remove_tree(lock.with_suffix(""))
                    lock.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def _is_locked_now(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
