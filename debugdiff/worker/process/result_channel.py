"""What a program's process leaves for its supervisor: files beside the working folder.

Everything is a file, so that it is there whether the process was forked or spawned, and whether it
ended well or was killed in the middle of a word.
"""

from __future__ import annotations

import mmap
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_STEP = struct.Struct("<q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The files by name, in a folder that the program is not told of."""

    folder: Path

    @property
    def job(self) -> Path:
        """The job, for a program that is spawned instead of forked."""
        return self.folder / "job.json"

    @property
    def started(self) -> Path:
        """Appears when the framework is imported and the program's time begins."""
        return self.folder / "started"

    @property
    def outcome(self) -> Path:
        """The record as far as the program's own process could tell it."""
        return self.folder / "outcome.json"

    @property
    def interim(self) -> Path:
        """The same, told when its time was up."""
        return self.folder / "interim.json"

    @property
    def stack(self) -> Path:
        """Where every thread was when the time was up, or when a fatal signal came."""
        return self.folder / "stack.txt"

    @property
    def stack_name(self) -> Path:
        """What a script runs on, once it has loaded it."""
        return self.folder / "stack-name.txt"

    @property
    def step(self) -> Path:
        """The optimizer step that was finished last."""
        return self.folder / "step"

    @property
    def record(self) -> Path:
        """The completed record."""
        return self.folder / "record.json"

    def last_step(self) -> int:
        """The step that was finished last, as far as the dead process had written it down."""
        try:
            return int(_STEP.unpack(self.step.read_bytes())[0])
        except (OSError, struct.error):
            return 0


class StepFile:
    """The step in shared memory: a write costs nothing and outlives the process."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(descriptor, _STEP.size)
        self._memory = mmap.mmap(descriptor, _STEP.size)
        os.close(descriptor)

    def write_step(self, step: int) -> None:
        """Keep `step` as the last one known."""
        _STEP.pack_into(self._memory, 0, step)
