"""Which jobs go to which machine, how many at a time, and what happens to those that get lost."""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from debugdiff.model import WorkerEnd
from debugdiff.worker.process.describing import empty_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.model import Job, Record

_BATCH_SECONDS = 1.0
"""What a batch is to take: what goes over the network costs little then, and a loss, too."""
_LARGEST = 32
_TRIAL_SECONDS = 0.02
"""What a trial takes beside its program."""
_START_SECONDS = 10.0
"""What the start of a host takes, about: a framework is imported, and its first step is slow."""
_LOSSES_TO_SPLIT, _LOSSES_TO_GIVE_UP = 2, 3

Group = tuple[str, str]
"""Jobs that share a warm host and what compilers made of their program."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Jobs that go to a machine together; `alone` if with no other batch."""

    jobs: tuple[Job, ...]
    alone: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """A machine that takes part.

    Attributes:
        address: dask's, of the worker.
        host: the name of the machine.
        away: the same, empty if it is the client's own; what records of it say.
        threads: trials that it runs at once.
        stacks: those that it has warm hosts of.
        group: of the last batch.
    """

    address: str
    host: str
    away: str
    threads: int
    batches: list[Batch] = field(default_factory=list)
    stacks: set[str] = field(default_factory=set)
    group: Group | None = None

    @property
    def jobs(self) -> int:
        """How many it has not answered yet."""
        return sum(len(batch.jobs) for batch in self.batches)

    @property
    def is_reserved(self) -> bool:
        """Whether it has a batch that runs alone."""
        return any(batch.alone for batch in self.batches)


