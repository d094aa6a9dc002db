"""The main job from end to end, on a small program: reuse, edits, breakage, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from debugdiff.bugs import load_catalogue
from debugdiff.campaign import RunRequest, run, stored
from debugdiff.campaign.case_checks import check_cases
from debugdiff.case_template import write_case
from debugdiff.cases import load_case
from debugdiff.errors import StackError, StoreError
from debugdiff.execute import stack_versions
from debugdiff.model import (
    IndexName,
    Instrument,
    Mode,
    Outcome,
    ProgramEnd,
    Report,
    Score,
    Stack,
    TrialResult,
    WorkerEnd,
)
from debugdiff.store import Store

PROGRAM = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.head = nn.Linear(8, 2)

    def forward(self, features):
        hidden = torch.tanh(self.hidden(features))
        return self.head(hidden)


def build_model():
    return Net()


def train(model, data, *, epochs, batch_size, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for features, labels in data:
            optimizer.zero_grad()
            loss = loss_function(model(features), labels)
            loss.backward()
            optimizer.step()


def evaluate(model, data):
    with torch.no_grad():
        right = sum((model(x).argmax(-1) == y).float().mean().item() for x, y in data)
    return {"accuracy": right / len(data)}


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = [(torch.randn(6, 4), torch.randint(2, (6,))) for _ in range(3)]
    model = build_model()
    train(model, data, epochs=1, batch_size=6, learning_rate=0.1)
    return evaluate(model, data)


if __name__ == "__main__":
    print(main())
"""

BUG = """
title = "The head is {title}"
difficulty = 1
taxonomy = ["Humbatova: Tensors & Inputs"]
story = "It does not work."
explanation = "The size is another one."
hints = ["Look.", "Look at the head.", "Look at its first size."]
references = ["https://github.com/pytorch/pytorch/issues/1"]

[symptom]
pytorch = "{symptom}"

[not_expressible]
keras = "this toy is written for PyTorch alone"

[[inject]]
framework = "pytorch"
match = "{match}"
replace = "{replace}"

[[example]]
framework = "pytorch"
before = '''
from torch import nn
import torch
head = nn.Linear(8, 2)
y = torch.tanh(head)
'''
after = '''
from torch import nn
import torch
{after}
'''
"""


@pytest.fixture
def request_(tmp_path: Path) -> RunRequest:
    case = tmp_path / "toy"
    case.mkdir()
    (case / "pytorch.py").write_text(PROGRAM)
    bugs = tmp_path / "bugs"
    (bugs / "shape").mkdir(parents=True)
    (bugs / "model").mkdir()
    (bugs / "shape" / "wrong-size.toml").write_text(
        BUG.format(
            title="too wide",
            symptom="first-step",
            match="torch.nn.Linear(8, 2)",
            replace="torch.nn.Linear(9, 2)",
            after="head = nn.Linear(9, 2)\ny = torch.tanh(head)",
        )
    )
    (bugs / "model" / "activation-missing.toml").write_text(
        BUG.format(
            title="not bent",
            symptom="silent",
            match="torch.tanh($x)",
            replace="$x",
            after="head = nn.Linear(8, 2)\ny = head",
        )
    )
    return RunRequest(
        cases=(load_case(case),), bugs=load_catalogue([bugs]), store=tmp_path / "store.sqlite3"
    )


def outcomes(report: Report) -> dict[str, Outcome]:
    return {each.bug.id: each.verdict.outcome for each in report.attempts}


def score(report: Report, bug: str, metric: str) -> float | None:
    (attempt,) = [each for each in report.attempts if each.bug.id == bug]
    found = attempt.score(metric)
    assert found is not None
    assert found.explanation
    return found.value


def scores(report: Report) -> list[tuple[Score, ...]]:
    return [
        of.scores
        for program in report.programs
        for of in (program, *program.runs, *program.attempts)
    ]


def test_a_campaign_runs_scores_and_is_answered_from_the_store_the_second_time(
    request_: RunRequest,
) -> None:
    first = run(request_)
    assert outcomes(first) == {
        "model/activation-missing": Outcome.EFFECTIVE,
        "shape/wrong-size": Outcome.EFFECTIVE,
    }
    assert score(first, "shape/wrong-size", "D1") == 1
    assert not any(each.reused for each in first.results)
    crashed = [r for r in first.results if r.record.program is ProgramEnd.RAISED]
    assert {each.trial.bug for each in crashed} == {"shape/wrong-size"}

    second = run(request_)
    assert all(each.reused for each in second.results)
    assert scores(second) == scores(first)
    assert scores(stored(request_)) == scores(first)


