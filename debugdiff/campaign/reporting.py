"""Records in, `Report` out: attempts are put together here, and judged in `debugdiff.score`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import debugdiff.static
from debugdiff.campaign.environment import environment
from debugdiff.compare import comparisons
from debugdiff.compare.aids import aids
from debugdiff.compare.contrasts import contrasts
from debugdiff.compare.standings import standings
from debugdiff.files import digest, source_digest
from debugdiff.model import (
    Attempt,
    Condition,
    Instrument,
    ProgramReport,
    ProgramRun,
    Report,
    StaticMetrics,
    TrialResult,
)
from debugdiff.plan import all_steps
from debugdiff.score import Observation, indices, judge, score_observation, score_source
from debugdiff.static import measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.campaign.planning import PlannedCampaign, PlannedProgram
    from debugdiff.model import Bug, Environment, Implementation, Score
    from debugdiff.store import Store

    Trials = Mapping[tuple[Condition, str | None], Mapping[Instrument, TrialResult]]
    """By condition and bug, `None` for none: the trials of one program by what watched them."""


def build_report(
    planned: PlannedCampaign,
    results: Sequence[TrialResult],
    store: Store,
    *,
    lost: Mapping[str, str] = MappingProxyType({}),
    seconds: float = 0.0,
) -> Report:
    """Judge what was measured. Pure but for the cache of static metrics.

    Args:
        planned: the campaign.
        results: its trials, as far as they have a record.
        store: where static metrics are kept.
        lost: trials that the worker could not run, by id, and why.
        seconds: what executing them took.
    """
    trials = _by_run(results)
    bugs = planned.request.bugs
    programs = tuple(_program(each, bugs, trials, store) for each in planned.programs)
    compared = comparisons(programs)
    return Report(
        environment=_environment(planned),
        cases=planned.request.cases,
        bugs=bugs,
        programs=programs,
        indices=indices(programs),
        comparisons=compared,
        standings=standings(programs, compared),
        contrasts=contrasts(programs),
        aids=aids(programs),
        not_run={**lost, **planned.not_run(results)},
        seconds=seconds,
        damaged=store.damaged,
    )


def in_bundle(report: Report) -> Report:
    """The report as a bundle says it: its cases have the folders that they have there."""
    cases = tuple(replace(case, folder=Path("cases") / case.name) for case in report.cases)
    return replace(report, cases=cases)


def _environment(planned: PlannedCampaign) -> Environment:
    if planned.request.elsewhere is not None:
        return planned.request.elsewhere.environment
    names = {name for case in planned.request.cases for name in case.corpora}
    return environment(planned.stacks.versions, names, planned.request.interpreters)


def _by_run(results: Sequence[TrialResult]) -> Trials:
    trials: dict[tuple[Condition, str | None], dict[Instrument, TrialResult]] = defaultdict(dict)
    for result in results:
        trials[result.trial.condition, result.trial.bug][result.trial.instrument] = result
    return trials


def _program(
    planned: PlannedProgram, bugs: Sequence[Bug], trials: Trials, store: Store
) -> ProgramReport:
    static = _static(planned.implementation, store)
    conditions = dict.fromkeys(step.trial.condition for step in all_steps(planned.possible))
    runs = {each: _clean_run(planned, each, trials) for each in conditions}
    return ProgramReport(
        case=planned.case,
        implementation=planned.implementation,
        static=static,
        scores=score_source(static),
        runs=tuple(runs.values()),
        attempts=tuple(_attempts(planned, bugs, trials, runs)),
    )


@cache
def _metrics_version() -> str:
    return source_digest(debugdiff.static)


def _static(implementation: Implementation, store: Store) -> StaticMetrics:
    key = digest("static", _metrics_version(), implementation.source)
    return store.cached(StaticMetrics, key, lambda: measure(implementation.source))


def _clean_run(planned: PlannedProgram, condition: Condition, trials: Trials) -> ProgramRun:
    of_run = trials.get((condition, None), {})
    observed = of_run.get(Instrument.STATEMENTS)
    return ProgramRun(
        condition=condition,
        implementation=planned.implementation,
        trials=of_run,
        scores=_interim_access(planned, observed) if observed else (),
    )


def _interim_access(planned: PlannedProgram, observed: TrialResult) -> tuple[Score, ...]:
    observation = Observation(
        implementation=planned.implementation, trial=observed, sites=planned.case.sites
    )
    return score_observation(observation)


def _attempts(
    planned: PlannedProgram,
    bugs: Sequence[Bug],
    trials: Trials,
    runs: Mapping[Condition, ProgramRun],
) -> Iterator[Attempt]:
    """Every bug under every condition that the program ran under."""
    for bug in bugs:
        for condition in (tree.trial.condition for tree in planned.possible):
            attempt = Attempt(
                condition=condition,
                implementation=planned.implementation,
                trials=trials.get((condition, bug.id), {}),
                case=planned.case,
                bug=bug,
                injection=planned.injections[bug.id],
                clean=runs[condition],
            )
            yield judge(attempt)
