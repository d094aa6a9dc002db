"""`--steps N`: a script that would train for hours is stopped after N optimizer steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command_line import debugdiff

from debugdiff.model import ProbeChoice, ProgramEnd
from debugdiff.scripts import ScriptRequest, run_script

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import ScriptRun

TORCH = """\
import atexit
import torch

atexit.register(lambda: open("left", "w").close())
model = torch.nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
try:
    while True:
        optimizer.zero_grad()
        model(torch.ones(4, 3)).sum().backward()
        optimizer.step()
except Exception:
    print("caught")
finally:
    open("cleaned", "w").close()
"""
CATCHING = """\
import torch

model = torch.nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
while True:
    try:
        model(torch.ones(4, 3)).sum().backward()
        optimizer.step()
    except BaseException:
        pass
"""
FIT = """\
import keras
import numpy as np

model = keras.Sequential([keras.layers.Dense(2)])
model.compile(optimizer="sgd", loss="mse")
model.fit(np.ones((64, 3)), np.ones((64, 2)), batch_size=4, epochs=100_000, verbose=0)
"""
LOOP = """\
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Dense(2)])
optimizer = keras.optimizers.SGD()

@tf.function
def train_step(rows):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(rows) ** 2)
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

while True:
    train_step(tf.ones((4, 3)))
"""


def run(folder: Path, source: str, steps: int) -> ScriptRun:
    path = folder / "train.py"
    path.write_text(source, "utf-8")
    return run_script(ScriptRequest(path=path, choice=ProbeChoice(steps=steps)))


@pytest.mark.parametrize(("source", "steps"), [(TORCH, 3), (FIT, 20)], ids=["torch", "fit"])
def test_it_is_stopped_when_the_next_step_begins(
    source: str, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run(tmp_path, source, steps)
    assert (ended.exit_status, ended.record.program) == (0, ProgramEnd.OK)
    assert ended.record.steps == steps
    assert {value.step for value in ended.record.values} <= set(range(steps))
    assert max(value.step for value in ended.record.values) == steps - 1
    assert ended.record.note == f"It was stopped after {steps} optimizer steps."
    if source is TORCH:
        assert (tmp_path / "cleaned").exists()
        assert (tmp_path / "left").exists()
        assert "caught" not in ended.record.stdout


def test_a_script_that_catches_everything_is_ended(tmp_path: Path) -> None:
    ended = run(tmp_path, CATCHING, 3)
    assert (ended.exit_status, ended.record.program) == (0, ProgramEnd.OK)
    assert ended.record.note == "It was stopped after 3 optimizer steps."


def test_a_loop_of_keras_is_stopped_soon_after(tmp_path: Path) -> None:
    ended = run(tmp_path, LOOP, 5)
    assert (ended.exit_status, ended.record.program) == (0, ProgramEnd.OK)
    assert ended.record.steps > 5
    assert {value.step for value in ended.record.values} <= set(range(5))


def test_the_commands_say_that_it_was_stopped(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TORCH, "utf-8")
    explained = debugdiff("explain", "train.py", "--steps", "2", folder=tmp_path)
    assert "It was stopped after 2 optimizer steps; exit status 0." in explained.stdout
    traced = debugdiff("trace", "train.py", "--steps", "2", "--json", folder=tmp_path)
    assert json.loads(traced.stdout)["optimizer_steps"] == 2
