"""`teach check-course`: what it proves of a course, and what it says of one that is not true."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from debugdiff.case_template import write_case
from debugdiff.cli import teach_course
from debugdiff.cli.teach import app
from debugdiff.model import Stack
from debugdiff.report.page import Page
from debugdiff.teach import course_check, judge
from debugdiff.teach.course import load_course
from debugdiff.teach.course_views import checked_parts
from debugdiff.teach.judge import Judge
from debugdiff.teach.measuring import CandidateKind
from debugdiff.teach.model import Verdict
from debugdiff.teach.new_course import write_course

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from debugdiff.execute.pool import Pool
    from debugdiff.teach.course_check import CheckedExercise

COURSE = """
title = "Mine"
about = "One exercise that is true, and one that is not."
bugs = ["bugs"]

[[exercise]]
bug = "optimizer/gradients-not-cleared"
case = "vowels"
programs = { pytorch = "pytorch" }

[[exercise.fix]]
framework = "pytorch"
why = "the model clears them, too"
edits = [["loss.backward()", "model.zero_grad(); loss.backward()"]]

[[exercise]]
bug = "shape/batch-is-time"
case = "vowels"
programs = { pytorch = "pytorch" }

[[exercise.fix]]
framework = "pytorch"
why = "the other end"
edits = [["state[-1]", "state[0]"]]

[[exercise.fix]]
framework = "pytorch"
why = "of another program"
edits = [["nn.LSTM(", "nn.GRU("]]
"""
BUG = """
title = "A title"
difficulty = 1
story = "A story."
explanation = "An explanation."
hints = ["What?", "Where?", "Say batch_first = True where the layer is made."]
references = ["https://docs.pytorch.org/docs/stable/"]

[symptom]
pytorch = "silent"

[not_expressible]
keras = "It has no such thing."

[[inject]]
framework = "pytorch"
match = "nn.GRU($a, $b, batch_first=True)"
replace = "nn.GRU($a, $b)"

