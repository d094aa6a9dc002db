"""Running a person's own script: in place, left as it is, whatever it is and does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from debugdiff.errors import DebugdiffError
from debugdiff.model import (
    Instrument,
    ProbeChoice,
    ProgramEnd,
    ScriptRun,
    SitePlace,
    Stack,
    Stage,
    ValueKind,
    WorkerEnd,
)
from debugdiff.scripts import ScriptRequest, run_script

RunSource = Callable[..., ScriptRun]


@pytest.fixture
def run_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSource:
    """Writes files to a folder of the test's own, and runs `script.py` there."""
    monkeypatch.chdir(tmp_path)

    def start(source: str, *, files: dict[str, str] | None = None, **options: Any) -> ScriptRun:
        for name, text in {"script.py": source, **(files or {})}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        return run_script(ScriptRequest(path=Path("script.py"), **options))

    return start


def folder_of(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir())


# --- as Python itself would run it ---------------------------------------------------------------


def test_a_script_sees_what_a_plain_run_would_show_it(
    run_source: RunSource, tmp_path: Path
) -> None:
    source = """
        import json, os, sys
        facts = [sys.argv, __file__, __name__, os.getcwd(), sys.path, sys.stdin.isatty()]
        print(json.dumps([*facts, __builtins__.__name__, __spec__]))
    """
    run = run_source(source, arguments=("--size", "small", ""))
    command = [sys.executable, "script.py", "--size", "small", ""]
    plain = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.record.stdout == plain.stdout
    assert (run.exit_status, run.stack) == (0, None)
    assert folder_of(tmp_path) == ["script.py"], "nothing is written beside the script"


def test_relative_paths_and_modules_beside_the_script_work(
    run_source: RunSource, tmp_path: Path
) -> None:
    run = run_source(
        "import helper\nprint(open('data.txt').read(), helper.NAME)",
        files={"data.txt": "text", "helper.py": "NAME = 'helper'"},
    )
    assert run.record.stdout == "text helper\n"


def test_a_file_called_like_a_module_shadows_it_as_in_a_plain_run(run_source: RunSource) -> None:
    run = run_source("import random\nprint(random.NAME)", files={"random.py": "NAME = 'mine'"})
    assert run.record.stdout == "mine\n"


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("import sys; sys.exit(7)", 7),
        ("import sys; sys.exit('the reason')", 1),
        ("raise ValueError('no')", 1),
        ("import os; os._exit(5)", 5),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import os, atexit; atexit.register(lambda: os._exit(4))", 4),
        ("raise KeyboardInterrupt", 130),
        ("pass", 0),
    ],
)
def test_the_exit_status_is_known(run_source: RunSource, source: str, status: int) -> None:
    assert run_source(source).exit_status == status


def test_what_is_left_to_threads_and_to_the_exit_is_done(
    run_source: RunSource, tmp_path: Path
) -> None:
    run_source(
        """
        import atexit, threading, time
        from pathlib import Path

        def later():
            time.sleep(0.2)
            Path("thread.txt").touch()

        threading.Thread(target=later).start()
        atexit.register(lambda: Path("exit.txt").touch())
        """
    )
    assert folder_of(tmp_path) == ["exit.txt", "script.py", "thread.txt"]


def test_a_fork_of_the_scripts_own_tells_nothing_in_its_name(run_source: RunSource) -> None:
    run = run_source(
        """
        import os
        if os.fork() == 0:
            raise ValueError("in the child")
        os.wait()
        """
    )
    assert (run.exit_status, run.record.program) == (0, ProgramEnd.OK)
    assert "ValueError: in the child" in run.record.stderr


def test_a_process_that_is_spawned_finds_the_script(run_source: RunSource) -> None:
    run = run_source(
        """
        import multiprocessing

        def double(number):
            return 2 * number

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(double, [1, 2]))
        """
    )
    assert run.record.stdout == "[2, 4]\n", run.record.stderr


