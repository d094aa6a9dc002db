"""A learner's folder: what is copied, noted, hinted, guessed, undone; and that nothing is lost."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from debugdiff.errors import DebugdiffError
from debugdiff.teach.attempts import LOG_FILE, STATES, AttemptLog, progress_of
from debugdiff.teach.course_list import open_workspace
from debugdiff.teach.judge import Judge
from debugdiff.teach.lesson import Lesson
from debugdiff.teach.localising import given_line
from debugdiff.teach.model import (
    PROGRAM,
    Event,
    EventType,
    FrameworkChoice,
    Nearness,
    Verdict,
)
from debugdiff.teach.progsnap import export_progsnap2
from debugdiff.teach.screen import Screen
from debugdiff.teach.watching import Watcher, single_keys
from debugdiff.teach.workspace import LIST_FILE, Workspace, start_course

if TYPE_CHECKING:
    from debugdiff.execute.pool import Pool


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course") / "first-steps"
    start_course("first-steps", folder, FrameworkChoice.PYTORCH)
    return folder


@pytest.fixture
def workspace(original: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(original, tmp_path / "mine")
    return open_workspace(tmp_path / "mine")


def lesson_of(workspace: Workspace) -> Lesson:
    return Lesson(workspace=workspace)


def program_of(workspace: Workspace, number: int = 1) -> Path:
    return workspace.path(workspace.listed[number - 1]) / PROGRAM


def event(**facts: object) -> Event:
    plain = Event(time="", order=0, exercise="e", event=EventType.CHECKED)
    return replace(plain, **facts)  # type: ignore[arg-type]


# --- the folder ----------------------------------------------------------------------------------


def test_a_course_is_one_folder_per_exercise_with_program_data_and_readme(
    workspace: Workspace,
) -> None:
    assert len(workspace.listed) == 12
    for listed in workspace.listed:
        names = {path.name for path in workspace.path(listed).iterdir()}
        assert {PROGRAM, "dataset.py", "README.md"} <= names
    text = (workspace.path(workspace.listed[0]) / "README.md").read_text(encoding="utf-8")
    assert "The symptom" in text
    assert max(map(len, text.splitlines())) <= 100


def test_no_file_of_a_course_names_a_bug(workspace: Workspace) -> None:
    names = {workspace.exercise(each).bug.id for each in workspace.listed}
    for path in workspace.folder.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not [name for name in names if name in text]


def test_a_folder_with_something_in_it_is_left_alone(workspace: Workspace) -> None:
    with pytest.raises(DebugdiffError, match="already exists"):
        start_course("first-steps", workspace.folder)


def test_a_course_is_found_from_inside_an_exercise(workspace: Workspace) -> None:
    inside = workspace.path(workspace.listed[2])
    again = open_workspace(inside)
    assert again.folder == workspace.folder
    assert again.find(None, inside) == workspace.listed[2]
    assert again.find("3") == again.find(workspace.listed[2].id) == workspace.listed[2]


def test_a_course_that_was_moved_and_an_exercise_that_was_renamed_are_found(
    workspace: Workspace,
) -> None:
    listed = workspace.listed[0]
    workspace.path(listed).rename(workspace.folder / "renamed")
    moved = workspace.folder.with_name("elsewhere")
    workspace.folder.rename(moved)
    again = open_workspace(moved / "renamed")
    assert again.path(listed) == moved / "renamed"
    assert again.find(None, moved / "renamed") == listed


def test_two_exercises_whose_folders_changed_names_keep_their_programs(
    workspace: Workspace,
) -> None:
    first, second = workspace.listed[:2]
    workspace.path(first).rename(workspace.folder / "aside")
    workspace.path(second).rename(workspace.folder / first.folder)
    (workspace.folder / "aside").rename(workspace.folder / second.folder)
    for listed in (first, second):
        assert workspace.files(listed) == workspace.exercise(listed).given
    shutil.rmtree(workspace.path(first))
    lesson_of(workspace).reset(first)
    for listed in (first, second):
        assert workspace.files(listed) == workspace.exercise(listed).given


def test_an_exercise_whose_folder_is_gone_can_be_had_back(workspace: Workspace) -> None:
    listed = workspace.listed[0]
    shutil.rmtree(workspace.path(listed))
    with pytest.raises(DebugdiffError) as caught:
        workspace.files(listed)
    assert caught.value.slug == "exercise-folder"
    assert "reset 1" in caught.value.hint
    lesson_of(workspace).reset(listed)
    assert workspace.files(listed)[PROGRAM] == workspace.exercise(listed).mutant.source


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        (lambda facts: {**facts, "schema": 99}, "course-newer"),
        (lambda facts: {**facts, "exercises": facts["exercises"] * 2}, "course-list"),
        (lambda facts: {**facts, "framework": "flax"}, "course-list"),
        (lambda facts: [facts], "course-list"),
        (lambda facts: {**facts, "exercises": []}, "course-list"),
        (lambda facts: {**facts, "exercises": [{"id": "e", "folder": ".."}]}, "course-list"),
        (lambda facts: {**facts, "exercises": [{"id": "e", "folder": "../x"}]}, "course-list"),
        (lambda facts: {**facts, "exercises": [{"id": "e", "folder": 3}]}, "course-list"),
        (lambda facts: {**facts, "exercises": [{"id": [], "folder": "x"}]}, "course-list"),
        (lambda facts: {**facts, "course": 3}, "course-list"),
    ],
    ids=[
        "newer",
        "two with one id",
        "unknown framework",
        "another form",
        "no exercise",
        "the folder above",
        "a folder elsewhere",
        "a folder without a name",
        "an id that is none",
        "a course without a name",
    ],
)
def test_a_list_that_cannot_be_used_is_told(workspace: Workspace, change, slug: str) -> None:  # noqa: ANN001
    path = workspace.folder / LIST_FILE
    path.write_text(json.dumps(change(json.loads(path.read_text()))), encoding="utf-8")
    with pytest.raises(DebugdiffError) as caught:
        open_workspace(workspace.folder)
    assert caught.value.slug == slug


def test_outside_of_a_course_it_is_said_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(DebugdiffError, match="is not inside a course") as caught:
        open_workspace(tmp_path)
    assert "teach start" in caught.value.hint


def test_a_program_that_is_no_text_is_told(workspace: Workspace) -> None:
    program_of(workspace).write_bytes(b"\xff\xfe")
    with pytest.raises(DebugdiffError) as caught:
        workspace.files(workspace.listed[0])
    assert caught.value.slug == "exercise-file"


def in_place_of(path: Path, kind: str) -> None:
    """Something else where a file or folder should be."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    elsewhere = path.parent.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    match kind:
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case "a file":
            path.touch()
        case "a link":
            path.symlink_to(elsewhere / "target")
        case "a circle":
            path.symlink_to(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (LOG_FILE, "a folder"),
        (LOG_FILE, "a pipe"),
        (LOG_FILE, "a link"),
        (LOG_FILE, "a circle"),
        (STATES, "a file"),
        (STATES, "a pipe"),
        (STATES, "a link"),
    ],
)
def test_what_is_in_place_of_the_log_is_told_and_left_alone(
    workspace: Workspace, name: str, kind: str
) -> None:
    in_place_of(workspace.folder / name, kind)
    lesson = lesson_of(workspace)
    with pytest.raises(DebugdiffError) as caught:
        lesson.hint(workspace.listed[0])
    assert caught.value.slug == "log-unusable"
    assert name in caught.value.message
    assert not list((workspace.folder.parent / "elsewhere").iterdir())
    in_place_of(workspace.folder / name, "nothing")
    assert lesson.hint(workspace.listed[0]).number == 1


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link"])
def test_a_program_that_is_no_file_is_told_and_nothing_is_written_elsewhere(
    workspace: Workspace, kind: str
) -> None:
    listed = workspace.listed[0]
    in_place_of(program_of(workspace), kind)
    with pytest.raises(DebugdiffError) as caught:
        workspace.files(listed)
    assert caught.value.slug == "exercise-file"
    in_place_of(workspace.folder / listed.folder, "a link")
    (workspace.folder.parent / "elsewhere" / "target").mkdir()
    with pytest.raises(DebugdiffError) as caught:
        lesson_of(workspace).reset(listed)
    assert caught.value.slug == "exercise-folder"
    assert not list((workspace.folder.parent / "elsewhere" / "target").iterdir())


