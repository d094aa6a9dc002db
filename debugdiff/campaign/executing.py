"""Run what has no record yet; keep each record as it arrives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.campaign.checking import require_data
from debugdiff.campaign.jobs import job_of
from debugdiff.execute.pool import Pool
from debugdiff.model import Instrument, ProgramEnd, Sandbox
from debugdiff.plan import Schedule, count, is_measured
from debugdiff.worker.process.landlock import landlock_version
from debugdiff.worker.process.sandbox import describe_sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.cluster.client import ClusterPool
    from debugdiff.model import Job, Record, TrialResult
    from debugdiff.plan import PlannedTrial
    from debugdiff.store import Store


def pool_for(request: RunRequest) -> Pool:
    """Workers as a request wants them; to be used with `with`."""
    return Pool(
        slots=request.jobs,
        interpreters=request.interpreters,
        warm=request.warm,
        sandbox=request.sandbox,
    )


def cluster_pool(
    request: RunRequest, steps: Sequence[PlannedTrial], progress: Progress
) -> ClusterPool:
    """Machines for a request that names a cluster, and for these steps; used with `with`.

    Raises:
        DebugdiffError: a package is missing.
    """
    from debugdiff.cluster.client import ClusterPool  # noqa: PLC0415 - only a cluster needs it
    from debugdiff.cluster.facts import Setup  # noqa: PLC0415
    from debugdiff.cluster.starting import require_dask  # noqa: PLC0415

    assert request.cluster is not None
    require_dask()
    setup = Setup(
        stacks=tuple(sorted({step.trial.stack_name for step in steps})),
        corpora=tuple(sorted({name for step in steps for name in step.case.corpora})),
        folders=tuple(sorted({str(step.case.folder) for step in steps})),
        interpreters=request.interpreters,
        warm=request.warm,
        sandbox=request.sandbox,
    )
    return ClusterPool(request.cluster, setup, message=progress.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """What came of the trials. `lost` are those that measured nothing, by id, and why."""

    results: tuple[TrialResult, ...]
    lost: dict[str, str]


def carry_out(
    trees: Sequence[PlannedTrial],
    request: RunRequest,
    store: Store,
    progress: Progress,
    *,
    pool: Pool | None = None,
) -> Executed:
    """Run trees of trials as far as they have no record; the records go into the store.

    Args:
        trees: programs without a bug, and what runs only after them.
        request: how to run them.
        store: where records are and go to.
        progress: is shown how far it is.
        pool: workers to run on, in place of ones of its own.

    Raises:
        DataError: a file of an installed corpus is not the one that was measured.
        StackError: an interpreter cannot be started.
        StoreError: the store cannot be written.
        KeyboardInterrupt: after every finished record was stored.
    """
    campaign = _Campaign(request=request, store=store, progress=progress, pool=pool)
    campaign.carry_out(trees)
    return Executed(results=tuple(campaign.schedule.results), lost=campaign.lost)


@dataclass(slots=True, kw_only=True)
class _Campaign:
    """What is known while trials run."""

    request: RunRequest
    store: Store
    progress: Progress
    pool: Pool | None
    lost: dict[str, str] = field(default_factory=dict)
    schedule: Schedule = field(init=False)

    def __post_init__(self) -> None:
        self.schedule = Schedule(self._known)

    def carry_out(self, trees: Sequence[PlannedTrial]) -> None:
        due = self.schedule.due(trees)
        if due:
            self.store.require_writable()
            require_data({name for step in due for name in step.case.corpora})
        self.progress.start(total=count(due), reused=len(self.schedule.results))
        if due and self.request.sandbox is not Sandbox.OFF and not landlock_version():
            self.progress.message(f"The sandbox stops {describe_sandbox(self.request.sandbox)}.")
        jobs = [job_of(step) for step in due]
        if due and self.pool is not None:
            self.pool.run(jobs, self._arrived)
        elif due and self.request.cluster is not None:
            with cluster_pool(self.request, due, self.progress) as machines:
                machines.run(jobs, self._arrived)
        elif due:
            with pool_for(self.request) as pool:
                pool.run(jobs, self._arrived)

    def _known(self, step: PlannedTrial) -> TrialResult | None:
        """The stored result of a step, unless it is to be measured again.

        A clean run that failed is tried again: what it lacked (a package, a file, memory) may be
        there by now, and none of that is part of its id.
        """
        trial = step.trial
        result = None if self.request.fresh else self.store.get(trial)
        if result is None or not is_measured(step, result.record):
            return None
        is_clean = trial.bug is None and trial.instrument is Instrument.NONE
        return None if is_clean and result.record.program is not ProgramEnd.OK else result

    def _arrived(self, record: Record) -> list[Job]:
        """Keep a record; what it makes worth running goes to the executor at once."""
        taken = self.schedule.take(record)
        if is_measured(taken.step, record):
            self.store.put(taken.result)
        else:
            self.lost[record.trial] = record.note or record.worker.value
        self.progress.advance(taken.result)
        self.progress.skip(taken.skipped)
        return [job_of(step) for step in taken.due]
