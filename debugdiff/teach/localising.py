"""Is it this line? A guess against the lines of the bug, along the flow of data."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.model import Location
from debugdiff.source.linegraph import build_graph, shortest_path
from debugdiff.source.lines import line_map
from debugdiff.syntax import split_lines
from debugdiff.teach.model import PROGRAM, Nearness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from debugdiff.model import Span
    from debugdiff.teach.model import Exercise


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The answer to a guess.

    Attributes:
        rank: hops of the line graph to the nearest right line; `None`: no way leads there, or the
            answer is not here.
    """

    line: int
    code: str
    nearness: Nearness
    rank: int | None

    @property
    def text(self) -> str:
        """For the learner: never `above` or `below`."""
        return _TEXTS[self.nearness]


_TEXTS: Mapping[Nearness, str] = {
    Nearness.FOUND: "Yes: the fault can be fixed in this line.",
    Nearness.BITES: "The fault takes effect here, but it comes from another line.",
    Nearness.CLOSER: "Not this line, but closer than your last guess.",
    Nearness.FURTHER: "Not this line; your last guess was closer.",
    Nearness.AS_FAR: "Not this line. It is as far away as your last guess.",
    Nearness.FIRST: "Not this line. Follow the flow of data: where does its value come from, and"
    " what uses it?",
    Nearness.UNRELATED: "Not this line. No flow of data was found between it and the fault.",
    Nearness.NOTED: "Noted. Your guess will be graded after you hand in.",
}


def judge_guess(
    exercise: Exercise, files: Mapping[str, str], line: int, before: int | None
) -> Guess:
    """Compare a line of the learner's program with the lines of the bug.

    Args:
        exercise: whose bug it is.
        files: the learner's, as they are now.
        line: of `program.py`, from 1.
        before: the rank of the guess before, if there was one.

    Raises:
        DebugdiffError: `guess-line` if the program has no such line.
    """
    text = files.get(PROGRAM, "")
    lines = split_lines(text)
    if not 0 < line <= len(lines):
        raise DebugdiffError(
            f"`{PROGRAM}` has no line {line}: it has {len(lines)}.",
            hint=f"debugdiff teach guess {PROGRAM}:LINE",
            slug="guess-line",
        )
    code = lines[line - 1].strip()
    if exercise.reference is not None:
        return Guess(line=line, code=code, nearness=Nearness.NOTED, rank=None)
    given = given_line(exercise.mutant.source, text, line)
    rank = rank_of(exercise, given)
    nearness = _nearness(exercise, given, rank, before)
    return Guess(line=line, code=code, nearness=nearness, rank=rank)


def given_line(given: str, now: str, line: int) -> int:
    """The line of the program as it was given that a line of the learner's came from.

    Of a new line it is the one before it.
    """
    matcher = SequenceMatcher(a=split_lines(now), b=split_lines(given), autojunk=False)
    for _, start, end, given_start, given_end in matcher.get_opcodes():
        if start <= line - 1 < end:
            inside = min(line - 1 - start, max(given_end - given_start - 1, 0))
            return max(given_start + inside, 0) + 1
    return 1


def right_places(exercise: Exercise) -> frozenset[Location]:
    """Lines where it can be put right: where the bug was made, and where else a fix is as good."""
    return _places(exercise, (*exercise.mutant.defect, *exercise.mutant.accept))


def _places(exercise: Exercise, spans: Iterable[Span]) -> frozenset[Location]:
    lines = [line for span in spans for line in span.lines]
    statements = line_map(exercise.mutant.source).statements(lines)
    return frozenset(Location(PROGRAM, line) for line in statements)


def rank_of(exercise: Exercise, line: int) -> int | None:
    """Hops from a line of the program as given to the nearest right one; `None`: no way."""
    path = path_to_bug(exercise, [line])
    return len(path) - 1 if path else None


def path_to_bug(exercise: Exercise, lines: Iterable[int]) -> tuple[Location, ...]:
    """A shortest way along the flow of data from some lines to a right one."""
    starts = line_map(exercise.mutant.source).statements(lines)
    graph = build_graph(exercise.given)
    places = [Location(PROGRAM, line) for line in sorted(starts)]
    return shortest_path(graph, places, right_places(exercise))


def _nearness(exercise: Exercise, line: int, rank: int | None, before: int | None) -> Nearness:
    statement = line_map(exercise.mutant.source).statement.get(line, line)
    if rank == 0:
        return Nearness.FOUND
    if Location(PROGRAM, statement) in _places(exercise, exercise.mutant.use):
        return Nearness.BITES
    if rank is None:
        return Nearness.UNRELATED
    if before is None:
        return Nearness.FIRST
    if rank == before:
        return Nearness.AS_FAR
    return Nearness.CLOSER if rank < before else Nearness.FURTHER
