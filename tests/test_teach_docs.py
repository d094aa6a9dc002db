"""The commands of "A course in fifteen minutes" in docs/teaching.md, as they stand there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from debugdiff.cli.app import app

PAGE = Path(__file__).parent.parent / "docs" / "teaching.md"
SMALL = ("--count", "1", "--case", "bag_of_embeddings", "--pick", "data/vocabulary-off-by-one")
"""An exercise that is known to do what it promises: a pick from all may not."""


def commands() -> list[list[str]]:
    text = PAGE.read_text(encoding="utf-8")
    block = text[text.index("## A course in fifteen minutes") :]
    (script,) = re.findall(r"```sh\n(.*?)```", block, re.DOTALL)
    found = [shlex.split(line, comments=True)[1:] for line in script.splitlines()]
    assert found[0][:2] == ["teach", "new"]
    return [[*found[0][:3], "--framework", "pytorch", *SMALL], *found[1:]]


def test_a_course_is_made_proven_given_out_and_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("roster.csv").write_text('name\n"Doe, Jane"\nBen\n', encoding="utf-8")
    done = {}
    for command in commands():
        if command[1] == "grade":
            shutil.copytree("class", "handed-in")
        done[command[1]] = CliRunner().invoke(app, command)
        assert done[command[1]].exit_code == 0, (command, done[command[1]].output)
    assert sorted(path.name for path in Path("class").iterdir()) == ["Ben", "Doe_ Jane"]
    rows = Path("grades.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3
    assert {row.split(",")[3] for row in rows[1:]} == {"same-symptom"}
