"""The teacher's half: new courses, and what `check-course` proves."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import find_case
from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.model import Framework
from debugdiff.teach.course import exercises, find_course, load_course
from debugdiff.teach.course_check import leaks
from debugdiff.teach.model import Course, CourseEntry, Exercise, FrameworkChoice
from debugdiff.teach.new_course import Wish, pick, write_course

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def exercise_of(bug: str) -> Exercise:
    programs = {Framework.PYTORCH: "pytorch"}
    entry = CourseEntry(bug=bug, case="bag_of_embeddings", programs=programs)
    course = Course(name="test", title="", about="", entries=(entry,))
    return exercises(course, FrameworkChoice.MIXED)[0]


def with_hint(exercise: Exercise, hint: str) -> Exercise:
    return replace(exercise, bug=replace(exercise.bug, hints=(*exercise.bug.hints, hint)))


# --- new ---------------------------------------------------------------------------------------


def wish(**facts: object) -> Wish:
    bugs = [bug for bug in shipped_bugs() if bug.category in {"shape", "optimizer"}]
    plain = Wish(bugs=bugs, cases=[find_case("bag_of_embeddings"), find_case("gru_sentiment")])
    return replace(plain, **facts)  # type: ignore[arg-type]


def test_a_new_course_holds_what_was_asked_for_and_can_be_read(tmp_path: Path) -> None:
    picks = pick(wish(count=4, minutes=30, difficulty=range(1, 4)))
    path = tmp_path / "mine" / "course.toml"
    title = 'A "course" \\ of mine'
    write_course(path, lambda: picks, title)
    course = load_course(path)
    assert (course.name, course.title) == ("mine", title)
    assert len(course.salt) == 16
    found = exercises(course)
    assert {each.bug.id for each in found} == {each.bug.id for each in picks}
    assert 0 < sum(each.minutes for each in found) <= 30
    assert {each.bug.category for each in found} == {"shape", "optimizer"}
    assert {each.case.name for each in found} == {"bag_of_embeddings", "gru_sentiment"}
    with pytest.raises(DebugdiffError, match="already exists"):
        write_course(path, lambda: picks, title)
    assert load_course(path) == course


def test_an_empty_pick_says_which_filter_left_out_how_many() -> None:
    bugs = [bug for bug in shipped_bugs() if bug.category == "shape"]
    with pytest.raises(DebugdiffError, match=rf"--category excluded {len(bugs)}\."):
        pick(wish(bugs=bugs, categories={"loss"}))
    easy = sum(bug.difficulty == 1 for bug in bugs)
    with pytest.raises(DebugdiffError, match=f"--difficulty excluded {len(bugs) - easy}; "):
        pick(wish(bugs=bugs, difficulty=range(1, 2), minutes=1))


# --- check-course ------------------------------------------------------------------------------


def test_a_hint_that_holds_the_code_of_the_fix_is_a_leak() -> None:
    exercise = exercise_of("optimizer/gradients-not-cleared")
    assert leaks(exercise) == ()
    number = len(exercise.bug.hints) + 1
    assert leaks(with_hint(exercise, "Write `optimizer . zero_grad()` there.")) == (number,)
    assert leaks(with_hint(exercise, "What does optimizer.step() add up?")) == ()


# --- the commands ----------------------------------------------------------------------------


def called(*arguments: str, width: int = 100) -> Result:
    return CliRunner().invoke(app, ["teach", *arguments], env={"COLUMNS": str(width)})


def test_new_never_overwrites_and_says_why_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ("--case", "bag_of_embeddings", "--pick", "shape/*")
    empty = called("new", "mine", *asked, "--difficulty", "5", "--framework", "keras")
    assert re.search(r"--difficulty excluded \d+", str(empty.exception))
    assert not (tmp_path / "mine").exists()
    shown = called("new", "shown", *asked, "--count", "2", width=80)
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert {"bug", "program", "expected", "symptom", "difficulty", "minutes"} <= set(
        shown.stdout.partition("─")[0].split()
    )
    assert re.search(r"(first|later)-step: It stops with an exception", shown.stdout)
    made = called("new", "mine", *asked, "--count", "2", "--json")
    assert made.exit_code == 0, made.output
    assert len(json.loads(made.stdout)["exercises"]) == 2
    text = (tmp_path / "mine" / "course.toml").read_text(encoding="utf-8")
    again = called("new", "mine", *asked)
    assert "already exists" in str(again.exception)
    assert (tmp_path / "mine" / "course.toml").read_text(encoding="utf-8") == text


OWN_BUG = """\
title = "The head has two outputs where there is one answer"
difficulty = 1
taxonomy = ["Humbatova: Tensors & Inputs / Wrong tensor shape"]
story = "Training stops with the very first batch."
explanation = "The head makes two numbers per text, and the loss compares them with one label."
hints = ["Which two shapes?", "How many numbers per text?", "Compare the head with the task."]
references = ["https://github.com/spro/practical-pytorch/issues/135"]

[symptom]
pytorch = "first-step"

[not_expressible]
keras = "This bug of a test is written for PyTorch alone."

[[inject]]
framework = "pytorch"
match = "nn.Linear(EMBEDDING_SIZE, 1)"
replace = "nn.Linear(EMBEDDING_SIZE, 2)"
"""


def test_cases_and_bugs_of_ones_own_are_found_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(find_case("bag_of_embeddings").folder, tmp_path / "my_case")
    bug = tmp_path / "my_bugs" / "shape" / "head-too-wide.toml"
    bug.parent.mkdir(parents=True)
    bug.write_text(OWN_BUG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = ("--case", "my_case", "--bugs", "my_bugs", "--pick", "shape/head-too-wide")
    assert called("new", "courses/mine", *asked).exit_code == 0
    text = (tmp_path / "courses" / "mine" / "course.toml").read_text(encoding="utf-8")
    assert 'bugs = ["../../my_bugs"]' in text
    assert 'case = "../../my_case"' in text
    (here,) = exercises(find_course("courses/mine"))
    assert "nn.Linear(EMBEDDING_SIZE, 2)" in here.mutant.source

    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    (there,) = exercises(find_course("../courses/mine"))
    assert (there.id, there.bug.id) == (here.id, "shape/head-too-wide")
    done = called("start", "../courses/mine", "learner")
    assert done.exit_code == 0, done.output
    monkeypatch.chdir("learner")
    assert called("guess", "program.py:20").exit_code == 1


@pytest.mark.parametrize("command", ["new", "check-course"])
def test_the_help_has_examples(command: str) -> None:
    assert f"debugdiff teach {command} " in called(command, "--help").stdout
