"""Which programs of a case a bug fits, and what it has to say of those that it misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.bugs import load_bug
from debugdiff.campaign import RunRequest
from debugdiff.campaign.bug_checks import check_bugs
from debugdiff.cases import load_case
from debugdiff.inject import inject
from debugdiff.model import NotApplicable

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.campaign.checks import CheckLine

ONE = """import torch
from torch import nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss = nn.CrossEntropyLoss()(model(torch.rand(3, 4)), torch.tensor([0, 1, 0]))
loss.backward()
optimizer.step()
"""
OTHER = ONE.replace("nn.Linear(4, 2)", "nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 2))")
BUG = """title = "Everything is dropped"
difficulty = 1
story = "It does not learn."
explanation = "The rate is too high."
hints = ["a", "b", "c"]
references = ["https://example.org/a"]

[symptom]
pytorch = "silent"

[not_expressible]
keras = "For this test."

[[inject]]
framework = "pytorch"
at = "dropout"
set = { rate = "0.99" }

[[example]]
framework = "pytorch"
program = '''
  from torch import nn

- layer = nn.Dropout(0.1)
+ layer = nn.Dropout(0.99)
'''
"""


def checked(folder: Path, more: str = "") -> dict[str, CheckLine]:
    """The checks of a bug on a case of two programs, one of which has dropout."""
    case, bugs = folder / "pair", folder / "bugs" / "model"
    case.mkdir()
    bugs.mkdir(parents=True)
    (case / "one.py").write_text(ONE)
    (case / "other.py").write_text(OTHER)
    (bugs / "dropped.toml").write_text(BUG + more)
    bug = load_bug(bugs / "dropped.toml", folder / "bugs")
    request = RunRequest(cases=(load_case(case),), bugs=(bug,), store=folder / "store")
    return {line.check: line for line in check_bugs(request, executed=False)}


def test_a_bug_that_misses_a_program_of_a_case_fails_and_names_it(tmp_path: Path) -> None:
    lines = checked(tmp_path)
    assert lines["pytorch places"].passed
    assert lines["pytorch places"].detail == "1 of 2 implementations; not pair/one"
    assert not lines["whole cases"].passed
    assert lines["whole cases"].detail == (
        "it fits pair/other, not pair/one, and no `not_here` says why:"
        " there is no dropout in this program"
    )


def test_a_reason_in_the_bug_is_enough_and_is_what_the_user_is_told(tmp_path: Path) -> None:
    lines = checked(tmp_path, '\n[not_here]\n"pair/one" = "Its model is a single layer."\n')
    assert lines["whole cases"].passed
    bug = load_bug(tmp_path / "bugs" / "model" / "dropped.toml", tmp_path / "bugs")
    (program, _) = load_case(tmp_path / "pair").implementations
    result = inject(program, bug)
    assert isinstance(result, NotApplicable)
    assert result.reason == "Its model is a single layer."


def test_a_reason_for_a_program_that_has_the_bug_is_a_mistake(tmp_path: Path) -> None:
    lines = checked(
        tmp_path, '\n[not_here]\n"pair/one" = "No dropout."\n"pair/other" = "No dropout."\n'
    )
    assert not lines["whole cases"].passed
    assert lines["whole cases"].detail == "`not_here` names pair/other, which the bug fits"
