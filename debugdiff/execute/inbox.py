"""Jobs for a pool that runs, from another thread."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.model import Job


class Inbox:
    """Where another thread puts jobs. Its descriptor can be read when there is something new.

    Attributes:
        is_open: whether more may come. A pool whose inbox is closed stops, whatever still runs.
    """

    def __init__(self) -> None:
        self.is_open = True
        self._jobs: list[Job] = []
        self._lock = threading.Lock()
        self._read, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._read

    def put(self, jobs: Iterable[Job]) -> None:
        """Add jobs and wake the pool."""
        with self._lock:
            self._jobs += jobs
        self._wake()

    def take(self) -> list[Job]:
        """The jobs that are new."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._read, 65_536)
        with self._lock:
            jobs, self._jobs = self._jobs, []
        return jobs

    def close(self) -> None:
        """Stop the pool."""
        self.is_open = False
        self._wake()

    def release(self) -> None:
        """Give its descriptors back, once the pool has stopped and nobody puts jobs any more."""
        os.close(self._read)
        os.close(self._write)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is full: the pool wakes anyway
            os.write(self._write, b".")
