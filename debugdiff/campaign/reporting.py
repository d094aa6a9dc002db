"""Records in, `Report` out: evidence is put together here, and judged in `debugdiff.score`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import debugdiff.static
from debugdiff.campaign.availability import unavailable_reason
from debugdiff.campaign.doctor import environment
from debugdiff.compare import comparisons
from debugdiff.compare.aids import aids
from debugdiff.files import digest, source_digest
from debugdiff.model import (
    BugOutcome,
    Instrument,
    Mode,
    Report,
    StaticMetrics,
)
from debugdiff.plan import MODES
from debugdiff.score import Evidence, indices, judge, score_implementation, static_key
from debugdiff.static import measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.campaign.injecting import Injected
    from debugdiff.campaign.request import RunRequest
    from debugdiff.campaign.stacks import Stacks
    from debugdiff.model import (
        Bug,
        Case,
        Environment,
        Implementation,
        Score,
        Stack,
        TrialResult,
    )
    from debugdiff.score import ScoredBug
    from debugdiff.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a campaign has gathered, before anything is judged."""

    request: RunRequest
    stacks: Stacks
    implementations: tuple[Implementation, ...]
    injected: tuple[Injected, ...]
    results: tuple[TrialResult, ...]
    not_run: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Run:
    """What a trial's record is found by."""

    case: str
    implementation: str
    stack: Stack
    mode: Mode
    seed: int
    bug: str | None
    instrument: Instrument


def build_report(findings: Findings, store: Store) -> Report:
    """Judge what was found. Pure but for the cache of static metrics."""
    static = {static_key(each): _static(each, store) for each in findings.implementations}
    measured = {name: metrics for name, metrics in static.items() if metrics is not None}
    judged = [judge(evidence) for evidence in _evidence(findings)]
    outcomes = tuple(map(_outcome, judged))
    scores = (
        *_scores_of_implementations(findings, measured),
        *(score for each in judged for score in each.scores),
    )
    return Report(
        environment=_environment(findings),
        cases=findings.request.cases,
        bugs=findings.request.bugs,
        results=findings.results,
        outcomes=outcomes,
        mutants=tuple(each.mutant for each in findings.injected if each.mutant),
        static=measured,
        scores=scores,
        indices=indices(findings.request.cases, measured, judged),
        not_run=findings.not_run,
        seconds=findings.seconds,
        comparisons=comparisons(findings.request.cases, scores, outcomes),
        aids=aids(findings.results, outcomes, scores),
    )


@cache
def _metrics_version() -> str:
    return source_digest(debugdiff.static)


def _static(implementation: Implementation, store: Store) -> StaticMetrics:
    key = digest("static", _metrics_version(), implementation.source)
    return store.cached(StaticMetrics, key, lambda: measure(implementation.source))


def _scores_of_implementations(
    findings: Findings, static: Mapping[str, StaticMetrics]
) -> Iterator[Score]:
    sites = {case.name: case.sites for case in findings.request.cases}
    for each in findings.implementations:
        observed = [
            result
            for result in findings.results
            if result.trial.instrument is Instrument.STATEMENTS
            and (result.trial.case, result.trial.implementation) == (each.case, each.name)
        ]
        metrics = static.get(static_key(each))
        yield from score_implementation(each, metrics, observed, sites[each.case])


def _environment(findings: Findings) -> Environment:
    names = {name for case in findings.request.cases for name in case.corpora}
    return environment(findings.stacks.versions, names)


def _outcome(judged: ScoredBug) -> BugOutcome:
    evidence = judged.evidence
    return BugOutcome(
        bug=evidence.bug.id,
        case=evidence.implementation.case,
        implementation=evidence.implementation.name,
        stack=evidence.stack,
        mode=evidence.mode,
        seed=evidence.seed,
        outcome=judged.verdict.outcome,
        reason=judged.verdict.reason,
        trial=evidence.result.trial.id if evidence.result else "",
    )


def _evidence(findings: Findings) -> Iterator[Evidence]:
    """One for every bug in every implementation, on every stack, mode and seed that it ran on."""
    found = {_run_of(result): result for result in findings.results}
    bugs = {bug.id: bug for bug in findings.request.bugs}
    cases = {case.name: case for case in findings.request.cases}
    programs = {(each.case, each.name): each for each in findings.implementations}
    for injected in findings.injected:
        answer = injected.mutant or injected.refusal
        assert answer is not None
        implementation = programs[answer.case, answer.implementation]
        for stack, mode, seed in _conditions(findings, implementation):
            where = _Where(cases[answer.case], implementation, stack, mode, seed)
            yield _one(where, bugs[answer.bug], injected, found)


@dataclass(frozen=True, slots=True)
class _Where:
    case: Case
    implementation: Implementation
    stack: Stack
    mode: Mode
    seed: int


def _conditions(
    findings: Findings, implementation: Implementation
) -> Iterator[tuple[Stack, Mode, int]]:
    request = findings.request
    for stack in findings.stacks.versions:
        if stack.framework is not implementation.framework:
            continue
        if unavailable_reason(implementation, stack):
            continue
        for mode in request.modes or (Mode.DEFAULT,):
            if mode in MODES[stack]:
                yield from ((stack, mode, seed) for seed in request.seeds)


def _one(
    where: _Where, bug: Bug, injected: Injected, found: Mapping[_Run, TrialResult]
) -> Evidence:
    def result(bug_id: str | None, instrument: Instrument) -> TrialResult | None:
        name = where.implementation.name
        return found.get(
            _Run(where.case.name, name, where.stack, where.mode, where.seed, bug_id, instrument)
        )

    mutant = injected.mutant
    return Evidence(
        bug=bug,
        implementation=where.implementation,
        stack=where.stack,
        mode=where.mode,
        seed=where.seed,
        result=result(bug.id, Instrument.NONE) if mutant else None,
        mutant=mutant,
        not_applicable=injected.refusal,
        clean=result(None, Instrument.NONE),
        layers=result(bug.id, Instrument.LAYERS) if mutant else None,
        clean_layers=result(None, Instrument.LAYERS),
        helpers=where.case.helpers,
        site=_site(where, bug),
        depth=result(bug.id, Instrument.DEPTH) if mutant else None,
    )


def _site(where: _Where, bug: Bug) -> str:
    named = (site for site in where.case.sites if site.name == bug.site)
    return next((site.layer(where.implementation.name) or "" for site in named), "")


def _run_of(result: TrialResult) -> _Run:
    trial = result.trial
    return _Run(
        trial.case,
        trial.implementation,
        trial.stack,
        trial.mode,
        trial.seed,
        trial.bug,
        trial.instrument,
    )
