"""Metrics by decorator: a family of metrics is one function that yields scores.

A family says which metrics it gives; the registry gives every metric of a family that cannot be
judged its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from debugdiff.model import (
    Attempt,
    Failure,
    Implementation,
    Mode,
    Score,
    SiteMap,
    Stack,
    StaticMetrics,
    TrialResult,
    WorkerEnd,
)


class Better(StrEnum):
    """Which way a metric is better; `shown` figures are not judged at all."""

    LESS = "less"
    MORE = "more"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a score's metric id stands for."""

    id: str
    title: str
    unit: str
    better: Better


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What interim access is judged from: a clean trial with statement probes, and its program.

    Attributes:
        sites: what the case calls the layers of its implementations.
    """

    implementation: Implementation
    trial: TrialResult
    sites: tuple[SiteMap, ...] = ()

    @property
    def mode(self) -> Mode:
        """How the program was run."""
        return self.trial.trial.mode

    @property
    def stack(self) -> Stack:
        """What the program was run on."""
        return self.trial.trial.stack


Scores = Iterable[Score]
BugFamily = Callable[[Attempt], Scores]
FailureFamily = Callable[[Attempt, Failure], Scores]
StaticFamily = Callable[[StaticMetrics], Scores]
ObservationFamily = Callable[[Observation], Scores]

METRICS: dict[str, Metric] = {}
"""Every metric by id, in the order of their families."""
BUG_FAMILIES: list[BugFamily] = []
STATIC_FAMILIES: list[StaticFamily] = []
OBSERVATION_FAMILIES: list[ObservationFamily] = []


def metric(identifier: str, title: str, unit: str, better: Better) -> Metric:
    """Describe a metric and make it known under its id."""
    found = Metric(id=identifier, title=title, unit=unit, better=better)
    METRICS[identifier] = found
    return found


def of_bug(*_metrics: Metric) -> Callable[[BugFamily], BugFamily]:
    """Register a family that is judged for every bug, whatever became of it."""

    def register(function: BugFamily) -> BugFamily:
        BUG_FAMILIES.append(function)
        return function

    return register


def of_failure(*metrics: Metric) -> Callable[[FailureFamily], FailureFamily]:
    """Register a family that needs an exception; without one every metric of it says why not."""

    def register(function: FailureFamily) -> FailureFamily:
        def family(attempt: Attempt) -> Scores:
            if attempt.failure is None:
                reason = why_no_failure(attempt)
                return [unjudged(found, reason) for found in metrics]
            return function(attempt, attempt.failure)

        BUG_FAMILIES.append(family)
        return function

    return register


def of_source(*_metrics: Metric) -> Callable[[StaticFamily], StaticFamily]:
    """Register a family that is judged from the static metrics of an implementation."""

    def register(function: StaticFamily) -> StaticFamily:
        STATIC_FAMILIES.append(function)
        return function

    return register


def of_observation(*_metrics: Metric) -> Callable[[ObservationFamily], ObservationFamily]:
    """Register a family that is judged from a clean trial with statement probes."""

    def register(function: ObservationFamily) -> ObservationFamily:
        OBSERVATION_FAMILIES.append(function)
        return function

    return register


def unjudged(found: Metric, reason: str) -> Score:
    """A score without a value."""
    return Score(metric=found.id, value=None, explanation=reason)


def why_no_failure(attempt: Attempt) -> str:
    """Why there is no exception to judge."""
    record = attempt.record
    if attempt.prevented:
        return f"Prevented: {attempt.verdict.reason}"
    if record is None or not attempt.tried:
        return attempt.verdict.reason
    if record.worker is WorkerEnd.TIMEOUT:
        return "Not judged: the program timed out."
    if record.worker is not WorkerEnd.FINISHED:
        return f"The process ended ({record.worker}) and printed no traceback."
    return "The program raised nothing."
