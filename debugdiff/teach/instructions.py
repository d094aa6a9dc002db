"""What a learner reads: the README of a course and of an exercise. Never where the bug is."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Size, Symptom
from debugdiff.report.layout import count_of
from debugdiff.teach.model import PROGRAM, HandOutForm

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from debugdiff.teach.model import Course, Exercise

SEEN: Mapping[Symptom, str] = {
    Symptom.STATIC: "It does not start.",
    Symptom.BUILD: "It stops with an exception while the model is being built.",
    Symptom.FIRST_STEP: "It stops with an exception in the first training step.",
    Symptom.LATER_STEP: "It stops with an exception after some training steps.",
    Symptom.NON_FINITE: "It runs to the end, but a result is not a finite number.",
    Symptom.SILENT: "It runs to the end, and no exception says that anything is wrong.",
    Symptom.SLOW: "It takes far too long.",
}
"""How a fault shows itself in a run, as a sentence about the program."""

_WIDTH = 100
_TASK = """# Exercise {number}: {title}

**The program.** `{program}`: {task} In {framework}, about {minutes} minutes. The data come from \
`{helpers}`, which has no fault.

**The symptom.** {seen} {story}

    python {program} --size {size} --seed {seed}

**The goal.** A program that does what its author meant: it runs to the end, gives no warnings, \
trains for the same number of steps on the same data, and learns what it should.{goal} \
There is one fault. Any correct fix counts, however it is written.
"""
_COURSE = """# {title}

{about}

{count}, about {minutes} minutes. Each exercise is a folder with a program that has one fault, a
data module that has none, and a README.
{install}
In this folder,

    debugdiff teach

checks each program when you save it, and `debugdiff teach check 1` checks exercise 1 once.
`attempts.jsonl` is a log of what you do here. It stays in this folder; after
`debugdiff teach study off` it records only your progress.{hand_in}

| | folder | program | framework | minutes |
|---:|---|---|---|---:|
{rows}
"""
_INSTALL = """
You need debugdiff:

    python -m pip install "{requirement}"
"""
_HAND_IN = """

**Handing in.** Hand in this whole folder, including the log, or a zip of it. A check here
knows what the right program computes, but not its code. If your program computes something else,
the check says *not judged*: your fix may still be right, and your teacher's grading will tell. A
guess is noted here and graded later."""
_FORMS: Mapping[HandOutForm, str] = {
    HandOutForm.NOTEBOOK: """

**Notebooks.** Each exercise has a notebook, such as `{first}.ipynb`.
Its cells write the program into the exercise's folder, run it and check it. So change the program
in the notebook: a change in the folder is overwritten.""",
    HandOutForm.GITHUB: """

**GitHub.** Every push is checked; the page *Actions* of your repository shows the results.""",
}
_EXTRAS = {Framework.PYTORCH: "torch", Framework.KERAS: "tensorflow"}


def requirement(frameworks: Collection[Framework]) -> str:
    """What `pip` installs for exercises in some frameworks."""
    extras = ["data", *(extra for each, extra in _EXTRAS.items() if each in frameworks)]
    return f"debugdiff[{','.join(extras)}]"


def seen_of(exercise: Exercise) -> str:
    """How the fault shows itself, in a sentence."""
    return SEEN[exercise.expected]


def exercise_readme(exercise: Exercise, *, handed_out: bool = False) -> str:
    """Task, symptom, goal, and the commands that help."""
    guess = "note a suspected line; it is graded later" if handed_out else "is the fault there?"
    number = exercise.number
    commands = {
        f"check {number}": "is the program right?",
        f"hint {number}": "show the next of three hints, from vague to precise",
        f"guess LINE {number}": guess,
        f"undo {number}": "go back to the previous version of the program",
    }
    lines = (f"    debugdiff teach {each:<15} {what}\n" for each, what in commands.items())
    return f"{exercise_task(exercise)}\n{''.join(lines)}"


def exercise_task(exercise: Exercise) -> str:
    """Task, symptom, goal."""
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
    return f" A healthy program reaches about {clean:.2f} in `{metric}` here."


def course_readme(
    course: Course, exercises: Sequence[Exercise], form: HandOutForm | None = None
) -> str:
    """What the course is about, and how to go on.

    Args:
        course: with its title and what it says of itself.
        exercises: in their order.
        form: in which it is handed out; `None` for a learner who started it.
    """
    rows = (
        f"| {each.number} | {each.folder} | {each.case.title} | {each.framework} | {each.minutes} |"
        for each in exercises
    )
    needed = requirement({each.framework for each in exercises})
    own = _FORMS.get(form, "").format(first=exercises[0].folder) if form else ""
    return _COURSE.format(
        title=course.title,
        about=course.about.strip(),
        count=count_of(len(exercises), "exercise"),
        minutes=sum(exercise.minutes for exercise in exercises),
        install=_INSTALL.format(requirement=needed) if form else "",
        rows="\n".join(rows),
        hand_in=f"{own}{_HAND_IN}" if form else "",
    )
