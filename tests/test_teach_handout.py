"""What a teacher gives out: no answer in it, decoys that change nothing, how it is judged."""

from __future__ import annotations

import ast
import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from extent import tried
from rich.console import Console
from typer.testing import CliRunner

from debugdiff.cli.teach import app
from debugdiff.errors import DebugdiffError
from debugdiff.files import write_atomically, written_whole
from debugdiff.teach import disguises
from debugdiff.teach.attempts import STATES
from debugdiff.teach.course import exercises, find_course
from debugdiff.teach.course_list import open_workspace
from debugdiff.teach.decoys import decoyed, decoys_of, healthy_with
from debugdiff.teach.exporting import HandOut
from debugdiff.teach.handout import REFERENCE_FILE, read_sheets
from debugdiff.teach.instructions import course_readme, exercise_readme
from debugdiff.teach.judge import Judge
from debugdiff.teach.leak import replaced_lines, search
from debugdiff.teach.lesson import Lesson
from debugdiff.teach.measuring import applied
from debugdiff.teach.model import PROGRAM, Fix, FrameworkChoice, HandOutForm, Nearness, Verdict
from debugdiff.teach.roster import read_roster
from debugdiff.teach.screen import Screen
from debugdiff.teach.watching import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Mutant
    from debugdiff.teach.model import Course, Exercise

FIXED_OTHERWISE = "dtype/one-hot-for-sparse-loss"
CHOSEN = ("language/attribute-misspelt", FIXED_OTHERWISE)


@pytest.fixture(scope="module")
def judge(pool: Pool) -> Iterator[Judge]:
    with Judge(pool=pool) as judge:
        yield judge


@pytest.fixture(scope="module")
def course() -> Course:
    return find_course("first-steps")


@pytest.fixture(scope="module")
def chosen(course: Course) -> tuple[Exercise, ...]:
    found = exercises(course, FrameworkChoice.PYTORCH)
    return tuple(each for each in found if each.bug.id in CHOSEN)


@pytest.fixture(scope="module")
def handout(course: Course, chosen: tuple[Exercise, ...], judge: Judge) -> HandOut:
    made = HandOut(course=course, chosen=chosen, choice=FrameworkChoice.PYTORCH, judge=judge)
    assert [each.id for each in made.prepare()] == [each.id for each in chosen]
    return made


@pytest.fixture(scope="module")
def original(handout: HandOut, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handout") / "out"
    handout.write(HandOutForm.FOLDER, folder)
    return folder


@pytest.fixture
def given(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "mine")
    return tmp_path / "mine"


def lesson_of(folder: Path, judge: Judge) -> Lesson:
    return Lesson(workspace=open_workspace(folder), judge=judge)


# --- without an answer ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["first-steps", "shapes", "silent", "loops-and-modes", "attention"]
)
@pytest.mark.parametrize("choice", [FrameworkChoice.PYTORCH, FrameworkChoice.KERAS])
def test_the_files_of_every_built_in_course_hold_no_answer(
    name: str, choice: FrameworkChoice, tmp_path: Path
) -> None:
    known = find_course(name)
    for exercise in exercises(known, choice):
        drawn = decoyed(exercise, decoys_of(exercise), "a student")
        folder = tmp_path / exercise.folder
        folder.mkdir()
        (folder / ".exercise").write_text(exercise.id, encoding="utf-8")
        (folder / "README.md").write_text(exercise_readme(drawn), encoding="utf-8")
        (folder / "hints.json").write_text(json.dumps(exercise.bug.hints), encoding="utf-8")
        for file, text in drawn.given.items():
            (folder / file).write_text(text, encoding="utf-8")
    assert search(tmp_path, known).leaks == ()


def test_a_hand_out_holds_no_answer_packed_or_not(
    original: Path, course: Course, tmp_path: Path
) -> None:
    assert search(original, course).leaks == ()
    shutil.make_archive(str(tmp_path / "packed"), "zip", original)
    found = search(tmp_path, course)
    assert found.leaks == ()
    assert found.files > len(list(original.rglob("*.py")))


FINDINGS = {
    "notes.txt": "the name of a bug",
    "about.html": "the title of a bug",
    "explained.md": "the explanation of a bug",
    "solution.py": "a line of the healthy program",
    "spaced.py": "a line of the healthy program",
    "narrow.py": "a line of the healthy program",
    "spaced.md": "the title of a bug",
    "facts.json": "a category",
    ".git/config": "a history or a cache",
    "course.toml": "the course with its answers",
    "run.ipynb": "results of a run",
    "log.txt": "a path of a machine",
    "attempts.jsonl": "somebody's attempts",
    "twin.py": "the program in the other framework",
    "model.npz": "not text",
    "all.zip!a.py": "a line of the healthy program",
}


