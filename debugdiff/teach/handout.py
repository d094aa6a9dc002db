"""Exercises that are given out: without an answer, and with what a judge needs in its place.

A folder that is given out looks like one of `teach start`. In the place of healthy programs it has
a `reference.json`: what they did, as statistics of their values. With that a learner's machine can
say whether a program does the same, value by value. A fix that is written in another way needs the
healthy program itself: there it says that it cannot judge.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.files import digest, to_json
from debugdiff.model import (
    Bug,
    Case,
    Framework,
    Implementation,
    Mutant,
    Size,
    Stack,
    Style,
    Symptom,
    Training,
)
from debugdiff.records import describe_damage, read
from debugdiff.teach.course import newer_form
from debugdiff.teach.model import PROGRAM, Exercise, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Record

REFERENCE_FILE = "reference.json"
REFERENCE_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What `reference.json` says of an exercise: nothing of its answer, and no code.

    Attributes:
        given: the state of the files as they were given out; they lie below `.states`.
        seen: how the fault is expected to show itself.
        budget: wall seconds that a run of size `tiny` may take.
    """

    id: str
    case: str
    title: str
    task: str
    framework: Framework
    stack: Stack
    size: Size
    seed: int
    minutes: int
    given: str
    seen: Symptom
    story: str
    hints: tuple[str, ...]
    budget: float
    metric: str
    corpora: tuple[str, ...]
    reference: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """A `reference.json`.

    Attributes:
        digest: of the exercises: what was damaged by chance is not taken for a reference. It keeps
            nobody from changing both.
    """

    exercises: tuple[Sheet, ...]
    digest: str
    schema: int = REFERENCE_SCHEMA


def sheet_of(exercise: Exercise, given: str, reference: Reference) -> Sheet:
    """What is given out of an exercise beside its files.

    Args:
        exercise: with its answer.
        given: the state of its files.
        reference: the runs of the healthy program; all but statistics is taken out.
    """
    case, bug = exercise.case, exercise.bug
    return Sheet(
        id=exercise.id,
        case=case.name,
        title=case.title,
        task=case.task,
        framework=exercise.framework,
        stack=exercise.stack,
        size=exercise.size,
        seed=exercise.seed,
        minutes=exercise.minutes,
        given=given,
        seen=exercise.expected,
        story=bug.story,
        hints=bug.hints,
        budget=case.budget,
        metric=case.metric,
        corpora=case.corpora,
        reference=Reference(
            public=_statistics(reference.public), hidden=_statistics(reference.hidden)
        ),
    )


def _statistics(record: Record) -> Record:
    """A record without lines, settings and text of the program that made it."""
    return replace(
        record,
        trial="",
        stdout="",
        stderr="",
        settings=(),
        warnings=tuple(replace(each, file="", line=0) for each in record.warnings),
        places=tuple(replace(each, made=None, called=None) for each in record.places),
    )


def sheets_text(exercises: Sequence[Sheet]) -> str:
    """The text of a `reference.json`."""
    known = _digest(json.loads(to_json(exercises)))
    return to_json(Sheets(exercises=tuple(exercises), digest=known)) + "\n"


def _digest(exercises: Any) -> str:
    """Of JSON as it stands there: a later version of `Sheet` may have more in it."""
    return digest(json.dumps(exercises, sort_keys=True))


def read_sheets(path: Path) -> Mapping[str, Sheet]:
    """Read a `reference.json`: its sheets by the id of their exercise.

    Raises:
        DebugdiffError: `reference` if it is gone or damaged, `course-newer` for a newer form.
    """
    if path.exists() and not path.is_file():
        raise _unusable(path, "is not a file")
    try:
        text = path.read_text(encoding="utf-8")
        facts = json.loads(text)
        schema = facts.get("schema", REFERENCE_SCHEMA)
        if isinstance(schema, int) and schema > REFERENCE_SCHEMA:
            raise newer_form(path, schema, REFERENCE_SCHEMA)
        sheets = read(Sheets, text)
    except FileNotFoundError as error:
        raise _unusable(path, "is gone") from error
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise _unusable(path, f"cannot be read: {describe_damage(error)}") from error
    if _digest(facts["exercises"]) != sheets.digest:
        raise _unusable(path, "was changed after it was given out")
    return {sheet.id: sheet for sheet in sheets.exercises}


def _unusable(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{path} {problem}.",
        hint="Copy it from the folder that you were given: no program can be judged without it.",
        slug="reference",
    )


def exercise_of(sheet: Sheet, folder: Path, files: Mapping[str, str]) -> Exercise:
    """An exercise as far as a learner may know it: its healthy program has no text.

    Args:
        sheet: what was given out beside its files.
        folder: of the exercise.
        files: as they were given out, relative name to text.
    """
    helpers = {name: text for name, text in files.items() if name != PROGRAM}
    case = Case(
        name=sheet.case,
        folder=folder,
        title=sheet.title,
        task=sheet.task,
        idea="",
        implementations=(),
        corpora=sheet.corpora,
        budget=sheet.budget,
        helpers=helpers,
        metric=sheet.metric,
    )
    healthy = Implementation(
        case=sheet.case,
        name="program",
        framework=sheet.framework,
        style=Style.SCRIPT,
        training=Training.UNKNOWN,
        path=folder / PROGRAM,
        source="",
    )
    mutant = Mutant(
        bug=sheet.id,
        case=sheet.case,
        implementation="program",
        file=PROGRAM,
        source=files.get(PROGRAM, ""),
        diff="",
        defect=(),
    )
    return Exercise(
        id=sheet.id,
        number=0,
        folder=folder.name,
        case=case,
        implementation=healthy,
        bug=_unnamed(sheet),
        mutant=mutant,
        stack=sheet.stack,
        size=sheet.size,
        seed=sheet.seed,
        minutes=sheet.minutes,
        reference=sheet.reference,
    )


def _unnamed(sheet: Sheet) -> Bug:
    """The bug as a learner knows it."""
    return Bug(
        id=sheet.id,
        path=Path(),
        title="",
        difficulty=0,
        symptom={sheet.framework: sheet.seen},
        taxonomy=(),
        story=sheet.story,
        explanation="",
        hints=sheet.hints,
        references=(),
        rules=(),
        examples=(),
    )
