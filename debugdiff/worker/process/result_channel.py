"""What a program's process tells the one that waits for it: when it begins, its steps, its record.

All of it is opened before the program runs, and none of it has a name in the file system. The
program's process gets shared memory, which no descriptor of it leads to, two pipes that are closed
before the program's first line, and one descriptor that a crash is dumped to.

What comes back may have been forged: it is bytes of a bounded length, and nothing more.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import resource
import select
import struct
import tempfile
import time
from dataclasses import dataclass
from enum import IntEnum
from os import getpid  # a program may replace `os.getpid`
from typing import Self

_NUMBER = struct.Struct("<q")
_CAPACITY = 2**25
_STACK_BYTES = 2**18
_TAKEN_AWAY = (ValueError, TypeError, AttributeError, struct.error)
"""What writing ends with once a program has closed or replaced the memory: then nothing is said."""
_FIRST_FREE = 3
_BEYOND_STANDARD = 16


class _Slot(IntEnum):
    """The numbers at the beginning of the memory: the step, and the length of each text."""

    STEP = 0
    OUTCOME = 1
    INTERIM = 2
    STACK_NAME = 3


_TEXTS = (_Slot.OUTCOME, _Slot.INTERIM, _Slot.STACK_NAME)
_HEADER = len(_Slot) * _NUMBER.size


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramEnds:
    """The descriptors that the program's process gets.

    Attributes:
        job: a file that holds the job, for a process that is no fork.
        memory: what becomes shared memory.
        stack: the file that a crash is dumped to.
        started, go: pipes; see `ResultWriter.begin`.
    """

    job: int
    memory: int
    stack: int
    started: int
    go: int

    @property
    def descriptors(self) -> tuple[int, ...]:
        """All of them, in the order in which `of` takes them."""
        return (self.job, self.memory, self.stack, self.started, self.go)

    @classmethod
    def of(cls, text: str) -> Self:
        """The same in a process that was started with `str(ends)` among its arguments."""
        job, memory, stack, started, go = (int(number) for number in text.split(","))
        return cls(job=job, memory=memory, stack=stack, started=started, go=go)

    def __str__(self) -> str:
        return ",".join(map(str, self.descriptors))

    def read_job(self) -> str:
        """The job's text."""
        return _read_file(self.job, os.fstat(self.job).st_size).decode()


class ResultReader:
    """The end of the process that waits.

    Args:
        job: the text of the job, for a program's process that is no fork of this one.
    """

    def __init__(self, job: str = "") -> None:
        self._capacity = _capacity()
        self._memory, self._stack, job_file = _new_file(), _new_file(), _new_file()
        os.write(job_file, job.encode())
        os.ftruncate(self._memory, _HEADER + len(_TEXTS) * self._capacity)
        self._started, started = os.pipe()
        go, self._go = os.pipe()
        self.ends = ProgramEnds(
            job=job_file, memory=self._memory, stack=self._stack, started=started, go=go
        )
        self._began: float | None = None
        self._listening = True

    def launched(self) -> None:
        """Close what only the program's process needs, which has its own by now."""
        for descriptor in (self.ends.job, self.ends.started, self.ends.go):
            os.close(descriptor)

    @property
    def has_started(self) -> bool:
        """Whether the program has begun, as far as `wait_for_start` has seen."""
        return self._began is not None

    @property
    def seconds(self) -> float:
        """Since the program began, by this process's monotonic clock."""
        return time.monotonic() - self._began if self._began is not None else 0.0

    def wait_for_start(self, seconds: float) -> bool:
        """Wait so long at most; whether the program's process is ready, and waits for `let_go`."""
        if not self._listening:
            time.sleep(seconds)
        elif select.select([self._started], [], [], seconds)[0]:
            self._listening = False
            return bool(os.read(self._started, 1))
        return False

    def let_go(self) -> None:
        """The program begins now."""
        self._began = time.monotonic()
        os.write(self._go, b"\n")

    @property
    def step(self) -> int:
        """The step that was finished last, as far as the dead process had written it down."""
        return max(self._number(_Slot.STEP), 0)

    @property
    def outcome(self) -> str:
        """The record as far as the program's own process could make it; empty if it wrote none."""
        return self._text(_Slot.OUTCOME)

    @property
    def interim(self) -> str:
        """The same, written when it timed out."""
        return self._text(_Slot.INTERIM)

    @property
    def stack_name(self) -> str:
        """What a script runs on, once it has loaded it."""
        return self._text(_Slot.STACK_NAME)

    @property
    def dumped_stack(self) -> str:
        """Where every thread was at the deadline, or when a fatal signal came."""
        return _read_file(self._stack, _STACK_BYTES).decode(errors="replace")

    def close(self) -> None:
        """Close this end; nothing can be read any more."""
        for descriptor in (self._memory, self._stack, self._started, self._go):
            os.close(descriptor)

    def _text(self, slot: _Slot) -> str:
        # Read and never mapped: a file that a program has cut short would end this process.
        length = min(max(self._number(slot), 0), self._capacity)
        offset = _offset(slot, self._capacity)
        return _read_file(self._memory, length, offset).decode(errors="replace")

    def _number(self, slot: _Slot) -> int:
        number = os.pread(self._memory, _NUMBER.size, slot * _NUMBER.size)
        return int(_NUMBER.unpack(number)[0]) if len(number) == _NUMBER.size else 0


