"""What a comparison of two runs says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from debugdiff.score.divergence import ValueKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Record, SitePlace, ValueKind


class Phase(StrEnum):
    """The parts of an optimizer step, in their order."""

    FORWARD = "forward"
    GRADIENT = "gradient"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that both runs have and that is beyond the tolerance of its dtype.

    Attributes:
        call: how often the site was called before within the step.
        order: its place in the order in which the bad run came by its values.
        relative: norm of the difference over the norm of the good value; `None` where the two
            cannot be subtracted.
        largest: the largest absolute difference of two elements.
        what: what differs, in words.
    """

    site: str
    kind: ValueKind
    step: int
    call: int
    phase: Phase
    order: int
    relative: float | None
    largest: float | None
    what: str

    @property
    def key(self) -> ValueKey:
        """What a value of another run has to have to be its partner."""
        return ValueKey(self.step, self.site, self.kind, self.call)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectSite:
    """A place where the two programs may differ.

    Attributes:
        site: a layer; `input` or `target` (the data), `loss`, `optimizer`.
        step: the optimizer step of the difference.
        difference: the value that differs; `None` where one run alone went on and all shared
            values are equal.
        growth: `(d_out - max d_in) / (max d_in + 1e-7)` of its first difference, where d is the
            relative difference of an output or an input; `None` where an input was not read.
        good, bad: where the site stands in the source of each program.
        reason: why it is suspected.
    """

    rank: int
    site: str
    step: int
    difference: Difference | None
    growth: float | None
    good: SitePlace | None
    bad: SitePlace | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalFigure:
    """A figure that both runs end with, and that is not the same."""

    name: str
    good: float
    bad: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDiff:
    """Two runs side by side.

    Attributes:
        compared: values that both have.
        differing: how many of them differ.
        first: of each phase the first difference.
        suspects: the first one is where the runs part, the others rank after it.
        only_good, only_bad: sites without a partner in the other run, in the order of execution.
        notes: sentences on what could not be compared.
        figures: those that both runs end with, as far as they differ.
    """

    good: Record
    bad: Record
    compared: int
    differing: int
    first: Mapping[Phase, Difference] = field(default_factory=dict)
    suspects: tuple[SuspectSite, ...] = ()
    only_good: tuple[str, ...] = ()
    only_bad: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    figures: tuple[FinalFigure, ...] = ()

    @property
    def parted(self) -> bool:
        """Whether the two runs differ at all: in a value, or in what they end with."""
        return bool(self.suspects or self.figures)
