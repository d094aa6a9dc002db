"""The judge, measured: what it must refuse and what it must accept, exercise by exercise.

Refused must be the bug itself, every other bug that fits the program and does something, the bug
with its exception swallowed, and programs that return a healthy program's figures. Accepted must be
the healthy program, every fix that the course writes down, and rewrites that change nothing.
"""

from __future__ import annotations

import ast
import random
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from debugdiff.inject import inject
from debugdiff.model import Framework, Mutant, Owner
from debugdiff.syntax import parse, split_lines
from debugdiff.teach.model import PROGRAM, Verdict
from debugdiff.teach.neutral import rewrites

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from debugdiff.model import Bug, Record
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.model import Exercise, Fix


class CandidateKind(StrEnum):
    """Where a program that the judge is asked about comes from."""

    BUG = "bug"
    OTHER_BUG = "other-bug"
    SWALLOWED = "swallowed"
    COPIED = "copied"
    HEALTHY = "healthy"
    FIX = "fix"
    REWRITE = "rewrite"

    @property
    def is_right(self) -> bool:
        """Whether the judge must accept it."""
        return self in {CandidateKind.HEALTHY, CandidateKind.FIX, CandidateKind.REWRITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A program that the judge is asked about, and where it comes from."""

    kind: CandidateKind
    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCandidate:
    """What the judge said of one candidate."""

    exercise: str
    candidate: Candidate
    verdict: Verdict
    reason: str
    seconds: float

    @property
    def accepted(self) -> bool | None:
        """Whether it took the program for a fix; `None` where it did not judge."""
        return None if self.verdict is Verdict.NOT_JUDGED else self.verdict.is_fixed

    @property
    def right(self) -> bool | None:
        """Whether it said what it has to say; `None` where it did not judge."""
        return None if self.accepted is None else self.accepted is self.candidate.kind.is_right


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many candidates of one kind the judge accepted, refused and did not judge."""

    accepted: int
    refused: int
    not_judged: int

    @property
    def asked(self) -> int:
        """About how many it was asked."""
        return self.accepted + self.refused + self.not_judged

    def right(self, kind: CandidateKind) -> int:
        """How many answers are as they must be for candidates of this kind."""
        return self.accepted if kind.is_right else self.refused

    def __add__(self, other: Self) -> Tally:
        """Both together."""
        return Tally(
            accepted=self.accepted + other.accepted,
            refused=self.refused + other.refused,
            not_judged=self.not_judged + other.not_judged,
        )


def tallies(
    answers: Iterable[tuple[CandidateKind, bool | None]],
) -> Mapping[CandidateKind, Tally]:
    """Count answers by the kind of their candidates, in the order of the kinds.

    Args:
        answers: a kind, and whether a candidate of it was accepted; `None`: not judged.
    """
    counts = Counter(answers)
    seen = {kind for kind, _ in counts}
    return {
        kind: Tally(
            accepted=counts[kind, True],
            refused=counts[kind, False],
            not_judged=counts[kind, None],
        )
        for kind in CandidateKind
        if kind in seen
    }


def measure(
    judge: Judge, exercise: Exercise, candidates: Iterable[Candidate]
) -> Iterator[JudgedCandidate]:
    """Ask the judge about each candidate."""
    for candidate in candidates:
        files = {**exercise.given, PROGRAM: candidate.source}
        in_detail = candidate.kind is not CandidateKind.OTHER_BUG
        result = judge.check(exercise, files, in_detail=in_detail)
        yield JudgedCandidate(
            exercise=exercise.id,
            candidate=candidate,
            verdict=result.verdict,
            reason=result.reason,
            seconds=result.seconds,
        )


def candidates_of(
    judge: Judge, exercise: Exercise, others: Iterable[Candidate] = ()
) -> Iterator[Candidate]:
    """Every candidate of an exercise, the healthy program first.

    What the wrong ones are made from is run when the first of them is asked for.

    Args:
        judge: runs the broken and the healthy program.
        exercise: whose programs these are.
        others: the program with other bugs, as of `other_bugs`.

    Raises:
        ValueError: as `applied`.
    """
    yield from right_candidates(exercise)
    yield from wrong_candidates(exercise, judge.symptom(exercise), judge.healthy(exercise))
    yield from others


def drawn(bugs: Sequence[Bug], program: str, count: int | None) -> list[Bug]:
    """Some bugs, always the same ones for a program; `None`: all."""
    if count is None:
        return list(bugs)
    generator = random.Random(program)  # noqa: S311 - nothing secret
    return sorted(generator.sample(bugs, min(count, len(bugs))), key=lambda bug: bug.id)


def right_candidates(exercise: Exercise) -> Iterator[Candidate]:
    """Programs that have to be accepted."""
    healthy = exercise.implementation.source
    yield Candidate(kind=CandidateKind.HEALTHY, name="healthy", source=healthy)
    for fix in exercise.fixes:
        source = applied(fix, exercise.mutant.source)
        yield Candidate(kind=CandidateKind.FIX, name=fix.why, source=source)
    for rewrite in rewrites(healthy):
        yield Candidate(kind=CandidateKind.REWRITE, name=rewrite.name, source=rewrite.source)


def applied(fix: Fix, source: str) -> str:
    """The broken program with a fix in it.

    Raises:
        ValueError: a stretch that it looks for does not occur exactly once.
    """
    for find, replacement in fix.edits:
        if source.count(find) != 1:
            raise ValueError(f"`{find}` occurs {source.count(find)} times in the broken program")
        source = source.replace(find, replacement)
    return source


def wrong_candidates(exercise: Exercise, broken: Record, healthy: Record) -> Iterator[Candidate]:
    """The bug, ways to hide it, and a healthy program's figures over a broken one.

    Args:
        exercise: whose bug it is.
        broken: what the run of the broken program ended with.
        healthy: what that of the healthy one did.
    """
    source = exercise.mutant.source
    yield Candidate(kind=CandidateKind.BUG, name=exercise.bug.id, source=source)
    for line in _failing_lines(broken):
        swallowed = swallow(source, line)
        if swallowed is not None:
            name = f"line {line} in `try`"
            yield Candidate(kind=CandidateKind.SWALLOWED, name=name, source=swallowed)
    for name, body in _COPIES.items():
        text = source.replace('if __name__ == "__main__":', _ENTRY)
        copied = text + body.format(metrics=dict(healthy.metrics))
        yield Candidate(kind=CandidateKind.COPIED, name=name, source=copied)


_ENTRY = 'if __name__ == "__main__" and False:'
_COPIES: Mapping[str, str] = {
    "figures returned, nothing run": """

def main(seed=0, size="tiny"):
    return {metrics}
""",
    "figures returned after the run": """

run_before = main


def main(seed=0, size="tiny"):
    try:
        run_before(seed, size)
    except Exception:
        pass
    return {metrics}
""",
}


def _failing_lines(record: Record) -> tuple[int, ...]:
    """Lines of the program in the traceback, outermost and innermost."""
    if record.failure is None:
        return ()
    frames = [
        frame.line
        for frame in record.failure.frames
        if frame.owner is Owner.USER and frame.file.endswith(PROGRAM)
    ]
    return tuple(dict.fromkeys((*frames[:2], *frames[-1:])))


def swallow(source: str, line: int) -> str | None:
    """The program with the innermost statement of a line in `try: ... except Exception: pass`."""
    statements = [
        node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    simple = [each for each in statements if not hasattr(each, "body") and each.col_offset]
    if not simple:
        return None
    statement = max(simple, key=lambda each: (each.lineno, each.col_offset))
    lines = split_lines(source, keep_ends=True)
    start, end = statement.lineno - 1, statement.end_lineno or statement.lineno
    indent = " " * statement.col_offset
    body = [f"    {text}" for text in lines[start:end]]
    wrapped = [f"{indent}try:\n", *body, f"{indent}except Exception:\n", f"{indent}    pass\n"]
    return "".join((*lines[:start], *wrapped, *lines[end:]))


COSTLY = frozenset({("process/one-hot-for-lookup", Framework.PYTORCH)})
"""Bugs that by their own explanation cost time and memory, and change results by rounding alone."""


def is_costly(exercise: Exercise, candidate: Candidate) -> bool:
    """Whether a program with another bug does what a healthy one does, with more work."""
    return (candidate.name, exercise.framework) in COSTLY


def other_bugs(exercise: Exercise, bugs: Iterable[Bug]) -> Iterator[Candidate]:
    """The healthy program with each other bug that fits it."""
    for bug in bugs:
        mutant = inject(exercise.implementation, bug)
        if isinstance(mutant, Mutant) and mutant.source != exercise.mutant.source:
            yield Candidate(kind=CandidateKind.OTHER_BUG, name=bug.id, source=mutant.source)
