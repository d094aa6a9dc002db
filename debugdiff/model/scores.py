"""Measurements of a source file and of a run, and the indices made of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from debugdiff.model.programs import Mode, Stack


class Analysis(StrEnum):
    """Which bugs count: all, with the best value for a prevented one, or those effective twice."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class IndexName(StrEnum):
    """The summaries of an implementation."""

    READABILITY = "readability"
    CRASHES = "debuggability-crashes"
    SILENT = "debuggability-silent"


class Part(StrEnum):
    """A stretch of a source file that R1-R5 are taken of; also the field of `StaticMetrics`."""

    WHOLE = "whole"
    MODEL = "model"
    TRAINING = "training"
    GLUE = "glue"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMetrics:
    """R1-R5 of a stretch of source: the whole file, or its model, training or glue part.

    Attributes:
        lloc: R1, logical lines (radon) of the unparsed, docstring-free source.
        volume: R2, bits.
        vocabulary: R3, distinct tokens.
        cognitive: R4, sum of cognitive complexity.
        cognitive_maximum: R4, of the most complex function.
        api_surface: R5, distinct library names + distinct keyword arguments + forced overrides.
    """

    lloc: int
    volume: float
    vocabulary: int
    cognitive: int
    cognitive_maximum: int
    api_surface: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyMetrics:
    """Shown, never scored: see `docs/metrics.md` for why."""

    cyclomatic: int
    cyclomatic_maximum: int
    nesting: int
    comment_share: float
    sloc: int
    halstead_volume: float
    maintainability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMetrics:
    """Everything that is measured of a source file without running it.

    Attributes:
        api_names, api_keywords, api_overrides: what R5 counted, sorted.
        executable_lines: lines that hold a statement, for EXAM and the random baseline of D3.
    """

    whole: PartMetrics
    model: PartMetrics
    training: PartMetrics
    glue: PartMetrics
    legacy: LegacyMetrics
    api_names: tuple[str, ...]
    api_keywords: tuple[str, ...]
    api_overrides: tuple[str, ...]
    executable_lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One value of a metric with its explanation; `None`: it cannot be judged, and why."""

    metric: str
    value: float | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPart:
    """One part of an index, in 0-1 or as a ratio, with the number of bugs or metrics behind it."""

    name: str
    value: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A summary of one implementation; never printed without its parts and its stability.

    Attributes:
        name: readability is a ratio to the reference, less is lighter; crashes are 0-100; silent
            bugs have a profile and no value.
        stack: `None` for readability, which no run decides.
        part: `whole` unless it is readability.
        stability: share of random weightings in which the winner stays.
        robust: whether the winner also stays without any one part; `None` where nobody ranks.
        winners: who is first with equal weights; several if they tie.
        decisive: parts without which others would be first.
    """

    name: IndexName
    case: str
    implementation: str
    stack: Stack | None
    mode: Mode
    analysis: Analysis
    part: Part
    value: float | None
    parts: tuple[IndexPart, ...]
    explanation: str
    stability: float | None = None
    robust: bool | None = None
    winners: tuple[str, ...] = ()
    decisive: tuple[str, ...] = ()
