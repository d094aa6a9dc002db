"""Grading a class: what is handed in and how, what cannot be read, and what the files say."""

from __future__ import annotations

import csv
import io
import json
import ntpath
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from command_line import debugdiff
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.errors import DebugdiffError
from debugdiff.execute.hosts import can_isolate
from debugdiff.execute.pool import Pool
from debugdiff.model import Sandbox
from debugdiff.report.csv import csv_text
from debugdiff.teach import gradebook, reading
from debugdiff.teach.course import find_course
from debugdiff.teach.file_names import file_names
from debugdiff.teach.grading import Grade, Grader, Localisation, best_of
from debugdiff.teach.judge import Judge
from debugdiff.teach.localising import right_places
from debugdiff.teach.model import PROGRAM, Event, EventType, FrameworkChoice, Verdict
from debugdiff.teach.submissions import find_submissions, read_submission
from debugdiff.teach.verdicts import Judged, Verdicts
from debugdiff.teach.workspace import MARK, Workspace, start_course

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.teach.model import Exercise
    from debugdiff.teach.submissions import Submission

COURSE = """
title = "Two faults"
about = "For a test."

[[exercise]]
bug = "data/vocabulary-off-by-one"
case = "bag_of_embeddings"
programs = { pytorch = "pytorch" }

[[exercise]]
bug = "shape/target-broadcasts"
case = "bag_of_embeddings"
programs = { pytorch = "pytorch" }
"""


@pytest.fixture(scope="module")
def course_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("course") / "two.toml"
    path.write_text(COURSE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def given_out(course_file: Path) -> Workspace:
    """The folder that every student gets."""
    return start_course(str(course_file), course_file.parent / "given")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """As the command makes one: without a network and read-only, if this system can do that."""
    with Pool(slots=2, isolated=True, sandbox=Sandbox.WRITE) as pool, Judge(pool=pool) as judge:
        yield judge


@pytest.fixture(scope="module")
def grader(course_file: Path, judge: Judge) -> Grader:
    return Grader(find_course(str(course_file)), judge, seconds=20)


@pytest.fixture
def student(given_out: Workspace, tmp_path: Path) -> Workspace:
    """A student's own copy of it, in a folder for submissions."""
    shutil.copytree(given_out.folder, tmp_path / "class" / "alice")
    return replace(given_out, folder=tmp_path / "class" / "alice")


def exercise_of(workspace: Workspace, number: int = 1) -> Exercise:
    return workspace.exercise(workspace.listed[number - 1])


def write_program(workspace: Workspace, source: str, number: int = 1) -> None:
    path = workspace.path(workspace.listed[number - 1]) / PROGRAM
    path.write_text(source, encoding="utf-8")


def zipped(path: Path, members: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def read_one(path: Path) -> Submission:
    return read_submission(path)


def tree_of(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder.parent).as_posix(): path.read_text() for path in files}


# --- verdicts ------------------------------------------------------------------------------------


def test_a_folder_is_judged_per_exercise_with_what_its_log_says(
    student: Workspace, grader: Grader
) -> None:
    exercise = exercise_of(student)
    right = min(place.line for place in right_places(exercise))
    listed = student.listed[0]
    for line in (1, right):
        guess = Event(
            time="", order=0, exercise=listed.id, event=EventType.GUESSED, guess=f"x.py:{line}"
        )
        student.log.append(guess, student.files(listed))
    student.log.append(Event(time="", order=0, exercise=listed.id, event=EventType.HINTED, hint=2))
    with (student.folder / "attempts.jsonl").open("a", encoding="utf-8") as log:
        log.write('{"half a li\n{"schema": 1, "time": "1970-01-01T00:00:00Z"}\n')
    write_program(student, exercise.implementation.source)
    first, second = grader.grade(read_one(student.folder))
    assert (first.student, first.verdict, first.score) == ("alice", Verdict.FIXED_EXACTLY, 1.0)
    assert first.localisation is not None
    assert (first.localisation.tries, first.localisation.score) == (2, 0.5)
    assert (first.guesses, first.hints, first.folder) == (2, 2, "01-bag-of-embeddings")
    assert "2 damaged lines" in first.reason
    assert (second.verdict, second.score) == (Verdict.SAME_SYMPTOM, 0.0)
    assert second.localisation is None


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("def main(:\n", Verdict.DOES_NOT_RUN),
        ("x = 1\n", Verdict.DOES_NOT_RUN),
        ("def main(seed=0, size='tiny'):\n    while True:\n        pass\n", Verdict.NEW_FAULT),
    ],
    ids=["syntax", "no main", "endless"],
)
def test_a_program_that_was_broken_has_a_verdict(
    student: Workspace, judge: Judge, source: str, verdict: Verdict
) -> None:
    write_program(student, source)
    (student.folder / student.listed[1].folder / MARK).unlink()
    shutil.rmtree(student.path(student.listed[1]))
    quick = Grader(student.source, judge, seconds=8)
    judged, missing = quick.grade(read_one(student.folder))
    assert (judged.verdict, judged.score) == (verdict, 0.0)
    assert (missing.verdict, missing.score) == (None, 0.0)
    assert missing.reason == "It was not handed in."


