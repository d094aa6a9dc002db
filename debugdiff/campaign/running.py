"""Execute a request: reuse what has a record, run the rest, store each record as it arrives."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from debugdiff.campaign.availability import unavailable_reason
from debugdiff.campaign.checking import require_data, require_sense, require_trials
from debugdiff.campaign.injecting import inject_all
from debugdiff.campaign.reporting import Findings, build_report
from debugdiff.campaign.request import Silent
from debugdiff.campaign.stacks import choose_stacks, missing_reason
from debugdiff.errors import StoreError
from debugdiff.execute import execute
from debugdiff.model import Instrument, Mode, Mutant, ProgramEnd, Record, TrialResult, WorkerEnd
from debugdiff.plan import USUAL_INSTRUMENTS, Choice, Step, every, follow_ups, job_of, plan
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from debugdiff.campaign.injecting import Injected
    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.campaign.stacks import Stacks
    from debugdiff.model import Implementation, Job, Report, Stack, Trial

# The worker's own trouble is no measurement: such a trial runs again next time.
NOT_A_RECORD = (WorkerEnd.NOT_STARTED, WorkerEnd.UNREADABLE)
_NOTHING: Mapping[str, str] = MappingProxyType({})


def run(request: RunRequest, *, progress: Progress | None = None) -> Report:
    """Run a campaign and report on it.

    Raises:
        DebugdiffError: the request makes no sense.
        StackError: no stack for any of the implementations, or one asked for by name is missing.
        DataError: a file of an installed corpus is not the one that was measured.
        StoreError: the store cannot be written.
        KeyboardInterrupt: after every finished record was stored.
    """
    began = time.monotonic()
    require_sense(request)
    with Store(request.store) as store:
        planned = _plan(request, store)
        campaign = _Campaign(store=store, request=request, progress=progress or Silent())
        campaign.carry_out(planned.steps)
        seconds = time.monotonic() - began
        return _report(planned, campaign.results, store, not_run=campaign.lost, seconds=seconds)


def measure(request: RunRequest, *, progress: Progress | None = None) -> Measured:
    """Execute what has no record, as `run` does and with its errors; nothing is scored."""
    require_sense(request)
    with Store(request.store) as store:
        planned = _plan(request, store)
        campaign = _Campaign(store=store, request=request, progress=progress or Silent())
        campaign.carry_out(planned.steps)
    return Measured(
        steps=tuple(every(planned.steps)),
        results=tuple(campaign.results),
        injected=planned.injected,
        not_run=dict(_not_run(planned, campaign.results, campaign.lost)),
    )


def stored(request: RunRequest) -> Report:
    """The report of a request from the records that are there; executes nothing."""
    require_sense(request)
    with Store(request.store) as store:
        planned = _plan(request, store)
        # What was measured only because it was asked for is shown without being asked for again.
        full = replace(request, instruments=tuple(Instrument))
        steps = _steps(full, planned.stacks.versions, planned.injected)
        results = list(filter(None, (store.get(step.trial) for step in every(steps))))
        return _report(planned, results, store)


def find_trial(store: Store, prefix: str) -> Trial:
    """The one stored trial whose id begins with `prefix`; `StoreError` if it is none or several."""
    found = [trial for trial in store.trials() if trial.id.startswith(prefix)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise StoreError(
            f"No stored trial has an id that begins with `{prefix}`.",
            hint="`debugdiff report --format json` lists the ids; so does `debugdiff run --json`.",
            slug="trial-unknown",
        )
    shown = ", ".join(f"{trial.id[:10]} ({_said(trial)})" for trial in found[:4])
    raise StoreError(
        f"{len(found)} stored trials have an id that begins with `{prefix}`: {shown} ...",
        hint="Give more characters of the id.",
        slug="trial-ambiguous",
    )


def _said(trial: Trial) -> str:
    return f"{trial.case} {trial.bug or 'clean'} {trial.implementation} {trial.instrument}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a campaign executed or found in the store.

    Attributes:
        steps: every planned trial with its program, parents first.
        not_run: trials without a record, as trial id to reason.
    """

    steps: tuple[Step, ...]
    results: tuple[TrialResult, ...]
    injected: tuple[Injected, ...]
    not_run: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """A campaign before its first trial. `impossible` are trials that cannot be, and why."""

    request: RunRequest
    stacks: Stacks
    injected: tuple[Injected, ...]
    steps: tuple[Step, ...]
    impossible: Mapping[str, str]


def _plan(request: RunRequest, store: Store) -> _Planned:
    stacks = choose_stacks(request)
    require_trials(request, stacks.versions)
    injected = inject_all(request.implementations, request.bugs, store)
    missing: dict[Stack, Mapping[str, str]] = {stack: {} for stack in stacks.missing}
    trees = _steps(request, {**stacks.versions, **missing}, injected)
    obstacles = [_obstacle(tree, missing) for tree in trees]
    told = list(zip(trees, obstacles, strict=True))
    return _Planned(
        request=request,
        stacks=stacks,
        injected=injected,
        steps=tuple(tree for tree, obstacle in told if not obstacle),
        impossible={
            step.trial.id: obstacle for tree, obstacle in told if obstacle for step in every([tree])
        },
    )


