"""`explain --modes`: the crash again in other modes, and which of them prints the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.model import Mode, Stack
from debugdiff.report import Page
from debugdiff.report.explain import render
from debugdiff.report.modes import verdict
from debugdiff.scripts import ScriptRequest, run_script
from debugdiff.suspects import modes
from debugdiff.suspects.explaining import Explanation, explanation_of
from debugdiff.suspects.modes import try_modes

IN_PLACE = """\
import torch

weights = torch.ones(3, requires_grad=True)
scaled = torch.exp(weights)
scaled += 1
scaled.sum().backward()
"""


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptRequest:
    monkeypatch.setattr(modes, "MODES", {Stack.PYTORCH: (Mode.DEFAULT, Mode.ANOMALY)})
    (tmp_path / "train.py").write_text(IN_PLACE, encoding="utf-8")
    return ScriptRequest(path=tmp_path / "train.py", post_mortem=True)


@pytest.fixture
def found(request_: ScriptRequest) -> Explanation:
    return explanation_of(run_script(request_))


def test_a_crash_runs_again_in_the_other_modes(request_: ScriptRequest, found: Explanation) -> None:
    said: list[str] = []
    runs = try_modes(found, request_, said.append)
    assert [(run.mode, run.type, run.names) for run in runs] == [
        (Mode.DEFAULT, "RuntimeError", False),  # it stops at `backward`
        (Mode.ANOMALY, "RuntimeError", True),  # a warning prints the call that made the value
    ]
    assert [run.looked_at.line for run in runs if run.looked_at] == [6, 6]
    assert said == ["Running it with --stack pytorch --mode anomaly ..."]
    text = render(found, Page(width=80), runs=runs)
    assert "--stack pytorch --mode" in text
    assert verdict(runs) == "The first suspect is printed with: --stack pytorch --mode anomaly."
    assert verdict([runs[1], runs[0]]) == (
        "The traceback of this run prints the first suspect already."
    )
    assert verdict(runs[:1]).startswith("No mode and no back end prints the first suspect")
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_script_that_ends_well_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "fine.py"
    script.write_text("import torch\ntorch.ones(2)\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["explain", str(script), "--modes", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["modes"] == []
    assert "nothing to run again" in result.stderr


@pytest.mark.parametrize(
    "words", [("--log", "run.log"), ("train.ipynb",), ("train.py", "--format", "lines")]
)
def test_modes_need_a_script_and_a_table(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, ["explain", *words, "--modes"])
    assert isinstance(result.exception, DebugdiffError)
    assert "runs a script again" in str(result.exception)