def test_answers_are_found(given: Path, course: Course, chosen: tuple[Exercise, ...]) -> None:
    first = chosen[0]
    inside = given / first.folder
    twin = next(each for each in exercises(course, FrameworkChoice.KERAS) if each.id == first.twin)
    texts = {
        "notes.txt": f"see {first.bug.id}",
        "about.html": first.bug.title,
        "explained.md": "\n> ".join(first.bug.explanation.split(" ")),
        "solution.py": replaced_lines(first)[0],
        "spaced.py": re.sub(r"([(=.,])", r"\t \1  ", replaced_lines(first)[0]),
        "narrow.py": replaced_lines(first)[0].replace(" ", ""),
        "spaced.md": first.bug.title.replace(" ", "\N{NO-BREAK SPACE}\t"),
        "facts.json": json.dumps({"category": "shape"}),
        ".git/config": "[core]",
        "course.toml": "",
        "run.ipynb": json.dumps({"cells": [{"execution_count": 3}]}),
        "log.txt": 'File "/home/me/x.py"',
        "attempts.jsonl": "{}",
        "twin.py": twin.implementation.source,
    }
    for file, text in texts.items():
        (inside / file).parent.mkdir(exist_ok=True)
        (inside / file).write_text(text, encoding="utf-8")
    (inside / "model.npz").write_bytes(b"\xff\xfe\x00")
    with zipfile.ZipFile(inside / "all.zip", "w") as archive:
        archive.writestr(".exercise", first.id)
        archive.writestr("a.py", first.implementation.source)
    found = [
        (leak.file.removeprefix(f"{first.folder}/"), leak.what)
        for leak in search(given, course).leaks
    ]
    for file, what in FINDINGS.items():
        assert any(name == file and said.startswith(what) for name, said in found), (file, found)
    assert {name for name, _ in found} <= {*FINDINGS}


