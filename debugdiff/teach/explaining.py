"""The worked localisation: from what was seen to the line, with the numbers of this run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import Owner
from debugdiff.sentinels import alarms
from debugdiff.syntax import split_lines
from debugdiff.teach.localising import path_to_bug
from debugdiff.teach.model import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Location, Operand, Record
    from debugdiff.teach.model import Exercise, Parting


_CLEAR_WAY = 3
"""Lines: a longer way wanders where a call is not followed, such as that of a model's `forward`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningStep:
    """One step of reasoning.

    Attributes:
        question: what is asked.
        answer: what this run says.
        used: what it was read off from: traceback, shapes, sentinel, divergence, line graph.
        line: of the program as it was given.
    """

    question: str
    answer: str
    used: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedLocalisation:
    """How the fault of an exercise can be found, and what it is.

    Attributes:
        diff: what was changed in the healthy program, unified.
        elsewhere: what the other framework says about the same bug; empty if it cannot be had.
    """

    exercise: str
    title: str
    steps: tuple[ReasoningStep, ...]
    explanation: str
    diff: str
    references: tuple[str, ...]
    elsewhere: str = ""
    twin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen of an exercise.

    Attributes:
        broken: the run of the program as it was given.
        watched: the same with layer probes.
        healthy: the run of the healthy program.
        parting: where the first parts from the last.
        elsewhere: what the other framework says of the same bug.
    """

    broken: Record
    watched: Record
    healthy: Record
    parting: Parting | None = None
    elsewhere: str = ""


def explain(exercise: Exercise, observed: Observed) -> WorkedLocalisation:
    """Work it out, with the numbers of these runs."""
    broken, parting = observed.broken, observed.parting
    steps = [*_shows(exercise, broken, observed.healthy), *_alarms(observed.watched)]
    if parting is not None:
        where = f"{parting.site} at step {parting.step}"
        steps.append(
            ReasoningStep(
                question="Which value is wrong first?",
                answer=f"Compared with a healthy run: {where}; {parting.what}.",
                used="divergence",
                line=parting.line,
            )
        )
    starts = [step.line for step in steps if step.line is not None]
    steps.append(_made(exercise, path_to_bug(exercise, starts)))
    return WorkedLocalisation(
        exercise=exercise.id,
        title=exercise.bug.title,
        steps=tuple(steps),
        explanation=exercise.bug.explanation,
        diff=exercise.mutant.diff,
        references=exercise.bug.references,
        elsewhere=observed.elsewhere,
        twin=exercise.twin,
    )


def _shows(exercise: Exercise, broken: Record, healthy: Record) -> Iterator[ReasoningStep]:
    if broken.failure is None:
        yield ReasoningStep(
            question="Where does it show?",
            answer=_figures(exercise, broken, healthy),
            used="metrics",
        )
        return
    frames = [
        frame
        for frame in broken.failure.frames
        if frame.owner is Owner.USER and frame.file.endswith(PROGRAM)
    ]
    line = frames[-1].line if frames else None
    where = f"line {line}, `{frames[-1].code}`" if frames else "no line of the program"
    yield ReasoningStep(
        question="Where does it show?",
        answer=f"{broken.ending.rstrip('.')}. The last line of the program in the traceback is"
        f" {where}; the program was at {broken.stage}, step {broken.step}.",
        used="traceback",
        line=line,
    )
    shapes = _shapes(broken)
    if shapes:
        yield ReasoningStep(
            question="Which shapes meet there?", answer=shapes, used="shapes", line=line
        )


def _figures(exercise: Exercise, broken: Record, healthy: Record) -> str:
    if broken.warnings and not healthy.warnings:
        first = broken.warnings[0].message.strip().partition("\n")[0]
        return f"In a warning: {first}"
    name = exercise.case.metric
    mine, other = broken.metrics.get(name), healthy.metrics.get(name)
    if mine is None or other is None:
        return "In a metric that is not a finite number."
    return f"Only in the metrics: {name} is {mine:.3f}; a healthy program's is {other:.3f}."


def _shapes(broken: Record) -> str:
    if broken.post_mortem is None or not broken.post_mortem.frames:
        return ""
    operands = [one for one in broken.post_mortem.frames[-1].operands if one.failing and one.shape]
    return "; ".join(f"`{one.text}` is {_shape(one)}" for one in operands)


def _shape(operand: Operand) -> str:
    sizes = "x".join("?" if size < 0 else str(size) for size in operand.shape or ()) or "a scalar"
    return f"{operand.dtype} {sizes}".strip()


def _alarms(watched: Record) -> Iterator[ReasoningStep]:
    """The first published check that fired: it says what kind of thing is wrong."""
    for alarm in alarms(watched.values, watched.settings)[:1]:
        yield ReasoningStep(
            question="Does a check of the values fire?",
            answer=f"{alarm.sentinel} at {alarm.site}, step {alarm.step}: {alarm.meaning}",
            used="sentinel",
        )


def _made(exercise: Exercise, path: Sequence[Location]) -> ReasoningStep:
    lines = split_lines(exercise.mutant.source)

    def name(line: int) -> str:
        return f"line {line}, `{lines[line - 1].strip()}`"

    if 1 < len(path) <= _CLEAR_WAY:
        way = ", then ".join(name(place.line) for place in path)
        answer, line = f"Along the flow of data: {way}.", path[-1].line
    else:
        line = exercise.mutant.defect[0].line if exercise.mutant.defect else 1
        answer = f"In {name(min(line, len(lines)))}."
    return ReasoningStep(
        question="Where does that come from?", answer=answer, used="line graph", line=line
    )