def test_programs_that_are_the_same_are_run_once(student: Workspace, grader: Grader) -> None:
    asked: list[str] = []

    class Counting:
        def check(self, exercise: Exercise, files: Mapping[str, str]) -> Any:
            asked.append(exercise.id)
            raise ValueError(len(files))

    class Remembering(Counting):
        def check(self, exercise: Exercise, files: Mapping[str, str]) -> Any:
            asked.append(exercise.id)
            return type("Result", (), {"verdict": Verdict.FIXED_EXACTLY, "reason": ""})

    course = student.source
    submission = read_one(student.folder)
    failing = Grader(course, Counting())  # type: ignore[arg-type]
    grades = failing.grade(submission)
    assert [each.verdict for each in grades] == [Verdict.NOT_JUDGED] * 2
    assert "debugdiff itself failed" in grades[0].reason
    asked.clear()
    remembering = Grader(course, Remembering())  # type: ignore[arg-type]
    remembering.grade(submission)
    remembering.grade(replace(submission, student="bob"))
    assert len(asked) == 2


def test_the_best_of_two_submissions_counts_and_is_named() -> None:
    one = Grade(student="a", source="a", exercise="e", score=0.5, verdict=Verdict.NEW_FAULT)
    two = replace(one, source="a.zip", score=1.0, reason="Right.")
    unread = replace(one, source="a-2", score=None, reason="Unreadable.")
    (best,) = best_of([one, two, unread])
    assert best.score == 1.0
    assert best.reason == "Right. (The best of 3 submissions: a, a.zip, a-2.)"


# --- how it is handed in -------------------------------------------------------------------------


def test_a_zip_a_nested_folder_and_a_zip_in_a_folder_hold_the_same(
    student: Workspace, tmp_path: Path
) -> None:
    expected = read_one(student.folder).handed_in
    assert len(expected) == 2
    archive = zipped(tmp_path / "alice.zip", tree_of(student.folder))
    nested = tmp_path / "Alice 12"
    shutil.copytree(student.folder, nested / "first" / "mine")
    sent = tmp_path / "sent"
    sent.mkdir()
    shutil.copy(archive, sent)
    names = {name.replace("/", "\\"): text for name, text in tree_of(student.folder).items()}
    windows = zipped(tmp_path / "windows.zip", names)
    for path in (archive, nested, sent, windows):
        assert read_one(path).handed_in == expected, path
    (student.path(student.listed[0]) / MARK).unlink()
    assert {each.exercise for each in read_one(student.folder).handed_in} == {
        each.id for each in student.listed
    }


