"""The same trials once more, each from the weights that the reference of its case begins with.

What two frameworks still differ in then does not come from their initialisers. A trial from shared
weights is stored like any other, under an id of its own. The weights of the reference are drawn
again whenever a trial that needs them has no record: that takes a fraction of a run.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.campaign.jobs import job_of
from debugdiff.campaign.request import Silent
from debugdiff.campaign.stacks import missing_reason
from debugdiff.execute import execute
from debugdiff.files import digest
from debugdiff.model import Instrument, ProgramEnd, TrialResult
from debugdiff.parity import reference_first, sites_of
from debugdiff.parity.checking import STACKS
from debugdiff.plan import is_measured
from debugdiff.store import Store
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import Case, Job, Record, Trial
    from debugdiff.plan import PlannedTrial

_DRIVER = "__debugdiff_shared__.py"
_DRIVER_SOURCE = (
    "from debugdiff.worker.parity.shared_weights import run\n\n__debugdiff_result__ = run()\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRuns:
    """What came of the trials, by the id of the same trial from its own weights.

    Attributes:
        unshared: per case, why its programs cannot begin from the same weights.
    """

    results: Mapping[str, TrialResult]
    unshared: Mapping[str, str]


def run_from_shared_weights(
    request: RunRequest, steps: Sequence[PlannedTrial], *, progress: Progress | None = None
) -> SharedRuns:
    """Run the unwatched of these steps from shared weights, as far as they have no record.

    Raises:
        StackError: an interpreter cannot be started.
        StoreError: the store cannot be written.
        KeyboardInterrupt: after every finished record was stored.
    """
    unwatched = [step for step in steps if step.trial.instrument is Instrument.NONE]
    unshared = {
        case.name: reason
        for case in request.cases
        if (reason := _obstacle(case, {step.trial.stack for step in steps}))
    }
    wanted = [step for step in unwatched if step.trial.case not in unshared]
    with Store(request.store) as store, temporary_folder() as folder:
        runs = _Runs(store=store, folder=folder, progress=progress or Silent())
        runs.carry_out(wanted, request)
    return SharedRuns(results=runs.results, unshared=unshared)


def _obstacle(case: Case, stacks: Iterable[str]) -> str:
    """Why the programs of a case cannot begin from the same weights; empty if they can."""
    candidates = reference_first(case)
    if not case.sites or not candidates:
        return "needs a case.toml with a map of sites"
    stack = STACKS[candidates[0].framework]
    return "" if stack in stacks else f"the reference does not run: {missing_reason(stack)}"


@dataclass(slots=True, kw_only=True)
class _Runs:
    """Trials on their way: first the weights of a case and seed, then all that begin from them."""

    store: Store
    folder: Path
    progress: Progress
    results: dict[str, TrialResult] = field(default_factory=dict)
    waiting: dict[tuple[str, int], list[PlannedTrial]] = field(
        default_factory=lambda: defaultdict(list)
    )
    running: dict[str, PlannedTrial] = field(default_factory=dict)

    def carry_out(self, steps: Sequence[PlannedTrial], request: RunRequest) -> None:
        for step in steps:
            known = None if request.fresh else self.store.get(_shared_trial(step))
            if known is None:
                self.waiting[step.trial.case, step.trial.seed].append(step)
            else:
                self.results[step.trial.id] = known
        total = sum(map(len, self.waiting.values()))
        self.progress.start(total=total, reused=len(self.results))
        if total:
            self.store.require_writable()
            execute(
                [self._reference_job(steps[0]) for steps in self.waiting.values()],
                slots=request.jobs,
                on_record=self._arrived,
                interpreters=request.interpreters,
                warm=request.warm,
                sandbox=request.sandbox,
            )

    def _arrived(self, record: Record) -> list[Job]:
        step = self.running.pop(record.trial, None)
        if step is None:
            return self._jobs_after_reference(record)
        result = TrialResult(trial=_shared_trial(step), record=record)
        self.results[step.trial.id] = result
        if is_measured(step, record):
            self.store.put(result)
        self.progress.advance(result)
        return []

    def _jobs_after_reference(self, record: Record) -> list[Job]:
        case, seed = Path(record.trial).name.rsplit("-", 1)
        steps = self.waiting[case, int(seed)]
        if record.program is not ProgramEnd.OK:
            self.progress.message(f"The reference of {case} gives no weights: {record.ending}")
            self.progress.skip(len(steps))
            return []
        jobs = []
        for step in steps:
            trial = _shared_trial(step)
            self.running[trial.id] = step
            jobs.append(self._job(step, trial.id, reference=False))
        return jobs

    def _reference_job(self, step: PlannedTrial) -> Job:
        """The clean reference of the step's case, with the step's seed and size."""
        program = reference_first(step.case)[0]
        trial = replace(step.trial, stack=STACKS[program.framework], framework=program.framework)
        plain = replace(
            step,
            trial=trial,
            implementation=program,
            file=program.file,
            source=program.source,
            watch=(),
        )
        identity = self.folder / f"{step.trial.case}-{step.trial.seed}"
        job = self._job(plain, str(identity), reference=True)
        return replace(job, writable=(str(identity),), compiled="")

    def _job(self, step: PlannedTrial, identity: str, *, reference: bool) -> Job:
        job = job_of(step)
        trial = step.trial
        task = self.folder / Path(identity).name
        task.mkdir()
        weights = self.folder / f"{trial.case}-{trial.seed}"
        facts = {
            "program": job.program,
            "framework": step.implementation.framework,
            "holders": sites_of(step.case, "weights", step.implementation),
            "seed": trial.seed,
            "size": trial.size,
            "weights": str(weights / "weights.npz"),
            "reference": reference,
        }
        (task / "task.json").write_text(json.dumps(facts), encoding="utf-8")
        return replace(
            job,
            id=identity,
            files={**job.files, _DRIVER: _DRIVER_SOURCE},
            program=_DRIVER,
            contract=False,
            arguments=(str(task),),
            readable=(str(task), str(weights)),
        )


def _shared_trial(step: PlannedTrial) -> Trial:
    """The trial under the id that its start, and the program that tells it, give it."""
    reference = reference_first(step.case)[0]
    identity = digest("shared weights", step.trial.id, reference.source, repr(step.case.sites))
    return replace(step.trial, id=identity[:20])