def test_a_folder_that_cannot_be_written_is_told(workspace: Workspace) -> None:
    listed = workspace.listed[0]
    in_place_of(program_of(workspace), "a folder")
    with pytest.raises(DebugdiffError) as caught:
        lesson_of(workspace).reset(listed)
    assert caught.value.slug == "exercise-folder"


# --- the log -------------------------------------------------------------------------------------


def test_progress_is_what_the_log_says(tmp_path: Path) -> None:
    log = AttemptLog(tmp_path)
    for verdict in (Verdict.DOES_NOT_RUN, Verdict.BEHAVES_DIFFERENTLY, Verdict.FIXED_OTHERWISE):
        log.append(event(verdict=verdict))
    log.append(event(event=EventType.HINTED, hint=2))
    log.append(event(exercise="other", verdict=Verdict.NOT_JUDGED))
    progress = progress_of(log.read().events)
    mine = progress["e"]
    assert (mine.checks, mine.hints, mine.solved) == (3, 2, True)
    assert mine.best is Verdict.FIXED_OTHERWISE
    assert progress["other"].best is None


def test_a_damaged_line_is_left_out_and_left_where_it_is(tmp_path: Path) -> None:
    log = AttemptLog(tmp_path)
    log.append(event(verdict=Verdict.NEW_FAULT))
    with (tmp_path / LOG_FILE).open("a", encoding="utf-8") as file:
        file.write("[" * 99_999 + "\n")
        file.write('{"time": "2026')  # killed while it wrote
    log.append(event(verdict=Verdict.FIXED_EXACTLY))
    found = log.read()
    assert found.damaged == (2, 3)
    assert [each.verdict for each in found.events] == [Verdict.NEW_FAULT, Verdict.FIXED_EXACTLY]
    assert '{"time": "2026\n' in (tmp_path / LOG_FILE).read_text(encoding="utf-8")


