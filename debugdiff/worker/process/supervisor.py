"""One trial from its job to its record: start it, watch its time, end all that it began."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from debugdiff.files import to_json
from debugdiff.worker.folders import LinkLeavesFolderError
from debugdiff.worker.process.compiled_code import leave_compiled_code, take_compiled_code
from debugdiff.worker.process.endings import (
    WORKER_FAILED,
    Ending,
    complete_record,
    encode_record,
    unstarted_record,
)
from debugdiff.worker.process.families import (
    become_subreaper,
    die_with_parent,
    end_descendants,
    exit_code,
    limit_resources,
    peak_memory_of_children,
    reap,
)
from debugdiff.worker.process.output import OutputReader
from debugdiff.worker.process.program import run_program
from debugdiff.worker.process.result_channel import ProgramEnds, ResultReader, ResultWriter
from debugdiff.worker.process.sandbox import confine_program
from debugdiff.worker.process.trial_clock import TrialClock
from debugdiff.worker.workplace import Workplace, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from debugdiff.model import Job

_POLL_SECONDS = 0.005
_ANSWER_SECONDS = 1.0
_DRAIN_SECONDS = 2.0


class Child(Protocol):
    """The program's process, however it was started."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; `None` while it runs."""


class Launch(Protocol):
    """A way to start the program."""

    def __call__(self, job: Job, workplace: Workplace, output: Pipes, ends: ProgramEnds) -> Child:
        """Start the job's program; `OSError` where no process can be made."""


class Word(StrEnum):
    """What a supervisor says before it has a record: that its program begins, that it watches."""

    STARTED = "started"
    WATCHED = "watched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipes:
    """The writing ends of the program's stdout and stderr."""

    stdout: int
    stderr: int

    def close(self) -> None:
        """Close both in this process."""
        os.close(self.stdout)
        os.close(self.stderr)


def supervise(job: Job, root: Path, launch: Launch, say: Callable[[Word], None]) -> str:
    """Run one job below the folder `root`; its record, as a line.

    There is one whatever the program does. This process must have no other children.

    Args:
        job: what to run.
        root: an empty folder, which is left to the caller to remove.
        launch: starts the program.
        say: called when the program is about to begin, and waits for it; then again and again,
            as long as somebody watches the program.
    """
    become_subreaper()
    try:
        workplace = prepare(root, job)
        take_compiled_code(job, workplace)
        record = _run(job, workplace, launch, say)
    except (LinkLeavesFolderError, OSError) as error:
        record = unstarted_record(job, str(error))
    return encode_record(job, record)


def _run(
    job: Job, workplace: Workplace, launch: Launch, say: Callable[[Word], None]
) -> dict[str, Any]:
    channel = ResultReader(to_json(job) if launch is launch_by_spawn else "")
    stdout, stdout_end = os.pipe()
    stderr, stderr_end = os.pipe()
    pipes = Pipes(stdout=stdout_end, stderr=stderr_end)
    try:
        child = launch(job, workplace, pipes, channel.ends)
    finally:
        pipes.close()
        channel.launched()
    readers = [OutputReader(stdout, job.budget.output), OutputReader(stderr, job.budget.output)]
    clock = TrialClock(job.budget.seconds)
    code = _wait(child, channel, clock, say)
    if code is None:
        _ask_for_interim_record(child, channel)
    all_ended = end_descendants(child.pid)
    if all_ended:
        leave_compiled_code(job, workplace)
    _wait_a_moment(child)
    reap()
    clock.stop()
    out, err = (workplace.as_seen_by_user(reader.text(_DRAIN_SECONDS)) for reader in readers)
    ending = Ending(
        code=code,
        all_ended=all_ended,
        stdout=out,
        stderr=err,
        peak_memory=peak_memory_of_children(),
        clock=clock,
    )
    return complete_record(job, workplace, channel, ending)


def _wait(
    child: Child, channel: ResultReader, clock: TrialClock, say: Callable[[Word], None]
) -> int | None:
    """The exit code, or `None` when the program timed out. Its time begins with the program."""
    while (code := child.poll()) is None and not clock.is_up:
        if channel.wait_for_start(_POLL_SECONDS):
            say(Word.STARTED)
            clock.start()
            channel.let_go()
        if clock.look():
            say(Word.WATCHED)
    return code


def _ask_for_interim_record(child: Child, channel: ResultReader) -> None:
    """Ask the program where it is, and wait a moment for as much of an answer as it can give."""
    try:
        os.kill(child.pid, signal.SIGUSR1)
    except ProcessLookupError:
        return
    give_up = time.monotonic() + _ANSWER_SECONDS
    while time.monotonic() < give_up and child.poll() is None and not channel.interim:
        time.sleep(_POLL_SECONDS)


def _wait_a_moment(child: Child) -> None:
    """Take the exit status of a child that was just killed."""
    give_up = time.monotonic() + _ANSWER_SECONDS
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
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = exit_code(pid, status)
        return self._code


def launch_by_fork(job: Job, workplace: Workplace, output: Pipes, ends: ProgramEnds) -> Child:
    """Fork the program from this process."""
    supervisor = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become_program(job, workplace, output, ends, supervisor)
    return ForkedChild(pid)


def launch_by_spawn(job: Job, workplace: Workplace, output: Pipes, ends: ProgramEnds) -> Child:
    """Start the program in a new interpreter, which imports the framework first."""
    command = [sys.executable, "-P", "-m", "debugdiff.worker", job.stack, "--program", str(ends)]
    return subprocess.Popen(
        [*command, str(workplace.root), workplace.temporary_folder],
        stdin=subprocess.DEVNULL,
        stdout=output.stdout,
        stderr=output.stderr,
        env={**os.environ, "DEBUGDIFF_SUPERVISOR": str(os.getpid())},
        pass_fds=ends.descriptors,
    )


def _become_program(
    job: Job, workplace: Workplace, output: Pipes, ends: ProgramEnds, supervisor: int
) -> NoReturn:
    """The life of the forked child. Nothing may get out of here into the supervisor's code."""
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (output.stdout, 1), (output.stderr, 2)):
            os.dup2(source, target)
        writer = ResultWriter(ends)
        settle_process(supervisor, job.budget.memory)
        confine_program(job, workplace)
        run_program(job, workplace, writer)
    except BaseException:  # noqa: BLE001  (printed on stderr; the supervisor makes a record of it)
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
