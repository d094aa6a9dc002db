"""The teacher's half: new courses, and what `check-course` proves."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import find_case
from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.model import Framework, Symptom
from debugdiff.report.page import Page
from debugdiff.teach import course_check, measuring
from debugdiff.teach.course import exercises, find_course, load_course
from debugdiff.teach.course_check import CheckedExercise, check_exercise, leaks
from debugdiff.teach.course_views import checked_parts, state_of
from debugdiff.teach.judge import Judge
from debugdiff.teach.measuring import Candidate, CandidateKind
from debugdiff.teach.model import Course, CourseEntry, Exercise, Fix, FrameworkChoice, Verdict
from debugdiff.teach.neutral import rewrites
from debugdiff.teach.new_course import Wish, pick, write_course

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from debugdiff.execute.pool import Pool


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


@pytest.fixture(scope="module")
def judge(pool: Pool) -> Iterator[Judge]:
    with Judge(pool=pool) as judge:
        yield judge


@pytest.fixture(scope="module")
def good(judge: Judge) -> CheckedExercise:
    """An exercise that is as promised, about which the judge was asked little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "rewrites", lambda source: islice(rewrites(source), 1))
        return check_exercise(judge, exercise_of("data/vocabulary-off-by-one"), [], 0)


def answered(good: CheckedExercise, kind: CandidateKind, verdict: Verdict) -> CheckedExercise:
    """The same exercise, if the judge had said something else of one kind of programs."""
    measured = (
        replace(each, verdict=verdict, reason="so it is") if each.candidate.kind is kind else each
        for each in good.measured
    )
    return replace(good, measured=tuple(measured))


def test_an_exercise_is_proven(good: CheckedExercise) -> None:
    assert (good.is_proven, good.problems, good.seen) == (True, (), good.exercise.expected)
    kinds = {each.candidate.kind for each in good.measured}
    assert kinds >= {CandidateKind.BUG, CandidateKind.HEALTHY, CandidateKind.REWRITE}
    assert kinds >= {CandidateKind.SWALLOWED, CandidateKind.COPIED}


def test_what_is_not_as_promised_is_said_with_what_to_do(good: CheckedExercise) -> None:
    promise = {Framework.PYTORCH: Symptom.SILENT}
    wrong = replace(good.exercise, bug=replace(good.exercise.bug, symptom=promise))
    (unkept,) = replace(good, exercise=wrong).problems
    assert unkept.what == f"It promises the symptom `silent` and shows `{good.seen}`"
    assert "pytorch" in unkept.hint

    accepted = answered(good, CandidateKind.COPIED, Verdict.FIXED_EXACTLY)
    refused = answered(good, CandidateKind.REWRITE, Verdict.BEHAVES_DIFFERENTLY)
    assert (len(accepted.wrongly_accepted), len(accepted.wrongly_refused)) == (2, 0)
    assert (len(refused.wrongly_accepted), len(refused.wrongly_refused)) == (0, 1)
    half = answered(good, CandidateKind.BUG, Verdict.BEHAVES_DIFFERENTLY)
    assert len(half.wrongly_accepted) == 1
    page = Page(colour=False, width=80).write(*checked_parts([accepted, refused, good]))
    rows = [line.split() for line in page.splitlines() if "bag_of_embeddings" in line]
    assert [row[0] for row in rows] == ["✗", "✗", "✓"]
    assert [row[-2:] for row in rows] == [["2", "0"], ["0", "1"], ["0", "0"]]
    assert "3 exercises: 1 proven, 2 not as promised." in page
    assert max(map(len, page.splitlines())) <= 80


def test_another_bug_that_changes_nothing_is_not_counted(good: CheckedExercise) -> None:
    healthy = next(x for x in good.measured if x.candidate.kind is CandidateKind.HEALTHY)
    other = replace(healthy.candidate, kind=CandidateKind.OTHER_BUG)
    idle = replace(good, measured=(*good.measured, replace(healthy, candidate=other)))
    assert idle.is_proven
    assert len(idle.counted) == len(good.measured)


FAILS = "def main(seed=0, size='tiny'):\n    raise ValueError('not here')\n"


