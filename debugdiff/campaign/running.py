"""Execute a request: reuse what has a record, run the rest, store each record as it arrives."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.campaign.injecting import inject_all
from debugdiff.campaign.reporting import Findings, build_report
from debugdiff.campaign.request import Silent
from debugdiff.campaign.stacks import choose_stacks
from debugdiff.errors import StoreError
from debugdiff.execute import execute
from debugdiff.model import Mode, Mutant, Record, TrialResult, WorkerEnd
from debugdiff.plan import Choice, Step, every, follow_ups, job_of, plan
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.campaign.injecting import Injected
    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import Implementation, Job, Report, Stack, Trial

# The worker's own trouble is no measurement: such a trial runs again next time.
_NOT_A_RECORD = (WorkerEnd.NOT_STARTED, WorkerEnd.UNREADABLE)


def run(request: RunRequest, *, progress: Progress | None = None) -> Report:
    """Run a campaign and report on it.

    Raises:
        StackError: no stack for any of the implementations, or one asked for by name is missing.
        StoreError: the store cannot be written.
        KeyboardInterrupt: after every finished record was stored.
    """
    progress = progress or Silent()
    began = time.monotonic()
    with Store(request.store) as store:
        stacks = choose_stacks(request)
        injected = inject_all(_implementations(request), request.bugs, store)
        campaign = _Campaign(store=store, request=request, progress=progress)
        campaign.carry_out(_plan(request, stacks.versions, injected))
        findings = Findings(
            request=request,
            stacks=stacks,
            implementations=_implementations(request),
            injected=injected,
            results=tuple(campaign.results),
            not_run=campaign.not_run,
            seconds=time.monotonic() - began,
        )
        return build_report(findings, store)


def stored(request: RunRequest) -> Report:
    """The report of a request from the records that are there; executes nothing."""
    with Store(request.store) as store:
        stacks = choose_stacks(request)
        injected = inject_all(_implementations(request), request.bugs, store)
        steps = _plan(request, stacks.versions, injected)
        results = tuple(filter(None, (store.get(step.trial) for step in every(steps))))
        findings = Findings(
            request=request,
            stacks=stacks,
            implementations=_implementations(request),
            injected=injected,
            results=results,
        )
        return build_report(findings, store)


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


def _implementations(request: RunRequest) -> tuple[Implementation, ...]:
    return tuple(
        implementation
        for case in request.cases
        for implementation in case.implementations
        if not request.frameworks or implementation.framework in request.frameworks
        if not request.styles or implementation.style in request.styles
    )


def _plan(
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
    )
    chosen = set(map(_name, _implementations(request)))
    return tuple(
        step
        for case in request.cases
        for implementation in case.implementations
        if _name(implementation) in chosen
        for step in plan(case, implementation, _mutants(implementation, injected), choice)
    )


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
    store: Store
    request: RunRequest
    progress: Progress
    results: list[TrialResult] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)
    running: dict[str, Step] = field(default_factory=dict)

    def carry_out(self, steps: Sequence[Step]) -> None:
        waiting = self._without_record(steps)
        self.progress.start(total=sum(1 for _ in every(waiting)), reused=len(self.results))
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
            result = None if self.request.fresh else self.store.get(step.trial)
            if result is None:
                waiting.append(step)
            else:
                self.results.append(result)
                waiting.extend(self._without_record(follow_ups(step, result.record)))
        return waiting

    def _jobs(self, steps: Sequence[Step]) -> list[Job]:
        self.running.update({step.trial.id: step for step in steps})
        return [job_of(step) for step in steps]

    def _arrived(self, record: Record) -> list[Job]:
        """Keep a record; what it makes worth running goes to the executor at once."""
        step = self.running.pop(record.trial)
        result = TrialResult(trial=step.trial, record=record)
        self.results.append(result)
        if record.worker in _NOT_A_RECORD:
            self.not_run[step.trial.id] = record.note or record.worker.value
        else:
            self.store.put(result)
        self.progress.advance(result)
        allowed = follow_ups(step, record)
        waiting = self._without_record(allowed)
        planned = sum(1 for _ in every(step.follow))
        self.progress.skip(planned - sum(1 for _ in every(waiting)))
        return self._jobs(waiting)