def test_a_notebook_holds_a_program_and_a_guess(student: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "bob.ipynb"
    cells = [
        {
            "source": ["%%writefile program.py\n", "x = 1\n", "y"],
            "metadata": {"tags": ["program"]},
            "cell_type": "code",
        },
        {
            "source": "because = 'it'\nguess = 21",
            "metadata": {"tags": ["guess"]},
            "cell_type": "code",
        },
    ]
    facts = {
        "metadata": {"debugdiff": {"exercise": "e1", "course": "c"}},
        "cells": cells,
        "nbformat": 4,
    }
    path.write_text(json.dumps(facts), encoding="utf-8")
    (handed_in,) = read_one(path).handed_in
    assert handed_in.files == {PROGRAM: "x = 1\ny"}
    assert [each.line for each in handed_in.guesses] == [21]
    path.write_text(json.dumps({**facts, "cells": cells[1:]}), encoding="utf-8")
    assert "no cell tagged `program`" in read_one(path).reason


def test_an_answer_file_is_scored_by_the_lines_it_names(
    student: Workspace, grader: Grader, tmp_path: Path
) -> None:
    exercise = exercise_of(student)
    right = min(place.line for place in right_places(exercise))
    answers = [
        {"exercise": exercise.id, "guess": [1, right], "because": ""},
        {"exercise": "ffffffff", "guess": [1]},
    ]
    shown = {"guess": [right + 2], "program": "# one\n# two\n" + exercise.mutant.source}
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"schema": 1, "course": "two", "student": "Cy", "answers": answers}))
    known, unknown = grader.grade(read_one(path))
    assert (known.student, known.verdict, known.score) == ("Cy", None, 0.5)
    assert (unknown.verdict, unknown.score) == (Verdict.NOT_JUDGED, None)
    assert "no exercise `ffffffff`" in unknown.reason
    answers[:] = [{"exercise": exercise.id, **shown}]
    path.write_text(json.dumps({"schema": 1, "course": "two", "answers": answers}))
    (moved,) = grader.grade(read_one(path))
    assert (moved.student, moved.score) == ("answers", 1.0)


# --- what cannot be read -------------------------------------------------------------------------


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize("name", ["../program.py", "/etc/program.py", "a\\..\\x.py", "C:/x.py"])
def test_a_zip_that_leads_out_is_refused_as_a_whole(tmp_path: Path, name: str) -> None:
    read = read_one(zipped(tmp_path / "eve.zip", {"ok/program.py": "", name: ""}))
    assert not read.handed_in
    assert "points outside the zip" in read.reason


def test_links_bombs_and_damage_have_their_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link("program.py"), "/etc/passwd")
    assert "is a link" in read_one(tmp_path / "link.zip").reason
    monkeypatch.setattr(reading, "MAXIMUM_BYTES", 10_000)
    bomb = zipped(tmp_path / "bomb.zip", {"program.py": "0" * 20_000})
    assert bomb.stat().st_size < 1_000
    assert "holds more than" in read_one(bomb).reason
    (tmp_path / "half.zip").write_bytes(bomb.read_bytes()[:50])
    assert read_one(tmp_path / "half.zip").reason == "half.zip is damaged, or is not a zip."


def test_a_folder_with_a_link_or_a_pipe_is_refused_as_a_zip_with_one_is(
    student: Workspace, tmp_path: Path
) -> None:
    first, second = (student.path(each) for each in student.listed)
    elsewhere = tmp_path / "elsewhere"
    first.rename(elsewhere)
    first.symlink_to(elsewhere)
    assert "`01-bag-of-embeddings` is a link" in read_one(student.folder).reason
    first.unlink()
    (second / PROGRAM).unlink()
    (second / PROGRAM).symlink_to("nowhere")
    assert f"`02-bag-of-embeddings/{PROGRAM}` is a link" in read_one(student.folder).reason
    (second / PROGRAM).unlink()
    os.mkfifo(second / PROGRAM)
    assert (
        f"`02-bag-of-embeddings/{PROGRAM}` is not a regular file" in read_one(student.folder).reason
    )
    os.mkfifo(tmp_path / "eve.zip")
    assert "neither a file nor a folder" in read_one(tmp_path / "eve.zip").reason