def test_every_attempt_stands_beside_the_clean_run_of_its_own_mode_and_seed(
    request_: RunRequest,
) -> None:
    modes = (Mode.DEFAULT, Mode.ANOMALY)
    report = run(replace(request_, bugs=request_.bugs[:1], modes=modes, seeds=(0, 1)))
    conditions = {(each.mode, each.condition.seed) for each in report.attempts}
    assert conditions == {(mode, seed) for mode in modes for seed in (0, 1)}
    for attempt in report.attempts:
        assert attempt.trials.keys() == {Instrument.NONE, Instrument.LAYERS}
        assert attempt.clean.trials.keys() > attempt.trials.keys()
        beside = (*attempt.trials.values(), *attempt.clean.trials.values())
        assert {each.trial.condition for each in beside} == {attempt.condition}


def write_two(folder: Path, *, width: int = 16) -> RunRequest:
    """A folder without a `case.toml`: a program of the template, and a twin of it."""
    write_case(folder / "new")
    for name in ("keras_functional.py", "case.toml"):
        (folder / "new" / name).unlink()
    text = (folder / "new" / "pytorch.py").read_text()
    wide = text.replace("GRU(8, 16", f"GRU(8, {width}").replace("Linear(16", f"Linear({width}")
    (folder / "new" / "twin.py").write_text(f"# Another one.\n{wide}")
    return RunRequest(cases=(load_case(folder / "new"),), bugs=(), store=folder / "pairs.sqlite3")


def test_programs_without_a_case_toml_are_a_pair_if_a_parity_check_passes(tmp_path: Path) -> None:
    request = write_two(tmp_path)
    report = run(request)
    (case,) = report.cases
    assert case.pairing.compared
    assert "found the same parameters" in case.pairing.reason
    ratios = [each.value for each in report.indices if each.name is IndexName.READABILITY]
    assert ratios[:2] == pytest.approx([1, 1])
    assert stored(request).cases == report.cases


def test_programs_that_a_parity_check_tells_apart_are_not_compared(tmp_path: Path) -> None:
    request = write_two(tmp_path, width=12)
    assert not stored(request).cases[0].pairing.compared
    report = run(request)
    (case,) = report.cases
    assert not case.pairing.compared
    assert "a parity check finds other parameters in twin than in pytorch" in case.pairing.reason
    assert not any(each.value for each in report.indices)
    assert report.comparisons == ()


def test_scripts_that_no_parity_check_can_read_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    for name, width in (("a", 3), ("b", 5)):
        text = f"import torch\n\nprint(torch.nn.Linear({width}, 1)(torch.ones({width})))\n"
        (tmp_path / "two" / f"{name}.py").write_text(text)
    case = load_case(tmp_path / "two")
    report = run(RunRequest(cases=(case,), bugs=(), store=tmp_path / "pairs.sqlite3"))
    assert "a.py has no `main(seed, size)`" in report.cases[0].pairing.reason
    assert all(each.static.whole.lloc for each in report.programs)
    assert not any(each.value for each in report.indices)


def test_an_edited_program_is_measured_again_and_an_unknown_one_is_not_made_up(
    request_: RunRequest,
) -> None:
    run(replace(request_, bugs=()))
    path = request_.cases[0].implementations[0].path
    path.write_text(PROGRAM.replace("nn.Linear(4, 8)", "nn.Linear(4, 8, bias=False)"))
    edited = replace(request_, cases=(load_case(path.parent),), bugs=())
    assert stored(edited).results == ()
    assert not any(each.reused for each in run(edited).results)


def test_a_program_whose_clean_run_fails_is_reported_and_its_mutants_are_not_run(
    request_: RunRequest,
) -> None:
    folder = request_.cases[0].folder
    (folder / "broken.py").write_text(PROGRAM.replace("nn.Linear(4, 8)", "nn.Linear(5, 8)"))
    report = run(replace(request_, cases=(load_case(folder),)))
    broken = [each for each in report.results if each.trial.implementation == "broken"]
    assert [each.trial.instrument for each in broken] == [Instrument.NONE]
    assert len(report.not_run) == 6
    assert {reason.partition(": ")[0] for reason in report.not_run.values()} == {
        "the clean run of toy/broken fails"
    }
    healthy = [each for each in report.attempts if each.implementation.name == "pytorch"]
    assert all(each.effective for each in healthy)


@dataclass
class Counted:
    """A `Progress` that holds every count to its total."""

    total: int = 0
    done: int = 0
    starts: int = 0

    def start(self, total: int, reused: int) -> None:
        assert reused >= 0
        self.starts += 1
        self.total = total

    def advance(self, result: TrialResult) -> None:
        assert result.record.trial == result.trial.id
        self.done += 1
        assert self.done <= self.total

    def skip(self, count: int) -> None:
        self.total -= count
        assert self.done <= self.total

    def message(self, text: str) -> None:
        assert text


