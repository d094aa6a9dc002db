"""The warm process of a stack: imports the framework once and forks a supervisor per job.

It runs no operation of the framework, since a process that did is not safe to fork. One line of
JSON comes in per job and goes out per event; the program's output never meets this protocol, whose
descriptor its process does not have.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from debugdiff.worker.folders import lock_of, remove_tree
from debugdiff.worker.process.endings import unstarted_record
from debugdiff.worker.process.families import (
    become_subreaper,
    die_with_parent,
    end_descendants,
    end_family,
    end_strays,
)
from debugdiff.worker.process.frameworks import import_framework
from debugdiff.worker.process.supervisor import (
    Word,
    launch_by_fork,
    launch_by_spawn,
    supervise,
)
from debugdiff.worker.versions import installed_versions
from debugdiff.worker.wire import Lines, decode_job, encode, write_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.model import Job, Stack

_CHUNK = 65_536
_STDIN = 0
_STARTING_SECONDS = 300.0
_GRACE_SECONDS = 15.0
_CLEANING_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class _Running:
    """A supervisor at work. Its pipe closes when its process is gone, whatever ended it.

    Attributes:
        go: the pipe on which it waits for the word that its program may begin.
        deadline: when it has to say the next thing, by the monotonic clock: a program may have
            stopped it.
        late: whether it did not.
        answered: whether its record has been sent.
    """

    job: Job
    root: Path
    process: int
    pipe: int
    go: int
    deadline: float
    lines: Lines = field(default_factory=Lines)
    late: bool = False
    answered: bool = False


class Host:
    """Reads jobs from stdin and runs them beside each other, until stdin is closed.

    Args:
        protocol: the descriptor that events are written to.
        spool: the folder that trials get their folders in.
    """

    def __init__(self, protocol: int, spool: str) -> None:
        self._protocol = protocol
        self._spool = spool
        self._selector = selectors.DefaultSelector()
        self._running: dict[int, _Running] = {}
        self._lines = Lines()

    def serve(self) -> None:
        """Work until stdin is closed; then end what is still running."""
        self._selector.register(_STDIN, selectors.EVENT_READ)
        open_for_jobs = True
        while open_for_jobs:
            for key, _ in self._selector.select(self._seconds_left()):
                if key.fd == _STDIN:
                    open_for_jobs = self._read_jobs()
                else:
                    self._listen(self._running[key.fd])
            self._end_late_ones()
        self._end_all()

    def _read_jobs(self) -> bool:
        chunk = os.read(_STDIN, _CHUNK)
        for line in self._lines.of(chunk):
            self._start(line.decode("utf-8", "replace"))
        return bool(chunk)

    def _seconds_left(self) -> float | None:
        deadlines = [running.deadline for running in self._running.values() if not running.late]
        return max(min(deadlines) - time.monotonic(), 0.0) if deadlines else None

    def _end_late_ones(self) -> None:
        for running in self._running.values():
            if not running.late and running.deadline < time.monotonic():
                running.late = True
                end_family(running.process)

    def _start(self, line: str) -> None:
        try:
            job = decode_job(line)
        except (ValueError, KeyError, TypeError) as error:
            send(self._protocol, {"error": f"not a job: {type(error).__name__}: {error}"})
            return
        try:
            root = _new_root(self._spool)
        except OSError as error:
            self._send_unstarted(job, f"No folder could be made: {error}")
            return
        try:
            self._fork(job, root)
        except OSError as error:
            remove_tree(root)
            self._send_unstarted(job, f"No process could be made: {error}")

    def _fork(self, job: Job, root: Path) -> None:
        reading, writing = os.pipe()
        hearing, go = os.pipe()
        host = os.getpid()
        process = os.fork()
        if process == 0:
            os.close(reading)
            os.close(go)
            self._become_supervisor(job, root, host, writing, hearing)
        os.close(writing)
        os.close(hearing)
        self._running[reading] = _Running(
            job=job,
            root=root,
            process=process,
            pipe=reading,
            go=go,
            deadline=time.monotonic() + _STARTING_SECONDS,
        )
        self._selector.register(reading, selectors.EVENT_READ)

    def _become_supervisor(
        self, job: Job, root: Path, host: int, answers: int, go: int
    ) -> NoReturn:
        """The life of the forked supervisor. Nothing may get out of here into the host's loop."""

        def say(word: Word) -> None:
            write_line(answers, word)
            if word is Word.STARTED:
                os.read(go, 1)

        try:
            os.setsid()
            self._selector.close()
            others = [
                end for running in self._running.values() for end in (running.pipe, running.go)
            ]
            for descriptor in (self._protocol, *others):
                os.close(descriptor)
            _read_nothing()
            _clean_up_on_sigterm(lambda: root)
            die_with_parent(host, by=signal.SIGTERM)
            write_line(answers, supervise(job, root, launch_by_fork, say))
            remove_tree(root)
        except BaseException:  # noqa: BLE001  (printed on stderr; the host sees that a record is missing)
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)

    def _listen(self, running: _Running) -> None:
        chunk = os.read(running.pipe, _CHUNK)
        for line in running.lines.of(chunk):
            self._hear(running, line.decode())
        if not chunk:
            self._finish(running)

    def _hear(self, running: _Running, line: str) -> None:
        running.answered = line not in {*Word}
        grace = _CLEANING_SECONDS if running.answered else _GRACE_SECONDS
        running.deadline = time.monotonic() + grace
        what = {"record": line} if running.answered else {"word": line}
        # Whoever waits for this host must know before the program can do anything to it.
        send(self._protocol, {"id": running.job.id, **what})
        if line == Word.STARTED:
            os.write(running.go, b"\n")

    def _finish(self, running: _Running) -> None:
        self._selector.unregister(running.pipe)
        os.close(running.pipe)
        os.close(running.go)
        del self._running[running.pipe]
        os.waitpid(running.process, 0)
        if not running.answered:
            end_strays([other.process for other in self._running.values()])
            reason = "did not answer in time" if running.late else "ended without a record"
            self._send_unstarted(running.job, f"The supervisor of the trial {reason}.")
        remove_tree(running.root)

    def _send_unstarted(self, job: Job, reason: str) -> None:
        record = encode(unstarted_record(job, reason))
        send(self._protocol, {"id": job.id, "record": record})

    def _end_all(self) -> None:
        for running in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(running.process, signal.SIGTERM)
        for running in self._running.values():
            _wait_or_end(running.process)


