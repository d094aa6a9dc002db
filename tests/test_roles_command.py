"""`debugdiff roles`: what is found where, and why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.source.roles import FACTS, ROLES

if TYPE_CHECKING:
    from pathlib import Path

RUNNER = CliRunner()

NET = """
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(x)
"""
MAIN = """
import torch
from net import Net

model = Net()
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss = criterion(
        model(torch.ones(4, 8)),
        torch.zeros(4, dtype=torch.long),
    )
    loss.backward()
    optimizer.step()
"""


def roles(*arguments: object, status: int = 0) -> str:
    result = RUNNER.invoke(app, ["roles", *map(str, arguments)], env={"COLUMNS": "100"})
    assert result.exit_code == status, result.output
    return result.stdout


def test_every_role_of_a_program_is_shown_with_its_line_or_why_there_is_none() -> None:
    lines = [line.split(maxsplit=2) for line in roles("gru_sentiment", "pytorch").splitlines()]
    shown = {words[0]: words[1:] for words in lines if words}
    assert set(ROLES) <= set(shown)
    assert set(FACTS) <= set(shown)
    assert shown["head"][1] == "self.head = nn.Linear(HIDDEN_SIZE, CLASSES)"
    assert shown["convolution"] == ["\N{EN DASH}", "there is no convolution in this program"]


def test_a_role_in_another_file_of_the_folder_is_shown_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "main.py").write_text(MAIN)
    text = roles(tmp_path / "main.py", "--role", "head", "--role", "loss-call")
    rows = [line.split(maxsplit=2) for line in text.splitlines()]
    assert ["head", "net.py:8", "self.head = nn.Linear(8, 2)"] in rows
    assert ["loss-call", "10", "loss = criterion( ..."] in rows
    assert "optimizer" not in text


def test_the_json_has_places_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "main.py").write_text(MAIN)
    document = json.loads(roles(tmp_path, "--json"))
    (program,) = document["programs"]
    assert program["name"] == f"{tmp_path.name}/main"
    assert program["facts"]["loss"] == "logits"
    assert program["roles"]["head"] == {
        "meaning": ROLES["head"].meaning,
        "places": [{"file": "net.py", "line": 8, "column": 20, "code": "nn.Linear(8, 2)"}],
        "missing": None,
    }
    assert program["roles"]["recurrent"]["places"] == []
    assert "recurrent" in program["roles"]["recurrent"]["missing"]


def test_a_program_that_cannot_be_read_is_named_and_fails_the_command(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "broken.py").write_text("import torch\nmodel = (\n")
    text = roles(tmp_path, status=1)
    assert "broken: line 2" in text
    assert "head" in text
    assert json.loads(roles(tmp_path, "broken", "--json", status=1))["programs"][0]["problem"]


def test_an_unknown_role_program_or_file_is_a_usage_error(tmp_path: Path) -> None:
    for slug, *arguments in (
        ("role-unknown", "gru_sentiment", "--role", "heed"),
        ("implementation-unknown", "gru_sentiment", "pytroch"),
        ("case-unknown", str(tmp_path / "missing.py")),
    ):
        error = RUNNER.invoke(app, ["roles", *arguments]).exception
        assert isinstance(error, DebugdiffError)
        assert error.slug == slug


def test_of_many_places_a_table_has_the_first_and_says_how_many_are_left(tmp_path: Path) -> None:
    layers = "".join(f"layer{at} = nn.Dropout(0.1)\n" for at in range(40))
    path = tmp_path / "flat.py"
    path.write_text(f"import torch\nfrom torch import nn\n{layers}")
    assert "... and 10 more: --json has all of them" in roles(path, "--role", "dropout")
    found = json.loads(roles(path, "--role", "dropout", "--json"))["programs"][0]
    assert len(found["roles"]["dropout"]["places"]) == 40
