"""What is captured of an exception is what a person would have seen, to the byte."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from extent import left_to_whole

from debugdiff.model import FrameOrigin, Mode, Owner, ProgramEnd, Stack, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

TORCH_TRAINING = """
import argparse

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 3)
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        return self.head(torch.relu(self.hidden(x)))


def train(model, data):
    optimizer = torch.optim.Adam(model.parameters())
    for step in range(4):
        optimizer.zero_grad()
        logits = model(data)
        labels = torch.zeros(8, dtype=torch.long)
        if step == 2:
            labels = labels + 7
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()


def main(seed: int = 0, size: str = "small") -> dict[str, float]:
    torch.manual_seed(seed)
    model = Net()
    train(model, torch.ones(8, 4))
    return {"done": 1.0}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    print({name: round(value, 3) for name, value in main(parser.parse_args().seed).items()})
"""

TORCH_CHAIN = """
import torch


class NoModelError(ValueError):
    pass


def build():
    try:
        torch.nn.Linear(2, 3, widht=4)
    except TypeError as error:
        error.add_note("while building größe")
        größe = "ß"; raise NoModelError(größe) from error


try:
    build()
except NoModelError:
    torch.nn.Linaer
"""

KERAS_GRAPH = """
import keras
import numpy as np
from keras import layers


def build_model():
    return keras.Sequential(
        [layers.Embedding(10, 4), layers.GlobalAveragePooling1D(), layers.Dense(3)]
    )


def train(model, tokens, labels):
    model.compile(
        optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.fit(tokens, labels, batch_size=4, verbose=0, shuffle=False)


def main(seed: int = 0, size: str = "small") -> dict[str, float]:
    keras.utils.set_random_seed(seed)
    labels = np.array([0, 1, 2, 0] * 3 + [7] * 4)
    train(build_model(), np.zeros((16, 6), "int32"), labels)
    return {"done": 1.0}


if __name__ == "__main__":
    main()
"""

KERAS_LOOP = """
import keras
import tensorflow as tf
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(10, 4)
        self.head = layers.Dense(3)

    def call(self, tokens):
        return self.head(keras.ops.mean(self.embedding(tokens), axis=1))


def train(model, tokens, labels):
    optimizer = keras.optimizers.Adam()
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def train_step(tokens, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(tokens))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    for step in range(3):
        if step < 2:
            train_step(tokens, labels)
        else:
            train_step(tokens, keras.ops.reshape(labels, (2, 4)))


def main(seed: int = 0, size: str = "small") -> dict[str, float]:
    keras.utils.set_random_seed(seed)
    train(Net(), keras.ops.zeros((8, 6), "int32"), keras.ops.zeros((8,), "int32"))
    return {"done": 1.0}


if __name__ == "__main__":
    main()
"""

KERAS_CALL = """
import keras
import numpy as np
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(10, 4)
        self.head = layers.Dense(3)

    def call(self, tokens):
        hidden = self.embedding(tokens)
        return self.head(keras.ops.matmul(hidden, keras.ops.ones((5, 5))))


def main(seed: int = 0, size: str = "small") -> dict[str, float]:
    model = Net()
    model.compile(optimizer="sgd", loss="mse")
    model.fit(np.zeros((8, 6), "int32"), np.zeros((8, 3)), batch_size=4, verbose=0)
    return {"done": 1.0}


if __name__ == "__main__":
    main()
"""

BACKENDS = {Stack.KERAS_TENSORFLOW: "tensorflow", Stack.KERAS_TORCH: "torch"}


def plain_run(source: str, folder: Path, stack: Stack) -> str:
    """What `python program.py` prints on stderr from its traceback on."""
    (folder / "program.py").write_text(textwrap.dedent(source), encoding="utf-8")
    variables = {
        **os.environ,
        "KERAS_BACKEND": BACKENDS.get(stack, ""),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr[done.stderr.index("Traceback (most recent call last)") :]


def without_chance(text: str) -> str:
    """AutoGraph's files have random names."""
    return re.sub(r"__autograph_generated_file\w+", "__autograph_generated_file", text)


@dataclass(frozen=True, kw_only=True)
class Failing:
    """A program that fails, and where."""

    source: str
    stack: Stack = Stack.PYTORCH
    contract: bool = True
    stage: Stage
    step: int


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(Failing(source=TORCH_TRAINING, stage=Stage.LOSS, step=2), id="torch"),
        pytest.param(
            Failing(source=TORCH_CHAIN, contract=False, stage=Stage.IMPORT, step=0), id="chain"
        ),
        pytest.param(
            Failing(source=KERAS_GRAPH, stack=Stack.KERAS_TENSORFLOW, stage=Stage.LOSS, step=3),
            id="graph",
        ),
        pytest.param(
            Failing(source=KERAS_LOOP, stack=Stack.KERAS_TENSORFLOW, stage=Stage.LOSS, step=2),
            id="loop",
            marks=left_to_whole,
        ),
        pytest.param(
            Failing(source=KERAS_CALL, stack=Stack.KERAS_TORCH, stage=Stage.FORWARD, step=0),
            id="keras-torch",
        ),
    ],
)
def test_the_text_is_that_of_a_plain_cold_run(bench: Bench, failing: Failing) -> None:
    record = bench.run(failing.source, stack=failing.stack, contract=failing.contract)
    assert record.program is ProgramEnd.RAISED
    assert record.failure is not None
    plain = plain_run(failing.source, bench.folder, failing.stack)
    assert without_chance(record.failure.text) == without_chance(plain)
    assert (record.stage, record.step) == (failing.stage, failing.step)