def _wait_or_end(process: int) -> None:
    """Wait for a supervisor that was asked to end; one that was stopped does not hear it."""
    give_up = time.monotonic() + _GRACE_SECONDS / 2
    while time.monotonic() < give_up:
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        time.sleep(0.01)
    end_family(process)
    os.waitpid(process, 0)


def run_host(stack: Stack, spool: str, parent: int) -> None:
    """Be the host of a stack: import its framework, say so, and serve."""
    become_subreaper()
    _clean_up_on_sigterm(lambda: Path(spool) if os.getppid() != parent else None)
    die_with_parent(parent, by=signal.SIGTERM)
    protocol = keep_protocol()
    import_framework(stack)
    gc.collect()
    # What is here now is shared by every trial: collecting it again would only copy its pages.
    gc.freeze()
    send(protocol, {"ready": installed_versions(stack)})
    Host(protocol, spool).serve()
    end_descendants()


def run_once(stack: Stack, spool: str, parent: int) -> None:
    """Do the same for one job without forking: its program gets an interpreter of its own."""
    root = _new_root(spool)
    _clean_up_on_sigterm(lambda: root if os.getppid() == parent else Path(spool))
    die_with_parent(parent, by=signal.SIGTERM)
    protocol = keep_protocol()
    send(protocol, {"ready": installed_versions(stack)})
    job = decode_job(sys.stdin.readline())
    record = supervise(
        job, root, launch_by_spawn, lambda word: send(protocol, {"id": job.id, "word": word})
    )
    send(protocol, {"id": job.id, "record": record})
    remove_tree(root)


def _read_nothing() -> None:
    """Take stdin away; its number stays in use, so that no other file gets it."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, _STDIN)
    os.close(null)


def _new_root(spool: str) -> Path:
    return Path(tempfile.mkdtemp(prefix="trial-", dir=spool))


def keep_protocol() -> int:
    """Take the real stdout away for the protocol; what is printed from now on goes to stderr."""
    protocol = os.dup(1)
    os.dup2(2, 1)
    return protocol


def send(protocol: int, event: dict[str, Any]) -> None:
    """Write one event as one line."""
    write_line(protocol, json.dumps(event))


def _clean_up_on_sigterm(which: Callable[[], Path | None]) -> None:
    """On `SIGTERM`, which also comes when the parent dies, end all processes below and leave.

    Args:
        which: the folder to take along, if any. When the campaign itself is gone, nobody else is
            left to remove the spool.
    """

    def end(_signal: int, _frame: object) -> None:
        end_descendants()
        folder = which()
        if folder is not None:
            remove_tree(folder)
            lock_of(folder).unlink(missing_ok=True)
        os._exit(1)

    signal.signal(signal.SIGTERM, end)
