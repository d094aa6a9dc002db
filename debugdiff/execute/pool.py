"""All trials of a campaign: so many at once, each on a worker of its stack."""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.execute.hosts import Worker, can_isolate, python_command, start_worker
from debugdiff.execute.interpreters import worker_environment
from debugdiff.model import Interpreter, Job, Record, Sandbox, WorkerEnd
from debugdiff.records import read
from debugdiff.temporary import temporary_folder
from debugdiff.worker.process.describing import empty_record
from debugdiff.worker.process.endings import encode_record, unreadable_record
from debugdiff.worker.process.landlock import landlock_version
from debugdiff.worker.process.sandbox import ISOLATED

if TYPE_CHECKING:
    from typing import Self

    from debugdiff.execute.inbox import Inbox

OnRecord = Callable[[Record], Iterable[Job] | None]
"""Gets every record as soon as it is there; the jobs that it returns are run as well."""

NO_INTERPRETERS: Mapping[str, Interpreter] = MappingProxyType({})


def execute(  # noqa: PLR0913 - each is a choice of the user's
    jobs: Sequence[Job],
    *,
    slots: int,
    on_record: OnRecord,
    interpreters: Mapping[str, Interpreter] = NO_INTERPRETERS,
    warm: bool = True,
    sandbox: Sandbox = Sandbox.OFF,
) -> None:
    """Run jobs and hand over each record when it is there.

    Args:
        jobs: what to run, in this order as far as slots allow.
        slots: how many trials run at once, over all stacks.
        on_record: called in this thread; may return further jobs.
        interpreters: another Python for a stack, by its name.
        warm: one host per stack, which forks (Linux); otherwise one cold process per trial.
        sandbox: what programs are kept from.

    Raises:
        StackError: an interpreter cannot be started.
        DebugdiffError: there is no room for temporary files.
        KeyboardInterrupt: the user stopped it; every process is gone by then, and every record
            that was finished has been handed over.
    """
    with Pool(slots=slots, interpreters=interpreters, warm=warm, sandbox=sandbox) as pool:
        pool.run(jobs, on_record)


