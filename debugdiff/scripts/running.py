"""One script in a process of its own, from its start to the record of its run."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.files import to_json
from debugdiff.model import Record, ScriptRun, Stack
from debugdiff.records import read
from debugdiff.worker.process.endings import (
    Ending,
    complete_record,
    encode_record,
    unreadable_record,
)
from debugdiff.worker.process.families import (
    become_subreaper,
    descendants,
    end_family,
    end_strays,
    exit_code,
)
from debugdiff.worker.process.output import OutputReader
from debugdiff.worker.process.result_channel import ProgramEnds, ResultReader
from debugdiff.worker.process.script_workplace import LIVE, ScriptWorkplace
from debugdiff.worker.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Job
    from debugdiff.scripts.request import ScriptRequest

_POLL_SECONDS = 0.01
_ANSWER_SECONDS = 2.0
_DRAIN_SECONDS = 2.0
_ENDING_SECONDS = 5.0
_INTERRUPTS_UNTIL_KILL = 3


def run_script(request: ScriptRequest) -> ScriptRun:
    """Run a script as `python SCRIPT ARGUMENTS` would, here and now, with an instrument in it.

    Its standard input is ours. Its output never goes to our stdout. An interrupt (Ctrl-C) reaches
    the script and nobody else; the third one ends it the hard way.

    Raises:
        DebugdiffError: `script-missing`, `script-unreadable`, `stack-missing`, `script-start`.
    """
    request.check()
    job, path = request.job(), request.path.absolute()
    become_subreaper()
    workplace = ScriptWorkplace.of(job.program)
    with contextlib.closing(ResultReader(to_json(job))) as channel:
        script = _start(request, job, channel)
        code = _wait(script, channel, request.seconds)
        ending = _ending(script, code)
        stack = _stack(channel)
        record = complete_record(job, workplace, channel, ending)
    return ScriptRun(
        path=path,
        arguments=request.arguments,
        stack=stack,
        mode=request.mode,
        exit_status=code,
        record=_checked(job, {**record, "versions": _versions(stack)}),
    )


def _checked(job: Job, record: dict[str, Any]) -> Record:
    """The record; of what a script has forged so that it is none, one that says so."""
    try:
        return read(Record, encode_record(job, record))
    except ValueError:
        return read(Record, encode_record(job, unreadable_record(job)))


@dataclass(slots=True)
class _Script:
    """The running process, and what it writes.

    Attributes:
        others: children of ours that were there before it.
    """

    process: subprocess.Popen[bytes]
    stdout: OutputReader
    stderr: OutputReader
    others: tuple[int, ...]
    peak_memory: int = 0

    def poll(self) -> int | None:
        """The exit status once it has ended, negative for a signal."""
        if self.process.returncode is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid and (code := exit_code(pid, status)) is not None:
                self.process.returncode = code
                unit = 1024 if sys.platform == "linux" else 1
                self.peak_memory = usage.ru_maxrss * unit
        return self.process.returncode


def _start(request: ScriptRequest, job: Job, channel: ResultReader) -> _Script:
    others = descendants(os.getpid())
    stdout, stdout_end = os.pipe()
    stderr, stderr_end = os.pipe()
    try:
        process = _popen(request, channel.ends, stdout_end, stderr_end)
    except OSError as error:
        os.close(stdout)
        os.close(stderr)
        raise DebugdiffError(
            f"No process could be started for `{request.path}`: {error}.",
            hint="The system may be out of memory or processes.",
            slug="script-start",
        ) from error
    finally:
        os.close(stdout_end)
        os.close(stderr_end)
        channel.launched()
    echo = _stderr() if request.echo else None
    return _Script(
        process=process,
        stdout=OutputReader(stdout, job.budget.output, echo=echo),
        stderr=OutputReader(stderr, job.budget.output, echo=echo),
        others=others,
    )


def _popen(
    request: ScriptRequest, ends: ProgramEnds, stdout: int, stderr: int
) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-P",
        "-m",
        "debugdiff.worker.process.script",
        str(ends),
        str(os.getpid()),
    ]
    if request.stack is not None:
        command.append(request.stack.value)
    if request.echo and sys.stderr.isatty():
        command.append(LIVE)
    backend = request.stack.backend if request.stack is not None else ""
    variables = {**os.environ, "KERAS_BACKEND": backend} if backend else None
    # Until its first line the script has nothing to interrupt, and our own start must not show.
    with _interrupts_to(signal.SIG_IGN):
        return subprocess.Popen(
            command, stdout=stdout, stderr=stderr, env=variables, pass_fds=ends.descriptors
        )


def _stderr() -> int | None:
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError):  # a stream in memory, as in tests
        return None


@contextlib.contextmanager
def _interrupts_to(handler: Any) -> Iterator[None]:
    """Only the main thread may say what a signal does; elsewhere it stays as it is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _wait(script: _Script, channel: ResultReader, seconds: float | None) -> int | None:
    """The exit status, or `None` when it timed out and was ended."""
    with _interrupts_to(_Interrupts(script, channel)):
        while (code := script.poll()) is None:
            if channel.wait_for_start(_POLL_SECONDS):
                channel.let_go()
            if seconds is not None and channel.seconds > seconds:
                _ask_for_interim_record(script, channel)
                _end(script)
                return None
    return code


class _Interrupts:
    """Ctrl-C: a terminal sends it to the script as well; from elsewhere it is passed on."""

    def __init__(self, script: _Script, channel: ResultReader) -> None:
        self._script = script
        self._channel = channel
        self._count = 0

    def __call__(self, _signal: int, _frame: object) -> None:
        self._count += 1
        if self._count >= _INTERRUPTS_UNTIL_KILL or not self._channel.has_started:
            _end(self._script)
        elif not _is_in_foreground():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._script.process.pid, signal.SIGINT)


def _is_in_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _ask_for_interim_record(script: _Script, channel: ResultReader) -> None:
    """Ask the script where it is, and wait a moment for as much of an answer as it can give."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(script.process.pid, signal.SIGUSR1)
    give_up = time.monotonic() + _ANSWER_SECONDS
    while time.monotonic() < give_up and script.poll() is None and not channel.interim:
        time.sleep(_POLL_SECONDS)


def _end(script: _Script) -> None:
    """End a script with all that it has started."""
    end_family(script.process.pid)
    end_strays(script.others)
    give_up = time.monotonic() + _ENDING_SECONDS
    while script.poll() is None and time.monotonic() < give_up:
        time.sleep(_POLL_SECONDS)


def _ending(script: _Script, code: int | None) -> Ending:
    return Ending(
        code=code,
        all_ended=script.poll() is not None,
        stdout=script.stdout.text(_DRAIN_SECONDS),
        stderr=script.stderr.text(_DRAIN_SECONDS),
        peak_memory=script.peak_memory,
    )


def _stack(channel: ResultReader) -> Stack | None:
    try:
        return Stack(channel.stack_name)
    except ValueError:
        return None


def _versions(stack: Stack | None) -> Mapping[str, str]:
    if stack is None:
        return {"python": platform.python_version()}
    return installed_versions(stack) or {}
