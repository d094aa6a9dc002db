"""Exercises in debugging, made of proven pairs and measured bugs, and the judge of their fixes.

    course = find_course("silent")
    exercise = exercises(course, FrameworkChoice.MIXED)[0]
    with Judge() as judge:
        result = judge.check(exercise, {**exercise.given, "program.py": text_of_the_learner})

`Judge` runs programs in the worker, as every other part of debugdiff does, and needs the healthy
program; it keeps what the healthy program did, so that a second check is quick. `read_log` and
`progress_of` say what a learner did.

The package's own `__init__` is cheap: what runs programs is imported by its first use.
"""

from __future__ import annotations

from debugdiff.teach.model import (
    PROGRAM,
    CheckLine,
    CheckName,
    CheckResult,
    Course,
    CourseEntry,
    Event,
    EventType,
    Exercise,
    Fix,
    FrameworkChoice,
    Nearness,
    Parting,
    Progress,
    Verdict,
)

__all__ = [
    "PROGRAM",
    "CheckLine",
    "CheckName",
    "CheckResult",
    "Course",
    "CourseEntry",
    "Event",
    "EventType",
    "Exercise",
    "Fix",
    "FrameworkChoice",
    "Nearness",
    "Parting",
    "Progress",
    "Verdict",
]
