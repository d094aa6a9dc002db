"""Exercises as notebooks: that they work, tell no answer, and are read back as they were left."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from debugdiff.errors import DebugdiffError
from debugdiff.model import CapturedWarning, ProgramEnd, Record, Stage, WorkerEnd
from debugdiff.teach.course import built_in_courses, exercises, find_course
from debugdiff.teach.model import PROGRAM, Exercise, FrameworkChoice
from debugdiff.teach.notebook import notebook_of, percent_of, read_notebook
from debugdiff.teach.runs import Runner, broken_program, public_run
from debugdiff.teach.workspace import start_course

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.execute.pool import Pool

SILENT = Record(
    trial="",
    worker=WorkerEnd.FINISHED,
    program=ProgramEnd.OK,
    stage=Stage.DONE,
    step=8,
    steps=8,
    seconds=0.1,
    peak_memory=0,
    metrics={"loss": 0.51234, "accuracy": None},
    warnings=(
        CapturedWarning(
            category="UserWarning",
            message=f"```\nseen in {Path.home()}/course/program.py",
            file="",
            line=1,
            stage=Stage.TRAINING,
            step=1,
        ),
    ),
)


@cache
def exercise() -> Exercise:
    return exercises(find_course("first-steps"), FrameworkChoice.PYTORCH)[1]


def cells_of(text: str) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(text)["cells"]
    return cells


def text_of(text: str) -> str:
    return "\n".join("".join(cell["source"]) for cell in cells_of(text))


def with_program(text: str) -> str:
    changed = replace(exercise(), mutant=replace(exercise().mutant, source=text))
    return notebook_of(changed, SILENT, "first-steps")


def with_cell(name: str, source: object, text: str | None = None) -> str:
    """A notebook in which a learner wrote something else into a cell."""
    notebook = json.loads(text or with_program("x = 1\n"))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == name)
    cell["source"] = source
    return json.dumps(notebook)


def play(text: str, folder: Path) -> dict[str, str]:
    """What the cells print, by their ids, run one after the other as Jupyter runs them."""
    here = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    said = {}
    for cell in cells_of(text):
        source = "".join(cell["source"])
        first, _, rest = source.partition("\n")
        if cell["cell_type"] == "markdown":
            continue
        if first.startswith("%%writefile "):
            (folder / first.split()[1]).write_text(rest, encoding="utf-8")
            continue
        command = ["sh", "-c", first[1:]] if first.startswith("!") else ["python", "-c", source]
        if cell["id"] == "folder":
            command[-1] += "print(os.getcwd())"
        done = subprocess.run(
            command, cwd=folder, env=here, capture_output=True, text=True, check=False
        )
        said[cell["id"]] = done.stdout + done.stderr
        if cell["id"] == "folder":
            folder = Path(done.stdout.strip())
    return said


# --- what is given out ---------------------------------------------------------------------------


def test_the_cells_run_and_show_the_symptom_and_the_healthy_program_ends_well(
    pool: Pool, tmp_path: Path
) -> None:
    with Runner(pool=pool) as runner:
        (found,) = runner.run((broken_program(exercise()), public_run(exercise())))
    text = notebook_of(exercise(), found.record, "first-steps")
    said = play(text, tmp_path)
    symptom = "".join(cells_of(text)[1]["source"])
    complaint = said["run"].rstrip().splitlines()[-1]
    assert complaint.startswith("TypeError")
    assert complaint in symptom
    assert f'File "{PROGRAM}", line 42, in train' in symptom
    assert said["guess"] == ""
    assert "is not inside a course" in said["check"]
    assert "AssertionError: The check did not pass" in said["check"]
    course = start_course("first-steps", tmp_path / "course", FrameworkChoice.PYTORCH)
    healthy = f"%%writefile {PROGRAM}\n{exercise().implementation.source}"
    said = play(with_cell("program", healthy, text), course.folder)
    assert Path(said["folder"].strip()) == course.path(course.listed[1])
    assert re.match(r"{.*'accuracy': \d", said["run"])
    assert said["check"].startswith("fixed")
    assert "Error" not in "".join(said.values())


def test_a_notebook_is_valid_nbformat_and_nbgrader_finds_its_cells() -> None:
    import nbformat

    text = notebook_of(exercise(), SILENT, "first-steps")
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert text == notebook_of(exercise(), SILENT, "first-steps")
    cells = {cell["id"]: cell for cell in cells_of(text)}
    assert list(cells) == [
        "task",
        "symptom",
        "folder",
        "data-1",
        "program",
        "run",
        "guess",
        "check",
    ]
    assert [name for name, cell in cells.items() if cell["metadata"].get("tags") == [name]] == [
        "program",
        "guess",
    ]
    code = [cell for cell in cells.values() if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    graded = {n: c["metadata"]["nbgrader"] for n, c in cells.items() if "nbgrader" in c["metadata"]}
    assert len({each["grade_id"] for each in graded.values()}) == len(graded)
    for name, each in graded.items():
        assert each["schema_version"] == 3
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", each["grade_id"])
        assert each["locked"]
        # `nbgrader generate_assignment` would put "YOUR CODE HERE" in place of a solution.
        assert not each["solution"]
        assert ("points" in each) == each["grade"] == (name == "check")


def test_the_percent_form_is_python_with_the_same_cells() -> None:
    text = percent_of(exercise(), SILENT, "first-steps")
    compile(text, "notebook.py", "exec")
    notebook = notebook_of(exercise(), SILENT, "first-steps")
    assert len(re.findall(r"^# %%(?: |$)", text, re.MULTILINE)) == len(cells_of(notebook))
    for cell in cells_of(notebook):
        for line in "".join(cell["source"]).splitlines():
            assert line in text or f"# {line}".rstrip() in text
    assert '# %% tags=["program"]\n# %%writefile program.py\n' in text


def test_a_symptom_stays_in_its_block_and_names_no_folder() -> None:
    symptom = "".join(cells_of(notebook_of(exercise(), SILENT, "c"))[1]["source"])
    assert str(Path.home()) not in symptom
    fence, *inside, end = symptom.split("\n\n", 1)[1].strip().splitlines()
    assert fence == f"{end}text" == "````text"
    assert inside == [
        "It runs to the end.",
        "UserWarning: ```",
        "seen in course/program.py",
        "loss: 0.5123",
        "accuracy: not finite",
    ]


@pytest.mark.parametrize("course", built_in_courses(), ids=lambda course: course.name)
@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_no_notebook_holds_an_answer(course: Any, framework: str) -> None:
    for each in exercises(course, FrameworkChoice(framework)):
        notebook = notebook_of(each, SILENT, course.name)
        shown = text_of(notebook)
        for text in (shown, percent_of(each, SILENT, course.name), notebook):
            bug = each.bug
            assert not any(word in text for word in (bug.id, bug.title, bug.explanation))
            assert not any(hint in text for hint in bug.hints)
            assert str(each.implementation.path.parent) not in text
        kept = {line.strip() for line in each.mutant.source.splitlines()}
        healthy = {line.strip() for line in each.implementation.source.splitlines()}
        lines = {line.strip() for line in shown.splitlines()}
        assert not {line for line in healthy - kept if len(line) > 8} & lines
        answer = read_notebook(notebook)
        assert answer.program == each.mutant.source
        assert (answer.exercise, answer.course, answer.guess) == (each.id, course.name, ())


# --- what is handed in ---------------------------------------------------------------------------

LINES = st.sampled_from(
    ["x = 1", "%%writefile program.py", "```", "# %%", "é 木 \u2028", "\t", "", "\x0c", "'\\n'"]
)
PROGRAMS = st.one_of(
    st.text(), st.builds(str.join, st.sampled_from(["\n", "\r\n"]), st.lists(LINES))
)


@settings(max_examples=40)
@given(PROGRAMS, st.sampled_from([str, lambda text: text.splitlines(keepends=True), list]))
def test_a_program_is_read_back_as_it_stands_in_its_cell(
    program: str, form: Callable[[str], object]
) -> None:
    assert read_notebook(with_program(program)).program == program
    edited = form(f"%%writefile {PROGRAM}\n{program}")
    assert read_notebook(with_cell("program", edited)).program == program


@pytest.mark.parametrize(
    ("source", "program"),
    [
        ("x = 1\n", "x = 1\n"),
        ("%%writefile program.py", ""),
        ("%%writefile program.py\r\nx = 1\r\ny = 2", "x = 1\r\ny = 2"),
        ("\n\n%%writefile  mine.py\nx = 1", "x = 1"),
    ],
    ids=["without the first line", "emptied", "CRLF", "moved down"],
)
def test_the_line_that_writes_the_program_is_no_part_of_it(source: str, program: str) -> None:
    assert read_notebook(with_cell("program", source)).program == program


@pytest.mark.parametrize(
    ("source", "guess", "because"),
    [
        ("guess = 21\nbecause = 'a comma'", (21,), "a comma"),
        ("# mine\nguess = [3, 21]\nbecause = ('one '\n 'two')", (3, 21), "one two"),
        ("guess = 4, 5", (4, 5), ""),
        ("guess = 'program.py:21'", (21,), ""),
        ("guess = 3\nguess = 4", (4,), ""),
        ("guess = 21\nbecause = it's the comma", (21,), ""),
        ("guess = open('/etc/passwd')\nbecause = print(1)", (), ""),
        ("guess = -4", (), ""),
        ("guess = True, None, 2.5, 10**9, 99999999999", (), ""),
        ("guess = " + "(" * 9999, (), ""),
        ("\0", (), ""),
        ("", (), ""),
    ],
)
def test_a_guess_is_read_and_never_run(source: str, guess: tuple[int, ...], because: str) -> None:
    answer = read_notebook(with_cell("guess", source))
    assert (answer.guess, answer.because) == (guess, because)


def changed(**facts: Any) -> str:
    return json.dumps({**json.loads(with_program("x = 1\n")), **facts})


def own_facts(**facts: Any) -> str:
    return changed(metadata={"debugdiff": facts})


@pytest.mark.parametrize(
    ("text", "slug", "words"),
    [
        ("", "notebook", "damaged in line 1"),
        (with_program("x = 1\n")[:-40], "notebook", "it is damaged in line"),
        ("[" * 100_000, "notebook", "nested too deeply"),
        ("[]", "notebook", "not a Jupyter notebook"),
        (changed(cells=[]), "notebook", "no cell tagged `program`"),
        (changed(cells=cells_of(with_program("")) * 2), "notebook", "2 cells tagged `program`"),
        (changed(cells=None), "notebook", "a cell that cannot be read"),
        (changed(cells=[{"cell_type": "code"}]), "notebook", "`source` is missing"),
        (with_cell("program", [1]), "notebook", "a cell that cannot be read"),
        (changed(metadata={}), "notebook", "which exercise it belongs to"),
        (own_facts(course="c"), "notebook", "which exercise it belongs to"),
        (own_facts(exercise="e", schema=2), "notebook-newer", "its exercise has format 2"),
        (changed(nbformat=5), "notebook-newer", "it has nbformat 5"),
        (changed(nbformat=3), "notebook", "older"),
    ],
)
def test_a_notebook_that_cannot_be_read_is_told(text: str, slug: str, words: str) -> None:
    with pytest.raises(DebugdiffError) as caught:
        read_notebook(text)
    assert caught.value.slug == slug
    assert words in caught.value.message
    assert len(caught.value.message.splitlines()) == 1
    assert caught.value.hint


def test_a_cell_that_lost_its_tag_is_found_by_its_id() -> None:
    notebook = json.loads(with_program("x = 1\n"))
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    assert read_notebook("\ufeff" + json.dumps(notebook)).program == "x = 1\n"
