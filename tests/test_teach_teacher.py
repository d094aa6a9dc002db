"""The teacher's half: new courses, and what `check-course` proves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import find_case
from debugdiff.errors import DebugdiffError
from debugdiff.model import Framework
from debugdiff.teach.course import exercises, load_course
from debugdiff.teach.course_check import leaks
from debugdiff.teach.model import Course, CourseEntry, Exercise, FrameworkChoice
from debugdiff.teach.new_course import Wish, pick, write_course

if TYPE_CHECKING:
    from pathlib import Path


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
    with pytest.raises(DebugdiffError, match="there already"):
        write_course(path, lambda: picks, title)
    assert load_course(path) == course


def test_an_empty_pick_says_which_filter_left_out_how_many() -> None:
    bugs = [bug for bug in shipped_bugs() if bug.category == "shape"]
    with pytest.raises(DebugdiffError, match=rf"--category left out {len(bugs)}\."):
        pick(wish(bugs=bugs, categories={"loss"}))
    easy = sum(bug.difficulty == 1 for bug in bugs)
    with pytest.raises(DebugdiffError, match=f"--difficulty left out {len(bugs) - easy}; "):
        pick(wish(bugs=bugs, difficulty=range(1, 2), minutes=1))


# --- check-course ------------------------------------------------------------------------------


def test_a_hint_that_holds_the_code_of_the_fix_is_a_leak() -> None:
    exercise = exercise_of("optimizer/gradients-not-cleared")
    assert leaks(exercise) == ()
    number = len(exercise.bug.hints) + 1
    assert leaks(with_hint(exercise, "Write `optimizer . zero_grad()` there.")) == (number,)
    assert leaks(with_hint(exercise, "What does optimizer.step() add up?")) == ()
