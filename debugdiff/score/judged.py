"""Evidence in, scores out: the families of metrics applied to a bug or to an implementation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import (
    Bug,
    Implementation,
    Mode,
    Outcome,
    ProgramEnd,
    Score,
    SiteMap,
    StaticMetrics,
    TrialResult,
    WorkerEnd,
)
from debugdiff.score.outcome import KILLED, outcome_of
from debugdiff.score.registry import (
    BUG_FAMILIES,
    OBSERVATION_FAMILIES,
    STATIC_FAMILIES,
    Finding,
    Observation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.score.evidence import Evidence, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredBug:
    """One bug in one implementation with its verdict and every score."""

    evidence: Evidence
    verdict: Verdict
    scores: tuple[Score, ...]

    @property
    def bug(self) -> Bug:
        """The bug."""
        return self.evidence.bug

    @property
    def prevented(self) -> bool:
        """Whether the bug cannot be written, or changes nothing."""
        return self.verdict.outcome in {Outcome.NOT_EXPRESSIBLE, Outcome.ABSORBED}

    @property
    def effective(self) -> bool:
        """Whether the run was measured to differ from the clean one."""
        return self.verdict.outcome is Outcome.EFFECTIVE

    @property
    def crashed(self) -> bool:
        """Whether the bug ended the program: by an exception, or by the death of its process."""
        record = self.evidence.record
        if record is None or not self.effective:
            return False
        return record.program is ProgramEnd.RAISED or record.worker in KILLED

    @property
    def quiet(self) -> bool:
        """Whether the program ran to its end all the same."""
        record = self.evidence.record
        stopped = record is None or record.worker is not WorkerEnd.FINISHED
        return self.effective and not self.crashed and not stopped

    def value(self, metric: str) -> float | None:
        """The value of one metric; `None` if it was not judged."""
        return next((score.value for score in self.scores if score.metric == metric), None)


def judge(evidence: Evidence) -> ScoredBug:
    """Tell what became of a bug and score it."""
    verdict = outcome_of(evidence)
    findings = [found for family in BUG_FAMILIES for found in family(evidence, verdict)]
    scores = tuple(_score_of_bug(finding, evidence) for finding in findings)
    return ScoredBug(evidence=evidence, verdict=verdict, scores=scores)


def score_bug(evidence: Evidence) -> tuple[Score, ...]:
    """D1-D8 and Q1-Q3 of one bug in one implementation; what cannot be judged says why."""
    return judge(evidence).scores


def score_implementation(
    implementation: Implementation,
    static: StaticMetrics | None,
    observations: Sequence[TrialResult] = (),
    sites: tuple[SiteMap, ...] = (),
) -> tuple[Score, ...]:
    """R1-R5 of one implementation, and O1-O4 for each of its trials with statement probes.

    Args:
        implementation: the program.
        static: its static metrics; without them there are no R1-R5.
        observations: clean trials with statement probes, one for each stack and mode.
        sites: the sites of the case; without them there are no O2-O4.
    """
    of_source = [found for family in STATIC_FAMILIES if static for found in family(static)]
    scores = [_score_of_source(finding, implementation) for finding in of_source]
    for trial in observations:
        observation = Observation(implementation=implementation, trial=trial, sites=sites)
        for family in OBSERVATION_FAMILIES:
            scores.extend(_score_of_trial(finding, trial) for finding in family(observation))
    return tuple(scores)


def _score_of_bug(finding: Finding, evidence: Evidence) -> Score:
    return Score(
        trial=evidence.result.trial.id if evidence.result else "",
        case=evidence.implementation.case,
        implementation=evidence.implementation.name,
        mode=evidence.mode,
        bug=evidence.bug.id,
        metric=finding.metric,
        value=finding.value,
        explanation=finding.explanation,
        stack=evidence.stack,
    )


def _score_of_source(finding: Finding, implementation: Implementation) -> Score:
    return Score(
        trial="",
        case=implementation.case,
        implementation=implementation.name,
        mode=Mode.DEFAULT,
        bug=None,
        metric=finding.metric,
        value=finding.value,
        explanation=finding.explanation,
    )


def _score_of_trial(finding: Finding, result: TrialResult) -> Score:
    return Score(
        trial=result.trial.id,
        case=result.trial.case,
        implementation=result.trial.implementation,
        mode=result.trial.mode,
        bug=result.trial.bug,
        metric=finding.metric,
        value=finding.value,
        explanation=finding.explanation,
        stack=result.trial.stack,
    )
