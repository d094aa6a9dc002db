"""`debugdiff trace`: rows, flags, the end of the script, and two kinds of output kept apart."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from debugdiff.model import ProgramEnd, Stack, ValueKind
from debugdiff.report.annotations import github, lines, sarif
from debugdiff.report.findings import Level, of_trace
from debugdiff.report.page import Page
from debugdiff.report.trace import curve, render, render_json
from debugdiff.score.tracing import Trace, TracedStep, TraceRow, trace_of
from debugdiff.scripts import ScriptRequest, run_script

CRASHING = """
import torch
from torch import nn

print("the program's own words")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.activation = nn.ReLU()
        self.head = nn.Linear(8, 2)

    def forward(self, batch):
        return self.head(self.activation(self.hidden(batch)))


torch.manual_seed(0)
net = Net()
nn.init.constant_(net.hidden.bias, -100)
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
for step in range(12):
    batch = torch.ones(6, 4 if step < 11 else 5)
    loss = nn.functional.cross_entropy(net(batch), torch.zeros(6, dtype=torch.long))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
GRAPH = """
import keras
import numpy as np

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(4, activation="tanh")
        self.head = keras.layers.Dense(1)

    def call(self, batch):
        return self.head(self.hidden(batch))

    def train_step(self, data):
        return super().train_step(data)


net = Net()
net.compile("sgd", "mse")
net.fit(np.ones((8, 3)), np.ones((8, 1)), batch_size=2, verbose=0)
"""
LOOP = """
import keras
import tensorflow as tf

keras.utils.set_random_seed(0)
net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.001)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(net(tf.ones((5, 3)), training=True) - 1.0))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply(gradients, net.trainable_variables)
"""
TORCH_LOOP = """
import torch
import keras

net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
for _ in range(3):
    optimizer.zero_grad()
    loss = (net(torch.ones(5, 3)) - 1.0).square().mean()
    loss.backward()
    optimizer.step()
"""


