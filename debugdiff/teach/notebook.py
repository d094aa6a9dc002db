"""An exercise as a Jupyter notebook: made without an answer, and read when it is handed in.

Its cells write `program.py` and the data module, and run them as a learner would in a terminal.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.files import to_json
from debugdiff.records import describe_damage
from debugdiff.teach.instructions import exercise_task
from debugdiff.teach.model import PROGRAM
from debugdiff.teach.printed import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Record
    from debugdiff.teach.model import Exercise

NOTEBOOK_SCHEMA = 1
"""Of the notebook's metadata below `debugdiff`."""

_NBFORMAT = 4
_PROGRAM_CELL, _GUESS_CELL = "program", "guess"
_LONGEST_LINE_NUMBER = 6
_FENCE = re.compile(r"`{3,}")
_WRITES = re.compile(r"\A(?:[ \t]*\r?\n)*%%writefile[ \t][^\r\n]*(?:\r\n|\r|\n|\Z)")
_PLACE = re.compile(r"\A(?:[^\d\n].*:)?(\d{1,9})\Z")
"""`21`, or `program.py:21`."""
_GUESSED = re.compile(r"^guess[ \t]*=[ \t]*(\d{1,9})\b", re.MULTILINE)
_GUESS = f"""\
# Which line of {PROGRAM} is wrong? Line 1 is the line below `%%writefile`. Give
# its number here, and then the reason in a sentence.
guess = None
because = ""
"""
_FOLDER = """# The files of this exercise are in a folder of their own.
import os

if os.path.basename(os.getcwd()) != {folder}:
    os.makedirs({folder}, exist_ok=True)
    os.chdir({folder})
"""
_CHECK = """\
# Is the program right? The check needs debugdiff and the folder that came with this notebook.
import subprocess, sys
check = [sys.executable, "-m", "debugdiff", "teach", "check", "{exercise}"]
checked = subprocess.run(check, capture_output=True, text=True)
print(checked.stdout + checked.stderr)
assert checked.returncode == 0, "The check did not pass: see above."
"""
_PERCENT_HEAD = """# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   debugdiff: {facts}
# ---
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookAnswer:
    """What was handed in with a notebook.

    Attributes:
        exercise: its id, as it was handed in: it may belong to no course.
        course: the course's name.
        program: the text of `program.py`.
        guess: lines of it, in their order.
        because: what the learner thinks is wrong.
    """

    exercise: str
    course: str
    program: str
    guess: tuple[int, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One cell.

    Attributes:
        id: of the cell; its tag, too, where a grader looks for it.
        locked: nbgrader puts it back as it was given out.
        points: what nbgrader gives if it ends without an exception; `None`: it is not graded.
    """

    id: str
    kind: str
    source: str
    tagged: bool = False
    locked: bool = False
    points: int | None = None


# --- to hand out -------------------------------------------------------------------------------


def notebook_of(exercise: Exercise, broken: Record, course: str) -> str:
    """A notebook of nbformat 4.5, without outputs; the same one for the same exercise.

    Args:
        exercise: of which the program, its helpers and its task are given out.
        broken: the run that the learner sees.
        course: the course's name.
    """
    notebook = {
        "cells": [_json_of(cell, exercise) for cell in _cells(exercise, broken)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "debugdiff": _facts(exercise, course),
        },
        "nbformat": _NBFORMAT,
        "nbformat_minor": 5,
    }
    return to_json(notebook, indent=1) + "\n"


def percent_of(exercise: Exercise, broken: Record, course: str) -> str:
    """The same cells in jupytext's percent form: Python with `# %%` between cells."""
    head = _PERCENT_HEAD.format(facts=to_json(_facts(exercise, course)))
    return head + "".join(_percent(cell, exercise) for cell in _cells(exercise, broken))


def _facts(exercise: Exercise, course: str) -> Mapping[str, Any]:
    return {"schema": NOTEBOOK_SCHEMA, "exercise": exercise.id, "course": course}


def _cells(exercise: Exercise, broken: Record) -> Iterator[_Cell]:
    yield _Cell(id="task", kind="markdown", source=exercise_task(exercise))
    shown = printed(broken)
    yield _Cell(id="symptom", kind="markdown", source=f"What a run shows:\n\n{_fenced(shown)}\n")
    enter = _FOLDER.format(folder=to_json(exercise.folder))
    yield _Cell(id="folder", kind="code", source=enter, locked=True)
    for number, (name, text) in enumerate(exercise.case.helpers.items(), start=1):
        source = f"%%writefile {name}\n{text}"
        yield _Cell(id=f"data-{number}", kind="code", source=source, locked=True)
    source = f"%%writefile {PROGRAM}\n{exercise.mutant.source}"
    yield _Cell(id=_PROGRAM_CELL, kind="code", source=source, tagged=True)
    run = f"!python {PROGRAM} --size {exercise.size} --seed {exercise.seed}"
    yield _Cell(id="run", kind="code", source=run, locked=True)
    yield _Cell(id=_GUESS_CELL, kind="code", source=_GUESS, tagged=True)
    check = _CHECK.format(exercise=exercise.id)
    yield _Cell(id="check", kind="code", source=check, locked=True, points=1)


