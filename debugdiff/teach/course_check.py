"""Is an exercise what it promises? Its programs are run, its hints read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from debugdiff.model import Symptom
from debugdiff.score.symptom import seen_symptom
from debugdiff.source.normal import parse
from debugdiff.teach.measuring import CandidateKind, candidates_of, drawn, measure
from debugdiff.teach.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Bug
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.measuring import Measured
    from debugdiff.teach.model import Exercise


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExercise:
    """What was found of one exercise.

    Attributes:
        seen: how the bug showed itself.
        seconds: of the run that a learner sees: reported, and nothing depends on it.
        leaks: numbers of the hints, from 1, that hold what the fix writes.
        measured: what the judge said of each program.
    """

    exercise: Exercise
    seen: Symptom
    seconds: float
    leaks: tuple[int, ...]
    measured: tuple[Measured, ...]

    @property
    def wrongly_accepted(self) -> tuple[Measured, ...]:
        """Programs with a fault that passed."""
        return tuple(each for each in self._wrong if not each.candidate.kind.is_right)

    @property
    def wrongly_refused(self) -> tuple[Measured, ...]:
        """Right programs that did not pass."""
        return tuple(each for each in self._wrong if each.candidate.kind.is_right)

    @property
    def unjudged(self) -> tuple[Measured, ...]:
        """Programs of which the judge could not say anything."""
        return tuple(each for each in self.measured if each.right is None)

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each thing that is not as promised."""
        return tuple(_problems(self))

    @property
    def _wrong(self) -> Iterator[Measured]:
        return (x for x in self.measured if x.right is False and not _does_nothing(x))


def _does_nothing(measured: Measured) -> bool:
    """Whether it is another bug that changes no bit of this program: there is none to refuse."""
    other = measured.candidate.kind is CandidateKind.OTHER_BUG
    return other and measured.verdict is Verdict.FIXED_EXACTLY


def _problems(checked: CheckedExercise) -> Iterator[str]:
    expected = checked.exercise.expected
    if not _as_promised(expected, checked.seen):
        yield f"it promises `{expected}` and shows `{checked.seen}`"
    for each in checked.wrongly_accepted:
        yield f"accepted: {each.candidate.kind} ({each.candidate.name})"
    for each in checked.wrongly_refused:
        yield f"refused: {each.candidate.kind} ({each.candidate.name}): {each.reason}"
    for number in checked.leaks:
        yield f"hint {number} holds what the fix writes"


def _as_promised(expected: Symptom, seen: Symptom) -> bool:
    """What could be found without running it is found, at the latest, while it is built."""
    return seen is expected or (expected is Symptom.STATIC and seen is Symptom.BUILD)


def check_exercise(
    judge: Judge, exercise: Exercise, bugs: Sequence[Bug], others: int
) -> CheckedExercise:
    """Run all that the judge is measured with, and some other bugs.

    Args:
        judge: that is asked.
        exercise: with its answer.
        bugs: from which the other ones are drawn.
        others: how many.

    Raises:
        StackError: an interpreter cannot be started.
    """
    program = f"{exercise.case.name}/{exercise.implementation.name}"
    chosen = drawn([each for each in bugs if each.id != exercise.bug.id], program, others)
    candidates = candidates_of(judge, exercise, chosen)
    broken = judge.symptom(exercise)
    return CheckedExercise(
        exercise=exercise,
        seen=seen_symptom(broken, None),
        seconds=broken.seconds,
        leaks=leaks(exercise),
        measured=tuple(measure(judge, exercise, candidates)),
    )


# --- hints -------------------------------------------------------------------------------------


def leaks(exercise: Exercise) -> tuple[int, ...]:
    """The hints, from 1, that hold the code that the fix writes, spaces aside."""
    fragments = {_plain(each) for each in _written(exercise)}
    return tuple(
        number
        for number, hint in enumerate(exercise.bug.hints, start=1)
        if any(fragment in _plain(hint) for fragment in fragments)
    )


def _plain(text: str) -> str:
    return "".join(text.split())


def _written(exercise: Exercise) -> Iterator[str]:
    """Per change, the smallest expression or statement of the healthy program that covers it.

    A name or a constant alone is none: words of a hint are such, too. Where the fix only takes
    something away, it writes nothing.
    """
    healthy, broken = exercise.implementation.source, exercise.mutant.source
    old, new = (text.encode().splitlines(keepends=True) for text in (broken, healthy))
    for kind, start, end, first, last in SequenceMatcher(None, old, new, False).get_opcodes():  # noqa: FBT003
        if kind in {"replace", "insert"}:
            before, after = b"".join(old[start:end]), b"".join(new[first:last])
            same = _common(before, after)
            tail = _common(before[same:][::-1], after[same:][::-1])
            offset = sum(map(len, new[:first]))
            text = healthy.encode()[offset + same : offset + len(after) - tail]
            begin = offset + same + len(text) - len(text.lstrip())
            if text.strip():
                yield from _covering(healthy, begin, begin + len(text.strip()))


def _common(one: bytes, other: bytes) -> int:
    """How many first bytes are the same."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _covering(source: str, start: int, end: int) -> Iterator[str]:
    """The smallest node over a stretch of bytes; of a stretch of statements, each of them."""
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    places = {
        (starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column): node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.expr | ast.keyword | ast.stmt) and not _is_word(node)
        if (end_line := node.end_lineno) and (end_column := node.end_col_offset) is not None
    }
    over = [place for place in places if place[0] <= start and end <= place[1]]
    smallest = min(over, key=lambda place: place[1] - place[0], default=None)
    if smallest is not None and not hasattr(places[smallest], "body"):
        yield data[slice(*smallest)].decode()
        return
    for place, node in places.items():
        if start <= place[0] and place[1] <= end and isinstance(node, ast.stmt):
            yield data[slice(*place)].decode()


def _is_word(node: ast.AST) -> bool:
    """Whether it is a name or a constant, with a sign or without."""
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Name | ast.Constant)
