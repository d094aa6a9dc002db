"""Two programs that are one model may still train in different ways: their metrics over seeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import debugdiff
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.case_template import write_case
from debugdiff.compare.training import judge_training
from debugdiff.model import ParityStage
from debugdiff.parity import CaseParity, PairParity, ParityLine
from debugdiff.parity.results import Agreement, TrainedMetric
from debugdiff.report.page import Page
from debugdiff.report.parity import render

CLEAN = [0.70, 0.71, 0.69, 0.72, 0.70, 0.68]
VALUES = st.lists(st.floats(0.1, 1).map(lambda value: round(value, 3)), min_size=6, max_size=12)


def moved(by: float, *, noise: float = 0.0) -> list[float]:
    return [value + by + noise * (-1) ** at for at, value in enumerate(CLEAN)]


@pytest.mark.parametrize(
    ("right", "agreement"),
    [
        (CLEAN, Agreement.AGREES),
        (moved(0.003, noise=0.002), Agreement.AGREES),
        (moved(0.003, noise=0.05), Agreement.UNDECIDED),
        (moved(-0.1, noise=0.01), Agreement.DIFFERS),
        (moved(0.1), Agreement.DIFFERS),
    ],
    ids=["equal", "inside", "too noisy", "below", "the same difference in every seed"],
)
def test_the_interval_is_held_against_a_margin(right: list[float], agreement: Agreement) -> None:
    found = judge_training("accuracy", CLEAN, right, 0.02)
    assert found.agreement is agreement
    assert found.allowed == pytest.approx(0.014)


def test_few_seeds_decide_nothing() -> None:
    found = judge_training("accuracy", CLEAN[:5], CLEAN[:5], 0.02)
    assert found.agreement is Agreement.UNDECIDED


@given(VALUES, st.floats(0.001, 0.3))
def test_the_size_of_a_metric_does_not_matter(values: list[float], margin: float) -> None:
    other = [value + 0.01 * (at % 3) for at, value in enumerate(values)]
    found = judge_training("loss", values, other, margin)
    larger = judge_training(
        "loss", [64 * value for value in values], [64 * value for value in other], margin
    )
    assert found.agreement is larger.agreement


# --- the whole way -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two PyTorch programs; the second one forgets the second half of its batches."""
    folder = tmp_path_factory.mktemp("training") / "vowels"
    write_case(folder)
    (folder / "keras_functional.py").unlink()
    text = (folder / "case.toml").read_text(encoding="utf-8").partition("[[parity]]")[0]
    for old, new in {
        "keras_functional": "pytorch_sequential",
        'framework = "keras"': 'framework = "pytorch"',
        'style = "functional"': 'style = "sequential"',
        'training = "fit"': 'training = "loop"',
        '"dense"': '"head"',
    }.items():
        text = text.replace(old, new)
    (folder / "case.toml").write_text(text, encoding="utf-8")
    program = (folder / "pytorch.py").read_text(encoding="utf-8")
    loop = "for letters, labels in loader:"
    assert loop in program
    forgetful = program.replace(
        loop, "for letters, labels in list(loader)[: len(loader) // 2 or 1]:"
    )
    (folder / "pytorch_sequential.py").write_text(forgetful, encoding="utf-8")
    return folder


def test_one_model_that_learns_less_is_not_equal(folder: Path) -> None:
    options = ["--size", "tiny", "--seeds", "0", "--trained", "6"]
    done = debugdiff("parity", str(folder), *options, "--json")
    assert done.returncode == 1, done.stderr
    (pair,) = json.loads(done.stdout)["parity"][0]["pairs"]
    assert all(line["passed"] for line in pair["lines"])
    assert not pair["passed"]
    loss = next(each for each in pair["trained"] if each["metric"] == "loss")
    assert (loss["agreement"], loss["seeds"]) == ("differs", 6)
    assert loss["difference"]["low"] > loss["allowed"]
    assert done.stderr.splitlines()[-1].startswith("14 of 14 runs, the last one vowels ")


def test_the_table_says_what_training_shows() -> None:
    metrics = (
        judge_training("loss", CLEAN, moved(0.003, noise=0.05), 0.02),
        TrainedMetric(agreement=Agreement.UNDECIDED, metric="f1", reason="nobody returns it"),
    )
    line = ParityLine(
        stage=ParityStage.LOSS, site="loss", part="", error=0.0, tolerance=0.1, passed=True
    )
    pair = PairParity(left="pytorch", right="keras", lines=(line,), trained=metrics)
    case = CaseParity(case="words", reference="pytorch", parameters={}, pairs=(pair,))
    rows = [" ".join(row.split()) for row in render([case], Page(width=100)).splitlines()]
    assert "after training, 6 seeds first second difference 90 % allowed result" in rows
    (loss,) = (row for row in rows if row.startswith("loss "))
    assert loss.startswith("loss 0.7000 0.7030 0.0030 -0.0")
    assert loss.endswith(" 0.0140 undecided")
    assert "f1: nobody returns it." in rows
    assert next(row for row in rows if row.startswith("pytorch, keras ")).endswith(" undecided")


def test_without_training_the_two_are_equal(folder: Path) -> None:
    done = debugdiff("parity", str(folder), "--seeds", "0", "--quiet")
    assert done.returncode == 0, done.stdout
    assert "after training" not in done.stdout


def test_too_few_seeds_are_refused(folder: Path) -> None:
    done = debugdiff("parity", str(folder), "--trained", "3")
    assert done.returncode == 2
    assert "at least 6" in done.stderr