@pytest.mark.parametrize("before", tried("an empty folder", more=("nothing",)))
def test_an_export_that_is_interrupted_writes_nothing(before: str, tmp_path: Path) -> None:
    is_there = before == "an empty folder"
    out = tmp_path / "out"
    if is_there:
        out.mkdir()
    command = [sys.executable, "-m", "debugdiff", "teach", "export", "first-steps", "out"]
    export = subprocess.Popen(
        [*command, "--framework", "pytorch"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert export.stderr is not None
    assert export.stderr.readline().startswith("1 of 12")
    export.send_signal(signal.SIGINT)
    _, said = export.communicate()
    assert export.returncode == 130
    assert said.endswith("Interrupted. Nothing was written.\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache"] + ["out"] * is_there
    assert not is_there or not list(out.iterdir())


def test_a_folder_is_written_as_a_whole_also_where_one_stands_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in (".", "below/it"):
        with written_whole(Path(name)) as folder:
            (folder / "a").mkdir()
            (folder / "a" / "b").write_text("b", encoding="utf-8")
            assert not Path(name, "a").exists()
        assert Path(name, "a", "b").is_file()
    assert sorted(path.name for path in Path().iterdir()) == ["a", "below"]
    with pytest.raises(DebugdiffError) as caught, written_whole(Path("a/b/c")):
        pass
    assert caught.value.slug == "output-unwritable"
    with pytest.raises(DebugdiffError, match="No space"), written_whole(Path("full")):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not Path("full").exists()


# --- how it reads --------------------------------------------------------------------------------


def test_a_hand_out_says_what_it_needs_and_how_it_is_handed_in(
    handout: HandOut, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (given / "README.md").read_text(encoding="utf-8")
    assert 'pip install "debugdiff[data,torch]"' in text
    assert "**Handing in.**" in text
    monkeypatch.chdir(given)
    follows = CliRunner().invoke(app, ["next"])
    assert "it is graded later" in follows.stdout
    first = handout.chosen[0].folder
    for form, told in (
        (HandOutForm.NOTEBOOK, f"such as `{first}.ipynb`"),
        (HandOutForm.GITHUB, "Every push is checked"),
    ):
        assert told not in text
        assert told in course_readme(handout.course, handout.chosen, form)


def test_a_guess_is_of_the_exercise_whose_program_it_names(
    given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(given)
    workspace = open_workspace(given)
    second = workspace.listed[1]
    for words in ([f"{second.folder}/{PROGRAM}:3"], ["3", "2"]):
        assert CliRunner().invoke(app, ["guess", *words]).exit_code == 0
        assert workspace.log.read().events[-1].exercise == second.id


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDWR)
    write_atomically(path, "text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert path.is_fifo()


def test_a_course_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DebugdiffError, match="not UTF-8 text") as caught:
        find_course(str(tmp_path))
    assert caught.value.slug == "course-toml"


# --- judged without the healthy program ----------------------------------------------------------


def test_a_program_is_judged_by_what_the_healthy_one_did(
    given: Path, judge: Judge, chosen: tuple[Exercise, ...]
) -> None:
    lesson = lesson_of(given, judge)
    for listed, exercise in zip(lesson.workspace.listed, chosen, strict=True):
        assert lesson.check(listed).verdict is Verdict.SAME_SYMPTOM
        program = lesson.workspace.path(listed) / PROGRAM
        program.write_text(exercise.implementation.source, encoding="utf-8")
        assert lesson.check(listed).verdict is Verdict.FIXED_EXACTLY
        assert lesson.undo(listed) is not None
        program.write_text("", encoding="utf-8")
        assert lesson.check(listed).verdict is Verdict.DOES_NOT_RUN


def test_a_fix_in_another_way_is_left_to_the_teacher(
    given: Path, judge: Judge, chosen: tuple[Exercise, ...]
) -> None:
    lesson = lesson_of(given, judge)
    exercise = next(each for each in chosen if each.bug.id == FIXED_OTHERWISE)
    listed = lesson.workspace.listed[chosen.index(exercise)]
    text = applied(exercise.fixes[0], exercise.mutant.source)
    (lesson.workspace.path(listed) / PROGRAM).write_text(text, encoding="utf-8")
    result = lesson.check(listed)
    assert result.verdict in {Verdict.NOT_JUDGED, Verdict.FIXED_OTHERWISE}
    assert result.verdict is not Verdict.NOT_JUDGED or "Hand it in" in result.reason
    assert judge.check(exercise, {**exercise.given, PROGRAM: text}).verdict.is_fixed


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1 + 4e-7, Verdict.FIXED_OTHERWISE), (1 + 4e-6, Verdict.NOT_JUDGED)],
)
def test_another_machine_may_round_otherwise_and_no_more(
    factor: float, verdict: Verdict, given: Path, judge: Judge, chosen: tuple[Exercise, ...]
) -> None:
    lesson = lesson_of(given, judge)
    listed = lesson.workspace.listed[0]
    sheet = read_sheets(given / REFERENCE_FILE)[listed.id]

    def elsewhere(value: object) -> object:
        floats = value.dtype.startswith("float")  # type: ignore[attr-defined]
        facts = {
            name: getattr(value, name) * factor
            for name in ("minimum", "maximum", "mean", "standard_deviation")
            if floats and getattr(value, name) is not None
        }
        return replace(value, digest="0" * 16 if floats else value.digest, **facts)  # type: ignore[attr-defined,type-var]

    hidden = sheet.reference.hidden
    hidden = replace(hidden, values=tuple(map(elsewhere, hidden.values)))  # type: ignore[arg-type]
    exercise = lesson.workspace.exercise(listed)
    assert exercise.reference is not None
    there = replace(exercise, reference=replace(exercise.reference, hidden=hidden))
    files = {**exercise.given, PROGRAM: chosen[0].implementation.source}
    assert judge.check(there, files).verdict is verdict


def test_help_that_tells_the_answer_is_not_there(given: Path, judge: Judge) -> None:
    lesson = lesson_of(given, judge)
    listed = lesson.workspace.listed[0]
    assert lesson.guess(listed, 3).nearness is Nearness.NOTED
    *_, last = [lesson.hint(listed) for _ in lesson.workspace.exercise(listed).bug.hints]
    assert last.advice == "This was the last hint."
    for ask in (lesson.why, lesson.diff):
        with pytest.raises(DebugdiffError, match="without its answer"):
            ask(listed)