def test_progress_never_passes_its_total_and_ends_at_it(request_: RunRequest) -> None:
    folder = request_.cases[0].folder
    (folder / "broken.py").write_text(PROGRAM.replace("nn.Linear(4, 8)", "nn.Linear(5, 8)"))
    both = replace(request_, cases=(load_case(folder),))
    for bugs, fresh in ((both.bugs[:1], False), (both.bugs, False), (both.bugs[:1], True)):
        progress = Counted()
        run(replace(both, bugs=bugs, fresh=fresh), progress=progress)
        assert progress.done == progress.total > 0


def test_checking_cases_runs_each_clean_program_twice_with_and_without_probes(
    request_: RunRequest,
) -> None:
    progress = Counted()
    lines = check_cases(request_, progress=progress)
    assert all(line.passed for line in lines), lines
    assert (progress.starts, progress.done, progress.total) == (1, 4, 4)
    with Store(request_.store) as store:
        instruments = [trial.instrument for trial in store.trials()]
    assert instruments == [Instrument.NONE, Instrument.LAYERS]


def test_a_clean_run_that_failed_is_tried_again(request_: RunRequest, tmp_path: Path) -> None:
    missing = tmp_path / "toy" / "numbers.txt"
    path = request_.cases[0].implementations[0].path
    path.write_text(PROGRAM + f"\n\nopen({str(missing)!r}).close()\n")
    again = replace(request_, cases=(load_case(path.parent),), bugs=())
    assert "FileNotFoundError" in str(run(again).not_run)
    assert "FileNotFoundError" in str(stored(again).not_run)
    missing.touch()
    report = run(again)
    assert report.not_run == {}
    assert len(report.results) == 3


def test_a_default_stack_that_is_missing_leaves_its_trials_out_and_the_rest_goes_on(
    request_: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = request_.cases[0].folder
    (folder / "keras_sequential.py").write_text("import keras\n")
    monkeypatch.setattr(
        "debugdiff.campaign.stacks.stack_versions",
        lambda stack, _: stack_versions(stack) if stack is Stack.PYTORCH else None,
    )
    report = run(replace(request_, cases=(load_case(folder),), bugs=()))
    assert {each.trial.implementation for each in report.results} == {"pytorch"}
    assert len(report.not_run) == 4
    (reason,) = set(report.not_run.values())
    assert reason.startswith("keras-tensorflow is not installed; install it with: pip install")


def test_a_stack_asked_for_by_name_that_is_missing_names_the_command_that_installs_it(
    request_: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("debugdiff.campaign.stacks.stack_versions", lambda *_: None)
    with pytest.raises(StackError, match="not installed") as caught:
        run(replace(request_, stacks=(Stack.PYTORCH,)))
    assert "pip install" in caught.value.hint


def test_a_prefix_finds_one_trial_or_says_why_not(request_: RunRequest) -> None:
    report = run(replace(request_, bugs=()))
    wanted = report.results[0].trial
    with Store(request_.store) as store:
        assert store.find_trial(wanted.id[:12]) == wanted
        with pytest.raises(StoreError, match="stored trials have an id"):
            store.find_trial("")
        with pytest.raises(StoreError, match="No stored trial"):
            store.find_trial("zz")


def command(request_: RunRequest, *more: str) -> list[str]:
    folder, store = str(request_.cases[0].folder), str(request_.store)
    return [
        sys.executable,
        "-m",
        "debugdiff",
        "run",
        folder,
        "--store",
        store,
        "--jobs",
        "1",
        *more,
    ]


def wait_for_records(path: Path, number: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists():
            with Store(path) as store:
                if len(store.trials()) >= number:
                    return
        time.sleep(0.05)
    pytest.fail(f"no {number} records within a minute")


def test_ctrl_c_keeps_every_finished_record_exits_130_and_the_next_run_goes_on(
    request_: RunRequest,
) -> None:
    slow = PROGRAM.replace("def evaluate(model, data):", "def evaluate(model, data):\n    pause()")
    slow = slow.replace(
        "def build_model", "def pause():\n    import time\n    time.sleep(1)\n\n\ndef build_model"
    )
    request_.cases[0].implementations[0].path.write_text(slow)
    seeds = [part for seed in range(8) for part in ("--seed", str(seed))]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        command(request_, *seeds), start_new_session=True, env=dict(os.environ), **options
    ) as process:
        wait_for_records(request_.store, 2)
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    with Store(request_.store) as store:
        kept = {trial.id for trial in store.trials()}
        results = [store.get(trial) for trial in store.trials()]
    assert len(kept) >= 2
    assert all(each and each.record.worker is WorkerEnd.FINISHED for each in results)
    again = load_case(request_.cases[0].folder)
    report = run(replace(request_, cases=(again,), bugs=(), seeds=(0,)))
    assert {each.trial.id for each in report.results if each.reused} <= kept
    assert any(each.reused for each in report.results)
