"""Measurements of a source file and of a run, and the indices made of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from debugdiff.model.programs import Framework, Mode


class Analysis(StrEnum):
    """Which bugs an index is over: the same ones for all programs, or each program's own."""

    SAME_BUGS = "same-bugs"
    OWN_BUGS = "own-bugs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its interval of 95 %; both ends are `None` where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


class IndexName(StrEnum):
    """The summaries of an implementation."""

    READABILITY = "readability"
    PREVENTION = "prevention"
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
        shuffled_whole, shuffled_training: the same if the training rows were shuffled as the guides
            of the framework do it.
        api_names, api_keywords, api_overrides: what R5 counted, sorted.
        executable_lines: lines that hold a statement, for EXAM and the random baseline of D3.
    """

    whole: PartMetrics
    model: PartMetrics
    training: PartMetrics
    glue: PartMetrics
    shuffled_whole: PartMetrics
    shuffled_training: PartMetrics
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
        name: readability is a ratio to the reference, less is lighter; prevention is a share,
            crashes are 0-100; silent bugs have a profile and no value.
        case: the case; empty for all cases together.
        stack: `None` for readability, which no run decides.
        part: `whole` unless it is readability.
        count: how many bugs, or metrics, it is over.
        low, high: an interval of 95 %, of prevention alone.
        stability: share of definitions and random weightings in which the same framework is first.
        robust: whether that is at least 95 % and no single choice changes it; `None` where the
            programs are not of both frameworks.
        winners: which framework is first by the index as it is defined; both if they tie.
        decisive: the choices of definition that alone put another one first.
    """

    name: IndexName
    case: str
    implementation: str
    stack: str | None
    mode: Mode
    analysis: Analysis
    part: Part
    value: float | None
    parts: tuple[IndexPart, ...]
    explanation: str
    count: int = 0
    low: float | None = None
    high: float | None = None
    stability: float | None = None
    robust: bool | None = None
    winners: tuple[Framework, ...] = ()
    decisive: tuple[str, ...] = ()