def test_an_environment_beside_the_programs_is_passed_over(student: Workspace) -> None:
    venv = student.folder / "env"
    (venv / "lib").mkdir(parents=True)
    (venv / "pyvenv.cfg").touch()
    (venv / "lib64").symlink_to("lib")
    (venv / "lib" / PROGRAM).touch()
    submission = read_one(student.folder)
    assert not submission.reason
    assert len(submission.handed_in) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"schema": 1, "answers": [{"exer', "not a complete answers file"),
        ("[" * 100_000, "not a complete answers file"),
        ('{"schema": 2, "answers": []}', "newer debugdiff"),
        (
            '{"schema": 1, "answers": [{"exercise": "e", "guess": [Infinity]}]}',
            "not a complete answers",
        ),
    ],
    ids=["half", "deep", "newer", "infinite"],
)
def test_an_answer_file_that_is_not_whole_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "dan.json").write_text(text, encoding="utf-8")
    assert words in read_one(tmp_path / "dan.json").reason


def test_a_course_of_a_newer_form_and_text_that_is_none_are_told(student: Workspace) -> None:
    (student.path(student.listed[0]) / PROGRAM).write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in read_one(student.folder).handed_in[0].reason
    path = student.folder / "course.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**facts, "schema": 9}), encoding="utf-8")
    assert "has format 9" in read_one(student.folder).reason
    path.unlink()
    for mark in student.folder.rglob(MARK):
        mark.unlink()
    assert "belongs to no exercise" in read_one(student.folder).reason


OF_PYTHON = re.compile(r"[A-Z]\w+(?:Error|Exception)\b|<\w|\bErrno\b|\bchar \d|\(type=|validation")
"""Words that say something to those alone who write Python."""