def traced(folder: Path, source: str, **options: object) -> Trace:
    (folder / "script.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return trace_of(run_script(ScriptRequest(path=folder / "script.py", **options)))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return traced(tmp_path_factory.mktemp("crashed"), CRASHING)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return traced(tmp_path_factory.mktemp("graph"), GRAPH)


def row_of(trace: Trace, site: str, kind: ValueKind = ValueKind.FORWARD) -> TraceRow:
    return next(row for row in trace.rows if (row.site, row.kind) == (site, kind))


def test_rows_stand_in_the_order_of_execution(crashed: Trace) -> None:
    assert [(row.site, row.kind.value) for row in crashed.rows] == [
        ("Net", "input"),
        ("hidden", "forward"),
        ("activation", "forward"),
        ("head", "forward"),
        ("Net", "forward"),
        ("loss", "loss"),
    ]


def test_a_row_has_the_values_the_gradient_and_the_update_of_its_layer(crashed: Trace) -> None:
    row = row_of(crashed, "head")
    assert row.value is not None
    assert (row.value.shape, row.value.dtype, row.value.step) == ((6, 2), "float32", 10)
    assert row.place is not None
    assert row.place.called is not None
    assert row.place.called.line == 16
    assert [each.step for each in row.steps] == list(range(11))
    assert all(each.gradient_norm and each.update_ratio for each in row.steps)


def test_what_a_sentinel_finds_is_flagged_and_explained(crashed: Trace) -> None:
    dead = [alarm for alarm in crashed.alarms if alarm.site == "activation"]
    assert dead, "all units of the ReLU are dead"
    assert set(dead) <= set(row_of(crashed, "activation").alarms)
    page = render(crashed, Page(width=120))
    number = re.search(rf"\[(\d)\] {dead[0].sentinel}", page)
    assert number is not None
    assert re.search(rf"^activation.*\b{number[1]}\b[\d,]*$", page, re.MULTILINE)


def test_after_a_crash_the_rows_are_there_and_the_end_is_told(crashed: Trace) -> None:
    page = render(crashed, Page(width=120))
    assert "It ended after 11 optimizer steps with RuntimeError: mat1 and mat2 shapes" in page
    assert "at script.py:16; exit status 1." in " ".join(page.split())
    assert crashed.step is None, "each row shows its last reading"


def test_the_end_of_a_script_that_was_stopped_is_told_once(crashed: Trace) -> None:
    note = "It was stopped after 11 optimizer steps."
    record = replace(crashed.run.record, failure=None, program=ProgramEnd.OK, note=note)
    stopped = replace(crashed, run=replace(crashed.run, record=record, exit_status=0))
    assert render(stopped, Page(width=120)).count("It was stopped after") == 1


def test_no_head_is_broken_inside_a_word_on_a_narrow_page(crashed: Trace) -> None:
    lines = render(crashed, Page(width=80)).splitlines()
    rule = next(number for number, line in enumerate(lines) if line.startswith("──"))
    words = " ".join(lines[rule - 2 : rule]).split()
    assert {"grad", "norm", "update", "ratio", "steps"} <= set(words)


def test_what_it_finds_is_handed_to_other_tools_with_its_line(crashed: Trace) -> None:
    found = of_trace(crashed)
    assert [each.level for each in found][:2] == [Level.ERROR, Level.WARNING]
    assert {each.rule for each in found[1:]} == {alarm.sentinel for alarm in crashed.alarms}
    text = lines(found)
    assert re.search(r"script\.py:16:\d+: error: mat1 and mat2 shapes .* \[RuntimeError\]", text)
    dead = [each for each in found if each.message.startswith("activation, from step")]
    code = {each.place.code for each in dead}
    assert code == {"return self.head(self.activation(self.hidden(batch)))"}
    run = Sarif.model_validate_json(sarif(found)).runs[0]
    assert run.results is not None
    assert len(run.results) == len(found)
    assert github(found).startswith("::error file=")


def test_the_json_has_all_of_it_and_no_nan(crashed: Trace) -> None:
    told = json.loads(render_json(crashed), parse_constant=pytest.fail)
    assert (told["outcome"], told["exit_status"], told["stage"]) == ("raised", 1, "forward")
    assert told["stdout"] == "the program's own words\n"
    head = next(site for site in told["sites"] if site["site"] == "head")
    assert head["made"]["line"] == 13
    assert head["class"] == "torch.nn.modules.linear.Linear"
    assert len(head["steps"]) == 11


def test_in_a_graph_every_value_is_read_and_it_says_which_ones_a_print_cannot_show(
    graph: Trace,
) -> None:
    assert graph.unprintable == ("dense", "dense_1", "net")
    assert all(row.latest for row in graph.rows if row.kind is ValueKind.FORWARD)
    page = render(graph, Page(width=120))
    assert "A print in the program would show no numbers at 3 sites marked ~" in page
    assert "--mode eager" in page
    assert graph.step == 3


def test_a_loop_of_keras_on_tensorflow_hides_nothing_but_the_layers_of_a_sequential(
    tmp_path: Path,
) -> None:
    trace = traced(tmp_path, LOOP)
    assert (trace.run.stack, trace.run.exit_status) == (Stack.KERAS_TENSORFLOW, 0)
    assert trace.unprintable == ("dense", "dense_1")
    assert [each.step for each in row_of(trace, "dense").steps] == [0, 1, 2]


def test_a_keras_model_may_be_trained_by_an_optimizer_of_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    trace = traced(tmp_path, TORCH_LOOP)
    assert (trace.run.stack, trace.run.exit_status) == (Stack.KERAS_TORCH, 0)
    row = row_of(trace, "dense_1")
    assert [each.step for each in row.steps] == [0, 1, 2]
    assert all(each.gradient_norm and each.update_ratio for each in row.steps)


def test_the_program_and_we_write_to_different_streams(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import sys\nimport torch\nprint('out', sys.argv[1:], input())\n"
        "torch.nn.Linear(2, 1)(torch.ones(1, 2))\n"
    )
    command = [sys.executable, "-m", "debugdiff", "trace", "script.py", "--json"]
    done = subprocess.run(
        [*command, "--", "--epochs", "3"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        input="typed\n",
        check=True,
        env=os.environ | {"DEBUGDIFF_TRACEBACK": "1"},
    )
    told = json.loads(done.stdout)
    assert told["arguments"] == ["--epochs", "3"]
    assert [site["site"] for site in told["sites"]] == ["Linear", "Linear"]
    assert done.stderr == "out ['--epochs', '3'] typed\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["script.py"]


@pytest.mark.parametrize(
    ("source", "status", "told"),
    [
        ("print('no framework')", 2, "without loading PyTorch or Keras"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt"),
        ("import sys; sys.exit('usage: script FILE')", 0, "SystemExit: usage: script FILE"),
        ("\x89 no \x00 text", 2, "it is not Python but binary data"),
        ("import os; os._exit(3)", 0, "left with exit code 3"),
    ],
)
def test_what_has_no_layers_is_a_sentence(
    tmp_path: Path, source: str, status: int, told: str
) -> None:
    (tmp_path / "script.py").write_text(source)
    command = [sys.executable, "-m", "debugdiff", "trace", "script.py"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == status, done.stderr
    assert told in done.stdout + done.stderr
    assert "debugdiff/" not in done.stdout + done.stderr, "no traceback of ours"


def test_a_curve_goes_from_the_least_to_the_greatest_and_marks_what_is_not_finite() -> None:
    levels = [0.0, 1.0, None, 2.0]
    steps = [TracedStep(step=step, level=level) for step, level in enumerate(levels)]
    assert curve(steps) == "▁▅!█"
    assert curve(steps[:1]) == ""
    assert len(curve([TracedStep(step=step, level=1.0) for step in range(100)])) == 8
