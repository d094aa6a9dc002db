"""Records in, scores out: pure functions, one file for each family of metrics.

A family registers its metrics when its module is imported, which this package does. Nothing here
runs a program, reads a file or loads a framework.
"""

from __future__ import annotations

from debugdiff.score import (  # noqa: F401 (importing a family registers it)
    access,
    breakpoints,
    depth,
    hooks,
    message,
    navigation,
    observability,
    quiet,
    readability,
    reveal,
    trace,
)
from debugdiff.score.index import indices, readability_indices, reference_of
from debugdiff.score.judged import judge, score_observation, score_source
from debugdiff.score.outcome import outcome_of
from debugdiff.score.registry import METRICS, Better, Metric, Observation

__all__ = [
    "METRICS",
    "Better",
    "Metric",
    "Observation",
    "indices",
    "judge",
    "outcome_of",
    "readability_indices",
    "reference_of",
    "score_observation",
    "score_source",
]
