"""Campaigns on a cluster: what they cost, what happens when a link is cut, how far a client goes.

    python benchmarks/cluster.py [--trials 120] [--rounds 3] [--page benchmarks/cluster.md]

Equality of records and kills are tests (`tests/test_cluster.py`). The link is that of a network
namespace, which takes root and `ip`; without them the page says that it was not tried. The
simulation is one, of machines alone: batches are handed out by the code of a campaign.
"""

from __future__ import annotations

import argparse
import heapq
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from typing import TYPE_CHECKING

from links import cut_link, why_no_links

from debugdiff.campaign.jobs import job_of
from debugdiff.cases import find_case
from debugdiff.cluster import Cluster
from debugdiff.cluster.batches import Batch, Batches, Member
from debugdiff.cluster.client import ClusterPool
from debugdiff.cluster.facts import Setup
from debugdiff.cluster.messages import decode, encode
from debugdiff.execute import stack_versions
from debugdiff.execute.pool import Pool
from debugdiff.model import Framework, Instrument, Job, Record, Sandbox, Stack
from debugdiff.plan import Choice, all_steps, plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.execute.pool import OnRecord

CASE = "bag_of_embeddings"
SLOTS = 2
_SIZES = (1, 10, 100, 300, 1_000)
_TRIALS_A_WORKER = 20
_ROUND_TRIP = 0.005
"""Seconds that a batch and its answer take on a network, as the simulation has it."""


def jobs_of(number: int) -> list[Job]:
    """Clean runs of a PyTorch program with as many seeds."""
    case = find_case(CASE)
    program = next(each for each in case.implementations if each.framework is Framework.PYTORCH)
    versions = {Stack.PYTORCH: stack_versions(Stack.PYTORCH) or {}}
    steps = all_steps(
        plan(case, program, (), Choice(versions=versions, seeds=tuple(range(number))))
    )
    return [job_of(step) for step in steps if step.trial.instrument is Instrument.NONE]


# --- overhead ------------------------------------------------------------------------------------


def overhead(trials: int, rounds: int) -> tuple[list[str], list[Record]]:
    """A local pool and a local cluster in turns, hosts warm: lines of the page, and records."""
    jobs = jobs_of(trials)
    setup = Setup(
        stacks=(Stack.PYTORCH,),
        corpora=find_case(CASE).corpora,
        folders=(str(find_case(CASE).folder),),
        interpreters={},
        warm=True,
        sandbox=Sandbox.WRITE,
    )
    records: list[Record] = []
    ratios, seconds = [], []
    with (
        Pool(slots=SLOTS, sandbox=Sandbox.WRITE) as pool,
        ClusterPool(Cluster.parse(f"local:{SLOTS}"), setup, message=print) as cluster,
    ):
        timed(pool, jobs[:8])
        timed(cluster, jobs[:16])
        for number in range(rounds):
            order = [pool, cluster] if number % 2 == 0 else [cluster, pool]
            taken = {each: timed(each, jobs, records) for each in order}
            ratios.append(taken[cluster] / taken[pool])
            seconds.append(taken[pool] / trials)
            print(f"round {number + 1}: {taken[pool]:.1f} s, {taken[cluster]:.1f} s", flush=True)
    return [
        (
            f"| a trial on `local:{SLOTS}` / on the local pool with {SLOTS} slots"
            f" | {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f};"
            f" {trials} trials of {statistics.median(seconds):.2f} s, {rounds} rounds)"
            " | at most 1.05 |"
        )
    ], records


def timed(pool: Pool | ClusterPool, jobs: Iterable[Job], into: list[Record] | None = None) -> float:
    """Wall seconds of some jobs."""
    records: list[Record] = [] if into is None else into
    keep: OnRecord = records.append
    began = time.perf_counter()
    pool.run(jobs, keep)
    return time.perf_counter() - began


# --- simulation ----------------------------------------------------------------------------------


