"""Programs of several files: a bug goes into the one that has its place, and is run there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inject_programs import bug
from test_inject_verbs import edit_at
from typer.testing import CliRunner

from debugdiff.bugs import load_catalogue
from debugdiff.campaign import RunRequest, run
from debugdiff.cases import load_case, load_script
from debugdiff.cli.app import app
from debugdiff.inject import inject
from debugdiff.model import Framework, InjectRule, Mutant, NotApplicable

if TYPE_CHECKING:
    from pathlib import Path

NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(8, 4)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(torch.relu(self.hidden(x)))
"""
MAIN = """
import torch
from parts.net import Net
from sizes import ROWS

torch.manual_seed(0)
model = Net()
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, labels = torch.randn(ROWS, 8), torch.arange(ROWS) % 3
for _ in range(2):
    optimizer.zero_grad()
    loss = criterion(model(inputs), labels)
    loss.backward()
    optimizer.step()
"""
HEAD = InjectRule(edits=(edit_at("head", set={"units": "$it - 1"}),))
BUG = """title = "One output too few"
difficulty = 2
story = "It fails in the loss."
explanation = "Labels 0 to 2 need three outputs."
hints = ["1", "2", "3"]
references = ["https://example.org/a"]

[symptom]
pytorch = "first-step"
keras = "first-step"

[[inject]]
at = "head"
set = { units = "$it - 1" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / "parts").mkdir(parents=True)
    (project / "parts" / "net.py").write_text(NET)
    (project / "sizes.py").write_text("ROWS = 6\n")
    (project / "main.py").write_text(MAIN)
    return project


def mutant_of(project: Path, rule: InjectRule) -> Mutant:
    result = inject(load_script(project / "main.py").implementations[0], bug(rule))
    assert isinstance(result, Mutant), result.reason
    return result


def test_a_program_knows_the_files_that_it_imports(folder: Path) -> None:
    (program,) = load_case(folder).implementations
    assert program.file == "main.py"
    assert sorted(program.files) == ["main.py", "parts/net.py", "sizes.py"]
    assert program.files["parts/net.py"] == NET


def test_a_bug_at_a_role_goes_into_the_file_that_has_the_role(folder: Path) -> None:
    mutant = mutant_of(folder, HEAD)
    assert mutant.file == "parts/net.py"
    assert mutant.source == NET.replace("nn.Linear(4, 3)", "nn.Linear(4, 3 - 1)")
    assert mutant.diff.startswith("--- a/main/parts/net.py\n+++ b/main/parts/net.py\n")
    assert [(span.file, span.line) for span in mutant.defect] == [("", 10)]
    assert [(span.file, span.line) for span in mutant.use] == [("main.py", 13)]


def test_a_pattern_is_looked_for_in_the_program_and_then_in_what_it_imports(folder: Path) -> None:
    rule = InjectRule(framework=Framework.PYTORCH, match="torch.relu($x)", replace="$x", nth=0)
    assert mutant_of(folder, rule).file == "parts/net.py"
    (folder / "main.py").write_text(MAIN + "print(torch.relu(inputs))\n")
    assert mutant_of(folder, rule).file == "main.py"


def test_a_pattern_is_not_looked_for_in_files_without_a_framework(folder: Path) -> None:
    rule = InjectRule(framework=Framework.PYTORCH, match="ROWS = $n", replace="ROWS = $n + 1")
    result = inject(load_script(folder / "main.py").implementations[0], bug(rule))
    assert isinstance(result, NotApplicable)


def test_all_edits_of_a_rule_are_in_one_file_or_it_does_not_fit(folder: Path) -> None:
    rule = InjectRule(edits=(*HEAD.edits, edit_at("optimizer", set={"learning_rate": "1.0"})))
    result = inject(load_script(folder / "main.py").implementations[0], bug(rule))
    assert isinstance(result, NotApplicable)
    assert result.reason == "`optimizer` is in another file"


def test_a_defect_in_another_file_is_run_scored_and_shown_there(
    folder: Path, tmp_path: Path
) -> None:
    catalogue = tmp_path / "bugs" / "shape"
    catalogue.mkdir(parents=True)
    (catalogue / "too-few.toml").write_text(BUG)
    store = tmp_path / "store"
    options = ["--bugs", str(tmp_path / "bugs"), "--store", str(store)]
    found = CliRunner().invoke(
        app, ["run", str(folder / "main.py"), "--bug", "shape/too-few", *options, "--quiet"]
    )
    assert found.exit_code == 0, found.output
    shown = CliRunner().invoke(
        app, ["show", str(folder / "main.py"), "shape/too-few", "main", *options]
    )
    assert "Target 2 is out of bounds" in shown.output
    assert "  parts/net.py\n" in shown.output
    assert "defect 10 │         self.head = nn.Linear(4, 3 - 1)" in shown.output
    assert "use 13 │     loss = criterion(model(inputs), labels)" in shown.output


def test_the_first_execution_of_a_defect_in_another_file_is_noted(
    folder: Path, tmp_path: Path
) -> None:
    rule = InjectRule(framework=Framework.PYTORCH, match="torch.relu($x)", replace="torch.tanh($x)")
    text = BUG.replace('at = "head"\nset = { units = "$it - 1" }', 'framework = "pytorch"')
    text = text.replace('keras = "first-step"\n', "")
    text += f'match = "{rule.match}"\nreplace = "{rule.replace}"\n'
    (tmp_path / "bugs" / "model").mkdir(parents=True)
    (tmp_path / "bugs" / "model" / "bent.toml").write_text(text)
    request = RunRequest(
        cases=(load_script(folder / "main.py"),),
        bugs=load_catalogue([tmp_path / "bugs"]),
        store=tmp_path / "store",
    )
    (attempt,) = (one for program in run(request).programs for one in program.attempts)
    assert attempt.mutant is not None
    assert attempt.mutant.file == "parts/net.py"
    assert attempt.effective
    assert attempt.layers is not None
    assert attempt.layers.record.watched_step == 0
