"""Scores side by side: the same case and the same bug on two sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.compare.metrics import COMPARED, PREVENTED, Compared
from debugdiff.compare.statistics import mean
from debugdiff.model import Analysis, Framework, Mode, Stack, Style, Training

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.model import Attempt, ProgramReport, ProgramRun, Score

_WANTED = frozenset(metric.id for metric in COMPARED)


class Side(NamedTuple):
    """What is compared over cases: an API style of a framework, on a stack and in a mode.

    Who owns the training loop belongs to it: with a loop of its own a Keras program is written and
    fails in other ways than with `fit`.
    """

    framework: Framework
    style: Style
    training: Training
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
class SideValues:
    """One side: its programs in each case, its values, and the bugs that it prevents or suffers."""

    programs: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, dict[Key, list[float]]] = field(default_factory=dict)
    prevented: set[Key] = field(default_factory=set)
    effective: set[Key] = field(default_factory=set)

    def add(self, key: Key, scores: Iterable[Score]) -> None:
        """Take in the scores that are compared, as far as they were judged."""
        for score in scores:
            if score.value is not None and score.metric in _WANTED:
                of_metric = self.values.setdefault(score.metric, {})
                of_metric.setdefault(key, []).append(score.value)

    def of(self, metric: Compared, analysis: Analysis) -> Mapping[Key, float]:
        """The values of one metric: means over seeds and programs, a prevented bug its best."""
        values = {key: mean(seeds) for key, seeds in self.values.get(metric.id, {}).items()}
        if metric.id == PREVENTED:
            primary = analysis is Analysis.PRIMARY
            values = dict.fromkeys(self.effective if primary else (), 0.0)
        if metric.best is None or analysis is Analysis.SECONDARY:
            return values
        return values | dict.fromkeys(self.prevented, metric.best)


Board = dict[Side, SideValues]


def board(programs: Sequence[ProgramReport]) -> Board:
    """Put attempts and scores in their places, by side."""
    sides: Board = {}
    for program in programs:
        for side in dict.fromkeys(_side_of(program, attempt) for attempt in program.attempts):
            measured = sides.setdefault(side, SideValues())
            measured.programs.setdefault(program.case.name, []).append(program.implementation.name)
            _add_program(measured, program, side)
    return sides


def _side_of(program: ProgramReport, run: ProgramRun) -> Side:
    written = program.implementation
    return Side(written.framework, written.style, written.training, run.stack, run.mode)


def _add_outcome(measured: SideValues, attempt: Attempt) -> None:
    """A bug that is effective with one seed is not prevented."""
    key = Key(attempt.condition.case, attempt.bug.id)
    if attempt.effective:
        measured.effective.add(key)
        measured.prevented.discard(key)
    elif attempt.prevented and key not in measured.effective:
        measured.prevented.add(key)


def _add_program(measured: SideValues, program: ProgramReport, side: Side) -> None:
    """What is measured of a source belongs to every side that the program is on."""
    case = program.case.name
    measured.add(Key(case, ""), program.scores)
    for run in program.runs:
        if _side_of(program, run) == side:
            measured.add(Key(case, ""), run.scores)
    for attempt in program.attempts:
        if _side_of(program, attempt) == side:
            _add_outcome(measured, attempt)
            measured.add(Key(case, attempt.bug.id), attempt.scores)


def pair_up(
    metric: Compared, first: SideValues, second: SideValues, analysis: Analysis, case: str = ""
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