def without_values(path: Path) -> None:
    facts = json.loads(path.read_text(encoding="utf-8"))
    for sheet in facts["exercises"]:
        sheet["reference"]["hidden"]["values"] = []
    path.write_text(json.dumps(facts), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_text("{", encoding="utf-8"), "cannot be read"),
        (lambda path: path.write_text("[]", encoding="utf-8"), "cannot be read"),
        (without_values, "was changed after it was given out"),
    ],
)
def test_with_a_spoiled_reference_nothing_is_judged(
    spoil: object, message: str, given: Path, judge: Judge
) -> None:
    spoil(given / REFERENCE_FILE)  # type: ignore[operator]
    lesson = lesson_of(given, judge)
    result = lesson.check(lesson.workspace.listed[0])
    assert result.verdict is Verdict.NOT_JUDGED
    assert message in result.reason
    assert "Copy it from the folder" in result.reason
    assert [each.verdict for each in lesson.workspace.log.read().events] == [Verdict.NOT_JUDGED]
    with pytest.raises(DebugdiffError, match=message):
        lesson.hint(lesson.workspace.listed[0])


def test_a_reference_of_a_newer_form_is_a_sentence(given: Path, judge: Judge) -> None:
    (given / REFERENCE_FILE).write_text('{"exercises": [], "schema": 99}', encoding="utf-8")
    lesson = lesson_of(given, judge)
    with pytest.raises(DebugdiffError, match="format 99"):
        lesson.check(lesson.workspace.listed[0])


@pytest.mark.parametrize("gone", ["the folder", "a file"])
def test_without_what_was_handed_out_lists_hints_and_guesses_go_on(
    gone: str, given: Path, judge: Judge
) -> None:
    lesson = lesson_of(given, judge)
    first, second = lesson.workspace.listed
    mine = lesson.workspace.path(first) / PROGRAM
    mine.write_text("mine = 1\n", encoding="utf-8")
    if gone == "the folder":
        shutil.rmtree(given / STATES)
    else:
        (given / STATES / f"{read_sheets(given / REFERENCE_FILE)[first.id].given}.json").unlink()
    assert [row.number for row in lesson.rows()] == [1, 2]
    assert lesson.hint(first).text
    assert lesson.guess(first, 1).nearness is Nearness.NOTED
    result = lesson.check(first)
    assert result.verdict is Verdict.NOT_JUDGED
    assert STATES in result.reason
    for ask in (lesson.undo, lesson.reset):
        with pytest.raises(DebugdiffError, match="original files of exercise") as caught:
            ask(first)
        assert STATES in caught.value.hint
    watcher = Watcher(lesson=lesson, screen=Screen(rows=lesson.rows()))
    watcher.open(first)
    watcher.work_off()
    console = Console(width=100, height=24, file=io.StringIO(), record=True)
    console.print(watcher.screen, height=24)
    assert "original files of exercise" in console.export_text()
    assert mine.read_text(encoding="utf-8") == "mine = 1\n"
    assert lesson.check(second).verdict is Verdict.SAME_SYMPTOM  # it lies there as it was given


# --- decoys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["first-steps", "silent", "attention"])
@pytest.mark.parametrize("choice", [FrameworkChoice.PYTORCH, FrameworkChoice.KERAS])
def test_decoys_stay_away_from_the_bug(name: str, choice: FrameworkChoice) -> None:
    found = exercises(find_course(name), choice)
    room = 0
    for exercise in found:
        decoys = decoys_of(exercise)
        room += len(decoys)
        compile(healthy_with(exercise, decoys), PROGRAM, "exec")
        assert len(decoys) > 4  # so many are drawn, and students should get other ones
        assert "assert " not in "".join(line for each in decoys for line in each.lines)
        drawn = [decoyed(exercise, decoys, seed) for seed in "abc"]
        for each in drawn:
            lines = {line.strip() for line in each.mutant.source.splitlines()}
            assert not set(replaced_lines(exercise)) & lines
            assert statements_of_the_bug(each) == statements_of_the_bug(exercise)
            assert returned(each) == returned(exercise)
            assert changes(each.mutant) == changes(exercise.mutant)
            for fix in exercise.fixes:
                ast.parse(applied(fix, each.mutant.source))
        assert len(decoys) <= 5 or len({each.mutant.source for each in drawn}) > 1
    assert room > 3 * len(found)


def statements_of_the_bug(exercise: Exercise) -> list[list[str]]:
    """Per span of the mutant, the lines of the smallest statement over each of its lines."""
    mutant = exercise.mutant
    tree, lines = ast.parse(mutant.source), mutant.source.splitlines()
    found = []
    for span in (*mutant.defect, *mutant.use, *mutant.accept):
        over = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt)
            and not hasattr(node, "body")
            and node.lineno <= span.end_line
            and span.line <= (node.end_lineno or node.lineno)
        ]
        touched = {n for each in over for n in range(each.lineno, (each.end_lineno or 0) + 1)}
        found.append([lines[n - 1] for n in sorted(touched | set(span.lines))])
    return found