def _fenced(text: str) -> str:
    """A block of code that nothing in the text ends."""
    longest = max(map(len, _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _metadata(cell: _Cell, exercise: Exercise) -> Mapping[str, Any]:
    """Tags, and what nbgrader wants to know of cells that a learner leaves alone.

    The program is no `solution` of nbgrader's: `nbgrader generate_assignment` empties those.
    """
    metadata: dict[str, Any] = {"tags": [cell.id]} if cell.tagged else {}
    if cell.locked:
        metadata["nbgrader"] = {
            "grade": cell.points is not None,
            "grade_id": f"{cell.id}-{exercise.id}",
            "locked": True,
            "schema_version": 3,
            "solution": False,
            "task": False,
            **({} if cell.points is None else {"points": cell.points}),
        }
    return metadata


def _json_of(cell: _Cell, exercise: Exercise) -> Mapping[str, Any]:
    facts = {
        "cell_type": cell.kind,
        "id": cell.id,
        "metadata": _metadata(cell, exercise),
        "source": cell.source.splitlines(keepends=True),
    }
    return facts if cell.kind == "markdown" else {**facts, "execution_count": None, "outputs": []}


def _percent(cell: _Cell, exercise: Exercise) -> str:
    options = "".join(
        f" {key}={to_json(value)}" for key, value in _metadata(cell, exercise).items()
    )
    if cell.kind == "markdown":
        lines = [f"# {line}".rstrip() for line in cell.source.splitlines()]
        return "\n".join([f"\n# %% [markdown]{options}", *lines, ""])
    # What only Jupyter knows is a comment there, so that it stays Python.
    source = re.sub(r"\A(?=[%!])", "# ", cell.source)
    return f"\n# %%{options}\n{source}" + ("" if source.endswith("\n") else "\n")


# --- handed in ---------------------------------------------------------------------------------


def read_notebook(text: str) -> NotebookAnswer:
    """What was handed in: nothing of it is run.

    Raises:
        DebugdiffError: `notebook` for one that is damaged, is of no exercise, or has no program
            or two; `notebook-newer`.
    """
    notebook = _parsed(text)
    metadata = notebook.get("metadata")
    facts = metadata.get("debugdiff") if isinstance(metadata, dict) else None
    if not isinstance(facts, dict) or not isinstance(facts.get("exercise"), str):
        raise _unusable("does not say which exercise it belongs to: its metadata is missing")
    if facts.get("schema", NOTEBOOK_SCHEMA) != NOTEBOOK_SCHEMA:
        raise _newer(f"its exercise has format {facts['schema']!r}", NOTEBOOK_SCHEMA)
    cells = _code_cells(notebook)
    programs = _sources(cells, _PROGRAM_CELL)
    if len(programs) != 1:
        count = "no cell" if not programs else f"{len(programs)} cells"
        raise _unusable(f"has {count} tagged `{_PROGRAM_CELL}` where there should be one")
    guess, because = _guess("\n".join(_sources(cells, _GUESS_CELL)))
    return NotebookAnswer(
        exercise=facts["exercise"],
        course=str(facts.get("course", "")),
        program=_WRITES.sub("", programs[0]),
        guess=guess,
        because=because,
    )


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        notebook = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise _unusable(f"cannot be read: {describe_damage(error)}") from error
    form = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if not isinstance(form, int):
        raise _unusable("is not a Jupyter notebook: it has no `nbformat`")
    if form > _NBFORMAT:
        raise _newer(f"it has nbformat {form}", _NBFORMAT)
    if form < _NBFORMAT:
        raise _unusable(f"has nbformat {form}, which is older than the notebook that was given out")
    found: Mapping[str, Any] = notebook
    return found


def _code_cells(notebook: Mapping[str, Any]) -> list[tuple[str, list[Any], str]]:
    """Id, tags and text of each."""
    try:
        return [
            (str(cell.get("id", "")), cell.get("metadata", {}).get("tags", []), _text(cell))
            for cell in notebook["cells"]
            if cell["cell_type"] == "code"
        ]
    except (KeyError, TypeError, AttributeError) as error:
        problem = describe_damage(error)
        raise _unusable(f"has a cell that cannot be read: {problem}") from error


def _text(cell: Mapping[str, Any]) -> str:
    """Both forms of a source are valid: a text, and a list of its lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _sources(cells: list[tuple[str, list[Any], str]], name: str) -> list[str]:
    """The cells with a tag; some editors drop tags and keep ids."""
    tagged = [source for _, tags, source in cells if isinstance(tags, list) and name in tags]
    return tagged or [source for identity, _, source in cells if identity == name]


def _guess(source: str) -> tuple[tuple[int, ...], str]:
    """The lines and the sentence; of a cell that is not Python, only the lines."""
    try:
        with warnings.catch_warnings(action="ignore"):
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _plausible(int(each) for each in _GUESSED.findall(source)), ""
    values = {
        target.id: statement.value
        for statement in body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    because = _constants(values.get("because"))
    places = (_PLACE.search(str(each)) for each in _constants(values.get("guess")))
    lines = (int(place[1]) for place in places if place)
    return _plausible(lines), next((each for each in because if isinstance(each, str)), "")


def _constants(node: ast.expr | None) -> list[Any]:
    """A constant, or those of a list."""
    nodes = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return [each.value for each in nodes if isinstance(each, ast.Constant)]


def _plausible(lines: Iterator[int]) -> tuple[int, ...]:
    return tuple(line for line in lines if 0 < line < 10**_LONGEST_LINE_NUMBER)


def _unusable(problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"The notebook {problem}.",
        hint="Copy the program and the guess into the notebook that was given out. Hand that in.",
        slug="notebook",
    )


def _newer(problem: str, known: int) -> DebugdiffError:
    return DebugdiffError(
        f"The notebook is newer than this debugdiff: {problem}, and {known} is the last known one.",
        hint="pip install --upgrade debugdiff",
        slug="notebook-newer",
    )
