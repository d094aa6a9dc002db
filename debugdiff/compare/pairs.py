"""Scores side by side: the same case and the same bug on two sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.compare.metrics import COMPARED, PREVENTED, Compared
from debugdiff.compare.statistics import mean
from debugdiff.model import (
    Analysis,
    BugOutcome,
    Case,
    Framework,
    Mode,
    Outcome,
    Score,
    Stack,
    Style,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import Implementation

_PREVENTED = frozenset({Outcome.NOT_EXPRESSIBLE, Outcome.ABSORBED})
_WANTED = frozenset(metric.id for metric in COMPARED)


class Side(NamedTuple):
    """What is compared over cases: an API style of a framework, on a stack and in a mode."""

    framework: Framework
    style: Style
    stack: Stack
    mode: Mode


class Key(NamedTuple):
    """What a pair shares; `bug` is empty for what belongs to the case alone."""

    case: str
    bug: str


class Pair(NamedTuple):
    """The same measurement on both sides."""

    key: Key
    first: float
    second: float


@dataclass(slots=True, kw_only=True)
class Measured:
    """One side: its name in each case, its values, and the bugs that it prevents or suffers."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[Key, list[float]]] = field(default_factory=dict)
    prevented: set[Key] = field(default_factory=set)
    effective: set[Key] = field(default_factory=set)

    def of(self, metric: Compared, analysis: Analysis) -> Mapping[Key, float]:
        """The values of one metric; several seeds give their mean, a prevented bug its best."""
        values = {key: mean(seeds) for key, seeds in self.values.get(metric.id, {}).items()}
        if metric.id == PREVENTED:
            primary = analysis is Analysis.PRIMARY
            values = dict.fromkeys(self.effective if primary else (), 0.0)
        if metric.best is None or analysis is Analysis.SECONDARY:
            return values
        return values | dict.fromkeys(self.prevented, metric.best)


Board = dict[Side, Measured]


def board(cases: Sequence[Case], scores: Iterable[Score], outcomes: Iterable[BugOutcome]) -> Board:
    """Put outcomes and scores in their places, by side."""
    programs = {(case.name, one.name): one for case in cases for one in case.implementations}
    found: Board = {}
    for outcome in outcomes:
        program = programs[outcome.case, outcome.implementation]
        side = Side(program.framework, program.style, outcome.stack, outcome.mode)
        measured = found.setdefault(side, Measured())
        measured.names[outcome.case] = outcome.implementation
        _add_outcome(measured, outcome)
    for score in scores:
        program = programs[score.case, score.implementation]
        if score.value is not None and score.metric in _WANTED:
            for measured in _sides_of(score, program, found):
                of_metric = measured.values.setdefault(score.metric, {})
                of_metric.setdefault(Key(score.case, score.bug or ""), []).append(score.value)
    return found


def _add_outcome(measured: Measured, outcome: BugOutcome) -> None:
    """A bug that is effective with one seed is not prevented."""
    key = Key(outcome.case, outcome.bug)
    if outcome.outcome is Outcome.EFFECTIVE:
        measured.effective.add(key)
        measured.prevented.discard(key)
    elif outcome.outcome in _PREVENTED and key not in measured.effective:
        measured.prevented.add(key)


def _sides_of(score: Score, program: Implementation, found: Board) -> Iterator[Measured]:
    """The sides that a score belongs to; what is measured of a source belongs to all of them."""
    for side, measured in found.items():
        same_run = score.stack is None or (score.stack, score.mode) == (side.stack, side.mode)
        if same_run and measured.names.get(score.case) == program.name:
            yield measured


def pair_up(
    metric: Compared, first: Measured, second: Measured, analysis: Analysis, case: str = ""
) -> tuple[Pair, ...]:
    """Pairs of one metric on two sides, of one case or of all (an empty name).

    What was judged on one side only makes no pair, nor does a bug that both sides prevent. The
    primary analysis gives a prevented bug the best value; the secondary takes only bugs that are
    effective on both sides.
    """
    mine, theirs = first.of(metric, analysis), second.of(metric, analysis)
    neither = first.prevented & second.prevented
    both = first.effective & second.effective
    return tuple(
        Pair(key, mine[key], theirs[key])
        for key in sorted((mine.keys() & theirs.keys()) - neither)
        if (not case or key.case == case)
        and (not key.bug or analysis is Analysis.PRIMARY or key in both)
    )