def test_a_clock_that_went_backwards_gives_no_dwell(tmp_path: Path) -> None:
    log = AttemptLog(tmp_path)
    first = log.append(event())
    late = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    path = tmp_path / LOG_FILE
    path.write_text(path.read_text().replace(first.time, late), encoding="utf-8")
    second = log.append(event())
    assert second.dwell is None
    assert second.order == 2
    assert log.append(event()).dwell is not None


def test_a_line_of_a_newer_debugdiff_is_told(tmp_path: Path) -> None:
    (tmp_path / LOG_FILE).write_text('{"schema": 99}\n', encoding="utf-8")
    with pytest.raises(DebugdiffError) as caught:
        AttemptLog(tmp_path).read()
    assert caught.value.slug == "log-newer"


def test_without_study_the_log_holds_what_progress_needs_alone(tmp_path: Path) -> None:
    log = AttemptLog(tmp_path, study=False)
    log.append(event(event=EventType.HYPOTHESIS, hypothesis="the labels"))
    log.append(event(event=EventType.GUESSED, guess="program.py:3", rank=2))
    log.append(event(verdict=Verdict.FIXED_EXACTLY, failure="ValueError"))
    text = (tmp_path / LOG_FILE).read_text(encoding="utf-8")
    assert not [word for word in ("the labels", "program.py:3", "ValueError") if word in text]
    assert progress_of(log.read().events)["e"].solved


