"""What a learner reads: the README of a course and of an exercise. Never where the bug is."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Size, Symptom
from debugdiff.report.layout import count_of
from debugdiff.teach.model import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.teach.model import Course, Exercise

SEEN: Mapping[Symptom, str] = {
    Symptom.STATIC: "It does not start.",
    Symptom.BUILD: "It ends with an exception while the model is made.",
    Symptom.FIRST_STEP: "It ends with an exception in the first step of training.",
    Symptom.LATER_STEP: "It ends with an exception after some steps.",
    Symptom.NON_FINITE: "It runs through, and what comes out is no finite number.",
    Symptom.SILENT: "It runs through, and no exception says that anything is wrong.",
    Symptom.SLOW: "It takes far too long.",
}
"""How a fault shows itself in a run, as a sentence about the program."""

_WIDTH = 100
_TASK = """# Exercise {number}: {title}

**The program.** `{program}`: {task} In {framework}, about {minutes} minutes. The data come from \
`{helpers}`, which is right as it is.

**What is seen.** {seen} {story}

    python {program} --size {size} --seed {seed}

**What is wanted.** The program as its author meant it: it runs through, gives no warning, \
trains as many steps on the same data, and learns what it should.{goal} \
There is one fault. Any right fix counts, however it is written.
"""
_COMMANDS = """
    debugdiff teach check {number}       is it right?
    debugdiff teach hint {number}        a hint, from vague to precise
    debugdiff teach guess {program}:LINE    {guess}
    debugdiff teach undo {number}        back to what was there before
"""
_COURSE = """# {title}

{about}

{count}, about {minutes} minutes. In this folder,

    debugdiff teach

watches what you save and says what became of it; `debugdiff teach check 1` does it once. Every
exercise is a program with one fault, a data module that is right, and a README. `attempts.jsonl`
notes what you did; it stays here, and `debugdiff teach study off` keeps no more of it than your
progress.{hand_in}

| | folder | program | framework | minutes |
|---:|---|---|---|---:|
{rows}
"""
_HAND_IN = """

Hand in this folder with all that is in it, or a zip of it. A check here says *not judged* of a
program that computes something else than the healthy one: it may still be a right fix, written in
another way. A guess is noted, and graded later."""


def seen_of(exercise: Exercise) -> str:
    """How the fault shows itself, in a sentence."""
    return SEEN[exercise.expected]


def exercise_readme(exercise: Exercise, *, handed_out: bool = False) -> str:
    """Task, what is seen, what is wanted, and the commands that help."""
    guess = "note your guess: it is graded later" if handed_out else "is it this line?"
    commands = _COMMANDS.format(number=exercise.number, program=PROGRAM, guess=guess)
    return exercise_task(exercise) + commands


def exercise_task(exercise: Exercise) -> str:
    """Task, what is seen, what is wanted."""
    text = _TASK.format(
        number=exercise.number,
        title=exercise.case.title,
        program=PROGRAM,
        task=exercise.case.task,
        framework="PyTorch" if exercise.framework is Framework.PYTORCH else "Keras",
        minutes=exercise.minutes,
        helpers="`, `".join(exercise.case.helpers),
        seen=seen_of(exercise),
        story=" ".join(exercise.bug.story.split()),
        size=exercise.size,
        seed=exercise.seed,
        goal=_goal(exercise),
    )
    return "".join(map(_wrapped, text.splitlines(keepends=True)))


def _wrapped(paragraph: str) -> str:
    """A paragraph in lines that fit a terminal; commands stay on their line."""
    if paragraph.startswith("    ") or len(paragraph) <= _WIDTH:
        return paragraph
    return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def _goal(exercise: Exercise) -> str:
    """What a healthy program reaches, where its case says so for this size."""
    clean, metric = exercise.implementation.clean, exercise.case.metric
    if exercise.size is not Size.SMALL or clean is None or not metric:
        return ""
    return f" A healthy one reaches about {clean:.2f} in `{metric}` here."


def course_readme(
    course: Course, exercises: Sequence[Exercise], *, handed_out: bool = False
) -> str:
    """What the course is about, and how to go on."""
    rows = (
        f"| {each.number} | {each.folder} | {each.case.title} | {each.framework} | {each.minutes} |"
        for each in exercises
    )
    return _COURSE.format(
        title=course.title,
        about=course.about.strip(),
        count=count_of(len(exercises), "exercise"),
        minutes=sum(exercise.minutes for exercise in exercises),
        rows="\n".join(rows),
        hand_in=_HAND_IN if handed_out else "",
    )
