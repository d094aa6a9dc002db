"""The learner's commands as a process: what they print, as JSON too, and their exit status."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from command_line import debugdiff
from rich.console import Console

from debugdiff.model import Failure, Frame, OpenedFrame, Operand, Owner, PostMortem, Stage
from debugdiff.report.page import Page
from debugdiff.teach import views
from debugdiff.teach.course_list import open_workspace
from debugdiff.teach.lesson import Lesson
from debugdiff.teach.model import CheckLine, CheckName, CheckResult, Parting, Verdict
from debugdiff.teach.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping

BROKEN = "def main(:\n"


def teach(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return debugdiff("teach", *arguments, folder=folder)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("courses")
    done = teach("start", "shapes", "mine", "--framework", "pytorch", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "11 exercises" in done.stderr
    return folder / "mine"


def json_of(*arguments: str, folder: Path, status: int = 0) -> Any:
    done = teach(*arguments, "--json", folder=folder)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_without_a_course_the_built_in_ones_are_listed(tmp_path: Path) -> None:
    names = [each["name"] for each in json_of("start", folder=tmp_path)]
    assert "silent" in names
    assert "first-steps" in teach("start", folder=tmp_path).stdout


def test_a_check_ends_with_one_if_the_program_is_not_fixed(course: Path) -> None:
    inside = next(course.glob("01-*"))
    given = (inside / "program.py").read_text(encoding="utf-8")
    (inside / "program.py").write_text(BROKEN, encoding="utf-8")
    facts = json_of("check", "--because", "a comma", folder=inside, status=1)
    assert facts["verdict"] == "does-not-run"
    assert facts["schema"] == 1
    printed = teach("check", "1", "--junit", "results.xml", folder=course)
    (failure,) = ET.parse(course / "results.xml").getroot().iter("failure")
    assert failure.get("type") == "does-not-run"
    assert "does not run" in printed.stdout
    assert "line 1" in printed.stdout
    assert "Traceback" not in printed.stdout + printed.stderr
    assert teach("undo", folder=inside).returncode == 0
    assert (inside / "program.py").read_text(encoding="utf-8") == given
    checks = {row["number"]: row["progress"]["checks"] for row in json_of("list", folder=course)}
    assert checks[1] == 2
    assert checks[2] == 0


def test_a_check_that_is_interrupted_says_so(course: Path, tmp_path: Path) -> None:
    program = next(course.glob("03-*")) / "program.py"
    given = program.read_text(encoding="utf-8")
    marker = tmp_path / "running"
    lines = f"    open({str(marker)!r}, 'w').close()\n    while True:\n        pass\n"
    program.write_text(f"def main(seed=0, size='tiny'):\n{lines}", encoding="utf-8")
    teach_check = ["-m", "debugdiff", "teach", "check", "3"]
    command = [sys.executable, *teach_check, "--sandbox", "off"]  # it writes the marker
    check = subprocess.Popen(command, cwd=course, stderr=subprocess.PIPE, text=True)
    while not marker.exists() and check.poll() is None:
        time.sleep(0.1)
    check.send_signal(signal.SIGINT)
    said = check.communicate()[1]
    program.write_text(given, encoding="utf-8")
    assert check.returncode == 130
    assert said == "Interrupted. Your files are as they were.\n"


def test_hints_guesses_and_the_next_exercise_have_json(course: Path) -> None:
    assert json_of("hint", "2", folder=course)["number"] == 1
    assert json_of("hint", "2", folder=course)["number"] == 2
    facts = json_of("guess", "program.py:1", "2", folder=course, status=1)
    assert facts["rank"] != 0
    assert json_of("next", folder=course)["folder"].startswith("01-")
    program = next(course.glob("02-*")) / "program.py"
    program.write_text("mine = 1\n", encoding="utf-8")
    assert json_of("reset", "2", folder=course)["folder"].startswith("02-")
    assert "mine" not in program.read_text(encoding="utf-8")
    assert json_of("undo", "2", folder=course)["state"]
    assert "The goal" in teach("next", folder=course).stdout


def test_where_none_was_named_the_exercise_is_named(course: Path) -> None:
    assert teach("hint", folder=course).stderr.startswith("01-")
    assert teach("hint", "2", folder=course).stderr == ""
    back = teach("reset", "2", folder=course).stderr
    undone = teach("undo", back.split("`")[1].split()[-1], folder=course)
    assert undone.stderr.startswith("02-")


def test_the_log_is_exported_and_study_can_be_ended(course: Path, tmp_path: Path) -> None:
    done = teach("log", "export", str(tmp_path / "tables"), "--progsnap2", folder=course)
    assert done.returncode == 0
    assert (tmp_path / "tables" / "MainTable.csv").is_file()
    assert teach("study", "off", folder=course).returncode == 0
    assert not open_workspace(course).study
    assert teach("study", "on", folder=course).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (("check", "99"), "exercise-unknown"),
        (("guess", "dataset.py:3"), "guess-line"),
        (("guess", "program.py"), "guess-line"),
        (("why", "1"), "why-unsolved"),
        (("next", "--twin"), "twin-missing"),
        (("study", "maybe"), "study-state"),
        (("start", "silnet"), "course-unknown"),
        (("start", "x" * 300), "course-unknown"),
        (("start", "~nobody-at-all/x"), "course-unknown"),
        (("check", "1", "--junit", "nowhere/x.xml"), "output-unwritable"),
        ((), "watch-terminal"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    course: Path, arguments: tuple[str, ...], slug: str
) -> None:
    done = teach(*arguments, folder=course)
    assert done.returncode == 2
    assert done.stderr.endswith(f"debugdiff help {slug}\n"), done.stderr
    assert not done.stdout


def test_outside_of_a_course_every_command_says_so(tmp_path: Path) -> None:
    for command in ("check", "hint", "list", "next", "undo"):
        done = teach(command, folder=tmp_path)
        assert done.returncode == 2
        assert "is not inside a course" in done.stderr


# --- what is printed -----------------------------------------------------------------------------


def result_of(**facts: Any) -> CheckResult:
    frame = Frame(file="/x/program.py", line=7, function="forward", code="h(x)", owner=Owner.USER)
    failure = Failure(
        type="ValueError",
        bases=(),
        message="sizes \x1b[31m3\x1b[0m and 4 do not fit\x07",
        text="",
        frames=(frame,),
        chain=(),
    )
    operands = (
        Operand(text="x", type="Tensor", shape=(32, -1), dtype="float32", failing=True),
        Operand(text="unused", type="Tensor", shape=(2,), dtype="float32"),
    )
    opened = OpenedFrame(
        file=frame.file, line=7, function="forward", expression="h(x)", operands=operands
    )
    plain: Mapping[str, Any] = {
        "exercise": "e",
        "state": "s",
        "verdict": Verdict.BEHAVES_DIFFERENTLY,
        "reason": "It parts.",
        "lines": (CheckLine(name=CheckName.RUNS, passed=True),),
        "stage": Stage.DONE,
        "metrics": {"accuracy": 0.5, "loss": None},
        "failure": failure,
        "post_mortem": PostMortem(frames=(opened,)),
        "parting": Parting(site="head", step=0, what="its weights differ", line=21),
    }
    return CheckResult(**{**plain, **facts})


def test_a_check_shows_the_learners_lines_and_no_control_characters() -> None:
    text = Page(width=100).write(*views.check_parts(result_of()))
    assert "program.py:7 in forward" in text
    assert "    x float32 32x?" in text
    assert "unused" not in text
    assert "sizes 3 and 4 do not fit" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "head, line 21" in text
    assert "loss not finite" in text


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_words_of_its_own(verdict: Verdict) -> None:
    words = {views.words_of(each) for each in Verdict}
    assert len(words) == len(Verdict)
    assert views.words_of(verdict) in Page().write(*views.check_parts(result_of(verdict=verdict)))


@pytest.mark.parametrize("height", [12, 24, 50])
def test_the_screen_never_grows_over_the_terminal_and_keeps_its_keys(
    course: Path, height: int
) -> None:
    lesson = Lesson(workspace=open_workspace(course))
    screen = Screen(rows=lesson.rows())
    screen.open(lesson.workspace.exercise(lesson.workspace.listed[0]))
    screen.show(*(f"line {number}" for number in range(60)))
    console = Console(width=100, height=height, file=io.StringIO(), record=True)
    console.print(screen, height=height)
    lines = console.export_text().splitlines()
    assert "q quit" in "\n".join(lines[-3:])
    if height > 20:
        assert len(lines) <= height
        assert sum(line.startswith("line ") for line in lines) > height / 3
