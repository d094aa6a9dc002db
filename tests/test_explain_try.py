"""`explain --try`: changes that suspects imply, run on a copy of the program."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from debugdiff.cli.app import app
from debugdiff.report import Page
from debugdiff.report.explain import render
from debugdiff.scripts import ScriptRequest, run_script
from debugdiff.source.program import Program
from debugdiff.suspects import suspects_of_text
from debugdiff.suspects.explaining import explanation_of
from debugdiff.suspects.results import edit_between
from debugdiff.suspects.trying import End, try_edits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.suspects.explaining import Explanation

SIZES = """\
import pathlib
import sys

import torch
from torch import nn

rows = int(pathlib.Path(__file__).with_name("rows.txt").read_text())
pathlib.Path("trained.txt").write_text("by whom?")
x, y = torch.randn(rows, 3, 8), torch.randint(0, 2, (rows,))
model = nn.Sequential(nn.Flatten(), nn.Linear(20, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(int(sys.argv[1])):
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
"""
LABELS = """\
import numpy as np
import keras

x = np.random.rand(16, 4).astype("float32")
y = keras.utils.to_categorical(np.arange(16) % 3)
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
"""


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptRequest]:
    """A run of `python -m project.train 3` in the folder above the package."""
    folder = tmp_path_factory.mktemp("home")
    package = folder / "project"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "rows.txt").write_text("6")
    (package / "train.py").write_text(SIZES)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield ScriptRequest(
            path=package / "train.py", module="project.train", arguments=("3",), post_mortem=True
        )


@pytest.fixture(scope="module")
def found(request_: ScriptRequest) -> Explanation:
    return explanation_of(run_script(request_))


def test_a_change_ends_the_crash_and_nothing_of_the_user_changes(
    request_: ScriptRequest, found: Explanation
) -> None:
    folder = request_.path.parents[1]
    (folder / "trained.txt").write_text("by me")
    said: list[str] = []
    experiment = try_edits(found, request_, said.append)
    first = experiment.tries[0]
    assert (first.end, first.steps, first.edit.file) == (End.GONE, 3, "project/train.py")
    assert first.edit.after == ("model = nn.Sequential(nn.Flatten(), nn.Linear(24, 2))",)
    assert (folder / "trained.txt").read_text() == "by me"
    assert request_.path.read_text() == SIZES
    assert said[0].endswith("on a copy of the program ...")
    text = render(found, Page(width=80), experiment=experiment)
    assert "  + model = nn.Sequential(nn.Flatten(), nn.Linear(24, 2))" in text
    assert "The program runs to its end, with 3 optimizer steps" in text
    assert "An experiment on a copy" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_what_crashes_otherwise_in_a_copy_is_not_tried(
    request_: ScriptRequest, found: Explanation
) -> None:
    rows = request_.path.with_name("rows.txt")
    rows.rename(rows.with_name("moved.txt"))
    experiment = try_edits(found, request_, print)
    rows.with_name("moved.txt").rename(rows)
    assert not experiment.tries
    assert "does not crash as the script did (" in experiment.problem
    assert "FileNotFoundError" in experiment.problem


def test_without_a_crash_or_a_change_nothing_runs(
    request_: ScriptRequest, found: Explanation
) -> None:
    record = replace(found.run.record, failure=None)
    fine = replace(found, run=replace(found.run, record=record))
    assert "did not crash" in try_edits(fine, request_, pytest.fail).problem
    experiment = try_edits(replace(found, suspects=()), request_, pytest.fail)
    assert "No suspect implies a change" in experiment.problem
    assert experiment.problem in render(found, Page(), experiment=experiment).replace("\n", " ")


def test_labels_of_the_other_form_and_the_command(tmp_path: Path) -> None:
    script = tmp_path / "labels.py"
    script.write_text(LABELS)
    result = CliRunner().invoke(app, ["explain", str(script), "--try", "--json"])
    experiment = json.loads(result.stdout)["tried"]
    gone = [each["edit"]["after"] for each in experiment["tries"] if each["end"] == "gone"]
    assert ['model.compile(optimizer="adam", loss="categorical_crossentropy")'] in gone


@pytest.mark.parametrize("option", ["--log", "--format"])
def test_trying_needs_a_script(tmp_path: Path, option: str) -> None:
    (tmp_path / "a.py").write_text("")
    value = str(tmp_path / "a.py") if option == "--log" else "lines"
    arguments = ["explain", str(tmp_path / "a.py"), "--try", option, value]
    result = CliRunner().invoke(app, arguments)
    assert result.exception is not None
    assert "`--try` runs a script again" in str(result.exception)


def test_a_forgotten_super_is_added_with_its_indentation() -> None:
    text = (
        "from torch import nn\n\nclass Net(nn.Module):\n"
        '    def __init__(self):\n        """Makes it."""\n        self.a = nn.Linear(2, 2)\n\n'
        "    def forward(self, x):\n        return self.a(x)\n"
    )
    (edit,) = (edit for each in suspects_of_text({"a.py": text}, "a.py") for edit in each.edits)
    assert "        super().__init__()\n        self.a = nn.Linear(2, 2)\n" in edit.applied(text)


@given(
    lines=st.lists(st.text(alphabet="ab(\x0c\x85 é", max_size=5), min_size=1, max_size=6),
    ending=st.sampled_from(["\n", "\r\n"]),
    data=st.data(),
)
def test_an_edit_changes_just_what_stands_between_its_ends(
    lines: list[str], ending: str, data: st.DataObject
) -> None:
    """Whatever the text: what is before and behind stays, but for the line breaks of the edit."""
    text = "x = 1" + ending + "".join(f"# {line}{ending}" for line in lines)
    file = Program.of({"a.py": text}, "a.py").files["a.py"]
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text) - 1))
    edit = edit_between(file, start, end, "NEW")
    if edit is not None and "\r" not in text[max(start - 1, 0) : end + 1]:
        wanted = text[:start] + "NEW" + text[end:]
        assert edit.applied(text).splitlines() == wanted.splitlines()
