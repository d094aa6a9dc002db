"""The client's end: a pool of workers whose trials run on other machines."""

from __future__ import annotations

import platform
import queue
import threading
import time
import uuid
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from debugdiff.cluster.batches import Batch, Batches, Member
from debugdiff.cluster.choice import Cluster, Scheme
from debugdiff.cluster.facts import Facts, Setup, facts_of_this_machine, misfit
from debugdiff.cluster.messages import decode, encode
from debugdiff.cluster.starting import connected
from debugdiff.errors import DebugdiffError
from debugdiff.execute.pool import hold_interrupts_back, require_sandbox
from debugdiff.model import Job, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Self

    from distributed import Client, Future

    from debugdiff.execute.pool import OnRecord

_POLL_SECONDS = 1.0
_ASKING_SECONDS = 120.0
"""For a machine to say what it has; another Python of a stack may take a while to start."""
_ALONE_SECONDS = 60.0
"""How long a scheduler may have no worker at all; of Slurm's queue nobody knows how long it is."""
_RELEASING_SECONDS = 10.0
_FAULTS = (OSError, RuntimeError, CancelledError, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Answered:
    """A batch has come back, or its future is of no more use."""

    future: Future[bytes]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What machines say of themselves, by address; an exception where they cannot."""

    answers: Mapping[str, bytes | BaseException]
    threads: Mapping[str, int]


class ClusterPool:
    """Workers on many machines, with the interface of `Pool`. To be used with `with`.

    Args:
        cluster: which machines.
        setup: what they need to know.
        message: gets sentences that the user should read.

    Raises:
        DebugdiffError: a package is missing, the scheduler cannot be reached, or it has another
            version of dask.
    """

    def __init__(self, cluster: Cluster, setup: Setup, *, message: Callable[[str], None]) -> None:
        require_sandbox(setup.sandbox)
        self._cluster = cluster
        name = f"debugdiff-{uuid.uuid4().hex}"
        self._setup = replace(setup, name=name, home=platform.node())
        self._message = message
        self._stack = ExitStack()
        self._events: queue.SimpleQueue[_Answered | _Asked] = queue.SimpleQueue()
        self._batches = Batches()
        self._sent: dict[Future[bytes], tuple[Member, Batch]] = {}
        self._asked: set[str] = set()
        self._said: set[str] = set()
        self._mine = facts_of_this_machine(self._setup)
        self._last_seen = self._last_poll = time.monotonic()

    def __enter__(self) -> Self:
        self._client: Client = self._stack.enter_context(connected(self._cluster))
        try:
            self._require_same_dask()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with hold_interrupts_back(), self._stack, suppress(*_FAULTS):
            for future in self._sent:
                future.cancel()
            self._release()

    def run(self, jobs: Iterable[Job], on_record: OnRecord) -> None:
        """Run jobs, and those that follow from their records; see `execute`.

        Raises:
            DebugdiffError: no machine is there or fits, or the scheduler is gone. What was finished
                has been handed over.
        """
        self._batches.add(jobs)
        self._last_seen = time.monotonic()
        self._look_for_machines()
        while self._batches.unfinished:
            for member, batch in self._batches.give_out():
                self._send(member, batch)
            records = self._next_records()
            if time.monotonic() - self._last_poll > _POLL_SECONDS:
                records += self._look_for_machines()
            for record in records:
                self._batches.add(on_record(record) or (), after=record)

    # --- machines --------------------------------------------------------------------------------

    def _require_same_dask(self) -> None:
        try:
            versions: Any = self._client.get_versions()
        except _FAULTS as error:
            raise self._gone() from error
        theirs = versions["scheduler"]["packages"]["distributed"]
        mine = versions["client"]["packages"]["distributed"]
        if theirs != mine:
            raise DebugdiffError(
                f"The scheduler at {self._cluster} has distributed {theirs}, this machine {mine}.",
                hint="Install the same version everywhere: they speak to each other in its own"
                " language.",
                slug="cluster-versions",
            )

    def _look_for_machines(self) -> list[Record]:
        """Take note of workers that are new or gone; the records of what is given up."""
        try:
            threads: Mapping[str, int] = self._client.nthreads()
        except _FAULTS as error:
            raise self._gone() from error
        self._last_poll = time.monotonic()
        new = {address: number for address, number in threads.items() if address not in self._asked}
        if new:
            self._asked.update(new)
            threading.Thread(target=self._ask, args=(new,), daemon=True).start()
        self._asked.intersection_update(threads)
        gone = [each for each in self._batches.members.values() if each.address not in threads]
        given_up = [record for member in gone for record in self._lose(member)]
        self._require_machines(threads)
        return given_up

    def _require_machines(self, threads: Mapping[str, int]) -> None:
        now = time.monotonic()
        if threads:
            self._last_seen = now
        elif self._cluster.scheme is Scheme.SLURM:
            self._say_once("No worker is there yet: when its jobs start is up to Slurm's queue.")
        elif now - self._last_seen > _ALONE_SECONDS:
            raise DebugdiffError(
                f"The scheduler at {self._cluster} has had no worker for {_ALONE_SECONDS:.0f} s.",
                hint="Start some with `dask worker`, and run the same command again.",
                slug="cluster-empty",
            )

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._message(text)

    def _ask(self, threads: Mapping[str, int]) -> None:
        """In a thread of its own: one machine that does not answer must not stop the others."""
        from debugdiff.cluster.machine import prepare  # noqa: PLC0415 - imports distributed

        addresses = list(threads)
        try:
            answers: Mapping[str, Any] = self._client.run(
                prepare, encode([self._setup]), workers=addresses, on_error="return"
            )
        except Exception as error:  # noqa: BLE001 - whatever a machine raises is said in a sentence
            answers = dict.fromkeys(addresses, error)
        self._events.put(_Asked(answers, threads))

    def _admit(self, asked: _Asked) -> None:
        """Take machines that fit. The first ones have to fit all; later ones are left out."""
        is_start = not self._batches.members
        for address, answer in asked.answers.items():
            if isinstance(answer, bytes):
                (facts,) = decode(Facts, answer)
                why, host = misfit(facts, self._mine), facts.host
            else:
                why, host = _problem(answer), address
            if not why:
                self._add(address, facts.host, asked.threads[address])
            elif is_start:
                raise _unfit(host, why)
            else:
                self._message(f"The worker at {host} {why}. It gets no trials.")

    def _add(self, address: str, host: str, threads: int) -> None:
        away = "" if host == self._setup.home else host
        member = Member(address=address, host=host, away=away, threads=threads)
        self._batches.members[address] = member

    def _lose(self, member: Member) -> list[Record]:
        """A machine is gone: its batches go to others."""
        del self._batches.members[member.address]
        futures = [future for future, (holder, _) in self._sent.items() if holder is member]
        records = []
        for future in futures:
            _, batch = self._sent.pop(future)
            future.cancel()
            records += self._batches.lost(member, batch)
        return records

    # --- batches ---------------------------------------------------------------------------------

    def _send(self, member: Member, batch: Batch) -> None:
        from debugdiff.cluster.machine import run_batch  # noqa: PLC0415 - imports distributed

        future = self._client.submit(
            run_batch,
            self._setup.name,
            encode(batch.jobs),
            key=f"{self._setup.name}-{uuid.uuid4().hex}",
            workers=[member.address],
            pure=False,
        )
        self._sent[future] = member, batch
        future.add_done_callback(lambda done: self._events.put(_Answered(done)))

    def _next_records(self) -> list[Record]:
        """What comes next within a second."""
        try:
            event = self._events.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            return []
        if isinstance(event, _Asked):
            self._admit(event)
            return []
        return self._records_of(event.future)

    def _records_of(self, future: Future[bytes]) -> list[Record]:
        """The records of a batch; its future is let go of, or dask would run it again for us."""
        if future not in self._sent:
            return []  # its machine was gone before
        member, batch = self._sent.pop(future)
        try:
            answer = future.result(timeout=_ASKING_SECONDS)
        except Exception as error:  # noqa: BLE001 - dask passes on whatever happened there
            return self._after_failure(member, batch, error)
        finally:
            future.release()
        kind, _, lines = answer.partition(b"\n")
        if kind == b"records":
            records = decode(Record, lines)
            return self._batches.done(member, batch, records)
        self._batches.returned(member, batch)
        if kind == b"refusal":
            raise _refused(member, lines)
        self._forget(member)
        return []

    def _after_failure(self, member: Member, batch: Batch, error: Exception) -> list[Record]:
        """A batch without an answer: its machine is lost, or the scheduler."""
        given_up = self._batches.lost(member, batch)
        if self._client.status != "running":
            raise self._gone() from error
        self._forget(member)
        return given_up

    def _forget(self, member: Member) -> None:
        """Ask a machine again before it gets anything: it may be another one by now."""
        for future, (holder, batch) in list(self._sent.items()):
            if holder is member:
                del self._sent[future]
                future.cancel()
                self._batches.returned(member, batch)
        self._batches.members.pop(member.address, None)
        self._asked.discard(member.address)

    # --- the end ---------------------------------------------------------------------------------

    def _release(self) -> None:
        """End our hosts on machines that stay; those of a cluster of ours end with it."""
        is_ours = self._cluster.scheme in {Scheme.LOCAL, Scheme.SLURM}
        addresses = list(self._batches.members)
        if addresses and not is_ours and self._client.status == "running":
            ending = threading.Thread(target=self._release_at, args=(addresses,), daemon=True)
            ending.start()
            ending.join(_RELEASING_SECONDS)

    def _release_at(self, addresses: list[str]) -> None:
        from debugdiff.cluster.machine import release  # noqa: PLC0415 - imports distributed

        with suppress(Exception):  # a machine that is gone has no hosts any more
            self._client.run(release, self._setup.name, workers=addresses, on_error="ignore")

    def _gone(self) -> DebugdiffError:
        return DebugdiffError(
            f"The scheduler at {self._cluster} is gone.",
            hint="Every finished trial is stored. Start it again, and the same command continues"
            " from here.",
            slug="scheduler-gone",
        )


def _unfit(host: str, why: str) -> DebugdiffError:
    return DebugdiffError(
        f"The worker at {host} {why}.",
        hint="All machines of a campaign need the same versions, corpora and case folders: they"
        " are part of a trial's id.",
        slug="cluster-versions",
    )


def _problem(answer: BaseException) -> str:
    if "No module named 'debugdiff" in str(answer):
        return "has no debugdiff"
    return f"cannot be prepared: {answer or type(answer).__name__}"


def _refused(member: Member, lines: bytes) -> DebugdiffError:
    from debugdiff.cluster.machine import Refusal  # noqa: PLC0415 - imports distributed

    (refusal,) = decode(Refusal, lines)
    return DebugdiffError(
        f"On {member.host}: {refusal.message}", hint=refusal.hint, slug=refusal.slug
    )