[[example]]
framework = "pytorch"
before = "x = nn.GRU(8, 16, batch_first=True)\\n"
after = "x = nn.GRU(8, 16)\\n"
"""
TRUE, FALSE = "optimizer/gradients-not-cleared", "shape/batch-is-time"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    write_case(folder / "vowels")
    path = folder / "bugs" / f"{FALSE}.toml"
    path.parent.mkdir(parents=True)
    path.write_text(BUG, encoding="utf-8")
    (folder / "course.toml").write_text(COURSE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ran(course: Path, pool: Pool) -> tuple[Any, Mapping[str, CheckedExercise]]:
    """The command on the whole course, and what it had found, by bug."""
    found: dict[str, CheckedExercise] = {}
    check = course_check.check_exercise

    def noted(*arguments: Any) -> CheckedExercise:
        checked = check(*arguments)
        return found.setdefault(checked.exercise.bug.id, checked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_check, "check_exercise", noted)
        patch.setattr(judge, "Judge", lambda **_: Judge(pool=pool))
        words = ["check-course", str(course), "--others", "1", "--json"]
        done = CliRunner().invoke(app, words)
    return done, found


@pytest.fixture
def true(ran: tuple[Any, Mapping[str, CheckedExercise]]) -> CheckedExercise:
    """The exercise that is as promised."""
    return ran[1][TRUE]


def with_verdict(checked: CheckedExercise, verdict: Verdict) -> CheckedExercise:
    """The same, if the judge had said something else of the program that is given out."""
    return replace(
        checked,
        measured=tuple(
            replace(each, verdict=verdict) if each.candidate.kind is CandidateKind.BUG else each
            for each in checked.measured
        ),
    )


def test_a_course_is_proven_exercise_by_exercise(
    ran: tuple[Any, Mapping[str, CheckedExercise]],
) -> None:
    done, found = ran
    assert done.exit_code == 1, done.output
    facts = {each["bug"]: each for each in json.loads(done.stdout)["exercises"]}
    assert set(facts) == set(found) == {TRUE, FALSE}
    true = facts[TRUE]
    assert (true["figures"], facts[FALSE]["figures"]) == ([], None)
    text = Page(width=80).write(*checked_parts(list(found.values())))
    assert "No metric shows that something is wrong in 02-vowels" in " ".join(text.split())
    assert (true["seen"], true["problems"], true["not_judged"]) == ("silent", [], 0)
    verdicts = {each["kind"]: each["verdict"] for each in true["asked"]}
    assert set(verdicts) == set(CandidateKind) - {CandidateKind.SWALLOWED}
    assert Verdict(verdicts["fix"]).is_fixed
    assert true["seconds"] > 0
    assert "2 of 2: 02-vowels in pytorch" in done.stderr


def test_what_is_not_as_promised_is_told_with_a_hint_for_the_author(
    ran: tuple[Any, Mapping[str, CheckedExercise]],
) -> None:
    misfit, refused, promise, hint = ran[1][FALSE].problems
    assert misfit.what.startswith('The fix "of another program" does not fit: `nn.LSTM(` occurs 0')
    assert refused.what.startswith('The fix "the other end" is refused: ')
    assert promise.what.startswith("Promised: `silent`. Seen: `first-step`, ")
    assert 'pytorch = "first-step"' in promise.hint
    assert hint.what == "Hint 3 contains code of the fix."


@pytest.mark.parametrize("verdict", [Verdict.FIXED_EXACTLY, Verdict.BEHAVES_DIFFERENTLY])
def test_a_bug_that_is_given_any_credit_is_a_problem(
    true: CheckedExercise, verdict: Verdict
) -> None:
    (problem,) = with_verdict(true, verdict).problems
    assert problem.what.startswith("The program that is given out is not refused: ")
    assert "has an effect" in problem.hint


def test_the_table_fits_eighty_columns(
    ran: tuple[Any, Mapping[str, CheckedExercise]], true: CheckedExercise
) -> None:
    idle = with_verdict(true, Verdict.FIXED_EXACTLY)
    assert idle.seen is None
    text = Page(width=80).write(*checked_parts([true, ran[1][FALSE], idle]))
    assert max(map(len, text.splitlines())) <= 80
    assert "1 of 3 exercises proven." in text
    assert f"{FALSE} in vowels/pytorch" in text
    head = text.partition("─")[0].split()
    assert {"seconds", "symptom", "seen", "judged", "right"} <= set(head)
    row = next(line for line in text.splitlines() if line.startswith("with the bug "))
    assert row.split()[-4:] == ["3", "1", "2", "0"]


def test_a_placeholder_that_students_would_read_is_warned_of(
    course: Path, true: CheckedExercise, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(course, tmp_path / "mine")
    written = tmp_path / "new" / "course.toml"
    write_course(written, lambda: (), "New")
    about = load_course(written).about
    path = tmp_path / "mine" / "course.toml"
    path.write_text(
        COURSE.replace("One exercise that is true, and one that is not.", about.strip()), "utf-8"
    )
    monkeypatch.setattr(teach_course, "_checked", lambda *_: iter([true]))
    monkeypatch.setattr(judge, "Judge", lambda **_: Judge(pool=pool))
    for folder, warned in ((tmp_path / "mine", True), (course, False)):
        checked = CliRunner().invoke(app, ["check-course", str(folder)])
        out = str(tmp_path / f"out-{warned}")
        exported = CliRunner().invoke(app, ["export", str(folder), out, "--no-decoys"])
        for done in (checked, exported):
            assert ("warning: `about` in course.toml" in done.stderr) is warned, done.output


def test_an_interruption_prints_what_was_found_so_far(
    course: Path, true: CheckedExercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Iterator[CheckedExercise]:
        yield true
        raise KeyboardInterrupt

    monkeypatch.setattr(teach_course, "_checked", interrupted)
    done = CliRunner().invoke(app, ["check-course", str(course)])
    assert done.exit_code == 130
    assert "1 of 1 exercise proven." in done.stdout
    assert "Interrupted: 1 of 2 exercises were checked." in done.stderr


def test_what_cannot_be_judged_is_told_once_and_ends_with_three(
    course: Path, pool: Pool, true: CheckedExercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = replace(true.exercise, stack=Stack.KERAS_JAX)
    with Judge(pool=pool) as asked:
        checked = course_check.check_exercise(asked, missing)
    assert (checked.seen, checked.problems, len(checked.measured)) == (None, (), 1)
    monkeypatch.setattr(teach_course, "_checked", lambda *_: iter([checked, true]))
    done = CliRunner().invoke(app, ["check-course", str(course)])
    assert done.exit_code == 3
    assert "not judged: healthy (healthy): keras-jax is not installed" in done.stdout


def test_a_course_without_exercises_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    path.write_text('title = "None"\nabout = "Nothing."\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["check-course", str(path)])
    assert getattr(done.exception, "slug", "") == "course-empty"