def test_frames_stand_in_printed_order_with_owner_and_columns(bench: Bench) -> None:
    failure = bench.run(TORCH_TRAINING, contract=True).failure
    assert failure is not None
    assert [frame.function for frame in failure.frames[:3]] == ["<module>", "main", "train"]
    first = failure.frames[0]
    assert failure.frames[-1].owner is Owner.FRAMEWORK
    source_line = TORCH_TRAINING.splitlines()[first.line - 1]
    assert source_line[first.column : first.end_column] == "main(parser.parse_args().seed)"
    printed = re.findall(r'^  File ".*", line (\d+), in', failure.text, re.MULTILINE)
    assert [str(frame.line) for frame in failure.frames] == printed


def test_a_chain_keeps_causes_contexts_notes_and_their_order(bench: Bench) -> None:
    failure = bench.run(TORCH_CHAIN).failure
    assert failure is not None
    assert [(each.type, each.link) for each in failure.chain] == [
        ("TypeError", "cause"),
        ("NoModelError", "context"),
        ("AttributeError", ""),
    ]
    assert failure.chain[0].notes == ("while building größe",)
    assert {frame.exception for frame in failure.frames} == {0, 1, 2}
    assert failure.frames[0].exception == 2
    raised = next(frame for frame in failure.frames if "raise NoModelError" in frame.code)
    line = TORCH_CHAIN.splitlines()[raised.line - 1]
    assert line[raised.column : raised.end_column] == "raise NoModelError(größe) from error"


def test_a_group_keeps_its_members(bench: Bench) -> None:
    failure = bench.run("raise ExceptionGroup('two', [ValueError('a'), TypeError('b')])").failure
    assert failure is not None
    assert [(each.type, each.link) for each in failure.chain] == [
        ("ValueError", "group"),
        ("TypeError", "group"),
        ("ExceptionGroup", ""),
    ]


def test_a_syntax_error_points_at_its_place(bench: Bench) -> None:
    record = bench.run("import broken", files={"broken.py": "x = 1\ny = (2,\n"})
    assert record.failure is not None
    last = record.failure.frames[-1]
    assert (last.file, last.line, last.column) == (str(bench.folder / "broken.py"), 2, 4)
    assert record.failure.message == "'(' was never closed"


def test_frames_inside_a_message_of_tensorflow_are_frames_too(bench: Bench) -> None:
    failure = bench.run(KERAS_GRAPH, stack=Stack.KERAS_TENSORFLOW, contract=True).failure
    assert failure is not None
    told = [frame for frame in failure.frames if frame.origin is FrameOrigin.MESSAGE]
    assert [frame.function for frame in told if frame.owner is Owner.USER] == [
        "<module>",
        "main",
        "train",
    ]
    assert told[-1].owner is Owner.FRAMEWORK
    assert "debugdiff" not in failure.text.replace(str(bench.folder), "")


def test_a_filter_hides_frames_and_its_switch_brings_them_back(bench: Bench) -> None:
    reset = KERAS_CALL.replace(
        "    model = Net()", "    keras.utils.clear_session(); model = Net()"
    )
    filtered = bench.run(KERAS_CALL, stack=Stack.KERAS_TENSORFLOW, contract=True).failure
    whole = bench.run(
        reset, stack=Stack.KERAS_TENSORFLOW, contract=True, mode=Mode.UNFILTERED
    ).failure
    assert filtered is not None
    assert whole is not None
    assert 2 * len(filtered.frames) < len(whole.frames)
    assert filtered.hidden_frames > 20
    assert whole.hidden_frames < filtered.hidden_frames
    assert "Arguments received by" not in whole.message


def test_literals_are_the_real_ones_also_behind_a_filter(bench: Bench) -> None:
    failure = bench.run(KERAS_CALL, stack=Stack.KERAS_TENSORFLOW, contract=True).failure
    assert failure is not None
    assert {(8, 6), (5, 5), (10, 4)} <= set(failure.shapes)
    assert failure.bases == ("Exception", "BaseException")


def test_the_result_of_main_becomes_metrics_and_nan_is_named(bench: Bench) -> None:
    record = bench.run(
        """
        import torch

        def main(seed=0, size="small"):
            return {"loss": float("nan"), "accuracy": torch.tensor(0.5), "size": size, "seed": seed}

        if __name__ == "__main__":
            raise SystemExit("the block is not run")
        """,
        contract=True,
        seed=3,
    )
    assert record.program is ProgramEnd.NON_FINITE
    assert record.metrics == {"loss": None, "accuracy": 0.5, "seed": 3.0}
    assert record.non_finite == ("loss",)
    assert record.stage is Stage.DONE
