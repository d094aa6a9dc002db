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
import shutil
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from debugdiff.worker.process.endings import not_started
from debugdiff.worker.process.families import become_subreaper, die_with_parent, end_descendants
from debugdiff.worker.process.frameworks import import_framework
from debugdiff.worker.process.result_channel import Outbox
from debugdiff.worker.process.supervisor import launch_by_fork, launch_by_spawn, supervise
from debugdiff.worker.versions import installed_versions
from debugdiff.worker.wire import decode_job, encode, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.model import Job, Stack

_CHUNK = 65_536
_STDIN = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A supervisor at work. Its pipe closes when its process is gone, whatever ended it."""

    job: Job
    root: Path
    process: int
    pipe: int


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
        self._unread = b""

    def serve(self) -> None:
        """Work until stdin is closed; then end what is still running."""
        self._selector.register(_STDIN, selectors.EVENT_READ)
        open_for_jobs = True
        while open_for_jobs:
            for key, _ in self._selector.select():
                if key.fd == _STDIN:
                    open_for_jobs = self._read_jobs()
                else:
                    self._finish(key.fd)
        self._end_all()

    def _read_jobs(self) -> bool:
        chunk = os.read(_STDIN, _CHUNK)
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            self._start(line.decode("utf-8", "replace"))
        return bool(chunk)

    def _start(self, line: str) -> None:
        try:
            job = decode_job(line)
        except (ValueError, KeyError, TypeError) as error:
            send(self._protocol, {"error": f"not a job: {type(error).__name__}: {error}"})
            return
        try:
            root = _new_root(self._spool)
        except OSError as error:
            send(self._protocol, {"id": job.id, "lost": f"No folder could be made: {error}"})
            return
        try:
            self._fork(job, root)
        except OSError as error:
            self._report(job, root, f"No process could be made: {error}")

    def _fork(self, job: Job, root: Path) -> None:
        reading, writing = os.pipe()
        host = os.getpid()
        process = os.fork()
        if process == 0:
            os.close(reading)
            self._become_supervisor(job, root, host)
        os.close(writing)
        self._running[reading] = _Running(job=job, root=root, process=process, pipe=reading)
        self._selector.register(reading, selectors.EVENT_READ)

    def _become_supervisor(self, job: Job, root: Path, host: int) -> NoReturn:
        """The life of the forked supervisor. Nothing may get out of here into the host's loop."""
        try:
            os.setsid()
            self._selector.close()
            for descriptor in (_STDIN, self._protocol, *self._running):
                os.close(descriptor)
            _clean_up_when_told(lambda: root)
            die_with_parent(host, by=signal.SIGTERM)
            supervise(job, root, launch_by_fork)
        except BaseException:  # noqa: BLE001  (told on stderr; the host sees that a record lacks)
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)

    def _finish(self, pipe: int) -> None:
        self._selector.unregister(pipe)
        os.close(pipe)
        running = self._running.pop(pipe)
        os.waitpid(running.process, 0)
        self._report(
            running.job, running.root, "The supervisor of the trial ended without a record."
        )

    def _report(self, job: Job, root: Path, otherwise: str) -> None:
        """Tell where the record is; one that nobody wrote says `otherwise`."""
        record = Outbox(folder=root / "outbox").record
        try:
            if not record.exists():
                record.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(record, encode(not_started(job, otherwise)))
        except OSError as error:
            shutil.rmtree(root, ignore_errors=True)
            send(self._protocol, {"id": job.id, "lost": f"{otherwise} {error}"})
        else:
            send(self._protocol, {"id": job.id, "result": str(record), "folder": str(root)})

    def _end_all(self) -> None:
        for running in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(running.process, signal.SIGTERM)
        for running in self._running.values():
            os.waitpid(running.process, 0)


def run_host(stack: Stack, spool: str) -> None:
    """Be the host of a stack: import its framework, say so, and serve."""
    parent = os.getppid()
    become_subreaper()
    _clean_up_when_told(lambda: Path(spool) if os.getppid() != parent else None)
    die_with_parent(parent, by=signal.SIGTERM)
    protocol = keep_protocol()
    import_framework(stack)
    gc.collect()
    # What is here now is shared by every trial: collecting it again would only copy its pages.
    gc.freeze()
    send(protocol, {"ready": installed_versions(stack)})
    Host(protocol, spool).serve()
    end_descendants()


def run_once(stack: Stack, spool: str) -> None:
    """Do the same for one job without forking: its program gets an interpreter of its own."""
    parent = os.getppid()
    root = _new_root(spool)
    _clean_up_when_told(lambda: root if os.getppid() == parent else Path(spool))
    die_with_parent(parent, by=signal.SIGTERM)
    protocol = keep_protocol()
    send(protocol, {"ready": installed_versions(stack)})
    job = decode_job(sys.stdin.readline())
    record = supervise(job, root, launch_by_spawn)
    send(protocol, {"id": job.id, "result": str(record), "folder": str(root)})


def _new_root(spool: str) -> Path:
    return Path(tempfile.mkdtemp(prefix="trial-", dir=spool))


def keep_protocol() -> int:
    """Take the real stdout away for the protocol; what is printed from now on goes to stderr."""
    protocol = os.dup(1)
    os.dup2(2, 1)
    return protocol


def send(protocol: int, event: dict[str, Any]) -> None:
    """Write one event as one line."""
    os.write(protocol, f"{json.dumps(event)}\n".encode())


def _clean_up_when_told(which: Callable[[], Path | None]) -> None:
    """On `SIGTERM`, which also comes when the parent dies, end all processes below and leave.

    Args:
        which: the folder to take along, if any. When the campaign itself is gone, nobody else is
            left to remove the spool.
    """

    def end(_signal: int, _frame: object) -> None:
        end_descendants()
        folder = which()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    signal.signal(signal.SIGTERM, end)
