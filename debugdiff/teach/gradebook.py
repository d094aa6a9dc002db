"""Grades as files: CSV long and wide, JUnit, Gradescope, Classroom 50."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from debugdiff.report.csv import csv_text
from debugdiff.report.junit import JUnitTest, Problem
from debugdiff.report.junit import junit as junit_text
from debugdiff.teach.grading import Grade
from debugdiff.teach.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.teach.model import CheckResult

_COLUMNS = (
    "student",
    "exercise",
    "folder",
    "verdict",
    "score",
    "localisation",
    "first_guess",
    "guesses",
    "checks",
    "hints",
    "reason",
)
CLASSROOM50_POINTS = 2
"""Of an exercise there: its scores are whole numbers, and there is half a credit."""


def long_table(grades: Iterable[Grade]) -> str:
    """One row per student and exercise.

    `localisation` is 1 divided by the number of guesses that it took, 0 if the line was not found;
    `first_guess` is how many steps of the flow of data the first guess was away.
    """
    return csv_text(_COLUMNS, (_row(grade) for grade in grades))


def _row(grade: Grade) -> Sequence[str]:
    found = grade.localisation
    facts = (
        grade.student,
        grade.exercise,
        grade.folder,
        grade.verdict,
        _number(grade.score),
        _number(found.score if found else None),
        found.first if found else None,
        grade.guesses,
        grade.checks,
        grade.hints,
        grade.reason,
    )
    return ["" if fact is None else clean(str(fact)) for fact in facts]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def wide_table(grades: Sequence[Grade]) -> str:
    """One row per student: a score per exercise, empty where nothing was judged, and their sum."""
    names = {each.exercise: each.folder for each in grades if each.exercise}
    columns = sorted(names, key=lambda each: (names[each], each))
    heads = [f"{names[each]} {each}".strip() for each in columns]
    rows = []
    for student, mine in by_student(grades).items():
        scores = {each.exercise: each.score for each in mine}
        judged = [score for score in scores.values() if score is not None]
        total = sum(judged) if judged else None
        cells = [_number(scores.get(each)) for each in columns]
        rows.append([student, *cells, _number(total)])
    return csv_text(("student", *heads, "total"), rows)


def by_student(grades: Iterable[Grade]) -> Mapping[str, list[Grade]]:
    """In the order in which they come."""
    groups: dict[str, list[Grade]] = defaultdict(list)
    for grade in grades:
        groups[grade.student].append(grade)
    return groups


def junit(suites: Mapping[str, Sequence[Grade]]) -> str:
    """JUnit XML: a suite per name, a test per exercise; what was not judged is an error."""
    return junit_text({name: list(map(_test, grades)) for name, grades in suites.items()})


def junit_of(folder: str, result: CheckResult) -> str:
    """The same of one check of one's own exercise."""
    grade = Grade(
        student="",
        source="",
        exercise=result.exercise,
        folder=folder,
        verdict=result.verdict,
        score=result.verdict.credit,
        reason=result.reason,
    )
    return junit({"debugdiff teach check": [grade]})


def _test(grade: Grade) -> JUnitTest:
    if grade.is_judged and grade.score == 1:
        return JUnitTest(name=_title(grade))
    return JUnitTest(
        name=_title(grade),
        problem=Problem.FAILURE if grade.is_judged else Problem.ERROR,
        kind=str(grade.verdict or "no-fix"),
        message=grade.reason,
    )


def _title(grade: Grade) -> str:
    return f"{grade.folder} {grade.exercise}".strip() or "submission"


def _output(grade: Grade) -> str:
    """Why: these forms have no other word for what was not judged than no points."""
    return grade.reason if grade.is_judged else f"Not judged: {grade.reason}"


def gradescope(grades: Iterable[Grade]) -> Mapping[str, Any]:
    """One student's `results.json`: a test per exercise. Hidden runs stay unmentioned."""
    tests: list[dict[str, Any]] = [
        {
            "name": _title(each),
            "score": each.score or 0.0,
            "max_score": 1.0,
            "output": _output(each),
            "visibility": "visible",
        }
        for each in grades
    ]
    return {"score": sum(test["score"] for test in tests), "tests": tests}


def classroom50(grades: Iterable[Grade], surroundings: Mapping[str, str]) -> Mapping[str, Any]:
    """One student's `result.json`, form `classroom50/result/v1`.

    Its scores are whole numbers, so an exercise has two points. What identifies the submission
    comes from the variables that its runner sets; the runner fills in the owner.

    Args:
        grades: of the student.
        surroundings: the environment of the process.
    """
    tests: list[dict[str, Any]] = [
        {
            "test-name": _title(each),
            "passed": each.score == 1,
            "score": int((each.score or 0.0) * CLASSROOM50_POINTS),
            "max-score": CLASSROOM50_POINTS,
            "output": _output(each),
        }
        for each in grades
    ]
    commit = surroundings.get("COMMIT_URL", "")
    return {
        "schema": "classroom50/result/v1",
        "classroom": surroundings.get("CLASSROOM", ""),
        "assignment": surroundings.get("ASSIGNMENT", ""),
        "submission": surroundings.get("SUBMISSION_TAG", ""),
        "commit": commit,
        "release": surroundings.get("RELEASE_URL", ""),
        "review": surroundings.get("REVIEW_URL") or commit,
        "score": sum(test["score"] for test in tests),
        "max-score": CLASSROOM50_POINTS * len(tests),
        "tests": tests,
    }