class ResultWriter:
    """The end of the program's process. A fork of it that the program makes writes nothing.

    The descriptors that this process has but for the standard ones are closed.
    """

    def __init__(self, ends: ProgramEnds) -> None:
        size = os.fstat(ends.memory).st_size
        self._capacity = (size - _HEADER) // len(_TEXTS)
        self._memory = mmap.mmap(ends.memory, size)
        self.stack, self._started, self._go = _keep_only(ends.stack, ends.started, ends.go)
        self._process = getpid()

    @property
    def room(self) -> int:
        """Bytes that a record may have."""
        return self._capacity

    @property
    def is_forked(self) -> bool:
        """Whether this process is a fork of the one that the channel was made for."""
        return getpid() != self._process

    def begin(self) -> None:
        """Say that the program's time begins, and wait until that has been heard."""
        os.write(self._started, b"\n")
        os.read(self._go, 1)
        os.close(self._started)
        os.close(self._go)

    def write_step(self, step: int) -> None:
        """Keep `step` as the last one known: it costs nothing and outlives the process."""
        try:
            _NUMBER.pack_into(self._memory, _Slot.STEP, step)
        except _TAKEN_AWAY:
            return

    def write_outcome(self, record: str) -> None:
        """The record of the program, at its end."""
        self._write(_Slot.OUTCOME, record)

    def write_interim(self, record: str) -> None:
        """The record of the program where it stands."""
        self._write(_Slot.INTERIM, record)

    def write_stack_name(self, name: str) -> None:
        """What the program runs on."""
        self._write(_Slot.STACK_NAME, name)

    def _write(self, slot: _Slot, text: str) -> None:
        """The length comes last, so that nobody ever sees half a text. A longer one is not kept."""
        content = text.encode()
        if self.is_forked or len(content) > self._capacity:
            return
        offset = _offset(slot, self._capacity)
        try:
            self._memory[offset : offset + len(content)] = content
            _NUMBER.pack_into(self._memory, slot * _NUMBER.size, len(content))
        except _TAKEN_AWAY:
            return


def _offset(slot: _Slot, capacity: int) -> int:
    return _HEADER + _TEXTS.index(slot) * capacity


def _capacity() -> int:
    """Bytes of one text: less where files may not be that large."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if limit == resource.RLIM_INFINITY:
        return _CAPACITY
    return min((limit - _HEADER) // len(_TEXTS), _CAPACITY)


def _new_file() -> int:
    """A file without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("debugdiff")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _read_file(descriptor: int, length: int, offset: int = 0) -> bytes:
    chunks = []
    while length and (chunk := os.pread(descriptor, length, offset)):
        chunks.append(chunk)
        length, offset = length - len(chunk), offset + len(chunk)
    return b"".join(chunks)


def _keep_only(*descriptors: int) -> tuple[int, ...]:
    """Close all but the standard descriptors and these, which get the lowest free numbers."""
    moved = [
        fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _BEYOND_STANDARD)
        for descriptor in descriptors
    ]
    kept = tuple(range(_FIRST_FREE, _FIRST_FREE + len(moved)))
    for source, target in zip(moved, kept, strict=True):
        os.dup2(source, target, inheritable=False)
    os.closerange(kept[-1] + 1, os.sysconf("SC_OPEN_MAX"))
    return kept
