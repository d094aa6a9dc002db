"""Everything that a renderer may show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from debugdiff.model.bugs import Bug, Mutant
from debugdiff.model.cases import Case
from debugdiff.model.comparisons import Aid, Comparison
from debugdiff.model.records import TrialResult
from debugdiff.model.scores import BugOutcome, Index, Score, StaticMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the figures were measured with.

    Attributes:
        data: per corpus, the package that its text came from.
        stand_ins: corpora whose data package is not installed, so that generated text was used.
    """

    debugdiff: str
    python: str
    platform: str
    cpu_count: int
    versions: Mapping[str, str]
    data: Mapping[str, str]
    stand_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a renderer may show. Renderers compute nothing but layout.

    Attributes:
        seconds: wall time of the command's executing part.
        mutants: of every effective or unmeasured bug that was run, for spans and diffs.
        not_run: trials that could not be executed, as trial id to reason.
    """

    environment: Environment
    cases: tuple[Case, ...]
    bugs: tuple[Bug, ...]
    results: tuple[TrialResult, ...]
    outcomes: tuple[BugOutcome, ...]
    mutants: tuple[Mutant, ...]
    static: Mapping[str, StaticMetrics]
    scores: tuple[Score, ...]
    indices: tuple[Index, ...]
    not_run: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    comparisons: tuple[Comparison, ...] = ()
    aids: tuple[Aid, ...] = ()
