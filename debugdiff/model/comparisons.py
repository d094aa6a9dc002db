"""One side beside the other: an API style beside the reference, a mode beside the default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from debugdiff.model.attempts import Attempt
from debugdiff.model.programs import Framework, Mode, Style, Training
from debugdiff.model.scores import Interval


class Judgement(StrEnum):
    """What a comparison concludes of a side in one dimension, beside the reference.

    `equivalent` says that an interval of 90 % lies within the margin that was fixed beforehand;
    `lighter` to `worse` that the adjusted test and the interval of 95 % rule out "no difference";
    `not-shown` that neither is so; `not-judged` that nothing could be compared.
    """

    LIGHTER = "lighter"
    HEAVIER = "heavier"
    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    NOT_SHOWN = "not-shown"
    NOT_JUDGED = "not-judged"


class Dimension(StrEnum):
    """What a metric belongs to; no conclusion crosses dimensions."""

    READABILITY = "readability"
    PREVENTION = "prevention"
    CRASHES = "crashes"
    SILENT = "silent bugs"
    ACCESS = "interim access"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One side beside the reference on one metric: a figure, and no conclusion.

    Attributes:
        pairs: how many pairs of case and bug are behind it.
        units: how many units the interval has: bugs (averaged over cases), or cases.
        ratio: geometric mean of side / reference; `None` where a value may be zero.
        difference: mean of side - reference over units, where there is no ratio.
        wins, ties, losses: pairs in which the side is better, equal, worse than the reference.
        spread: what styles of one framework differ by, a factor for ratios; `None` where no
            framework has two styles.
        effect: matched-pairs rank-biserial correlation over units; positive: the side is higher.
    """

    metric: str
    title: str
    dimension: Dimension
    pairs: int
    units: int
    ratio: Interval | None
    difference: Interval | None
    wins: int
    ties: int
    losses: int
    spread: float | None
    effect: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What is concluded in one dimension, from the one metric that was named for it beforehand.

    Attributes:
        metric: the metric, one of the comparison's.
        margin: the largest difference (of ratios: factor) that still counts as none.
        units: as of the metric.
        p_value: of a two-sided sign-flip test over units; `None` where so few units cannot give a
            significant result at all.
        p_adjusted: by Holm's method, for the dimensions of this comparison.
        detectable: the standardised mean difference that the test had a power of 0.8 for.
    """

    dimension: Dimension
    metric: str
    verdict: Judgement
    margin: float
    units: int
    p_value: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One API style beside the reference, in one case or over all cases of a run.

    Attributes:
        case: the case; empty for all cases together.
        implementation: what is compared; over all cases, its framework and style.
        reference: the PyTorch program or style that it is compared with.
        spread_of: whose styles the spreads come from.
    """

    case: str
    implementation: str
    framework: Framework
    style: Style
    training: Training
    stack: str
    mode: Mode
    reference: str
    spread_of: tuple[Framework, ...]
    metrics: tuple[MetricComparison, ...]
    conclusions: tuple[Conclusion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One side in one dimension: its own figure, beside what is concluded of it.

    Attributes:
        case: the case; empty for all cases together.
        figure: of readability the ratio to the reference, else the mean over units; `None` where
            nothing was judged.
        units: how many bugs, or cases, the figure is of.
        reference: what it is compared with; empty of the reference itself, and of what has none.
        difference, conclusion: beside the reference, if there is one.
    """

    dimension: Dimension
    case: str
    implementation: str
    figure: Interval | None
    units: int
    reference: str = ""
    difference: MetricComparison | None = None
    conclusion: Conclusion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The same bug in the reference and in a program of another framework, with the same seed."""

    reference: Attempt
    other: Attempt


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
    stack: str
    mode: Mode
    seconds: float | None
    timed: int
    same_result: bool | None
    bugs: int
    changes: tuple[AidChange, ...]
    gains: tuple[AidGain, ...]
