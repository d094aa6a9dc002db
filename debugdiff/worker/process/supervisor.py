"""One trial from its job to its record: start it, watch its time, end all that it began."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol

from debugdiff.worker.process.endings import WORKER_FAILED, Ending, completed, not_started
from debugdiff.worker.process.families import (
    become_subreaper,
    die_with_parent,
    end_descendants,
    limit_resources,
    peak_memory_of_children,
    reap,
)
from debugdiff.worker.process.output import OutputReader
from debugdiff.worker.process.program import run_program
from debugdiff.worker.process.result_channel import Outbox
from debugdiff.worker.wire import encode, write_atomically
from debugdiff.worker.workplace import LinkLeavesFolderError, Workplace, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import Job

_POLL_SECONDS = 0.005
_IMPORT_SECONDS = 180.0
_TELLING_SECONDS = 1.0
_DRAIN_SECONDS = 2.0


class Child(Protocol):
    """The program's process, however it was started."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; `None` while it runs."""


class Launch(Protocol):
    """A way to start the program."""

    def __call__(self, job: Job, place: Workplace, output: Pipes) -> Child:
        """Start the job's program; `OSError` where no process can be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipes:
    """The writing ends of the program's stdout and stderr."""

    stdout: int
    stderr: int

    def close(self) -> None:
        """Close both in this process."""
        os.close(self.stdout)
        os.close(self.stderr)


def supervise(job: Job, root: Path, launch: Launch) -> Path:
    """Run one job below the folder `root`; the file that holds its record.

    The record is there whatever the program does. This process must have no other children.
    """
    become_subreaper()
    outbox = Outbox(folder=root / "outbox")
    try:
        place = prepare(root, job)
        outcome = _run(job, place, launch)
    except (LinkLeavesFolderError, OSError) as error:
        outbox.folder.mkdir(parents=True, exist_ok=True)
        outcome = not_started(job, str(error))
    write_atomically(outbox.record, encode(outcome))
    for folder in (root / "work", root / "scratch"):
        shutil.rmtree(folder, ignore_errors=True)
    return outbox.record


def _run(job: Job, place: Workplace, launch: Launch) -> dict[str, object]:
    stdout, stdout_end = os.pipe()
    stderr, stderr_end = os.pipe()
    pipes = Pipes(stdout=stdout_end, stderr=stderr_end)
    try:
        child = launch(job, place, pipes)
    finally:
        pipes.close()
    readers = [OutputReader(stdout, job.budget.output), OutputReader(stderr, job.budget.output)]
    outbox = Outbox(folder=place.outbox)
    code = _wait(child, outbox, job.budget.seconds)
    if code is None:
        _let_it_tell(child, outbox)
    all_ended = end_descendants(child.pid)
    _wait_a_moment(child)
    reap()
    out, err = (place.as_seen_by_person(reader.text(_DRAIN_SECONDS)) for reader in readers)
    ending = Ending(
        code=code,
        all_ended=all_ended,
        stdout=out,
        stderr=err,
        peak_memory=peak_memory_of_children(),
    )
    return completed(job, place, ending)


def _wait(child: Child, outbox: Outbox, seconds: float) -> int | None:
    """The exit code, or `None` when the program's time is up. Its time begins with the program."""
    limit = time.time() + _IMPORT_SECONDS
    began = False
    while (code := child.poll()) is None and time.time() < limit:
        time.sleep(_POLL_SECONDS)
        if not began and outbox.started.exists():
            began = True
            limit = outbox.started.stat().st_mtime + seconds
    return code


def _let_it_tell(child: Child, outbox: Outbox) -> None:
    """Ask the program where it is, and wait a moment for as much of an answer as it can give."""
    try:
        os.kill(child.pid, signal.SIGUSR1)
    except ProcessLookupError:
        return
    give_up = time.monotonic() + _TELLING_SECONDS
    while time.monotonic() < give_up and child.poll() is None and not outbox.interim.exists():
        time.sleep(_POLL_SECONDS)


def _wait_a_moment(child: Child) -> None:
    """Take the exit status of a child that was just killed."""
    give_up = time.monotonic() + _TELLING_SECONDS
    while child.poll() is None and time.monotonic() < give_up:
        time.sleep(_POLL_SECONDS)


class ForkedChild:
    """A program in a fork of this process, which has its framework imported already."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; `None` while it runs."""
        if self._code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


def launch_by_fork(job: Job, place: Workplace, output: Pipes) -> Child:
    """Fork the program from this process."""
    supervisor = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become_program(job, place, output, supervisor)
    return ForkedChild(pid)


def launch_by_spawn(job: Job, place: Workplace, output: Pipes) -> Child:
    """Start the program in a new interpreter, which imports the framework first."""
    write_atomically(Outbox(folder=place.outbox).job, encode(job))
    command = [sys.executable, "-P", "-m", "debugdiff.worker", job.stack, "--program"]
    return subprocess.Popen(
        [*command, str(place.root), place.temporary_folder],
        stdin=subprocess.DEVNULL,
        stdout=output.stdout,
        stderr=output.stderr,
        env={**os.environ, "DEBUGDIFF_SUPERVISOR": str(os.getpid())},
    )


def _become_program(job: Job, place: Workplace, output: Pipes, supervisor: int) -> NoReturn:
    """The life of the forked child. Nothing may get out of here into the supervisor's code."""
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (output.stdout, 1), (output.stderr, 2)):
            os.dup2(source, target)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        settle_process(supervisor, job.budget.memory)
        run_program(job, place)
    except BaseException:  # noqa: BLE001  (told on stderr; the supervisor makes a record of it)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(WORKER_FAILED)


def settle_process(supervisor: int, memory: int) -> None:
    """Give this process a session of its own, its limits, and the end of its supervisor."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent(supervisor)
    limit_resources(memory)
