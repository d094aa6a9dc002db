"""Scores side by side: the same case and the same bug on two sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import geometric_mean
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.compare.metrics import (
    COMPARED,
    CRASHES,
    NOTICED,
    ORIGINS,
    PREVENTED,
    READABILITY,
    READABILITY_PARTS,
    Compared,
)
from debugdiff.compare.statistics import mean
from debugdiff.model import Dimension, Framework, Mode, Style, Training
from debugdiff.score.crashes import crash_index
from debugdiff.score.reveal import noticed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    stack: str
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
    """One side: its programs in each case, its values, and what became of the bugs.

    Attributes:
        crashed, silent: bugs that end the program, or that it runs through, with some seed.
        origins: by the id of a bug, the frameworks that it can be written in.
    """

    programs: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, dict[Key, list[float]]] = field(default_factory=dict)
    crashed: set[Key] = field(default_factory=set)
    silent: set[Key] = field(default_factory=set)
    origins: dict[str, str] = field(default_factory=dict)

    def add(self, metric: str, key: Key, value: float | None) -> None:
        """Take in a value, as far as it was judged."""
        if value is not None and metric in _WANTED:
            self.values.setdefault(metric, {}).setdefault(key, []).append(value)

    def add_scores(self, key: Key, scores: Iterable[Score]) -> None:
        """Take in the scores that are compared."""
        for score in scores:
            self.add(score.metric, key, score.value)

    def of(self, metric: Compared) -> Mapping[Key, float]:
        """The values of one metric: means over seeds and programs."""
        if metric.id == READABILITY:
            return self._readability()
        name = PREVENTED if metric.id == ORIGINS else metric.id
        values = {key: mean(seeds) for key, seeds in self.values.get(name, {}).items()}
        if metric.dimension is Dimension.CRASHES:
            return {key: value for key, value in values.items() if key in self.crashed}
        return values

    def _readability(self) -> Mapping[Key, float]:
        """The geometric mean of what the index of readability is made of."""
        parts = [self.values.get(name, {}) for name in READABILITY_PARTS]
        keys = parts[0].keys() & parts[1].keys() & parts[2].keys()
        return {key: geometric_mean([mean(part[key]) for part in parts]) for key in keys}


Board = dict[Side, SideValues]


def board(programs: Sequence[ProgramReport]) -> Board:
    """Put attempts and scores in their places, by side; of programs that run without a bug."""
    sides: Board = {}
    for program in programs:
        for side in _running_sides(program):
            measured = sides.setdefault(side, SideValues())
            measured.programs.setdefault(program.case.name, []).append(program.implementation.name)
            _add_program(measured, program, side)
    return sides


def _running_sides(program: ProgramReport) -> Iterator[Side]:
    running = (attempt for attempt in program.attempts if attempt.clean.ran_through)
    yield from dict.fromkeys(_side_of(program, attempt) for attempt in running)


def _side_of(program: ProgramReport, run: ProgramRun) -> Side:
    written = program.implementation
    return Side(written.framework, written.style, written.training, run.stack_name, run.mode)


def _add_program(measured: SideValues, program: ProgramReport, side: Side) -> None:
    """What is measured of a source belongs to every side that the program is on."""
    case = program.case.name
    measured.add_scores(Key(case, ""), program.scores)
    for run in program.runs:
        if _side_of(program, run) == side:
            measured.add_scores(Key(case, ""), run.scores)
    for attempt in program.attempts:
        if _side_of(program, attempt) == side:
            _add_attempt(measured, attempt)


def _add_attempt(measured: SideValues, attempt: Attempt) -> None:
    """A prevented bug has no scores to compare: what nobody read is neither good nor bad."""
    key = Key(attempt.condition.case, attempt.bug.id)
    if attempt.prevented or attempt.effective:
        measured.add(PREVENTED, key, float(attempt.prevented))
        measured.origins[attempt.bug.id] = " and ".join(sorted(attempt.bug.frameworks))
    if not attempt.effective:
        return
    measured.add_scores(key, attempt.scores)
    measured.add(NOTICED, key, noticed(attempt))
    if attempt.crashed:
        measured.crashed.add(key)
        measured.add(CRASHES, key, crash_index(attempt))
    if attempt.silent:
        measured.silent.add(key)


def pair_up(
    metric: Compared, first: SideValues, second: SideValues, case: str = ""
) -> tuple[Pair, ...]:
    """Pairs of one metric on two sides, of one case or of all (an empty name).

    What was judged on one side only makes no pair: figures of crashes need a crash on both sides.
    Whether a bug is noticed is asked of those that one of the two runs through.
    """
    mine, theirs = first.of(metric), second.of(metric)
    wanted = mine.keys() & theirs.keys()
    if metric.id == NOTICED:
        wanted &= first.silent | second.silent
    pairs = tuple(
        Pair(key, mine[key], theirs[key]) for key in sorted(wanted) if not case or key.case == case
    )
    return _of_origins(pairs, first.origins) if metric.id == ORIGINS else pairs


def _of_origins(pairs: Sequence[Pair], origins: Mapping[str, str]) -> tuple[Pair, ...]:
    """One pair for each origin of bugs, so that all weigh alike; none if there is only one."""
    kinds: dict[str, dict[str, list[Pair]]] = {}
    for pair in pairs:
        of_origin = kinds.setdefault(origins[pair.key.bug], {})
        of_origin.setdefault(pair.key.bug, []).append(pair)
    if len(kinds) < 2:  # noqa: PLR2004 - what has one origin has no other weights
        return ()
    return tuple(
        Pair(
            Key("", kind),
            mean([mean([pair.first for pair in of_bug]) for of_bug in bugs.values()]),
            mean([mean([pair.second for pair in of_bug]) for of_bug in bugs.values()]),
        )
        for kind, bugs in sorted(kinds.items())
    )
