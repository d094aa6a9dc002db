"""The parent's end of a worker process: jobs go in as lines, events come out as lines."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.errors import StackError
from debugdiff.files import to_json
from debugdiff.worker.process.families import end_family
from debugdiff.worker.wire import Lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Interpreter, Job, Stack

_CHUNK = 65_536
_ENDING_SECONDS = 10.0
_STARTING_SECONDS = 600.0
_GRACE_SECONDS = 25.0


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """A worker process with the jobs that it has not answered yet.

    Attributes:
        once: whether it takes one job and ends (cold), or serves until it is closed (warm).
        errors: the file that its stderr goes to.
        ready: whether it has said anything yet.
        late: whether it was ended because it did not answer in time.
    """

    stack: Stack
    once: bool
    process: subprocess.Popen[bytes]
    errors: Path
    jobs: dict[str, Job] = field(default_factory=dict)
    ready: bool = False
    late: bool = False
    _deadlines: dict[str, float] = field(default_factory=dict)
    _lines: Lines = field(default_factory=Lines)

    @property
    def output(self) -> int:
        """The descriptor that its events come from."""
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def give(self, job: Job) -> None:
        """Send it one job. A worker that is gone says so by its end, not here."""
        self.jobs[job.id] = job
        self._deadlines[job.id] = time.monotonic() + _STARTING_SECONDS
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(to_json(job).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return

    def events(self) -> list[dict[str, Any]] | None:
        """The events that have arrived; `None` when the worker is gone."""
        chunk = os.read(self.output, _CHUNK)
        events = [json.loads(line) for line in self._lines.of(chunk)]
        for event in events:
            self.ready = True
            if "word" in event:
                self._deadlines[event["id"]] = time.monotonic() + _GRACE_SECONDS
        return events if chunk else None

    def finish(self, job: str) -> Job:
        """Take a job away that it has answered."""
        del self._deadlines[job]
        return self.jobs.pop(job)

    @property
    def deadline(self) -> float:
        """When it has to say the next thing, by the monotonic clock: a program may stop it."""
        return min(self._deadlines.values(), default=math.inf) if not self.late else math.inf

    def end_if_late(self) -> None:
        """Kill it with all its processes if it has not kept its deadline."""
        if self.deadline < time.monotonic():
            self.late = True
            end_family(self.process.pid)

    def last_error_line(self) -> str:
        """The last line of its stderr: why it is gone, if it knew."""
        lines = self.errors.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it printed nothing"

    def ask_to_end(self) -> None:
        """Close it without waiting: it ends its trials first.

        A host that is still importing its framework has none, and would not listen for seconds.
        """
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        if self.once or not self.ready:
            self.process.terminate()

    def end(self) -> None:
        """Close it and wait. One that does not end is killed."""
        self.ask_to_end()
        try:
            self.process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            end_family(self.process.pid)
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@cache
def can_isolate() -> bool:
    """Whether it can start processes without a network that change no files but temporary ones.

    That takes Linux 5.12 with user namespaces.
    """
    try:
        probe = subprocess.run([*_isolated(), "true"], capture_output=True, check=False)
    except OSError:
        return False
    return probe.returncode == 0


def _isolated() -> tuple[str, ...]:
    """Namespaces without a network, in which all but the folder for temporary files is kept."""
    namespaces = ("unshare", "--user", "--map-root-user", "--net", "--ipc", "--mount")
    confine = str(Path(__file__).with_name("confine.py"))
    temporary = os.path.realpath(tempfile.gettempdir())
    return (*namespaces, sys.executable, "-I", "-S", confine, temporary)


def python_command(interpreter: Interpreter | None, *, isolated: bool = False) -> tuple[str, ...]:
    """What starts an interpreter (`None`: this one).

    Args:
        interpreter: another one.
        isolated: in namespaces of its own; ask `can_isolate`.
    """
    return (
        *(_isolated() if isolated else ()),
        interpreter.python if interpreter else sys.executable,
    )


def start_worker(
    stack: Stack,
    *,
    once: bool,
    python: Sequence[str],
    variables: Mapping[str, str],
    spool: Path,
) -> Worker:
    """Start a host, or the process of one trial, in a session that Ctrl-C does not reach.

    Args:
        stack: what it is to run.
        once: for one job (cold), or for as many as come (warm).
        python: the command that starts a Python; see `python_command`.
        variables: its environment.
        spool: the folder that its trials get their folders in.

    Raises:
        StackError: the interpreter cannot be started.
    """
    command = [*python, "-P", "-m", "debugdiff.worker", stack.value]
    try:
        descriptor, errors = tempfile.mkstemp(prefix="worker-", suffix=".txt", dir=spool)
        with os.fdopen(descriptor, "wb") as stderr:
            process = subprocess.Popen(
                [*command, "--once"] if once else command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={
                    **variables,
                    "DEBUGDIFF_SPOOL": str(spool),
                    "DEBUGDIFF_PARENT": str(os.getpid()),
                },
                start_new_session=True,
            )
    except OSError as error:
        raise StackError(
            f"The interpreter of the stack `{stack}` cannot be started: {error}",
            hint="Name an interpreter that exists, or leave it out to use debugdiff's own.",
            slug="interpreter-missing",
        ) from error
    return Worker(stack=stack, once=once, process=process, errors=Path(errors))
