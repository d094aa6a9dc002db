"""Pages: no answer in what is given out, everything escaped, played and graded in Chromium."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from chromium import CHROMIUM, chromium

from debugdiff.model import ValueKind
from debugdiff.teach import sealing
from debugdiff.teach.course import exercises, find_course, find_exercise
from debugdiff.teach.decoys import decoyed, decoys_of
from debugdiff.teach.grading import Grader
from debugdiff.teach.judge import Judge
from debugdiff.teach.leak import replaced_lines, search
from debugdiff.teach.model import FrameworkChoice
from debugdiff.teach.pages import graded_page, practice_page, right_lines
from debugdiff.teach.sealing import ROUNDS, seal, unseal
from debugdiff.teach.submissions import read_submission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chromium import Browser, Page

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record
    from debugdiff.teach.explaining import Observed
    from debugdiff.teach.model import Exercise

COURSE = find_course("first-steps")
ALL = exercises(COURSE, FrameworkChoice.PYTORCH)
CRASH = ALL[0]
SAME_PROGRAM = next(each for each in reversed(ALL) if each.case.name == CRASH.case.name)
SILENT = exercises(find_course("silent"), FrameworkChoice.PYTORCH)[0]
NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw Error('none'); }});"
in_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page reads from its own text how many there are; one test has the real number."""
    monkeypatch.setattr(sealing, "ROUNDS", 1000)


@pytest.fixture(scope="module")
def judge(pool: Pool) -> Iterator[Judge]:
    with Judge(pool=pool) as judge:
        yield judge


@pytest.fixture(scope="module")
def crash(judge: Judge) -> Observed:
    return judge.observe(CRASH, find_exercise(COURSE, CRASH.twin))


@pytest.fixture(scope="module")
def silent(judge: Judge) -> Observed:
    return judge.observe(SILENT)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


def given(*of: Exercise, seen: Observed) -> list[tuple[Exercise, Record, Record]]:
    return [(each, seen.broken, seen.watched) for each in of]


# --- the text of a page --------------------------------------------------------------------------


def test_every_password_opens_the_text_and_no_other_does() -> None:
    text = "é" * 100
    sealed = seal(text, ["x:1", "x:2"])
    assert [unseal(sealed, each) for each in ("x:1", "x:2", "x:3")] == [text, text, None]


def test_neither_page_holds_the_answer(crash: Observed) -> None:
    bug, restored = CRASH.bug, replaced_lines(CRASH)
    assert restored
    for page in (practice_page(CRASH, crash), graded_page(COURSE, given(CRASH, seen=crash))):
        for secret in (bug.id, bug.title, bug.category, bug.explanation, *restored, "/work/"):
            assert secret not in page
        assert not any(each in page for each in ("src=", "href=", "url(", "@import", "onclick"))
        assert page.count(f"Exercise 1: {CRASH.case.title}</h") == 1


def test_a_traceback_names_files_below_their_package_and_no_folder(crash: Observed) -> None:
    assert crash.broken.failure is not None
    text = (
        'File "/home/Jane Doe/.venv/lib/site-packages/torch/nn/functional.py", line 1\n'
        'File "C:\\Users\\Jane\\program.py", line 2\nOSError: /home/jane/data/reviews.csv'
        " (see https://docs.pytorch.org/docs/stable/data.html)"
    )
    failure = replace(crash.broken.failure, text=text)
    page = practice_page(CRASH, replace(crash, broken=replace(crash.broken, failure=failure)))
    assert "File &quot;torch/nn/functional.py&quot;, line 1" in page
    assert "File &quot;program.py&quot;, line 2" in page
    assert "OSError: reviews.csv (see https://docs.pytorch.org/docs/stable/data.html)" in page


