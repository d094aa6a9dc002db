"""What the parity check found: lines, by pair of implementations, by case."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from debugdiff.model import DeclaredDifference, Interval, ParityStage  # noqa: TC001  (a report reads them)

if TYPE_CHECKING:
    from collections.abc import Mapping


Place = tuple[str, str, int]
"""Where a value is within its stage: site, part and call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One array that was seen in one implementation.

    Attributes:
        part: which of the site's values or weights, by its shared name.
        call: how often the site was called before, within the step (shared layers).
        array: NumPy.
    """

    stage: ParityStage
    site: str
    part: str
    call: int
    array: Any

    @property
    def place(self) -> tuple[ParityStage, str, str, int]:
        """What the same value of another implementation is found by."""
        return self.stage, self.site, self.part, self.call


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What kept an implementation from being compared at a site, as a clause."""

    stage: ParityStage
    site: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One implementation with the weights of the reference, over one batch.

    Attributes:
        metrics: what `evaluate` gives.
        shaken: per metric, the furthest value that it takes when the model's outputs move by
            rounding, `None` if that is not finite; empty where this could not be tried.
        trained: what `evaluate` gives with the weights that the reference has learned.
        settings: the numbers that the program gives to its own `train`.
        shapes: of its trained parameters.
        rows: of the batch.
        initial: standard deviations of initial weights, by site and part.
        silent: sites of which this program's output is not compared, by its `case.toml`.
    """

    implementation: str
    values: tuple[Value, ...] = ()
    problems: tuple[Problem, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    shaken: Mapping[str, float | None] = field(default_factory=dict)
    trained: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ()
    rows: int = 0
    initial: Mapping[tuple[str, str], float] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()

    def of(self, stage: ParityStage) -> Mapping[Place, Any]:
        """The arrays of one stage."""
        return {value.place[1:]: value.array for value in self.values if value.stage is stage}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityLine:
    """One comparison, or what kept it from being made.

    Attributes:
        error: `||a - b||` over `||b||` plus a small absolute term, so that it is at most
            `tolerance` exactly if the line passes; `None` where there are no numbers.
        detail: what is wrong beside the numbers, as a clause.
        declared: the reason for a tolerance that is not the stage's own.
    """

    stage: ParityStage
    site: str
    part: str
    error: float | None
    tolerance: float
    passed: bool
    detail: str = ""
    declared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroGradient:
    """A weight whose gradient is zero by algebra: what is computed for it is rounding alone.

    A bias of attention keys raises all scores of a query alike, and softmax takes that out; so does
    a normalisation with the bias before it. Adam makes a step of full size of such a gradient, in
    a direction that the processor decides.

    Attributes:
        size: of the gradient, relative to the largest one of the layer's weights.
    """

    site: str
    part: str
    size: float


class Agreement(StrEnum):
    """What the metrics of two trained programs show, over seeds."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedMetric:
    """A metric of two programs that were trained, over the same seeds.

    Attributes:
        left, right: means over the seeds.
        difference: right less left, the mean over seeds with its interval of 90 %; without one
            where every seed gives the same difference.
        allowed: the margin, in the metric's own unit.
        reason: why nothing was compared, as a clause; then there are no figures.
    """

    agreement: Agreement
    metric: str = ""
    left: float | None = None
    right: float | None = None
    seeds: int = 0
    difference: Interval | None = None
    allowed: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairParity:
    """Two implementations of a case, line by line in the order of the stages.

    Attributes:
        zero_gradients: the weights that are left out of the optimizer's steps.
        trained: their metrics after training, over seeds; empty if that was not asked for.
    """

    left: str
    right: str
    lines: tuple[ParityLine, ...]
    zero_gradients: tuple[ZeroGradient, ...] = ()
    trained: tuple[TrainedMetric, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it is one model, and learns the same as far as that was asked."""
        return self.is_one_model and all(
            each.agreement is Agreement.AGREES for each in self.trained
        )

    @property
    def is_one_model(self) -> bool:
        """Whether every line passes."""
        return all(line.passed for line in self.lines)

    @property
    def first_failure(self) -> ParityLine | None:
        """The first place that differs: what follows it differs because of it."""
        return next((line for line in self.lines if not line.passed), None)

    def of(self, stage: ParityStage) -> tuple[ParityLine, ...]:
        """The lines of one stage."""
        return tuple(line for line in self.lines if line.stage is stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseParity:
    """A case, each pair of its implementations, and what could not be checked.

    Attributes:
        reference: whose weights the others were given.
        parameters: trained numbers per implementation.
        rows: of the batch.
        initial: standard deviations of initial weights per implementation, by site and part.
        stability: per implementation and metric, whether it stays when the model's outputs move.
        unchecked: sentences.
    """

    case: str
    reference: str
    parameters: Mapping[str, int]
    pairs: tuple[PairParity, ...]
    differences: tuple[DeclaredDifference, ...] = ()
    rows: int = 0
    initial: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    stability: Mapping[str, tuple[ParityLine, ...]] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every pair is one model; a case that could not be compared has not failed."""
        return all(pair.passed for pair in self.pairs)
