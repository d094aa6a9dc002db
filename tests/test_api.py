"""The commands as functions: `debugdiff.run`, `trace` and `diff`."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

import debugdiff
from debugdiff.errors import DebugdiffError

SCRIPT = """\
import sys
import torch

torch.manual_seed(0)
layer = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=RATE)
for _ in range(int(sys.argv[1])):
    layer(torch.ones(2, 4)).pow(2).mean().backward()
    optimizer.step()
    optimizer.zero_grad()
"""


def test_a_public_function_has_the_name_of_no_package() -> None:
    """The import of such a package would put itself in the function's place."""
    packages = {module.name for module in pkgutil.iter_modules(debugdiff.__path__)}
    assert packages.isdisjoint(debugdiff.__all__)


def test_trace_and_diff_run_scripts(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(SCRIPT.replace("RATE", "0.1"))
    bad.write_text(SCRIPT.replace("RATE", "0.2"))
    trace = debugdiff.trace(good, "3", steps=2)
    assert [row.site for row in trace.rows] == ["Linear", "Linear", "loss"]
    assert len(trace.rows[-1].steps) == 2
    found = debugdiff.diff(str(good), bad, "2", sites=["Linear"])
    assert found.parted
    assert found.suspects[0].site == "optimizer"


def test_run_scores_a_case(tmp_path: Path) -> None:
    report = debugdiff.run(
        "bag_of_embeddings",
        bugs=["shape/classes-off-by-one"],
        stacks=["pytorch"],
        store=tmp_path / "store.sqlite3",
    )
    assert {attempt.bug.id for attempt in report.attempts} == {"shape/classes-off-by-one"}
    assert all(attempt.scores for attempt in report.attempts)
    assert not report.not_run
    assert (tmp_path / "store.sqlite3").is_file()


def test_a_choice_that_there_is_not_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    with pytest.raises(DebugdiffError, match="There is no stack `torch`") as raised:
        debugdiff.trace(tmp_path / "a.py", stack="torch")
    assert "keras-jax" in raised.value.hint
    with pytest.raises(DebugdiffError, match="no case called `nowhere`"):
        debugdiff.run("nowhere")
