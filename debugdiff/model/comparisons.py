"""One side beside the other: an API style beside the reference, a mode beside the default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from debugdiff.model.programs import Framework, Mode, Stack, Style, Training
from debugdiff.model.scores import Analysis


class Judgement(StrEnum):
    """What a comparison says of a side, beside the reference.

    `equivalent` is a difference no larger than between styles of one framework; `not-shown` one
    whose interval has "no difference" in it, or that fewer than six bugs are behind; `not-judged`
    that nothing could be compared.
    """

    LIGHTER = "lighter"
    HEAVIER = "heavier"
    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    TRADE_OFF = "trade-off"
    NOT_SHOWN = "not-shown"
    NOT_JUDGED = "not-judged"


class Dimension(StrEnum):
    """What a metric belongs to; no verdict crosses dimensions."""

    READABILITY = "readability"
    CRASHES = "crashes"
    SILENT = "quiet bugs"
    ACCESS = "interim access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its bootstrap interval of 95 %; both ends are `None` where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One side beside the reference on one metric.

    Attributes:
        confirmatory: whether the metric was chosen for a test before there were data.
        pairs: how many pairs of case and bug are behind it.
        units: how many units the test has: cases for readability, bugs for the rest.
        ratio: geometric mean of side / reference; `None` where a value may be zero.
        difference: mean of side - reference, where there is no ratio.
        wins, ties, losses: pairs in which the side is better, equal, worse than the reference.
        band: what styles of one framework differ by anyway, a factor for ratios; `None` where no
            framework has two styles.
        effect: matched-pairs rank-biserial correlation over units; positive: the side is higher.
        p_value: of a two-sided sign-flip test over units, not adjusted.
        p_adjusted: by Holm's method; of confirmatory metrics over all cases alone, and `None`
            where so few units cannot give a significant result at all.
        detectable: the standardised mean difference that the test had a power of 0.8 for.
    """

    metric: str
    title: str
    dimension: Dimension
    confirmatory: bool
    pairs: int
    units: int
    ratio: Interval | None
    difference: Interval | None
    wins: int
    ties: int
    losses: int
    band: float | None
    verdict: Judgement
    effect: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionVerdict:
    """Who dominates in one dimension: nowhere worse, and somewhere better; else a trade-off."""

    dimension: Dimension
    verdict: Judgement
    better: tuple[str, ...]
    worse: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One API style beside the reference, in one case or over all cases of a run.

    Attributes:
        case: the case; empty for all cases together.
        implementation: what is compared; over all cases, its framework and style.
        reference: the PyTorch program or style that it is compared with.
        band_of: whose styles the equivalence bands come from.
        note: what the tests could and could not have found; empty where there are none.
    """

    case: str
    implementation: str
    framework: Framework
    style: Style
    training: Training
    stack: Stack
    mode: Mode
    reference: str
    analysis: Analysis
    band_of: tuple[Framework, ...]
    metrics: tuple[MetricComparison, ...]
    dimensions: tuple[DimensionVerdict, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AidGain:
    """What a mode changes of one metric: the means over the same pairs, in both modes.

    Attributes:
        pairs: bugs and seeds that have the metric in both modes; for O1, seeds.
        default, mode: the mean as the stack comes, and in the mode.
    """

    metric: str
    pairs: int
    default: float
    mode: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AidChange:
    """A bug that ends otherwise in a mode, and how it ends in both."""

    bug: str
    seed: int
    default: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """What a mode buys and costs one implementation, beside the default mode of its stack.

    Attributes:
        seconds: median ratio (mode / default) of the program's seconds, over the trials that got
            as far in both; `None` if none did.
        timed: how many trials are behind it.
        same_result: whether the clean runs return bitwise equal metrics; `None` if one failed.
        bugs: bugs and seeds that ran in both modes.
        changes: those whose outcome, type of exception, stage or end is another one.
        gains: of each metric that both modes have.
    """

    case: str
    implementation: str
    stack: Stack
    mode: Mode
    seconds: float | None
    timed: int
    same_result: bool | None
    bugs: int
    changes: tuple[AidChange, ...]
    gains: tuple[AidGain, ...]
