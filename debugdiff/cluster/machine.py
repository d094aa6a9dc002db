"""The end of a dask worker: a plugin that owns the warm hosts of its machine.

Hosts are children of the worker process. A worker with several threads runs as many trials at once,
and their hosts are shared. The functions are named to the workers by their import.
"""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import dask
from distributed import Worker, WorkerPlugin, get_worker

from debugdiff.cluster.facts import Setup, facts_of_this_machine
from debugdiff.cluster.messages import decode, encode
from debugdiff.errors import DebugdiffError
from debugdiff.execute.inbox import Inbox
from debugdiff.execute.pool import Pool
from debugdiff.model import Job, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IDLE_SECONDS = 60.0
"""After which hosts end: a client that was killed does not say so."""
_POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a machine cannot run trials: what its pool raised."""

    message: str
    hint: str
    slug: str


async def prepare(setup: bytes, *, dask_worker: Worker) -> bytes:
    """Make the plugin of a campaign, and say what the machine has."""
    (campaign,) = decode(Setup, setup)
    drop_variables_of_dask()
    leave_interrupts_to_the_client()
    await dask_worker.plugin_add(
        plugin=Machine(campaign, slots=dask_worker.state.nthreads), name=campaign.name
    )
    return encode([await asyncio.to_thread(facts_of_this_machine, campaign)])


def run_batch(name: str, jobs: bytes) -> bytes:
    """Run jobs on the hosts of a campaign; their records, or a refusal.

    Empty if the worker knows nothing of the campaign: it is another one than was prepared.
    """
    machine = get_worker().plugins.get(name)
    if not isinstance(machine, Machine):
        return b""
    try:
        return b"records\n" + encode(machine.run(decode(Job, jobs)))
    except DebugdiffError as error:
        refusal = Refusal(message=error.message, hint=error.hint, slug=error.slug)
        return b"refusal\n" + encode([refusal])


async def release(name: str, *, dask_worker: Worker) -> None:
    """End the hosts of a campaign."""
    if name in dask_worker.plugins:
        await dask_worker.plugin_remove(name=name)


def drop_variables_of_dask() -> None:
    """Take away what dask's nanny sets for its workers: programs run as they do without dask."""
    added: Mapping[str, object] = dask.config.get("distributed.nanny.pre-spawn-environ", {})
    for name, value in added.items():
        if os.environ.get(name) == str(value):
            del os.environ[name]


def leave_interrupts_to_the_client() -> None:
    """A worker that was started with Ctrl-C blocked does nothing at one, when it is let through.

    Hosts inherit what is blocked, and programs must find it as they do without dask.
    """
    if signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        signal.signal(signal.SIGINT, lambda *_: None)


@dataclass(slots=True, eq=False)
class _Batch:
    """Jobs of one task, and the records that have come so far."""

    missing: int
    records: list[Record] = field(default_factory=list)
    failure: DebugdiffError | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Machine(WorkerPlugin):  # type: ignore[misc]  # dask's types are not read
    """The hosts of a campaign on this machine, in a thread of their own.

    They start with the first batch, and end with the campaign, with the worker, or when no batch
    has come for a minute.
    """

    def __init__(self, setup: Setup, *, slots: int) -> None:
        self._setup = setup
        self._slots = slots
        self._host = platform.node()
        self._away = "" if self._host == setup.home else self._host
        self._lock = threading.Lock()
        self._batches: dict[str, _Batch] = {}
        self._inbox: Inbox | None = None
        self._last = time.monotonic()

    def run(self, jobs: Sequence[Job]) -> list[Record]:
        """Run jobs beside those of other batches; their records, each with this machine's name.

        Raises:
            DebugdiffError: hosts cannot be started, or were ended.
        """
        batch = _Batch(missing=len(jobs))
        with self._lock:
            inbox = self._inbox or self._start()
            self._batches.update(dict.fromkeys((job.id for job in jobs), batch))
            inbox.put(jobs)
        batch.done.wait()
        if batch.failure:
            raise batch.failure
        return batch.records

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - dask passes it
        """End the hosts. It waits only for what has begun already."""
        with self._lock:
            self._stop(_ended())

    def _start(self) -> Inbox:
        self._inbox = inbox = Inbox()
        self._last = time.monotonic()
        threading.Thread(target=self._serve, args=(inbox,), daemon=True).start()
        threading.Thread(target=self._end_when_idle, args=(inbox,), daemon=True).start()
        return inbox

    def _serve(self, inbox: Inbox) -> None:
        """Run what comes into the inbox, until that is closed."""
        setup = self._setup
        failure = _ended()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        try:
            with Pool(
                slots=self._slots,
                interpreters=setup.interpreters,
                warm=setup.warm,
                sandbox=setup.sandbox,
            ) as pool:
                pool.run((), self._arrived, inbox=inbox)
        except DebugdiffError as error:
            failure = error
        except OSError as error:
            failure = DebugdiffError(f"{self._host}: {error}", slug="cluster-machine")
        with self._lock:
            if self._inbox is inbox:
                self._stop(failure)
            inbox.release()

    def _arrived(self, record: Record) -> None:
        with self._lock:
            batch = self._batches.pop(record.trial, None)
            self._last = time.monotonic()
        if batch is None:
            return
        batch.records.append(replace(record, host=self._away))
        batch.missing -= 1
        if not batch.missing:
            batch.done.set()

    def _end_when_idle(self, inbox: Inbox) -> None:
        while inbox.is_open:
            time.sleep(_POLL_SECONDS)
            with self._lock:
                is_idle = not self._batches and time.monotonic() - self._last > _IDLE_SECONDS
                if is_idle and self._inbox is inbox:
                    self._stop(_ended())

    def _stop(self, failure: DebugdiffError) -> None:
        """Close the inbox, and let nobody wait; the lock is held."""
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None
        for batch in set(self._batches.values()):
            batch.failure = failure
            batch.done.set()
        self._batches.clear()


def _ended() -> DebugdiffError:
    return DebugdiffError("The hosts of this machine were ended.", slug="cluster-machine")