def _obstacle(tree: Step, missing: Collection[Stack]) -> str:
    """Why no trial of a tree can be run; empty where they can."""
    stack = tree.trial.stack
    reason = unavailable_reason(tree.implementation, stack)
    return reason or (missing_reason(stack) if stack in missing else "")


def _steps(
    request: RunRequest,
    versions: Mapping[Stack, Mapping[str, str]],
    injected: Sequence[Injected],
) -> tuple[Step, ...]:
    choice = Choice(
        versions=versions,
        modes=request.modes or (Mode.DEFAULT,),
        size=request.size,
        seeds=request.seeds,
        seconds=request.seconds,
        memory=request.memory,
        instruments=request.instruments or USUAL_INSTRUMENTS,
    )
    chosen = set(map(_name, request.implementations))
    return tuple(
        step
        for case in request.cases
        for implementation in case.implementations
        if _name(implementation) in chosen
        for step in plan(case, implementation, _mutants(implementation, injected), choice)
    )


def _report(
    planned: _Planned,
    results: Sequence[TrialResult],
    store: Store,
    *,
    not_run: Mapping[str, str] = _NOTHING,
    seconds: float = 0.0,
) -> Report:
    findings = Findings(
        request=planned.request,
        stacks=planned.stacks,
        implementations=planned.request.implementations,
        injected=planned.injected,
        results=tuple(results),
        not_run=_not_run(planned, results, not_run),
        seconds=seconds,
    )
    return build_report(findings, store)


def _not_run(
    planned: _Planned, results: Sequence[TrialResult], lost: Mapping[str, str]
) -> Mapping[str, str]:
    return {**lost, **planned.impossible, **_held_up(planned.steps, results)}


def _held_up(steps: Sequence[Step], results: Sequence[TrialResult]) -> dict[str, str]:
    """The trials that wait for a clean run which fails, with the way in which it does."""
    clean = {step.trial.id: step for step in steps}
    held_up: dict[str, str] = {}
    for result in results:
        step = clean.get(result.trial.id)
        if step and not follow_ups(step, result.record):
            reason = f"the clean run of {_program(step.trial)} fails: {result.record.ending}"
            held_up.update((later.trial.id, reason) for later in every(step.follow))
    return held_up


def _program(trial: Trial) -> str:
    mode = "" if trial.mode is Mode.DEFAULT else f" in mode {trial.mode}"
    return f"{trial.case}/{trial.implementation}{mode}"


def _name(implementation: Implementation) -> tuple[str, str]:
    return implementation.case, implementation.name


def _mutants(implementation: Implementation, injected: Iterable[Injected]) -> list[Mutant]:
    return [
        each.mutant
        for each in injected
        if each.mutant and (each.mutant.case, each.mutant.implementation) == _name(implementation)
    ]


@dataclass(slots=True, kw_only=True)
class _Campaign:
    """What is known while trials run. `lost` are those that the worker could not run."""

    store: Store
    request: RunRequest
    progress: Progress
    results: list[TrialResult] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    running: dict[str, Step] = field(default_factory=dict)

    def carry_out(self, steps: Sequence[Step]) -> None:
        waiting = self._without_record(steps)
        if waiting:
            self.store.require_writable()
            require_data({name for step in waiting for name in step.case.corpora})
        self.progress.start(total=_count(waiting), reused=len(self.results))
        if waiting:
            execute(
                self._jobs(waiting),
                slots=self.request.jobs,
                on_record=self._arrived,
                interpreters=self.request.interpreters,
                warm=self.request.warm,
            )

    def _without_record(self, steps: Sequence[Step]) -> list[Step]:
        """The steps to run now: where a record is there, it is taken and its follow-ups are due."""
        waiting: list[Step] = []
        for step in steps:
            result = self._known(step)
            if result is None:
                waiting.append(step)
            else:
                self.results.append(result)
                waiting.extend(self._without_record(follow_ups(step, result.record)))
        return waiting

    def _known(self, step: Step) -> TrialResult | None:
        """The stored result of a step, unless it is to be measured again.

        A clean run that failed is tried again: what it lacked (a package, a file, memory) may be
        there by now, and none of that is part of its id.
        """
        result = None if self.request.fresh else self.store.get(step.trial)
        if result and _is_clean(step.trial) and result.record.program is not ProgramEnd.OK:
            return None
        return result

    def _jobs(self, steps: Sequence[Step]) -> list[Job]:
        self.running.update({step.trial.id: step for step in steps})
        return [job_of(step) for step in steps]

    def _arrived(self, record: Record) -> list[Job]:
        """Keep a record; what it makes worth running goes to the executor at once."""
        step = self.running.pop(record.trial)
        result = TrialResult(trial=step.trial, record=record)
        self.results.append(result)
        if record.worker in NOT_A_RECORD:
            self.lost[step.trial.id] = record.note or record.worker.value
        else:
            self.store.put(result)
        self.progress.advance(result)
        waiting = self._without_record(follow_ups(step, record))
        self.progress.skip(_count(step.follow) - _count(waiting))
        return self._jobs(waiting)


def _is_clean(trial: Trial) -> bool:
    return trial.bug is None and trial.instrument is Instrument.NONE


def _count(steps: Sequence[Step]) -> int:
    return sum(1 for _ in every(steps))