def test_a_silent_fault_comes_with_the_values_of_its_layers(
    silent: Observed, crash: Observed
) -> None:
    table = practice_page(SILENT, silent).partition("<table>")[2].partition("</table>")[0]
    sites = {each.site for each in silent.watched.values if each.kind is ValueKind.FORWARD}
    assert sites
    assert all(f">{site}<" in table for site in sites)
    assert "<table>" not in practice_page(CRASH, crash)


def test_a_program_cannot_leave_its_place(crash: Observed) -> None:
    evil = CRASH.mutant.source + "# </script><img onerror=x>\n"
    hostile = replace(CRASH, mutant=replace(CRASH.mutant, source=evil))
    course = replace(COURSE, title="<b>", name='"<b>')
    for page in (practice_page(hostile, crash), graded_page(course, given(hostile, seen=crash))):
        assert "<img" not in page
        assert "<b>" not in page
        assert page.count("</script>") == 1
        assert "&lt;img onerror=x&gt;" in page


def test_each_exercise_of_a_page_is_searched_for_its_own_answer(
    crash: Observed, tmp_path: Path
) -> None:
    page = graded_page(COURSE, given(CRASH, SAME_PROGRAM, seen=crash))
    line = replaced_lines(CRASH)[0]
    assert line in SAME_PROGRAM.mutant.source
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    assert search(tmp_path, COURSE).leaks == ()
    first, second = page.split("</section>")[:2]
    (tmp_path / "index.html").write_text(f"{first}{line}</section>{second}", encoding="utf-8")
    assert [each.excerpt for each in search(tmp_path, COURSE).leaks] == [line]


# --- in a browser --------------------------------------------------------------------------------


@in_chromium
def test_a_line_is_guessed_by_keyboard_alone(
    crash: Observed, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "ROUNDS", ROUNDS)
    path = tmp_path / "page.html"
    path.write_text(practice_page(CRASH, crash), encoding="utf-8")
    right = right_lines(CRASH)[0]
    line = CRASH.mutant.source.splitlines()[right - 1].strip()
    with browser.page(path) as page:
        names = page.names()
        assert {("button", "Guess this line"), ("status", "Answer")} <= names
        assert ("group", "program.py: which line is wrong?") in names
        radios = {name for role, name in names if role == "radio"}
        assert any(name.startswith(f"{right} ") and line in name for name in radios)
        page.press("Tab", "Tab", " ")  # the traceback scrolls by keyboard, too
        lines = CRASH.mutant.source.splitlines()[:right]
        page.press(*["ArrowDown"] * (sum(map(bool, lines)) - 1))
        page.press("Tab", "Enter")
        page.until("document.querySelector('.answer h2')")
        answer = page.run("document.querySelector('.answer').innerText")
        assert answer.startswith(f"Line {right} is right: the fault can be fixed here.\n")
        assert CRASH.bug.title in answer
        assert f"In the other framework: {crash.elsewhere}" in answer
        assert crash.elsewhere
        page.call("Page.reload")
        browser.wait("Page.loadEventFired")
        page.until("document.querySelector('.answer h2')")