def returned(exercise: Exercise) -> list[bool]:
    """Per function that returns something, whether its last statement does."""
    return [
        isinstance(node.body[-1], ast.Return)
        for node in ast.walk(ast.parse(exercise.mutant.source))
        if isinstance(node, ast.FunctionDef)
    ]


def changes(mutant: Mutant) -> list[str]:
    """The lines that a diff takes away and adds, without where they stand."""
    lines = mutant.diff.splitlines()[2:]
    return [line for line in lines if line.startswith(("+", "-"))]


@pytest.mark.parametrize(
    ("disguise", "before", "after"),
    [
        (disguises.write_defaults, "nn.Linear(4, 2)", "nn.Linear(4, 2, bias=True)"),
        (disguises.write_defaults, "nn.Linear(4, 2, bias=False)", None),
        (disguises.write_defaults, "nn.Linear(*sizes)", None),
        (
            disguises.write_defaults,
            "optimizer.zero_grad()",
            "optimizer.zero_grad(set_to_none=True)",
        ),
        (disguises.write_defaults, f"nn.Linear({'n' * 85}, 2)", None),
        (disguises.exchange_keywords, "f(x, a=1, b=y)", "f(x, b=y, a=1)"),
        (disguises.exchange_keywords, "f(a=first(), b=second())", None),
        (disguises.write_numbers_out, "rate = 5e-3", "rate = 0.005"),
        (disguises.write_numbers_out, 'rate = "5e-3"', None),
        (disguises.convert_to_numbers, "x = loss.item()", "x = float(loss)"),
        (
            disguises.name_epochs,
            "for _ in range(epochs):\n    step()",
            "for epoch in range(epochs):\n    step()",
        ),
        (
            disguises.clear_gradients_later,
            "if x:\n    optimizer.zero_grad()\n    loss = f(é)\n    loss.backward()\n",
            "if x:\n    loss = f(é)\n    optimizer.zero_grad()\n    loss.backward()\n",
        ),
        (
            disguises.clear_gradients_later,
            "if x:\n    optimizer.zero_grad()\ny = f()\nloss.backward()\n",
            None,
        ),
        (
            disguises.name_results,
            "def build_model():\n    return Model(\n        2\n    )\n",
            "def build_model():\n    model = Model(\n        2\n    )\n    return model\n",
        ),
        (disguises.name_results, "def f(result):\n    return g(result)\n", None),
    ],
)
def test_a_disguise_is_what_a_programmer_writes(
    disguise: Callable[[str], str], before: str, after: str | None
) -> None:
    assert disguise(before) == (before if after is None else after)


ONE_RETURN_OVER_LINES = """\
def main():
    first = 1
    second = 2
    third = 3
    fourth = 4
    return tuple(
        [first, second, third],
    )


def last():
    return "the bug"
"""


def test_a_return_over_several_lines_is_rewritten_as_a_whole(chosen: tuple[Exercise, ...]) -> None:
    healthy = ONE_RETURN_OVER_LINES
    program = replace(chosen[0].implementation, source=healthy)
    broken = healthy.replace("the bug", "a bug")
    mutant = replace(chosen[0].mutant, source=broken, defect=(), use=(), accept=())
    exercise = replace(chosen[0], implementation=program, mutant=mutant, fixes=())
    whole = [each for each in decoys_of(exercise) if "result" in "".join(each.lines)]
    assert [each.lines for each in whole] == [
        (
            "    result = tuple(\n",
            "        [first, second, third],\n",
            "    )\n",
            "    return result\n",
        )
    ]


def test_a_decoy_that_a_written_fix_would_not_fit_with_is_left_out(course: Course) -> None:
    exercise = exercises(course, FrameworkChoice.PYTORCH)[0]
    decoys = decoys_of(exercise)
    start, end = next((each.start, each.end) for each in decoys if each.end > each.start)
    stretch = "".join(exercise.implementation.source.splitlines(keepends=True)[start:end])
    fix = Fix(framework=exercise.framework, edits=((stretch, stretch),))
    assert exercise.mutant.source.count(stretch) == 1
    kept = decoys_of(replace(exercise, fixes=(fix,)))
    assert start not in [each.start for each in kept if each.end > each.start]
    assert kept


