"""Pages: no answer in what is given out, everything escaped, three guesses in Chromium."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from debugdiff.teach import sealing
from debugdiff.teach.course import exercises, find_course
from debugdiff.teach.explaining import WorkedLocalisation, explain
from debugdiff.teach.judge import Judge
from debugdiff.teach.model import Exercise, FrameworkChoice
from debugdiff.teach.pages import graded_page, practice_page, right_lines
from debugdiff.teach.sealing import seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import Record

CHROMIUM = shutil.which("chromium")
Facts = tuple[Exercise, WorkedLocalisation, "Record"]

_PLAY = """
const wait = () => new Promise((done) => setTimeout(done, 20));
(async () => {
  const answer = document.querySelector(".answer");
  for (const line of [LINES]) {
    document.querySelector(`input[value="${line}"]`).click();
    document.querySelector(".guess").click();
    while (!answer.querySelector("p")) await wait();
    document.body.append(Object.assign(document.createElement("i"),
      {textContent: answer.innerText}));
  }
  document.body.dataset.played = "yes";
})();
"""


@pytest.fixture(scope="module")
def facts() -> Facts:
    exercise = exercises(find_course("first-steps"), FrameworkChoice.PYTORCH)[0]
    with Judge(slots=1) as judge:
        observed = judge.observe(exercise)
    return exercise, explain(exercise, observed), observed.broken


def test_every_password_opens_the_text_and_no_other_does() -> None:
    text = "é" * 100
    sealed = seal(text, ["x:1", "x:2"])
    assert [unseal(sealed, each) for each in ("x:1", "x:2", "x:3")] == [text, text, None]


def test_neither_page_holds_the_answer(facts: Facts) -> None:
    exercise, localisation, broken = facts
    bug = exercise.bug
    healthy = set(exercise.implementation.source.splitlines())
    restored = healthy - set(exercise.mutant.source.splitlines())
    assert restored
    for page in (practice_page(*facts), graded_page("first-steps", [(exercise, broken)])):
        for secret in (bug.id, bug.title, bug.category, bug.explanation, *restored, "/work/"):
            assert secret not in page
        assert not any(each in page for each in ("src=", "href=", "url(", "@import", "onclick"))
    assert localisation.title == bug.title


def test_a_program_cannot_leave_its_place(facts: Facts) -> None:
    exercise, localisation, broken = facts
    evil = exercise.mutant.source + "# </script><img onerror=x>\n"
    hostile = replace(exercise, mutant=replace(exercise.mutant, source=evil))
    for page in (
        practice_page(hostile, localisation, broken),
        graded_page("<b>", [(hostile, broken)]),
    ):
        assert "<img" not in page
        assert "<b>" not in page
        assert page.count("</script>") == 1
        assert "&lt;img onerror=x&gt;" in page


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("right", [True, False])
def test_in_chromium(
    facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, right: bool
) -> None:
    monkeypatch.setattr(sealing, "ROUNDS", 1000)  # the page reads the number
    exercise, localisation, _ = facts
    good = right_lines(exercise)
    wrong = [line for line in range(1, 10) if line not in good][:3]
    dom = _played(practice_page(*facts), list(good[:1]) if right else wrong, tmp_path)
    assert 'data-played="yes"' in dom
    said = dom.split("<i>")[1:]
    assert localisation.title in said[-1]
    assert not any(localisation.title in each for each in said[:-1])
    assert len(said) == (1 if right else 3)


def _played(page: str, lines: list[int], folder: Path) -> str:
    script = _PLAY.replace("LINES", ", ".join(map(str, lines)))
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = page.replace("script-src '", f"script-src 'sha256-{own}' '", 1)
    path = folder / "page.html"
    path.write_text(page.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder}/c",
        "--virtual-time-budget=900000",
        "--dump-dom",
        path.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
