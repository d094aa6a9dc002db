"""Sentinels by decorator: a small function reads one figure of a run, a threshold judges it.

That every check is one figure and one threshold is what makes it possible to calibrate it: on
clean runs the figure is known, and so is how far the threshold has to be from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Required, TypedDict, Unpack

from debugdiff.model import Setting, ValueKind, ValueStatistics


class Beyond(StrEnum):
    """On which side of its threshold a figure is alarming."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One figure that a sentinel read of a run."""

    site: str
    step: int
    value: float
    kind: ValueKind | None = None


class Run:
    """The values and settings of one run, sorted for reading.

    Args:
        values: in the order of execution.
        settings: of layers, optimizer and loss.
    """

    def __init__(self, values: Sequence[ValueStatistics], settings: Sequence[Setting] = ()) -> None:
        self._kinds: dict[ValueKind, list[ValueStatistics]] = defaultdict(list)
        for value in values:
            self._kinds[value.kind].append(value)
        self._settings = {(each.site, each.name): each.value for each in settings}

    def of(self, *kinds: ValueKind) -> Iterable[ValueStatistics]:
        """Every value of these kinds that could be read."""
        return (value for kind in kinds for value in self._kinds[kind] if value.digest)

    def setting(self, site: str, name: str) -> float | str | None:
        """What something is set to, if that is known."""
        return self._settings.get((site, name))

    def settings(self, name: str) -> Iterable[tuple[str, float | str]]:
        """Everything of which a setting is known, with its value."""
        return ((site, value) for (site, each), value in self._settings.items() if each == name)

    def trained_steps(self) -> frozenset[int]:
        """The steps with a backward pass; what is read beside them belongs to an evaluation."""
        return frozenset(value.step for value in self._kinds[ValueKind.LOSS])

    def losses(self) -> list[tuple[int, float]]:
        """The step and the loss that its first backward pass started from, where it was finite."""
        found: dict[int, float] = {}
        for value in self.of(ValueKind.LOSS):
            if value.mean is not None and not value.nan and not value.infinite:
                found.setdefault(value.step, value.mean)
        return sorted(found.items())

    def learned_steps(self) -> frozenset[int]:
        """The steps whose loss is below half of the first one, if that is above zero."""
        losses = self.losses()
        half = LEARNED * losses[0][1] if losses else 0.0
        return frozenset(step for step, loss in losses if 0 <= loss < half)


LEARNED = 0.5
"""The share of its first loss below which a program has learned something."""

Check = Callable[[Run], Iterable[Reading]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinel:
    """A check on the values and settings of one run; it needs no clean twin.

    Attributes:
        id: its name on the command line and in reports.
        threshold: as published; beyond it the check fires.
        meaning: a sentence on what it mostly means.
        source: who published the check and its threshold.
        read: gives the figures of a run; `readings` is what to ask.
        furthest: the most alarming figure that there can be, such as 1 for a share; a threshold
            that reaches it is none.
        needs_steps: optimizer steps that a run has to have for it.
        while_learning: it asks whether a program learns. Near its minimum a loss doubles for
            nothing and gradients are small, so that it is not asked of steps whose loss is below
            half of the first.
    """

    id: str
    threshold: float
    beyond: Beyond
    meaning: str
    source: str
    read: Check
    furthest: float | None = None
    needs_steps: int = 0
    while_learning: bool = False

    def readings(self, run: Run) -> Iterable[Reading]:
        """The figures of a run that count."""
        late = run.learned_steps() if self.while_learning else frozenset[int]()
        return (reading for reading in self.read(run) if reading.step not in late)

    def fires(self, value: float, threshold: float) -> bool:
        """Whether a figure is beyond a threshold."""
        return value > threshold if self.beyond is Beyond.ABOVE else value < threshold

    def worst(self, values: Iterable[float]) -> float | None:
        """The most alarming one of several figures; `None` if there are none."""
        choose = max if self.beyond is Beyond.ABOVE else min
        return choose(values, default=None)


SENTINELS: dict[str, Sentinel] = {}
"""Every sentinel by id, in the order of METRICS' table: gradients, units, loss, updates, inputs."""


class _Kept(TypedDict, total=False):
    meaning: Required[str]
    source: Required[str]
    furthest: float
    needs_steps: int
    while_learning: bool


def above(identifier: str, threshold: float, **kept: Unpack[_Kept]) -> Callable[[Check], Check]:
    """Register a check that fires where its figure is larger than the threshold."""
    return _register(identifier, threshold, Beyond.ABOVE, kept)


def below(identifier: str, threshold: float, **kept: Unpack[_Kept]) -> Callable[[Check], Check]:
    """Register a check that fires where its figure is smaller than the threshold."""
    return _register(identifier, threshold, Beyond.BELOW, kept)


def _register(
    identifier: str, threshold: float, beyond: Beyond, kept: _Kept
) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        SENTINELS[identifier] = Sentinel(
            id=identifier, threshold=threshold, beyond=beyond, read=check, **kept
        )
        return check

    return register


def at(value: ValueStatistics, figure: float) -> Reading:
    """A figure that was read of one value."""
    return Reading(site=value.site, step=value.step, value=figure, kind=value.kind)


def flag(value: ValueStatistics, raised: bool) -> Reading:  # noqa: FBT001 - it is the figure
    """A yes or no as a figure; the threshold of such checks is `FLAG`."""
    return at(value, float(raised))


FLAG = 0.5
"""Between no (0) and yes (1)."""


def layer_of(parameter: str) -> str:
    """The layer that a parameter belongs to: its path without the last name."""
    cut = max(parameter.rfind("."), parameter.rfind("/"))
    return parameter[:cut] if cut > 0 else parameter


def is_float(value: ValueStatistics) -> bool:
    """Whether the values are floating-point numbers."""
    return "float" in value.dtype