def test_students_get_other_decoys_and_one_student_always_the_same(handout: HandOut) -> None:
    one, again, other = (handout.exercises(name) for name in ("anna", "anna", "ben"))
    assert [each.mutant.source for each in one] == [each.mutant.source for each in again]
    assert [each.mutant.source for each in one] != [each.mutant.source for each in other]
    assert [each.id for each in one] == [each.id for each in other]


# --- rosters -------------------------------------------------------------------------------------


def test_a_roster_may_hold_anything_and_every_folder_is_safe(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text('email,name\na@b,"Doe, Jane"\nb@b,=cmd()\nc@b,../../x\nd@b,Zoë\n', "utf-8")
    students = read_roster(path)
    assert [each.name for each in students] == ["Doe, Jane", "=cmd()", "../../x", "Zoë"]
    for student in students:
        assert (tmp_path / student.folder).resolve().parent == tmp_path.resolve()
        assert student.folder[0] not in "=+-@."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no names"),
        ("name\n", "it has no names"),
        ("name\nAnn\nann\n", "lines 2 and 3"),
        ('\nname,note\nAnn,"two\nlines"\n\nBen\nann\n', "lines 4 and 7"),
        ("id,name\n1,Ann\n\n2,Doe, Jane\n", "line 4 has 3 cells"),
        ("id;name\n1;Ann\n1;ann\n", "lines 2 and 3"),
        ('name\nBen\n"x', "line 3 has quotes that do not match"),
        ("Doe,Jane\nRoe,Rich\n", "none of its columns is called `name`"),
        ("name\nA\0nn\n", "not text"),
    ],
)
def test_a_roster_that_cannot_be_used_is_a_sentence(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DebugdiffError, match=message):
        read_roster(path)


ROSTERS = {
    "semicolons": "id;name\n1;Ann\n2;Doe, Jane\n",
    "tabs": "name\tid\nAnn\t1\nDoe, Jane\t2\n",
    "Windows": 'Name,Group\r\nAnn,a\r\n"Doe, Jane",b\r\n',
    "Excel's separator": "sep=|\nname|mark\nAnn|1\nDoe, Jane|2\n",
    "one column": 'Ann\n"Doe, Jane"\n',
    "one column and a separator behind it": "name;\nAnn;\nDoe, Jane;\n",
    "no name": "E-Mail;Login\n;Ann\n;Doe, Jane\n",
}


@pytest.mark.parametrize("text", ROSTERS.values(), ids=ROSTERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_roster_comes_as_spreadsheets_write_it(text: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_bytes(text.encode(encoding))
    names = [each.name for each in read_roster(tmp_path / "roster.csv")]
    assert names == ["Ann", "Doe, Jane"]


def test_first_and_last_names_are_one_name_and_ids_tell_two_apart(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("Last name,First_Name,ID\nDoe,Jane,1\nRoe,Al,2\ndoe,jane,3\n", "utf-8")
    students = read_roster(path)
    assert [each.name for each in students] == ["Jane Doe (1)", "Al Roe", "jane doe (3)"]
    path.write_text("name\nNUL\na:b\na?b\n", "utf-8")
    assert [each.folder for each in read_roster(path)] == ["student NUL", "a_b", "a_b-2"]
    path.write_bytes("name\nZoë\n".encode("cp1252"))
    with pytest.raises(DebugdiffError, match="CSV UTF-8"):
        read_roster(path)
    with pytest.raises(DebugdiffError, match="directory"):
        read_roster(tmp_path)


def test_links_and_damaged_archives_are_said(given: Path, course: Course) -> None:
    (given / "more").symlink_to(given.parent)
    (given / "half.zip").write_bytes(b"PK\x03\x04 and no more")
    found = {leak.file: leak.what for leak in search(given, course).leaks}
    assert found["more"].startswith("a link")
    assert found["half.zip!"].startswith("not text")


def test_a_program_that_ends_itself_does_not_run(
    judge: Judge, chosen: tuple[Exercise, ...]
) -> None:
    source = chosen[0].implementation.source.replace(
        "def main(", "def main(seed=0, size='tiny'):\n    import os\n    os._exit(0)\n\n\ndef rest("
    )
    result = judge.check(chosen[0], {**chosen[0].given, PROGRAM: source})
    assert result.verdict is Verdict.DOES_NOT_RUN, result