def test_a_syntax_error_is_an_ending_like_any_other(run_source: RunSource) -> None:
    run = run_source("print('a'\nx = = 1")
    assert run.record.failure is not None
    assert run.record.failure.type == "SyntaxError"
    assert run.exit_status == 1


def test_the_traceback_is_that_of_a_plain_run(run_source: RunSource) -> None:
    run = run_source("def broken():\n    return 1 / 0\n\nbroken()")
    plain = subprocess.run(
        [sys.executable, "script.py"], capture_output=True, text=True, check=False
    )
    assert run.record.failure is not None
    assert run.record.failure.text == plain.stderr


def test_a_source_in_another_encoding_runs(run_source: RunSource, tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes("# coding: latin-1\nprint('é')".encode("latin-1"))
    run = run_script(ScriptRequest(path=tmp_path / "latin.py"))
    assert run.record.stdout == "é\n"


# --- budgets and interrupts ----------------------------------------------------------------------


def test_a_script_whose_time_is_up_says_where_it_was(run_source: RunSource) -> None:
    run = run_source("while True:\n    pass", seconds=0.5)
    assert (run.record.worker, run.exit_status) == (WorkerEnd.TIMEOUT, None)
    assert [frame.function for frame in run.record.stuck] == ["<module>"]


def test_an_interrupt_reaches_the_script_and_its_record_is_kept(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import time\nfrom pathlib import Path\nPath('ready').touch()\ntime.sleep(60)"
    )
    ask = (
        "from pathlib import Path; from debugdiff.scripts import *;"
        "run = run_script(ScriptRequest(path=Path('script.py')));"
        "print(run.exit_status, run.record.failure.type)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", ask], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    while not (tmp_path / "ready").exists():
        time.sleep(0.02)
        assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30)[0] == "130 KeyboardInterrupt\n"


# --- what cannot be run --------------------------------------------------------------------------


def test_a_missing_script_is_named_with_one_that_is_like_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    with pytest.raises(DebugdiffError, match="no script") as caught:
        run_script(ScriptRequest(path=tmp_path / "trian.py"))
    assert caught.value.slug == "script-missing"
    assert "train.py" in caught.value.hint


@pytest.mark.parametrize("content", [b"\x89PNG\0\0", None])
def test_what_is_no_script_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "thing"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(DebugdiffError) as caught:
        run_script(ScriptRequest(path=path))
    assert caught.value.slug == "script-unreadable"


# --- frameworks ----------------------------------------------------------------------------------

TORCH_SCRIPT = """
import sys
import torch
from torch import nn
from blocks import Head


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(4, 8),
            nn.Tanh(),
        )
        self.head = Head(8)

    def forward(self, batch):
        hidden = self.body(batch)
        return self.head(hidden)


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = net(torch.ones(6, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net(torch.ones(6, int(sys.argv[1])))
"""
BLOCKS = """
from torch import nn


class Head(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.out = nn.Linear(size, 1)

    def forward(self, batch):
        return self.out(batch)
"""
KERAS_SCRIPT = """
import keras
import numpy as np
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(4)
        self.head = layers.Dense(1)

    def call(self, batch):
        hidden = self.hidden(batch)
        return self.head(hidden)


keras.utils.set_random_seed(0)
net = Net()
net.compile("sgd", "mse")
net.fit(np.ones((8, 3)), np.ones((8, 1)), batch_size=4, verbose=0)
inputs = keras.Input((3,))
hidden = layers.Dense(5, name="wide")(inputs)
functional = keras.Model(inputs, layers.Dense(1)(hidden), name="second")
functional.predict(np.ones((2, 3)), verbose=0)
"""


def lines_of(run: ScriptRun) -> dict[str, tuple[str, str]]:
    """Per site, where it was made and called, as `file:line`."""

    def text(place: SitePlace, which: str) -> str:
        line = getattr(place, which)
        return f"{Path(line.file).name}:{line.line}" if line else ""

    return {each.site: (text(each, "made"), text(each, "called")) for each in run.record.places}