class Simulation:
    """Machines that take the recorded seconds for each trial, and one client with its real work.

    What the client computes (choosing batches, JSON of jobs and records) is measured as it happens,
    and is the time that passes for it; the machines' time is simulated. What dask itself takes for
    a batch is `per_batch`, measured on this machine.
    """

    def __init__(
        self, workers: int, jobs: list[Job], records: list[Record], per_batch: float
    ) -> None:
        self.batches = Batches()
        self.batches.add(jobs)
        for number in range(workers):
            name = f"w{number}"
            self.batches.members[name] = Member(address=name, host=name, away=name, threads=1)
        self._records = {job.id: record for job, record in zip(jobs, cycle(records), strict=False)}
        self._free: dict[str, float] = dict.fromkeys(self.batches.members, 0.0)
        self._per_batch = per_batch
        self._arrivals: list[tuple[float, int, Member, Batch]] = []
        self.clock = self.busy = 0.0
        self.sent = 0

    def run(self) -> float:
        """Simulated seconds of the campaign."""
        while self.batches.unfinished:
            began = time.perf_counter()
            for member, batch in self.batches.give_out():
                encode(batch.jobs)
                self._spend(time.perf_counter() - began + self._per_batch)
                self._give(member, batch)
                began = time.perf_counter()
            self._spend(time.perf_counter() - began)
            self._take()
        return self.clock

    def seconds_of(self, job: Job) -> float:
        """Recorded of the trial that stands for a job, and what a trial takes beside it."""
        return self._records[job.id].seconds + 0.02

    def _spend(self, seconds: float) -> None:
        self.clock += seconds
        self.busy += seconds

    def _give(self, member: Member, batch: Batch) -> None:
        seconds = sum(map(self.seconds_of, batch.jobs))
        start = max(self.clock + _ROUND_TRIP, self._free[member.address])
        self._free[member.address] = start + seconds
        self.sent += 1
        heapq.heappush(self._arrivals, (start + seconds + _ROUND_TRIP, self.sent, member, batch))

    def _take(self) -> None:
        at, _, member, batch = heapq.heappop(self._arrivals)
        self.clock = max(self.clock, at)
        lines = encode([self._records[job.id] for job in batch.jobs])
        began = time.perf_counter()
        records = decode(Record, lines)
        named = [
            replace(record, trial=job.id) for record, job in zip(records, batch.jobs, strict=True)
        ]
        self.batches.done(member, batch, named)
        self._spend(time.perf_counter() - began)


def simulation(records: list[Record], per_batch: float) -> list[str]:
    """Lines of a table: simulated machines, how much of their time was used, the client's share."""
    pattern = jobs_of(8)
    lines = []
    for workers in _SIZES:
        count = workers * _TRIALS_A_WORKER
        jobs = [
            replace(job, id=str(number)) for number, job in enumerate(islice(cycle(pattern), count))
        ]
        simulated = Simulation(workers, jobs, records, per_batch)
        seconds = simulated.run()
        ideal = sum(map(simulated.seconds_of, jobs)) / workers
        lines.append(
            f"| {workers:,} | {count:,} | {ideal:.0f} s | {seconds:.0f} s | {ideal / seconds:.2f}"
            f" | {100 * simulated.busy / seconds:.0f} % |"
        )
        print(lines[-1], flush=True)
    return lines


def seconds_per_batch() -> float:
    """What sending an empty batch and taking its answer costs a client, all of dask's included."""
    from distributed import Client, LocalCluster  # noqa: PLC0415

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        list(client.gather(client.map(bytes, [b"x"] * 20, pure=False)))
        began = time.perf_counter()
        futures = [client.submit(bytes, b"x" * 4_000, pure=False) for _ in range(200)]
        for future in futures:
            future.result()
        return (time.perf_counter() - began) / 200


# --- the page ------------------------------------------------------------------------------------


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    figures, records = overhead(options.trials, options.rounds)
    per_batch = seconds_per_batch()
    simulated = simulation(records, per_batch)
    with tempfile.TemporaryDirectory() as folder:
        link = why_no_links() or cut_link(Path(folder))
    page = PAGE.format(
        cores=os.cpu_count(),
        python=platform.python_version(),
        system=platform.system(),
        figures="\n".join(figures),
        link=link,
        simulated="\n".join(simulated),
        per_batch=1_000 * per_batch,
        round_trip=1_000 * _ROUND_TRIP,
        trials=_TRIALS_A_WORKER,
    )
    print(page)
    if options.page:
        options.page.write_text(page, encoding="utf-8")


PAGE = """# Campaigns on a cluster

Made by `python benchmarks/cluster.py --page benchmarks/cluster.md` on {cores} cores, Python
{python}, {system}.

| what | measured | aim |
|---|---|---|
{figures}
| campaign on two workers in network namespaces, one link cut in the middle | {link} | complete |

## Simulated: many machines

No machine but this one was used for this table: **it is a simulation**. Batches are handed out and
answers read by the code of a campaign, in the time that this takes here; trials take the seconds
that were recorded above; dask's own work is {per_batch:.1f} ms per batch, measured here, in the
client's time; the network takes {round_trip:.0f} ms. Every worker gets {trials} trials. What
follows from a record, and the store, are not in it.

| workers | trials | no overhead at all | simulated | efficiency | client busy |
|---:|---:|---:|---:|---:|---:|
{simulated}
"""


if __name__ == "__main__":
    main()
