"""The teacher's half: decoys, rosters, new courses, and what `check-course` proves."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from debugdiff.errors import DebugdiffError
from debugdiff.model import Framework
from debugdiff.teach.course import built_in_courses, exercises
from debugdiff.teach.decoys import decoyed, healthy_with, possible_decoys, proven, with_decoys
from debugdiff.teach.judge import Judge
from debugdiff.teach.model import Course, CourseEntry, Exercise, FrameworkChoice
from debugdiff.teach.roster import read_roster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Span


@pytest.fixture(scope="module")
def judge(pool: Pool) -> Iterator[Judge]:
    with Judge(pool=pool) as judge:
        yield judge


def exercise_of(bug: str) -> Exercise:
    programs = {Framework.PYTORCH: "pytorch"}
    entry = CourseEntry(bug=bug, case="bag_of_embeddings", programs=programs)
    course = Course(name="test", title="", about="", entries=(entry,))
    return exercises(course, FrameworkChoice.MIXED)[0]


CRASH = exercise_of("data/vocabulary-off-by-one")


# --- decoys ------------------------------------------------------------------------------------


def changes(before: str, after: str) -> list[tuple[list[str], list[str]]]:
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return [(old[start:end], new[first:last]) for _, start, end, first, last in codes]


def texts(source: str, spans: tuple[Span, ...]) -> list[str]:
    lines = source.splitlines()
    return [line for span in spans for line in lines[span.line - 1 : span.end_line]]


def test_decoys_leave_the_bug_as_it_is_and_move_its_spans() -> None:
    """In every program of two courses: the same change between healthy and broken, moved."""
    for course in built_in_courses()[:2]:
        for choice in (FrameworkChoice.PYTORCH, FrameworkChoice.KERAS):
            for exercise in exercises(course, choice)[::4]:
                decoys = possible_decoys(exercise)
                mine = decoyed(exercise, "ann", 4, decoys)
                before, after = exercise.mutant, mine.mutant
                assert after.source != before.source
                assert mine.implementation == exercise.implementation
                for name in ("defect", "use", "accept"):
                    assert texts(after.source, getattr(after, name)) == texts(
                        before.source, getattr(before, name)
                    )
                chosen = [each for each in decoys if with_decoys(exercise, [each]) == mine]
                assert not chosen  # several, not one
                assert decoyed(exercise, "ann", 4, decoys) == mine
                assert decoyed(exercise, "bob", 4, decoys) != mine


def test_healthy_and_broken_with_the_same_decoys_differ_by_the_bug() -> None:
    bug = changes(CRASH.implementation.source, CRASH.mutant.source)
    for decoy in possible_decoys(CRASH):
        broken = with_decoys(CRASH, [decoy]).mutant
        assert changes(healthy_with(CRASH, [decoy]), broken.source) == bug
        lines = CRASH.mutant.diff.splitlines()
        marked = [line for line in lines if line[:1] in {"+", "-"}]
        assert [line for line in broken.diff.splitlines() if line[:1] in {"+", "-"}] == marked


def test_only_decoys_that_change_nothing_are_proven(judge: Judge) -> None:
    """One that assigns another value parses and runs, and is refused; the others are taken."""
    good = [each for each in possible_decoys(CRASH) if each.kind == "assertion added"][:3]
    line = next(
        number
        for number, text in enumerate(CRASH.implementation.source.splitlines())
        if text.lstrip().startswith("loss = ")
    )
    text = CRASH.implementation.source.splitlines(keepends=True)[line]
    lines = (text, text.replace(text.lstrip(), "loss = loss * 2\n"))
    wrong = replace(good[0].healthy, start=line, end=line + 1, lines=lines)
    bad = replace(good[0], healthy=wrong, broken=wrong)
    assert set(proven(CRASH, judge, [bad, *good])) == set(good)


# --- rosters -----------------------------------------------------------------------------------


def test_a_roster_has_a_header_or_one_name_per_line(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text('group,student\n1,"Doe, Jane"\n\n2,=cmd()\n3,../../etc\n', encoding="utf-8")
    found = read_roster(path)
    assert [(each.name, each.folder, each.line) for each in found] == [
        ("Doe, Jane", "Doe-Jane", 2),
        ("=cmd()", "cmd", 4),
        ("../../etc", "etc", 5),
    ]
    path.write_text('Zoë\n"Doe, Jane"\n', encoding="utf-8")
    assert [each.folder for each in read_roster(path)] == ["Zoë", "Doe-Jane"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ann\nbob\nann\n", "lines 1 and 3"),
        ("Ann B\nann-b\n", "one folder: they stand in lines 1 and 2"),
        ("Doe, Jane\n", "line 1 has 2 columns"),
        ("ann\n../..\n", "line 2 has no name"),
        ("\n", "names nobody"),
        ('"ann\n', "cannot be read"),
    ],
)
def test_a_roster_that_cannot_be_used_is_explained(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DebugdiffError, match=said):
        read_roster(path)
