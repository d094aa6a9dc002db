"""Scripts that are hard to watch: each is traced, or told why not; and none notices it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from extent import tried

from debugdiff.model import (
    Instrument,
    ProgramEnd,
    ScriptRun,
    Stack,
    ValueKind,
)
from debugdiff.report.page import Page
from debugdiff.report.trace import render, render_json
from debugdiff.score.tracing import trace_of
from debugdiff.scripts import ScriptRequest, run_script

HARD = """
import multiprocessing
import subprocess
import sys
import threading

import torch
from torch import nn


class Odd(torch.Tensor):
    def __repr__(self):
        raise RuntimeError("no repr")


class Returns(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


class Recursive(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, batch, depth=3):
        return self.layer(batch) if depth == 0 else self.forward(self.layer(batch), depth - 1)


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.again = self.layer

    def forward(self, left, right):
        return self.layer(left) + self.again(right)


def made(name, function):
    module = Returns(function)
    holders.append(nn.ModuleDict({f"a_{name}": module}))
    return module


holders = []


ones = torch.ones(2, 2)
kinds = {
    "odd": lambda: ones.as_subclass(Odd),
    "sparse": lambda: ones.to_sparse(),
    "quantised": lambda: torch.quantize_per_tensor(ones, 0.1, 0, torch.quint8),
    "complex": lambda: torch.complex(ones, ones),
    "meta": lambda: torch.empty(2, 2, device="meta"),
    "half": lambda: ones.half(),
    "brain": lambda: ones.bfloat16(),
    "empty": lambda: ones[:0],
    "whole": lambda: ones.long(),
    "truth": lambda: ones > 0,
    "nested": lambda: {"a": [ones, (ones, None)], "b": "text"},
    "nothing": lambda: None,
    "lambda": lambda: (lambda: 0),
}
for name, function in kinds.items():
    made(name, function)()
Recursive()(ones)
Shared()(ones, ones)
second = nn.Sequential(nn.Linear(2, 1))
thread = threading.Thread(target=lambda: second(ones))
thread.start()
thread.join()
recursive = made("threads", lambda: ones)
recursive.register_forward_hook(lambda *_: (_ for _ in ()).throw(KeyError("in a hook")))
try:
    recursive()
except KeyError:
    print("the hook raised")


def deeper(depth):
    return deeper(depth + 1)


try:
    deeper(0)
except RecursionError:
    print("too deep")
child = [sys.executable, "-c", "import torch; print(torch.nn.Linear(1, 1)(torch.ones(1)).shape)"]
print(subprocess.run(child, capture_output=True, text=True, check=True).stdout.strip())
loader = torch.utils.data.DataLoader(list(range(4)), batch_size=2, num_workers=1)
print(sum(int(batch.sum()) for batch in loader))
"""
HANDED_ON = """
import hashlib
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Embedding(20, 8), nn.Flatten(), nn.Linear(32, 8), nn.Dropout(0.3),
                    nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    tokens = torch.randint(0, 20, (5, 4))
    loss = nn.functional.cross_entropy(net(tokens), tokens[:, 0] % 3)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
weights = b"".join(parameter.detach().numpy().tobytes() for parameter in net.parameters())
print(hashlib.sha256(weights).hexdigest(), torch.rand(1).item())
"""
KERAS_HANDED_ON = """
import hashlib
import keras
import numpy as np

keras.utils.set_random_seed(0)
net = keras.Sequential([keras.layers.Embedding(20, 8), keras.layers.Flatten(),
                        keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.3),
                        keras.layers.Dense(3)])
net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
tokens = np.random.randint(0, 20, (30, 4))
net.fit(tokens, tokens[:, 0] % 3, batch_size=5, verbose=0)
weights = b"".join(array.tobytes() for array in net.get_weights())
print(hashlib.sha256(weights).hexdigest(), np.random.rand())
"""


def run(folder: Path, source: str, **options: object) -> ScriptRun:
    (folder / "script.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return run_script(ScriptRequest(path=folder / "script.py", **options))


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> ScriptRun:
    return run(tmp_path_factory.mktemp("hard"), HARD)


def test_tensors_of_every_kind_threads_processes_and_recursion_are_survived(
    hard: ScriptRun,
) -> None:
    assert hard.record.program is ProgramEnd.OK, hard.record.failure and hard.record.failure.text
    assert hard.record.stdout.splitlines() == [
        *("the hook raised", "too deep", "torch.Size([1])", "6"),
    ]
    trace = trace_of(hard)
    assert "ran to its end" in render(trace, Page(width=120))
    assert render_json(trace)


def test_what_can_be_read_of_odd_tensors_is(hard: ScriptRun) -> None:
    forward = [value for value in hard.record.values if value.kind is ValueKind.FORWARD]
    dtypes = {value.dtype for value in forward}
    assert {"quint8", "complex64", "float16", "bfloat16", "int64", "bool"} <= dtypes
    (unread,) = [value for value in forward if not value.digest]
    assert (unread.shape, unread.mean) == ((2, 2), None), "a meta tensor has a shape and no numbers"
    assert any(value.site.endswith("[a][1][0]") for value in forward)


def test_a_layer_that_is_shared_or_called_again_is_counted(hard: ScriptRun) -> None:
    calls = [
        value.call
        for value in hard.record.values
        if value.kind is ValueKind.FORWARD and value.site.endswith("layer")
    ]
    assert max(calls) >= 3


@pytest.mark.parametrize(
    ("source", "stack"),
    tried(
        (HANDED_ON, None),
        (KERAS_HANDED_ON, Stack.KERAS_TENSORFLOW),
        more=((KERAS_HANDED_ON, Stack.KERAS_TORCH),),
    ),
    ids=tried("pytorch", "keras-tensorflow", more=("keras-torch",)),
)
def test_results_are_the_same_to_the_last_bit_with_and_without_probes(
    tmp_path: Path, source: str, stack: Stack | None
) -> None:
    plain = run(tmp_path, source, instrument=Instrument.NONE, stack=stack)
    watched = run(tmp_path, source, stack=stack)
    assert plain.exit_status == watched.exit_status == 0, watched.record.stderr
    assert plain.record.stdout == watched.record.stdout != ""
    assert watched.record.values
    assert not plain.record.values


def test_a_model_that_is_built_at_import_and_never_trained_is_traced(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("from torch import nn\nnet = nn.Linear(2, 1)\n")
    done = run(tmp_path, "import torch\nfrom model import net\nnet(torch.ones(1, 2))")
    (place,) = done.record.places
    assert place.made is not None
    assert (Path(place.made.file).name, place.made.line) == ("model.py", 2)
    assert {value.kind for value in done.record.values} == {ValueKind.INPUT, ValueKind.FORWARD}