class Batches:
    """The jobs of a campaign that have no record yet.

    A batch that is lost with its machine runs again. Lost twice, it is split into its jobs, and
    each runs with nothing beside it, so that none suffers for another. What is lost a third time is
    given up, with the reason: that is no finding about its program.
    """

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self._groups: dict[Group, deque[Job]] = {}
        self._again: deque[Batch] = deque()
        self._losses: Counter[str] = Counter()
        self._hosts: dict[str, list[str]] = {}
        self._origins: dict[str, str] = {}
        self._bound: dict[str, deque[Job]] = {}
        self._seconds, self._trials = 0.0, 0

    def add(self, jobs: Iterable[Job], *, after: Record | None = None) -> None:
        """Jobs that are to run; `after` is the record that made them worth it, if one did."""
        for job in jobs:
            if after is not None:
                self._origins[job.id] = after.host
            self._groups.setdefault((job.stack_name, job.compiled), deque()).append(job)

    @property
    def waiting(self) -> int:
        """How many jobs no machine has yet."""
        bound = sum(map(len, self._bound.values()))
        again = sum(len(each.jobs) for each in self._again)
        return bound + again + sum(map(len, self._groups.values()))

    @property
    def unfinished(self) -> bool:
        """Whether any job has no record yet."""
        return bool(self.waiting) or any(member.batches for member in self.members.values())

    def give_out(self) -> Iterator[tuple[Member, Batch]]:
        """What goes to which machine now."""
        self._unbind()
        gave = True
        while gave and self.waiting:
            gave = False
            size = self._size()
            for member in self._by_need():
                batch = self._batch_for(member, size)
                if batch is not None:
                    gave = True
                    member.batches.append(batch)
                    yield member, batch

    def done(self, member: Member, batch: Batch, records: Sequence[Record]) -> list[Record]:
        """A batch is answered: the records that count.

        The limit of a program with a bug, and whether it will never end, go by the time of its
        clean run. One that timed out on another machine runs again on that one.
        """
        member.batches.remove(batch)
        self._seconds += sum(record.seconds + _TRIAL_SECONDS for record in records)
        self._trials += len(records)
        jobs = {job.id: job for job in batch.jobs}
        return [each for each in records if not self._binds(jobs[each.trial], each)]

    def _binds(self, job: Job, record: Record) -> bool:
        """Whether a job is to run again, on the machine of the run before it."""
        origin = self._origins.get(job.id, record.host)
        is_there = any(member.away == origin for member in self.members.values())
        if record.worker is not WorkerEnd.TIMEOUT or origin == record.host or not is_there:
            return False
        self._bound.setdefault(origin, deque()).append(job)
        return True

    def _unbind(self) -> None:
        """Let any machine run what waits for one that is gone."""
        there = {member.away for member in self.members.values()}
        for host in self._bound.keys() - there:
            jobs = self._bound.pop(host)
            for job in jobs:
                del self._origins[job.id]
            self.add(jobs)

    def lost(self, member: Member, batch: Batch) -> list[Record]:
        """A batch got lost with its machine: the records of those of its jobs that are given up."""
        member.batches.remove(batch)
        losses = 0
        for job in batch.jobs:
            self._losses[job.id] += 1
            self._hosts.setdefault(job.id, []).append(member.host)
            losses = max(losses, self._losses[job.id])
        if losses >= _LOSSES_TO_GIVE_UP and len(batch.jobs) == 1:
            return [self._given_up(batch.jobs[0])]
        if losses >= _LOSSES_TO_SPLIT:
            self._again += (Batch((job,), alone=True) for job in batch.jobs)
        else:
            self._again.append(batch)
        return []

    def returned(self, member: Member, batch: Batch) -> None:
        """A machine that did not begin it gave a batch back; that is no loss."""
        member.batches.remove(batch)
        self._again.append(batch)

    def _given_up(self, job: Job) -> Record:
        hosts = ", ".join(dict.fromkeys(self._hosts[job.id]))
        reason = f"Lost {self._losses[job.id]} times with the worker that ran it, on {hosts}."
        return empty_record(job.id, WorkerEnd.NOT_STARTED, reason)

    def _by_need(self) -> list[Member]:
        """The machines, those with the least to do first."""
        return sorted(self.members.values(), key=lambda each: each.jobs / each.threads)

    def _batch_for(self, member: Member, size: int) -> Batch | None:
        if member.is_reserved or self._is_kept_free(member):
            return None
        bound = self._bound.get(member.away)
        if bound and self._has_room(member, 1):
            return Batch((bound.popleft(),))
        if self._again and (not member.batches or not self._again[0].alone):
            return self._again.popleft() if self._has_room(member, 1) else None
        return self._new_batch(member, size) if self._has_room(member, size) else None

    def _new_batch(self, member: Member, size: int) -> Batch | None:
        group = self._group_for(member) if self._groups else None
        if group is None:
            return None
        jobs = self._groups[group]
        batch = Batch(tuple(jobs.popleft() for _ in range(min(size, len(jobs)))))
        if not jobs:
            del self._groups[group]
        member.group = group
        member.stacks.add(group[0])
        return batch

    def _is_kept_free(self, member: Member) -> bool:
        """Whether a machine is to get nothing more until what runs alone can go to it."""
        alone = sum(batch.alone for batch in self._again) if self._again else 0
        if not alone:
            return False
        kept = islice(self.members.values(), alone)
        return bool(member.batches) and any(each is member for each in kept)

    def _has_room(self, member: Member, size: int) -> bool:
        """One batch more than its threads need, so that it never waits for the network."""
        return member.jobs < member.threads + size

    def _size(self) -> int:
        """Jobs for about a second; fewer towards the end, so that all machines end together."""
        if not self._trials:
            return 1
        fitting = int(_BATCH_SECONDS / self._mean_seconds)
        threads = sum(member.threads for member in self.members.values())
        share = math.ceil(self.waiting / (2 * max(threads, 1)))
        return max(1, min(fitting, share, _LARGEST))

    @property
    def _mean_seconds(self) -> float:
        """Of a trial."""
        return self._seconds / self._trials if self._trials else _BATCH_SECONDS

    def _group_for(self, member: Member) -> Group | None:
        """What its hosts are warm for; else the stack with the most to do, if a host pays."""
        if member.group in self._groups:
            return member.group
        for group in self._groups:
            if group[0] in member.stacks:
                return group
        seconds = self._seconds_by_stack()
        group = max(self._groups, key=lambda group: seconds[group[0]])
        return group if seconds[group[0]] > _START_SECONDS else None

    def _seconds_by_stack(self) -> dict[str, float]:
        """How long the machines that are warm for a stack need for what waits of it."""
        waiting: Counter[str] = Counter()
        for (stack, _), jobs in self._groups.items():
            waiting[stack] += len(jobs)
        threads: Counter[str] = Counter()
        for member in self.members.values():
            threads.update(dict.fromkeys(member.stacks, member.threads))
        return {
            stack: jobs * self._mean_seconds / threads[stack] if threads[stack] else math.inf
            for stack, jobs in waiting.items()
        }