class Pool:
    """Workers that stay for several calls of `run`. To be used with `with`.

    Args:
        slots: how many trials run at once, over all stacks.
        interpreters: another Python for a stack, by its name.
        warm: see `execute`.
        sandbox: what programs are kept from.
        isolated: whether programs run in namespaces, as under `strict`, if `can_isolate`: without
            any network, shared memory of others, and a right to touch files that are not temporary.
            A job that needs a network is left out.
    """

    def __init__(
        self,
        *,
        slots: int,
        interpreters: Mapping[str, Interpreter] = NO_INTERPRETERS,
        warm: bool = True,
        sandbox: Sandbox = Sandbox.OFF,
        isolated: bool = False,
    ) -> None:
        require_sandbox(sandbox)
        self._sandbox = sandbox
        self._isolated = (isolated or sandbox is Sandbox.STRICT) and can_isolate()
        self._slots = max(slots, 1)
        self._interpreters = interpreters
        self._warm = warm and can_fork()
        self._hosts: dict[tuple[str, bool], Worker] = {}
        self._workers: list[Worker] = []
        self._waiting: deque[Job] = deque()
        self._alone: set[str] = set()
        self._selector = selectors.DefaultSelector()
        self._stack = contextlib.ExitStack()
        self._variables: dict[Interpreter | None, dict[str, str]] = {}

    def __enter__(self) -> Self:
        try:
            self._spool = self._stack.enter_context(temporary_folder())
        except OSError as error:
            raise DebugdiffError(
                f"No temporary folder can be made: {error}.",
                hint="Free some space, or set TMPDIR to another folder.",
                slug="temporary-folder",
            ) from error
        self._stack.callback(self._selector.close)
        return self

    def __exit__(self, *_: object) -> None:
        with hold_interrupts_back():
            for worker in self._workers:
                worker.ask_to_end()
            for worker in self._workers:
                worker.end()
            self._stack.close()

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Those that are there now."""
        return tuple(self._workers)

    def run(self, jobs: Iterable[Job], on_record: OnRecord, *, inbox: Inbox | None = None) -> None:
        """Run jobs, and those that follow from their records; see `execute`.

        Args:
            jobs: what to run.
            on_record: see `execute`.
            inbox: where another thread puts further jobs; it runs until that is closed.
        """
        self._waiting.extend(jobs)
        if inbox is not None:
            self._selector.register(inbox, selectors.EVENT_READ, inbox)
        while inbox.is_open if inbox is not None else self._waiting or self._running:
            self._fill_slots()
            for key, _ in self._selector.select(self._seconds_left()):
                if inbox is not None and key.data is inbox:
                    self._waiting.extend(inbox.take())
                    continue
                for record in self._listen(key.data):
                    self._waiting.extend(on_record(record) or ())
            for worker in self._workers:
                worker.end_if_late()

    def _seconds_left(self) -> float | None:
        deadline = min((worker.deadline for worker in self._workers), default=math.inf)
        return None if deadline == math.inf else max(deadline - time.monotonic(), 0.0)

    @property
    def _running(self) -> int:
        return sum(len(worker.jobs) for worker in self._workers)

    def _fill_slots(self) -> None:
        while self._waiting and self._running < self._slots:
            job = self._waiting.popleft()
            self._worker_for(job).give(job)

    def _worker_for(self, job: Job) -> Worker:
        if not self._warm or job.id in self._alone:
            return self._start(job, once=not self._warm)
        purpose = (job.stack_name, job.network)
        if purpose not in self._hosts:
            self._hosts[purpose] = self._start(job, once=False)
        return self._hosts[purpose]

    def _start(self, job: Job, *, once: bool) -> Worker:
        interpreter = self._interpreters.get(job.stack_name)
        isolated = self._isolated and not job.network
        worker = start_worker(
            job.stack,
            once=once,
            python=python_command(interpreter, isolated=isolated),
            variables={**self._environment(interpreter), **({ISOLATED: "yes"} if isolated else {})},
            spool=self._spool,
        )
        self._workers.append(worker)
        self._selector.register(worker.output, selectors.EVENT_READ, worker)
        return worker

    def _environment(self, interpreter: Interpreter | None) -> dict[str, str]:
        if interpreter not in self._variables:
            made = self._stack.enter_context(
                worker_environment(interpreter, spool=self._spool, sandbox=self._sandbox)
            )
            self._variables[interpreter] = made
        return self._variables[interpreter]

    def _listen(self, worker: Worker) -> Iterable[Record]:
        events = worker.events()
        if events is None:
            yield from self._records_of_lost(worker)
            return
        for event in events:
            if "record" in event:
                yield _record_of(worker.finish(event["id"]), event["record"])
                if event["id"] in self._alone:
                    self._alone.discard(event["id"])
                    worker.ask_to_end()

    def _records_of_lost(self, worker: Worker) -> list[Record]:
        """A worker is gone: what a host was running is run again, each trial on a host of its own.

        One of its programs may have ended the host on purpose, and no other shall suffer for it.
        """
        self._selector.unregister(worker.output)
        self._workers.remove(worker)
        was_shared = worker in self._hosts.values()
        self._hosts = {key: host for key, host in self._hosts.items() if host is not worker}
        worker.end()
        jobs = list(worker.jobs.values())
        self._alone.difference_update(job.id for job in jobs)
        if worker.ready and was_shared:
            self._alone.update(job.id for job in jobs)
            self._waiting.extendleft(reversed(jobs))
            return []
        reason = _reason_of_loss(worker)
        return [empty_record(job.id, WorkerEnd.NOT_STARTED, reason) for job in jobs]


def require_sandbox(level: Sandbox) -> None:
    """Refuse `strict` where the system can do nothing of it.

    Raises:
        DebugdiffError: `sandbox-missing`.
    """
    if level is Sandbox.STRICT and not landlock_version():
        raise DebugdiffError(
            "This system cannot hide files from programs, which `--sandbox strict` needs.",
            hint="It needs Linux 5.13 or newer with Landlock enabled. Otherwise use"
            " `--sandbox write`, which stops what it can.",
            slug="sandbox-missing",
        )


@contextlib.contextmanager
def hold_interrupts_back() -> Iterator[None]:
    """Hold a second Ctrl-C back: cleaning up takes a moment, ends by itself, and must be whole."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def can_fork() -> bool:
    """Whether warm hosts work here. macOS has `fork`, but its frameworks do not survive one."""
    return sys.platform == "linux" and hasattr(os, "fork")


def _reason_of_loss(worker: Worker) -> str:
    if worker.late:
        return f"The {worker.stack} worker did not answer in time."
    how = f"The {worker.stack} worker is gone ({worker.process.returncode})"
    return f"{how}: {worker.last_error_line()}"


def _record_of(job: Job, text: str) -> Record:
    try:
        return read(Record, text)
    except ValueError:
        return read(Record, encode_record(job, unreadable_record(job)))