def test_the_log_becomes_progsnap2_tables(workspace: Workspace, tmp_path: Path) -> None:
    listed = workspace.listed[0]
    lesson = lesson_of(workspace)
    lesson.suppose(listed, '=cmd|"x", with a comma')
    lesson.guess(listed, 3)
    count = export_progsnap2(workspace, tmp_path / "tables")
    with (tmp_path / "tables" / "MainTable.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == 2
    assert rows[0]["X-Hypothesis"] == '\'=cmd|"x", with a comma'
    assert rows[1]["X-Guess"] == "program.py:3"
    assert [row["Order"] for row in rows] == ["1", "2"]
    state = rows[0]["CodeStateID"]
    copy = tmp_path / "tables" / "CodeStates" / state / PROGRAM
    assert copy.read_text(encoding="utf-8") == workspace.files(listed)[PROGRAM]


# --- help ----------------------------------------------------------------------------------------


def test_hints_come_one_by_one_and_the_last_one_stays(workspace: Workspace) -> None:
    lesson, listed = lesson_of(workspace), workspace.listed[0]
    hints = workspace.exercise(listed).bug.hints
    texts = [lesson.hint(listed).text for _ in range(4)]
    assert texts == [*hints, hints[-1]]
    assert lesson_of(workspace).progress()[listed.id].hints == 3


def test_a_guess_is_judged_along_the_flow_of_data(workspace: Workspace) -> None:
    lesson, listed = lesson_of(workspace), workspace.listed[5]
    exercise = workspace.exercise(listed)
    right = exercise.mutant.defect[0].line
    ranks = {line: lesson.guess(listed, line).rank for line in range(12, right + 1)}
    assert ranks[right] == 0
    far = max((line for line, rank in ranks.items() if rank), key=lambda line: ranks[line])
    lesson.guess(listed, far)
    near = next(line for line, rank in ranks.items() if rank and rank < ranks[far])
    closer = lesson.guess(listed, near)
    assert closer.nearness in {Nearness.CLOSER, Nearness.BITES}
    assert lesson.guess(listed, far).nearness is Nearness.FURTHER
    assert lesson.guess(listed, right).nearness is Nearness.FOUND
    for answer in (closer, lesson.guess(listed, far)):
        assert "above" not in answer.text
        assert "below" not in answer.text


def test_a_guess_still_finds_its_line_after_lines_were_added(workspace: Workspace) -> None:
    lesson, listed = lesson_of(workspace), workspace.listed[5]
    right = workspace.exercise(listed).mutant.defect[0].line
    path = program_of(workspace, 6)
    path.write_text("# mine\n# mine too\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert lesson.guess(listed, right + 2).nearness is Nearness.FOUND
    assert given_line("a\nb\nc\n", "a\nnew\nb\nc\n", 3) == 2


def test_a_line_that_is_not_there_is_told(workspace: Workspace) -> None:
    with pytest.raises(DebugdiffError) as caught:
        lesson_of(workspace).guess(workspace.listed[0], 10_000)
    assert caught.value.slug == "guess-line"


# --- undoing -------------------------------------------------------------------------------------


def test_undo_goes_back_step_by_step_to_what_was_given(workspace: Workspace) -> None:
    lesson, listed, path = lesson_of(workspace), workspace.listed[0], program_of(workspace)
    given = path.read_text(encoding="utf-8")
    for text in ("first = 1\n", "second = 2\n"):
        path.write_text(text, encoding="utf-8")
        lesson.suppose(listed, "noted with its state")
    path.write_text("third = 3\n", encoding="utf-8")  # saved, and never checked
    lesson.undo(listed)
    assert path.read_text(encoding="utf-8") == "second = 2\n"
    lesson.undo(listed)
    assert path.read_text(encoding="utf-8") == "first = 1\n"
    lesson.undo(listed)
    assert path.read_text(encoding="utf-8") == given
    assert lesson.undo(listed) is None


@pytest.mark.parametrize("damage", ["{", "[1]", '{"../program.py": "x"}', None])
def test_undo_steps_over_what_is_damaged_and_loses_nothing_else(
    workspace: Workspace, damage: str | None
) -> None:
    lesson, listed, path = lesson_of(workspace), workspace.listed[0], program_of(workspace)
    for text in ("first = 1\n", "second = 2\n", "third = 3\n"):
        path.write_text(text, encoding="utf-8")
        lesson.suppose(listed, "noted with its state")
    second = workspace.folder / STATES / f"{workspace.log.read().events[1].state}.json"
    if damage is None:
        second.unlink()
    else:
        second.write_text(damage, encoding="utf-8")
    lesson.undo(listed)
    assert path.read_text(encoding="utf-8") == "first = 1\n"
    path.write_text("second = 2\n", encoding="utf-8")
    lesson.suppose(listed, "and again")
    assert workspace.log.files_of(second.stem) == workspace.files(listed)


@settings(max_examples=25)
@given(st.from_regex(r"(\.\./|/|C:|\\\\)[a-z./]{1,9}", fullmatch=True))
def test_what_was_kept_is_never_written_elsewhere(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = AttemptLog(Path(folder))
        assert log.files_of(log.keep({"inside/program.py": "x"})) is not None
        assert log.files_of(log.keep({name: "x"})) is None


def test_a_program_that_is_not_utf_8_is_put_aside_and_a_byte_order_mark_is_not_judged(
    workspace: Workspace,
) -> None:
    path, lesson = program_of(workspace), lesson_of(workspace)
    listed = workspace.listed[0]
    path.write_bytes("# caf\xe9\n".encode("latin-1"))
    lesson.reset(listed)
    kept = list(path.parent.glob("program.py.kept-*"))
    assert [each.read_bytes() for each in kept] == ["# caf\xe9\n".encode("latin-1")]
    path.write_text("\ufeffx = 1\n", encoding="utf-8")
    assert workspace.files(listed)[PROGRAM] == "x = 1\n"


def test_reset_puts_back_what_was_given_and_undo_what_was_there(workspace: Workspace) -> None:
    lesson, listed, path = lesson_of(workspace), workspace.listed[0], program_of(workspace)
    path.write_text("mine = 1\n", encoding="utf-8")
    lesson.reset(listed)
    assert path.read_text(encoding="utf-8") == workspace.exercise(listed).mutant.source
    assert "mine = 1\n" in [
        (workspace.log.files_of(each.state) or {}).get(PROGRAM)
        for each in workspace.log.read().events
    ]


# --- a lesson with its judge ---------------------------------------------------------------------


def test_an_exercise_is_solved_explained_and_left_for_its_twin(
    workspace: Workspace, pool: Pool
) -> None:
    listed = workspace.listed[9]  # classes-off-by-one: a crash, with a twin
    exercise = workspace.exercise(listed)
    with Judge(pool=pool) as judge, Lesson(workspace=workspace, judge=judge) as lesson:
        with pytest.raises(DebugdiffError) as caught:
            lesson.why(listed)
        assert caught.value.slug == "why-unsolved"
        assert lesson.check(listed, "a class is missing").verdict is Verdict.SAME_SYMPTOM
        program_of(workspace, 10).write_text(exercise.implementation.source, encoding="utf-8")
        assert lesson.check(listed).verdict is Verdict.FIXED_EXACTLY
        assert lesson.progress()[listed.id].solved
        found = lesson.why(listed)
        assert {step.used for step in found.steps} >= {"traceback", "line graph"}
        assert found.steps[-1].line in {
            line for span in exercise.mutant.defect for line in span.lines
        }
        assert "keras" in found.elsewhere
        twin = lesson.twin()
        assert twin.bug == exercise.bug
        assert twin.framework is not exercise.framework
    again = open_workspace(workspace.folder)
    assert len(again.listed) == 13
    assert again.files(again.listed[-1])[PROGRAM] == twin.mutant.source
    checked = [each for each in again.log.read().events if each.event is EventType.CHECKED]
    assert [each.verdict for each in checked] == [Verdict.SAME_SYMPTOM, Verdict.FIXED_EXACTLY]
    assert checked[0].failure
    assert "torch" in checked[0].versions
    lesson_of(again).reset(listed)
    assert lesson_of(again).progress()[listed.id].solved
    assert again.listed[-1].folder == f"13-{listed.folder[3:]}-keras"
    readme = (again.folder / again.listed[-1].folder / "README.md").read_text(encoding="utf-8")
    assert "# Exercise 13:" in readme


def test_the_watch_mode_checks_what_is_saved_and_obeys_keys(
    workspace: Workspace, pool: Pool
) -> None:
    with Judge(pool=pool) as judge:
        lesson = Lesson(workspace=workspace, judge=judge)
        watcher = Watcher(lesson=lesson, screen=Screen(rows=lesson.rows()))
        watcher.open(workspace.listed[0])
        watcher.work_off()
        path = program_of(workspace)
        source = workspace.exercise(workspace.listed[0]).implementation.source
        path.write_text(source, encoding="utf-8")
        watcher.look()
        watcher.work_off()
        assert lesson.progress()[workspace.listed[0].id].solved
        assert watcher.screen.rows[0].progress.solved
        for key in ("g", "1", "2", "\x7f", "\r", "h", "l", "n"):
            watcher.press(key)
            watcher.work_off()
        events = [each.event for each in workspace.log.read().events]
        assert EventType.GUESSED in events
        assert EventType.HINTED in events
        assert workspace.log.read().events[-1].exercise == workspace.listed[1].id
        for key in ("w", *"why", "\r", "q"):
            watcher.press(key)
        assert workspace.log.read().events[-1].hypothesis == "why"
        assert not watcher.goes_on


def test_the_watch_mode_answers_a_hint_at_once_and_leafs_through_a_long_answer(
    workspace: Workspace, pool: Pool
) -> None:
    with Judge(pool=pool) as judge:
        lesson = Lesson(workspace=workspace, judge=judge)
        screen = Screen(rows=lesson.rows())
        watcher = Watcher(lesson=lesson, screen=screen)
        watcher.open(workspace.listed[0])
        watcher.work_off()
        watcher.use_idle_time()
        watcher.press("h")
        assert "Hint 1" in shown(screen)
        watcher.press("l")
        first = shown(screen)
        assert workspace.listed[0].folder in first
        assert workspace.listed[-1].folder not in first
        for _ in workspace.listed:
            watcher.press(" ")
            last = shown(screen)
        assert workspace.listed[-1].folder in last
        for _ in workspace.listed:
            watcher.press("b")
            shown(screen)
        assert shown(screen) == first
        assert single_keys("a\x1b[6~\x1b[A\x1b[15~\x1bOHb") == "a↓↑b"
        watcher.press("↓")
        assert shown(screen) != first
        watcher.press("x")
        assert "`x` does nothing" in shown(screen)


def shown(screen: Screen) -> str:
    console = Console(width=80, height=20, file=io.StringIO(), highlight=False)
    console.print(screen)
    return console.file.getvalue()