def damaged(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def with_flag(path: Path, flag: int) -> Path:
    """The zip with a bit of each of its members set, as if it were encrypted or newer."""
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= flag
    return damaged(path, bytes(data))


def test_reasons_are_sentences_without_words_of_python(student: Workspace, tmp_path: Path) -> None:
    notebook = {"nbformat": 4, "metadata": {"debugdiff": {"exercise": "e"}}}
    packed = {"a/program.py": "x = 1\n" * 99}
    bad = zipped(tmp_path / "bad.zip", packed).read_bytes()
    cases = {
        "needs a password": with_flag(zipped(tmp_path / "locked.zip", packed), 1),
        "compression that is not supported": with_flag(
            zipped(tmp_path / "patch.zip", packed), 0x20
        ),
        "is damaged, or is not a zip": damaged(
            tmp_path / "bad.zip", bad[:43] + b"\xff" * 3 + bad[46:]
        ),
        "damaged in line 2": damaged(tmp_path / "half.json", '{"answers":\n [1, '),
        "`schema` is missing": damaged(tmp_path / "other.json", '{"answers": []}'),
        "does not have the form": damaged(tmp_path / "list.json", '{"schema": [], "answers": 1}'),
        "is not an answers file": damaged(tmp_path / "metrics.json", "[0.5]"),
        "cannot be read: it is damaged in line 1": damaged(tmp_path / "a.ipynb", "{"),
        "a cell that cannot be read": damaged(
            tmp_path / "b.ipynb", json.dumps({**notebook, "cells": [{"cell_type": "code"}]})
        ),
    }
    for words, path in cases.items():
        reason = read_one(path).reason
        assert words in reason, reason
        assert not OF_PYTHON.search(reason), reason
    for text in ("{", "[]", "{}", '{"schema": 1}', "\xff"):
        (student.folder / "course.json").write_text(text, encoding="latin-1")
        reason = read_one(student.folder).reason
        assert reason.startswith("course.json cannot be read"), reason
        assert not OF_PYTHON.search(reason), reason


def test_json_that_belongs_to_something_else_is_passed_over(student: Workspace) -> None:
    (student.folder / "metrics.json").write_text('{"accuracy": 0.5}', encoding="utf-8")
    submission = read_one(student.folder)
    assert len(submission.handed_in) == 2
    assert not submission.notes


@pytest.mark.parametrize(
    "line",
    [
        "import warnings; warnings.warn('see ' + __file__)",
        "from torch import nonsense",
        "from dataset import nonsense",
    ],
)
def test_a_reason_names_no_folder_of_this_machine(
    student: Workspace, grader: Grader, line: str
) -> None:
    source = exercise_of(student).implementation.source
    write_program(student, source.replace("import torch\n", f"import torch\n{line}\n", 1))
    reason = grader.grade(read_one(student.folder))[0].reason
    assert re.search("nonsense|program.py", reason), reason
    assert not re.search(r"(?<![\w.])/\w+/", reason), reason


def test_nobody_ends_the_grading_of_the_others(
    student: Workspace, grader: Grader, tmp_path: Path
) -> None:
    folder = student.folder.parent
    student.folder.rename(folder / "=cmd, 1")
    (folder / "empty").mkdir()
    (folder / "half.zip").write_bytes(b"PK")
    grades = [grade for path in find_submissions(folder) for grade in grader.grade(read_one(path))]
    rows = list(csv.DictReader(io.StringIO(gradebook.long_table(grades))))
    assert [row["student"] for row in rows] == ["'=cmd, 1", "'=cmd, 1", "empty", "half"]
    assert [row["score"] for row in rows] == ["0", "0", "", ""]
    assert rows[2]["reason"] == "No part of a course was found in empty."
    with pytest.raises(DebugdiffError, match="no submissions"):
        find_submissions(tmp_path / "nowhere")
    with pytest.raises(DebugdiffError, match="cannot be read: the system says"):
        find_submissions(tmp_path / ("x" * 300))


def without_programs(workspace: Workspace, folder: Path) -> Path:
    """A submission of a course with nothing in it that would be run."""
    folder.mkdir(parents=True)
    shutil.copy(workspace.folder / "course.json", folder)
    return folder


def test_the_command_writes_what_it_has_and_ends_with_three(
    course_file: Path, given_out: Workspace, tmp_path: Path
) -> None:
    """Nothing here is a program, so no host starts."""
    without_programs(given_out, tmp_path / "class" / "done")
    for name in ("half.zip", "bob.tar.gz", "cleo", "roster.csv", ".DS_Store"):
        (tmp_path / "class" / name).write_bytes(b"PK")

    def grade(*options: str) -> subprocess.CompletedProcess[str]:
        return debugdiff("teach", "grade", str(course_file), "class", *options, folder=tmp_path)

    files = ("-o", "g.csv", "--wide", "w.csv", "--junit", "j.xml", "--gradescope", "scope")
    done = grade(*files, "--framework", "pytorch", "--json")
    assert done.returncode == 3, done.stderr
    grades = json.loads(done.stdout)
    assert [(each["student"], each["score"]) for each in grades] == [
        ("done", 0.0),
        ("done", 0.0),
        ("half", None),
    ]
    assert "1 of 3 could not be judged" in done.stderr
    assert "Not read: bob.tar.gz, cleo. A submission is" in " ".join(done.stderr.split())
    assert (tmp_path / "g.csv").read_text().count("\n") == 4
    assert {each.name for each in (tmp_path / "scope").iterdir()} == {"done.json", "half.json"}
    assert ET.parse(tmp_path / "j.xml").getroot().find("testsuite/testcase/failure") is not None
    assert "results-many" in grade("--classroom50", "result.json").stderr
    (tmp_path / "class" / "half.zip").unlink()
    done = grade("--classroom50", "result.json")
    assert (done.returncode, done.stdout.count("\n")) == (0, 3)
    assert json.loads((tmp_path / "result.json").read_text())["tests"][0]["passed"] is False
    assert grade("-o", "nowhere/g.csv").returncode == 2
    course = course_file.read_text()
    assert "is read by this command" in grade("-o", str(course_file)).stderr
    assert "among what was handed in" in grade("-o", "class/done/g.csv").stderr
    assert "one file" in grade("-o", "g.csv", "--wide", "./g.csv").stderr
    assert course_file.read_text() == course
    (tmp_path / "a.file").touch()
    assert "it is not a folder" in grade("--gradescope", "a.file").stderr
    none = grade("--framework", "keras")
    assert none.stderr.endswith("debugdiff help course-empty\n")
    assert none.returncode == 2


ENDLESS = "def main(seed=0, size='tiny'):\n    while True:\n        pass\n"


def grading(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """The command, with a cache of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "debugdiff", "teach", "grade", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
    )


def test_grading_that_is_interrupted_goes_on_where_it_was(
    student: Workspace, course_file: Path, tmp_path: Path
) -> None:
    shutil.copytree(student.folder, tmp_path / "class" / "bob")
    bob = replace(student, folder=tmp_path / "class" / "bob")
    write_program(bob, ENDLESS)
    asked = (str(course_file), "class", "-o", "g.csv")
    first = grading(*asked, folder=tmp_path)
    assert first.stderr is not None
    seen = next(line for line in first.stderr if line.startswith("1/2") or "error" in line)
    first.send_signal(signal.SIGINT)
    said = seen + first.communicate()[1]
    assert first.returncode == 130, said
    assert "Interrupted: 1 of 2 submissions graded. The same command continues" in said
    assert {line.split(",")[0] for line in (tmp_path / "g.csv").read_text().splitlines()[1:]} == {
        "alice"
    }
    write_program(bob, "x = 1\n")
    for interrupted in (True, False):
        again = grading(*asked, folder=tmp_path)
        told = again.communicate()[1]
        assert again.returncode == 0, told
        assert ("2 programs judged before" in told) is interrupted
        students = [line.split(",")[0] for line in (tmp_path / "g.csv").read_text().splitlines()]
        assert students == ["student", "alice", "alice", "bob", "bob"]


def test_verdicts_are_kept_until_they_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "new" / "unfinished.jsonl"
    verdicts = Verdicts(path)
    verdicts.add(Judged(key="a", verdict=Verdict.FIXED_EXACTLY, reason="Right."))
    verdicts.add(Judged(key="b", verdict=Verdict.NOT_JUDGED, reason="No framework."))
    assert verdicts.get("b") is not None
    with path.open("a", encoding="utf-8") as file:
        file.write('\n{"key": "c", "verd')
    Verdicts(path).add(Judged(key="d", verdict=Verdict.NEW_FAULT, reason="New."))
    later = Verdicts(path)
    assert [later.get(key) is not None for key in "abcd"] == [True, False, False, True]
    later.forget()
    assert Verdicts(path).found_before == 0
    assert Verdicts(tmp_path).get("a") is None  # a folder


def test_a_verdict_is_of_one_text_of_one_exercise(student: Workspace, judge: Judge) -> None:
    asked: list[str] = []

    class Recording(Verdicts):
        def get(self, key: str) -> Judged | None:
            asked.append(key)
            return Judged(key=key, verdict=Verdict.FIXED_EXACTLY, reason="")

    submission = read_one(student.folder)
    for seconds in (None, 2.0):
        Grader(student.source, judge, seconds=seconds, verdicts=Recording()).grade(submission)
    write_program(student, "x = 1\n")
    Grader(student.source, judge, verdicts=Recording()).grade(read_one(student.folder))
    assert len(set(asked)) == 5  # two exercises, twice; then one of them with another program
    assert asked[1] == asked[5]


# --- what is of something else -------------------------------------------------------------------


BOTH = COURSE.replace('pytorch = "pytorch"', 'pytorch = "pytorch", keras = "keras_sequential"')


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("both") / "both.toml"
    path.write_text(BOTH, encoding="utf-8")
    return path


@pytest.mark.parametrize("as_list", [True, False], ids=["a course", "a line of an exercise"])
def test_a_submission_in_the_other_framework_is_said_and_gets_no_zeros(
    both: Path, judge: Judge, tmp_path: Path, as_list: object
) -> None:
    keras = start_course(str(both), tmp_path / "given", FrameworkChoice.KERAS)
    path = tmp_path / "ann.json"
    if as_list:
        path = without_programs(keras, tmp_path / "ann")
    else:
        answers = [{"exercise": keras.listed[0].id, "guess": 1}]
        path.write_text(json.dumps({"schema": 1, "answers": answers}), encoding="utf-8")
    submission = read_one(path)
    right = Grader(find_course(str(both)), judge, choice=FrameworkChoice.KERAS)
    assert right.mismatch(submission) == ""
    assert {grade.score for grade in right.grade(submission)} == {0.0}
    wrong = Grader(find_course(str(both)), judge, choice=FrameworkChoice.PYTORCH)
    assert wrong.mismatch(submission) == "for this course in keras, not in pytorch"
    missing = [each for each in wrong.grade(submission) if each.exercise in wrong.expected]
    assert [each.score for each in missing] == [None, None]
    assert "in keras, not in pytorch" in missing[0].reason
    free = Grader(find_course(str(both)), judge)
    assert free.mismatch(submission) == ""


def test_the_command_warns_of_another_framework_or_course_before_it_grades(
    both: Path, course_file: Path, tmp_path: Path
) -> None:
    keras = start_course(str(both), tmp_path / "given", FrameworkChoice.KERAS)
    for name in "abcdefg":
        without_programs(keras, tmp_path / "class" / name)
    for course, words in ((both, "for this course in keras"), (course_file, "for another course")):
        asked = (str(course), "class", "--framework", "pytorch")
        process = grading(*asked, folder=tmp_path)
        table, said = process.communicate()
        assert process.returncode == 3, said
        assert f"warning: 7 submissions are {words}" in said
        assert ": a, b, c, d, e and 2 more.\n" in said
        assert {row["score"] for row in csv.DictReader(io.StringIO(table))} <= {"", "0"}
        assert "not judged" in said


def test_what_is_of_no_course_is_not_judged(tmp_path: Path, grader: Grader) -> None:
    (tmp_path / "essay").mkdir()
    (tmp_path / "essay" / "essay.docx").write_bytes(b"x")
    (tmp_path / "essay" / "main.py").write_text("x = 1\n", encoding="utf-8")
    zipped(tmp_path / "none.zip", {})
    damaged(tmp_path / "none.json", '{"schema": 1, "answers": []}')
    for name in ("essay", "none.zip", "none.json"):
        (grade,) = grader.grade(read_one(tmp_path / name))
        assert (grade.verdict, grade.score) == (Verdict.NOT_JUDGED, None)
        assert grade.reason == f"No part of a course was found in {name}."


# --- gradebooks ----------------------------------------------------------------------------------

GRADES = (
    Grade(student="ann", source="a", exercise="e1", folder="01-x", score=1.0, reason="Right."),
    Grade(
        student="ann",
        source="a",
        exercise="e2",
        folder="02-y",
        verdict=Verdict.BEHAVES_DIFFERENTLY,
        score=0.5,
        localisation=Localisation(first=3, tries=None),
        reason="\x1b[1mbold\x1b[0m & <b>",
    ),
    Grade(student="b/b", source="b", verdict=Verdict.NOT_JUDGED, reason="Unreadable."),
)


def test_a_wide_table_has_a_row_per_student() -> None:
    rows = list(csv.reader(io.StringIO(gradebook.wide_table(GRADES))))
    assert rows == [
        ["student", "01-x e1", "02-y e2", "total"],
        ["ann", "1", "0.5", "1.5"],
        ["b/b", "", "", ""],
    ]


def test_junit_is_xml_whatever_a_message_holds() -> None:
    root = ET.fromstring(gradebook.junit(gradebook.by_student(GRADES)))
    ann, other = root.findall("testsuite")
    assert (ann.get("tests"), ann.get("failures"), other.get("errors")) == ("2", "1", "1")
    failure = ann.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "bold & <b>"


def test_gradescope_and_classroom50_get_one_result_per_student() -> None:
    mine = gradebook.by_student(GRADES)["ann"]
    scope = gradebook.gradescope(mine)
    assert scope["score"] == 1.5
    assert [test["score"] for test in scope["tests"]] == [1.0, 0.5]
    room = gradebook.classroom50(mine, {"CLASSROOM": "c", "COMMIT_URL": "u"})
    assert (room["schema"], room["classroom"], room["review"]) == (
        "classroom50/result/v1",
        "c",
        "u",
    )
    assert (room["score"], room["max-score"]) == (3, 4)
    assert [test["passed"] for test in room["tests"]] == [True, False]
    unjudged = gradebook.by_student(GRADES)["b/b"]
    for form in (gradebook.gradescope(unjudged), gradebook.classroom50(unjudged, {})):
        assert form["tests"][0]["output"] == "Not judged: Unreadable."
    assert all(type(test["score"]) is int for test in room["tests"])


def test_every_name_of_a_student_is_a_name_of_a_file_of_its_own() -> None:
    names = ["b/b", "b:b", "../x", "…", "=cmd()", "NUL", "con.txt", "Com1", "Ann", "ANN", "ann "]
    assert list(file_names(names).values()) == [
        "b_b",
        "b_b-2",
        "x",
        "student",
        "cmd",
        "student NUL",
        "student con.txt",
        "student Com1",
        "Ann",
        "ANN-2",
        "ann-3",
    ]


def is_reserved(name: str) -> bool:
    """By the standard library, which moved it in Python 3.13."""
    newer = getattr(ntpath, "isreserved", None)
    return bool(newer(name) if newer else PureWindowsPath(name).is_reserved())


@given(st.lists(st.text(max_size=300), max_size=5))
def test_no_name_leads_elsewhere_or_is_too_long(names: list[str]) -> None:
    found = file_names(names)
    assert set(found) == set(names)
    assert len({each.casefold() for each in found.values()}) == len(found)
    for each in found.values():
        assert 0 < len(each.encode()) < 120
        assert not is_reserved(each)
        assert each.strip(" .-+@") == each == PurePath(each).name


@given(st.lists(st.text(), min_size=2, max_size=2))
def test_cells_come_back_and_none_is_a_formula(cells: list[str]) -> None:
    cells = [cell.replace("\r", " ") for cell in cells]
    (_, row) = csv.reader(io.StringIO(csv_text(("a", "b"), [cells]), newline=""))
    assert [cell.removeprefix("'") for cell in row] == [cell.removeprefix("'") for cell in cells]
    assert not [cell for cell in row if cell[:1] in tuple("=+-@\t")]


def test_programs_are_run_without_a_network(given_out: Workspace, judge: Judge) -> None:
    if not can_isolate() or len(socket.if_nameindex()) == 1:
        pytest.skip("this system has no network, or cannot take it away")
    exercise = exercise_of(given_out)
    source = (
        "import socket\n\n\ndef main(seed=0, size='tiny'):\n"
        "    names = [name for _, name in socket.if_nameindex()]\n"
        "    raise RuntimeError(f'interfaces: {names}')\n"
    )
    result = judge.check(exercise, {**exercise.given, PROGRAM: source})
    assert result.failure is not None
    assert "interfaces: ['lo']" in result.failure.message


def test_programs_change_no_files_but_temporary_ones(
    given_out: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may write where they run, and where temporary files go; no right is left to undo it."""
    if not can_isolate():
        pytest.skip("this system cannot make files read-only for a program")
    kept = tmp_path / "kept.txt"
    kept.write_text("mine", encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    exercise = exercise_of(given_out)
    source = exercise.implementation.source.replace("import torch\n", CHANGING, 1)
    source = source.replace("KEPT", repr(str(kept)))
    with Pool(slots=2, isolated=True) as pool, Judge(pool=pool) as judge:
        result = judge.check(exercise, {**exercise.given, PROGRAM: source})
    assert result.verdict is Verdict.FIXED_EXACTLY, (result.reason, result.failure)
    assert kept.read_text(encoding="utf-8") == "mine"


CHANGING = """\
import multiprocessing, subprocess, tempfile
import torch
with open("mine.txt", "w") as file:
    file.write("here")
with tempfile.NamedTemporaryFile() as file:
    file.write(b"there")
multiprocessing.Lock()
CHANGE = f"mount -o remount,bind,rw /; echo x > {KEPT}; chmod 0 {KEPT}; rm -f {KEPT}"
ANEW = ["unshare", "--user", "--map-root-user", "--mount"]
for command in ([], ANEW):
    subprocess.run([*command, "sh", "-c", CHANGE], capture_output=True)
"""
