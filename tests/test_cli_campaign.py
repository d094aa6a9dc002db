"""Run, report and show, end to end, on a small PyTorch script of somebody else's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from command_line import debugdiff

from debugdiff.report.json import schema

SCRIPT = """
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)

    def forward(self, inputs):
        return self.head(inputs)


torch.manual_seed(0)
model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, labels = torch.randn(8, 4), torch.arange(8) % 3
for _ in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
"""
BUG = "optimizer/gradients-not-cleared"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("script")
    (folder / "tiny.py").write_text(SCRIPT)
    return folder


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return debugdiff(*arguments, folder=place, DEBUGDIFF_STORE=str(place / "store.sqlite3"))


@pytest.fixture(scope="module")
def first(place: Path) -> dict[str, list[dict[str, object]]]:
    done = run(place, "run", "tiny.py", "--bug", BUG, "--json")
    assert done.returncode == 0, done.stderr
    loaded: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return loaded


def test_a_script_of_somebody_else_runs_and_keeps_the_schema(
    first: dict[str, list[dict[str, object]]],
) -> None:
    jsonschema.Draft202012Validator(json.loads(schema())).validate(first)
    assert {trial["worker"] for trial in first["trials"]} == {"finished"}
    assert {trial["bug"] for trial in first["trials"]} == {None, BUG}


def test_a_second_run_executes_nothing_and_reports_the_same(
    place: Path, first: dict[str, list[dict[str, object]]]
) -> None:
    done = run(place, "run", "tiny.py", "--bug", BUG, "--json")
    again = json.loads(done.stdout)
    assert "0 trials to run" in done.stderr
    assert all(trial["reused"] for trial in again["trials"])
    assert again["scores"] == first["scores"]


def test_report_prints_the_tables_again_in_every_format(
    place: Path, first: dict[str, list[dict[str, object]]]
) -> None:
    answers = run(place, "report", "tiny.py", "--bug", BUG)
    assert answers.stdout.startswith("tiny: 1 program; 1 of 1 bug tried")
    table = run(place, "report", "tiny.py", "--bug", BUG, "--table", "bugs")
    assert BUG in table.stdout
    assert BUG in run(place, "report", "tiny.py", "--bug", BUG, "--verbose").stdout
    told = json.loads(run(place, "report", "tiny.py", "--bug", BUG, "--format", "json").stdout)
    assert told["scores"] == first["scores"]
    written = run(place, "report", "tiny.py", "--bug", BUG, "-o", "r.svg")
    assert (written.stdout, written.returncode) == ("", 0)
    assert (place / "r.svg").read_text().startswith("<svg")


def test_show_finds_a_trial_by_its_id_and_by_its_names(
    place: Path, first: dict[str, list[dict[str, object]]]
) -> None:
    trial = next(each for each in first["trials"] if each["bug"] and each["instrument"] == "none")
    by_id = run(place, "show", str(trial["id"])[:12])
    by_names = run(place, "show", "tiny.py", BUG, "tiny")
    assert by_id.returncode == 0, by_id.stderr
    assert "What the bug changed" in by_id.stdout
    assert by_names.stdout == by_id.stdout
    clean = json.loads(run(place, "show", "tiny.py", "tiny", "--json").stdout)
    assert clean["trial"]["bug"] is None


def test_an_ambiguous_id_and_an_unknown_one_are_told_apart(
    place: Path, first: dict[str, list[dict[str, object]]]
) -> None:
    assert first["trials"]
    assert "trial-ambiguous" in run(place, "show", "").stderr
    assert "trial-unknown" in run(place, "show", "zzzz").stderr


def test_a_program_that_changed_since_is_not_shown_as_what_it_was(
    place: Path, tmp_path: Path, first: dict[str, list[dict[str, object]]]
) -> None:
    script = place / "tiny.py"
    trial = str(first["trials"][0]["id"])
    script.write_text(SCRIPT + "\nprint(1)\n")
    try:
        assert "trial-outdated" in run(place, "show", trial).stderr
    finally:
        script.write_text(SCRIPT)


def test_verbose_names_each_trial_and_quiet_says_nothing(place: Path, tmp_path: Path) -> None:
    fresh = ("--store", str(tmp_path / "s.sqlite3"), "--bug", BUG)
    verbose = debugdiff("run", "tiny.py", "-v", *fresh, folder=place)
    assert "tiny clean" in verbose.stderr
    assert debugdiff("run", "tiny.py", "-q", *fresh, folder=place).stderr == ""


def test_a_case_that_breaks_the_contract_fails_its_check(place: Path) -> None:
    done = run(place, "cases", "check", "tiny.py", "--json")
    assert done.returncode == 1, done.stderr
    checks = {each["check"]: each for each in json.loads(done.stdout)["checks"]}
    assert not checks["contract"]["passed"]
    assert checks["clean run"]["passed"]
    assert checks["same seed, same numbers"]["passed"]


def test_a_bug_is_checked_without_running_anything(place: Path) -> None:
    words = ("bugs", "check", "shape/wrong-in-features", "--case", "answer_matching")
    done = run(place, *words)
    assert done.returncode == 0, done.stdout
    assert "0 failed." in done.stdout


def test_ctrl_c_says_how_to_go_on_and_exits_130(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SCRIPT + "\nimport time\ntime.sleep(600)\n")
    with subprocess.Popen(
        [sys.executable, "-m", "debugdiff", "run", "slow.py", "--store", "s.sqlite3"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert "trials to run" in process.stderr.readline()
        time.sleep(1)
        os.kill(process.pid, signal.SIGINT)
        told = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert "the same command continues from here" in told
    assert "Traceback" not in told