def test_where_the_healthy_program_is_not_judged_nothing_more_is_asked(judge: Judge) -> None:
    exercise = exercise_of("data/vocabulary-off-by-one")
    broken = replace(exercise.implementation, source=FAILS)
    found = check_exercise(judge, replace(exercise, implementation=broken), shipped_bugs(), 5)
    assert [each.candidate.kind for each in found.measured] == [CandidateKind.HEALTHY]
    assert len(found.unjudged) == 1
    assert (found.is_proven, found.seen, state_of(found)) == (False, None, "not judged")
    assert "not here" in Page(width=80).write(*checked_parts([found]))


LOSSES_THAT_ARE_NOT_FINITE = """\
import torch
from torch import nn


def main(seed=0, size="tiny"):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        loss = model(torch.ones(3, 2)).sum() * float("inf")
        loss.backward()
        optimizer.step()
    return {"accuracy": 0.5}
"""


def test_what_is_not_finite_and_shows_in_no_figure_is_seen(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = exercise_of("optimizer/gradients-not-cleared")
    source = LOSSES_THAT_ARE_NOT_FINITE
    given = replace(exercise, mutant=replace(exercise.mutant, source=source))
    bug = Candidate(kind=CandidateKind.BUG, name="the bug", source=source)
    monkeypatch.setattr(course_check, "candidates_of", lambda *_: [bug])
    assert judge.symptom(given).metrics == {"accuracy": 0.5}
    assert check_exercise(judge, given, [], 0).seen is Symptom.NON_FINITE


def test_a_written_fix_that_does_not_fit_is_a_problem_and_no_crash(judge: Judge) -> None:
    exercise = exercise_of("data/vocabulary-off-by-one")
    unjudged = replace(exercise.implementation, source=FAILS)
    fix = Fix(framework=Framework.PYTORCH, edits=(("nowhere", "pass"),), why="in vain")
    found = check_exercise(judge, replace(exercise, implementation=unjudged, fixes=(fix,)), [], 0)
    assert ["in vain" in each.what and "0 times" in each.what for each in found.unfit] == [True]


# --- the commands ------------------------------------------------------------------------------


def called(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["teach", *arguments], env={"COLUMNS": "100"})


def test_check_course_tells_by_its_exit_status_what_was_found(
    good: CheckedExercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "course.toml"
    entry = '[[exercise]]\nbug = "{}"\ncase = "bag_of_embeddings"\n{}\n'
    bugs = ("data/vocabulary-off-by-one", "optimizer/gradients-not-cleared")
    entries = [entry.format(bug, 'programs = { pytorch = "pytorch" }') for bug in bugs]
    path.write_text('title = "t"\nabout = ""\n' + "".join(entries), encoding="utf-8")
    accepted = answered(good, CandidateKind.COPIED, Verdict.FIXED_EXACTLY)
    unjudged = answered(good, CandidateKind.REWRITE, Verdict.NOT_JUDGED)

    def checked(*found: CheckedExercise | type[BaseException]) -> Result:
        answers = iter(found)

        def check(*_: object) -> CheckedExercise:
            answer = next(answers)
            if isinstance(answer, type):
                raise answer
            return answer

        monkeypatch.setattr(course_check, "check_exercise", check)
        return called("check-course", str(path), "--json")

    for status, found in {0: good, 1: accepted, 3: unjudged}.items():
        done = checked(good, found)
        assert done.exit_code == status, done.output
        facts = json.loads(done.stdout)["exercises"]
        assert [each["proven"] for each in facts] == [True, status == 0]
        assert "2 of 2: " in done.stderr
    stopped = checked(good, KeyboardInterrupt)
    assert stopped.exit_code == 130
    assert len(json.loads(stopped.stdout)["exercises"]) == 1
    assert "Interrupted: 1 of 2 exercises were checked." in stopped.stderr


def test_new_never_overwrites_and_says_why_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ("--case", "bag_of_embeddings", "--pick", "shape/*")
    empty = called("new", "mine", *asked, "--difficulty", "5", "--framework", "keras")
    assert re.search(r"--difficulty left out \d+", str(empty.exception))
    assert not (tmp_path / "mine").exists()
    made = called("new", "mine", *asked, "--count", "2", "--json")
    assert made.exit_code == 0, made.output
    assert len(json.loads(made.stdout)["exercises"]) == 2
    text = (tmp_path / "mine" / "course.toml").read_text(encoding="utf-8")
    again = called("new", "mine", *asked)
    assert "there already" in str(again.exception)
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
