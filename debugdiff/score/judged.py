"""Attempts in, judged attempts out: the families of metrics applied to whatever they measure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.score.outcome import outcome_of
from debugdiff.score.registry import BUG_FAMILIES, OBSERVATION_FAMILIES, STATIC_FAMILIES

if TYPE_CHECKING:
    from debugdiff.model import Attempt, Score, StaticMetrics
    from debugdiff.score.registry import Observation


def judge(attempt: Attempt) -> Attempt:
    """Tell what became of a bug and score it: D1-D8 and Q1-Q3; what cannot be judged says why."""
    decided = replace(attempt, verdict=outcome_of(attempt))
    scores = tuple(score for family in BUG_FAMILIES for score in family(decided))
    return replace(decided, scores=scores)


def score_source(static: StaticMetrics) -> tuple[Score, ...]:
    """R1-R5 of a program."""
    return tuple(score for family in STATIC_FAMILIES for score in family(static))


def score_observation(observation: Observation) -> tuple[Score, ...]:
    """O1-O4 of a clean trial with statement probes."""
    return tuple(score for family in OBSERVATION_FAMILIES for score in family(observation))