@pytest.fixture(scope="module")
def torch_run(tmp_path_factory: pytest.TempPathFactory) -> ScriptRun:
    folder = tmp_path_factory.mktemp("torch")
    (folder / "script.py").write_text(TORCH_SCRIPT)
    (folder / "blocks.py").write_text(BLOCKS)
    choice = ProbeChoice(every=2, sites=("body*", "head.out"))
    return run_script(
        ScriptRequest(path=folder / "script.py", arguments=("5",), choice=choice, memory=0)
    )


def test_a_pytorch_script_is_told_by_what_it_loads(torch_run: ScriptRun) -> None:
    assert (torch_run.stack, torch_run.exit_status) == (Stack.PYTORCH, 1)
    assert torch_run.record.versions["torch"]
    assert (torch_run.record.stage, torch_run.record.step) == (Stage.FORWARD, 3)


def test_a_crash_is_described_without_the_probes_frames(torch_run: ScriptRun) -> None:
    failure = torch_run.record.failure
    assert failure is not None
    assert failure.message.startswith("mat1 and mat2")
    assert "debugdiff" not in failure.text
    assert [frame.line for frame in failure.frames if frame.owner == "user"] == [29, 18]


def test_sites_of_a_script_know_their_source_lines(torch_run: ScriptRun) -> None:
    assert lines_of(torch_run) == {
        "Net": ("script.py:22", "script.py:25"),
        "body": ("script.py:11", "script.py:18"),
        "body.0": ("script.py:12", "script.py:18"),
        "body.1": ("script.py:13", "script.py:18"),
        "head": ("script.py:15", "script.py:19"),
        "head.out": ("blocks.py:8", "blocks.py:11"),
        "loss": ("", "script.py:27"),
        "optimizer": ("", "script.py:28"),
    }
    assert {each.site: each.kind for each in torch_run.record.places}["head"] == "blocks.Head"


def test_only_chosen_sites_and_steps_are_read(torch_run: ScriptRun) -> None:
    values = torch_run.record.values
    assert {value.site for value in values} == {
        *("body", "body.0", "body.1", "head.out", "loss"),
        *("body.0.weight", "body.0.bias", "head.out.weight", "head.out.bias"),
    }
    assert {value.step for value in values} == {0, 2}


def test_a_keras_script_has_its_lines_in_graph_mode_too(run_source: RunSource) -> None:
    run = run_source(KERAS_SCRIPT)
    assert (run.stack, run.exit_status) == (Stack.KERAS_TENSORFLOW, 0), run.record.stderr
    assert lines_of(run) == {
        "dense": ("script.py:10", "script.py:14"),
        "dense_1": ("script.py:11", "script.py:15"),
        "net": ("script.py:19", "script.py:21"),
        "loss": ("", "script.py:21"),
        "loss.prediction": ("", "script.py:21"),
        "optimizer": ("", "script.py:21"),
        "second/wide": ("script.py:23", "script.py:23"),
        "second/dense_2": ("script.py:24", "script.py:24"),
        "second": ("script.py:24", "script.py:25"),
    }
    assert {value.kind for value in run.record.values} == set(ValueKind)


def test_a_keras_script_runs_on_the_back_end_that_was_asked_for(run_source: RunSource) -> None:
    run = run_source(
        "import torch\nimport keras\nkeras.layers.Dense(2)(keras.ops.ones((1, 3)))",
        stack=Stack.KERAS_TORCH,
    )
    assert run.stack is Stack.KERAS_TORCH
    assert [value.site for value in run.record.values] == ["dense"], "each value is read once"


def test_without_an_instrument_nothing_is_read(run_source: RunSource) -> None:
    run = run_source(
        "import torch\ntorch.nn.Linear(1, 1)(torch.ones(1))", instrument=Instrument.NONE
    )
    assert (run.stack, run.record.values, run.record.places) == (Stack.PYTORCH, (), ())