@in_chromium
def test_the_third_wrong_guess_shows_the_way_on_a_small_screen_that_keeps_nothing(
    silent: Observed, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(practice_page(SILENT, silent), encoding="utf-8")
    lines = SILENT.mutant.source.splitlines()
    wrong = [n for n, line in enumerate(lines, 1) if line and n not in right_lines(SILENT)]
    with browser.page(path, width=320, before=NO_STORAGE) as page:
        assert _fits(page)
        said = [_guess(page, line) for line in wrong[:3]]
        assert _fits(page)
    lefts = [f"Not line {line}. Guesses left: {2 - at}." for at, line in enumerate(wrong[:2])]
    assert said[:2] == lefts
    assert SILENT.bug.title in said[2]


_REST_OF_LINES = """[...document.querySelectorAll('li code')].map((code) => {
  const range = document.createRange(), walker = document.createTreeWalker(code, 4);
  let node, found;
  while ((node = walker.nextNode())) if (node.data.trim()) found = node;
  if (!found) return 0;
  range.setStart(found, found.data.search(/[^ ]/));
  range.setEnd(found, found.data.length);
  const [first, ...rest] = range.getClientRects();
  return rest.length && Math.min(...rest.map((each) => each.left)) - first.left;
})"""
_ROWS_OF_NUMBERS = """Math.max(...[...document.querySelectorAll('.number')].map((each) => {
  const range = document.createRange();
  range.selectNodeContents(each);
  return range.getClientRects().length;
}))"""
_ROWS = """(() => {
  const frames = document.querySelector('pre'), range = document.createRange();
  range.selectNodeContents(frames);
  const tops = new Set([...range.getClientRects()].map((each) => each.top));
  return [tops.size, frames.textContent.split("\\n").length];
})()"""


@in_chromium
def test_a_small_screen_keeps_the_indentation_of_code_and_the_lines_of_a_traceback(
    crash: Observed, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    source = CRASH.mutant.source
    long = source + "\n" * (120 - source.count("\n")) + "end = 121\n"
    exercise = replace(CRASH, mutant=replace(CRASH.mutant, source=long))
    path.write_text(practice_page(exercise, crash), encoding="utf-8")
    with browser.page(path, width=400) as page:
        assert _fits(page)
        assert page.run(_ROWS_OF_NUMBERS) == 1
        broken_lines = [each for each in page.run(_REST_OF_LINES) if each]
        rows, lines = page.run(_ROWS)
    assert broken_lines
    assert min(broken_lines) > 0  # to the right of where the statement begins
    assert rows == lines > 1


def _guess(page: Page, line: int) -> str:
    page.run(f"document.querySelector('input[value=\"{line}\"]').click()")
    page.run("document.querySelector('.guess').click()")
    page.until(f"document.querySelector('.answer p')?.textContent.includes('line {line}.')")
    return str(page.run("document.querySelector('.answer').innerText"))


def _fits(page: Page) -> bool:
    return bool(page.run("document.documentElement.scrollWidth <= innerWidth"))


@in_chromium
def test_an_answer_file_is_graded_by_the_program_that_was_shown(
    crash: Observed, judge: Judge, browser: Browser, tmp_path: Path
) -> None:
    shown = next(
        each
        for seed in "abcdefgh"
        for each in [decoyed(SAME_PROGRAM, decoys_of(SAME_PROGRAM), seed)]
        if not {*right_lines(each)} & {*right_lines(SAME_PROGRAM)}
    )
    path = tmp_path / "page.html"
    path.write_text(graded_page(COURSE, given(CRASH, shown, seen=crash)), encoding="utf-8")
    with browser.page(path, width=320, before=NO_STORAGE) as page:
        right = right_lines(shown)[0]
        page.run(f'document.querySelector(\'[name="{shown.id}"][value="{right}"]\').click()')
        page.run("document.getElementById('student').focus()")
        page.call("Input.insertText", text="Zoë <b>")
        page.run("document.getElementById('download').click()")
        page.until("document.getElementById('saved').textContent")
        said = page.run("document.getElementById('saved').textContent")
        assert said == "Saved as answers.json. No line is ticked in 1 of 2 exercises."
        text = page.run("document.getElementById('answers').textContent")
        assert _fits(page)
    assert [each["program"] for each in json.loads(text)["answers"]] == [
        CRASH.mutant.source,
        shown.mutant.source,
    ]
    (tmp_path / "answers.json").write_text(text, encoding="utf-8")
    grades = Grader(COURSE, judge).grade(read_submission(tmp_path / "answers.json"))
    assert [(each.student, each.exercise, each.score) for each in grades] == [
        ("Zoë <b>", CRASH.id, 0.0),
        ("Zoë <b>", shown.id, 1.0),
    ]
    assert grades[1].localisation is not None
    assert grades[1].localisation.score == 1
