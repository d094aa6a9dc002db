"""Courses: from a TOML file to exercises in their order, and what is said of a bad one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from debugdiff.errors import DebugdiffError
from debugdiff.model import Framework, Symptom
from debugdiff.syntax import parse
from debugdiff.teach.course import (
    built_in_courses,
    exercise_id,
    exercises,
    find_course,
    find_exercise,
    load_course,
)
from debugdiff.teach.instructions import course_readme, exercise_readme
from debugdiff.teach.measuring import applied
from debugdiff.teach.model import Course, Exercise, FrameworkChoice
from debugdiff.teach.neutral import rewrites

COURSE = """
schema = 1
title = "Two"
about = "Two exercises."

[[exercise]]
bug = "shape/classes-off-by-one"
case = "name_classifier"
programs = { pytorch = "pytorch", keras = "keras_functional" }

[[exercise]]
bug = "language/imported-from-wrong-module"
case = "gru_sentiment"
programs = { pytorch = "pytorch" }
minutes = 3
"""
BUILT_IN = built_in_courses()


@cache
def exercises_of(name: str, choice: FrameworkChoice) -> tuple[Exercise, ...]:
    """Bugs are put into programs once for all tests."""
    return exercises(next(each for each in BUILT_IN if each.name == name), choice)


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_course_is_ordered_by_stage_and_a_learner_chooses_the_framework(tmp_path: Path) -> None:
    course = load_course(written(tmp_path, COURSE))
    mixed = exercises(course)
    assert [each.bug.id for each in mixed] == [
        "language/imported-from-wrong-module",
        "shape/classes-off-by-one",
    ]
    assert [each.framework for each in mixed] == [Framework.PYTORCH, Framework.KERAS]
    assert [each.framework for each in exercises(course, FrameworkChoice.PYTORCH)] == [
        Framework.PYTORCH
    ] * 2
    assert len(exercises(course, FrameworkChoice.KERAS)) == 1


def test_the_twin_of_an_exercise_is_the_same_bug_in_the_other_framework(tmp_path: Path) -> None:
    course = load_course(written(tmp_path, COURSE))
    second = exercises(course)[1]
    twin = find_exercise(course, second.twin)
    assert twin is not None
    assert twin.bug == second.bug
    assert twin.framework is not second.framework
    assert twin.twin == second.id


def test_an_exercise_may_promise_another_symptom_than_its_bug(tmp_path: Path) -> None:
    """It then stands where that symptom does, and its reader is told so."""
    changed = COURSE.replace("minutes = 3", 'symptom = { pytorch = "silent" }\nminutes = 3')
    assert changed != COURSE
    plain, other = (
        exercises(load_course(written(tmp_path / name, text)), FrameworkChoice.PYTORCH)
        for name, text in (("plain", COURSE), ("other", changed))
    )
    moved = next(each for each in other if each.expected is Symptom.SILENT)
    before = next(each for each in plain if each.id == moved.id)
    assert before.expected is not Symptom.SILENT
    assert moved.number == len(other)


def test_ids_are_opaque_and_depend_on_the_salt(tmp_path: Path) -> None:
    course = load_course(written(tmp_path, COURSE))
    salted = load_course(written(tmp_path, COURSE.replace("about =", 'salt = "x"\nabout =')))
    identities = [
        exercise_id(each, each.entries[0], Framework.PYTORCH) for each in (course, salted)
    ]
    assert identities[0] != identities[1]
    assert all(len(each) == 8 and int(each, 16) >= 0 for each in identities)


@pytest.mark.parametrize(
    ("change", "slug", "words"),
    [
        (("schema = 1", "schema = 2"), "course-newer", "newer debugdiff"),
        (('title = "Two"', 'titel = "Two"'), "course-toml", "title"),
        (("minutes = 3", 'minutes = "x"'), "course-toml", "mine.toml:15"),
        (("minutes = 3", "minutes ="), "course-toml", "TOML"),
        (("wrong-module", "no-such-bug"), "course-bug", "no-such-bug"),
        (('"pytorch" }\nminutes', '"torch" }\nminutes'), "course-bug", "torch"),
        (("classes-off-by-one", "squeeze-drops-batch"), "course-bug", "does not fit"),
        (
            (
                '"language/imported-from-wrong-module"\ncase = "gru_sentiment"',
                '"shape/classes-off-by-one"\ncase = "name_classifier"',
            ),
            "course-id",
            "twice",
        ),
    ],
)
def test_what_is_wrong_with_a_course_is_told(
    tmp_path: Path, change: tuple[str, str], slug: str, words: str
) -> None:
    assert change[0] in COURSE
    path = written(tmp_path, COURSE.replace(*change))
    with pytest.raises(DebugdiffError) as caught:
        exercises(load_course(path), FrameworkChoice.PYTORCH)
    assert caught.value.slug == slug
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_an_unknown_course_is_told_with_those_that_there_are() -> None:
    with pytest.raises(DebugdiffError, match="silnet") as caught:
        find_course("silnet")
    assert "Did you mean silent" in caught.value.hint


# --- the courses that ship -----------------------------------------------------------------------


@pytest.mark.parametrize("course", BUILT_IN, ids=lambda course: course.name)
def test_a_built_in_course_takes_one_to_two_hours_in_either_framework_and_mixed(
    course: Course,
) -> None:
    for choice in FrameworkChoice:
        minutes = sum(each.minutes for each in exercises_of(course.name, choice))
        assert 60 <= minutes <= 120


def test_the_promised_courses_are_there() -> None:
    names = {course.name: course for course in BUILT_IN}
    assert set(names) == {"first-steps", "shapes", "silent", "loops-and-modes", "attention"}
    steps = exercises_of("first-steps", FrameworkChoice.MIXED)
    assert len(steps) == len(exercises_of("silent", FrameworkChoice.MIXED)) == 12
    assert Symptom.SILENT not in {each.expected for each in steps}
    assert {each.expected for each in exercises_of("silent", FrameworkChoice.MIXED)} == {
        Symptom.SILENT
    }


@pytest.mark.parametrize("course", BUILT_IN, ids=lambda course: course.name)
@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_what_a_learner_gets_tells_neither_bug_nor_place(course: Course, framework: str) -> None:
    for exercise in exercises_of(course.name, FrameworkChoice(framework)):
        given = exercise_readme(exercise) + "".join(exercise.given.values())
        assert exercise.bug.id not in given
        assert exercise.bug.title not in given
        assert exercise.bug.explanation not in given
        assert exercise.mutant.source == exercise.given["program.py"]
        assert exercise.implementation.source not in given
        assert not any(hint in given for hint in exercise.bug.hints)
        assert len(exercise.bug.hints) == 3


@pytest.mark.parametrize("course", BUILT_IN, ids=lambda course: course.name)
def test_the_readme_of_a_course_names_no_bug(course: Course) -> None:
    chosen = exercises_of(course.name, FrameworkChoice.MIXED)
    text = course_readme(course, chosen)
    assert not any(each.bug.id in text or each.bug.title in text for each in chosen)
    assert all(each.folder in text for each in chosen)


@pytest.mark.parametrize("course", BUILT_IN, ids=lambda course: course.name)
@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_written_fixes_fit_and_each_program_has_five_neutral_rewrites(
    course: Course, framework: str
) -> None:
    for exercise in exercises_of(course.name, FrameworkChoice(framework)):
        for fix in exercise.fixes:
            parse(applied(fix, exercise.mutant.source))
        sources = {each.source for each in rewrites(exercise.implementation.source)}
        assert len(sources) >= 5
        assert exercise.implementation.source not in sources
