"""`%%explain`: a cell under the probes gives what it gives without them, and leaves nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

SETUP = """\
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs = torch.randn(40, 4)
labels = (inputs.sum(dim=1) > 0).long()
"""
TRAINING = """\
from torch.nn.functional import cross_entropy
for step in range(10):
    loss = cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
loss.item()
"""
STATE = """\
import logging, sys, warnings
from torch.nn.modules import module
from torch.optim import optimizer as optimizers


def state():
    shell = get_ipython()
    owners = [module.Module, torch.autograd, torch.nn.functional]
    hooks = [each for name, each in vars(module).items() if name.startswith("_global_")]
    hooks += [optimizers._global_optimizer_pre_hooks, optimizers._global_optimizer_post_hooks]
    return [
        *(dict(vars(each)) for each in owners),
        *(dict(each) if isinstance(each, dict) else each for each in hooks),
        *(warnings.showwarning, logging.getLogRecordFactory(), list(sys.meta_path)),
        vars(shell).get("showtraceback"),
        [dict(each._forward_hooks) for each in model.modules()],
    ]


before = state()
"""
PAGE = Path(__file__).parents[1] / "docs" / "explain.md"
_, SNIPPET = PAGE.read_text("utf-8").split(">>> %%explain\n")
DOCUMENTED = re.findall(r"^(?:>>>|\.\.\.) (.*)$", SNIPPET.partition("```")[0], re.MULTILINE)
PRINTED = SNIPPET.partition("```")[0].splitlines()[len(DOCUMENTED) :]
INTERRUPT = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nfor _ in range(10**9): pass"
CELLS = {
    "load": "%load_ext debugdiff",
    "setup": SETUP + STATE,
    "trained": f"%%explain\n{TRAINING}",
    "weights": "[float(each.detach().sum()) for each in model.parameters()], state() == before",
    "is own": "cross_entropy is torch.nn.functional.cross_entropy, loss._backward_hooks",
    "crash": "%%explain\nimages = inputs[:, :3]\nmodel(images)",
    "after crash": "state() == before",
    "interrupted": f"%%explain\n{INTERRUPT}",
    "after interrupt": "state() == before",
    "no Python": "%%explain\ndef (",
    "empty": "%%explain",
    "argument": "%%explain now\n3",
    "below time": "%%time\n%%explain\nmodel(inputs).shape",
    "above time": "%%explain\n%%time\nmodel(inputs).shape",
    "await": "%%explain\nimport asyncio\nawait asyncio.sleep(0, 7)",
    "future": "%%explain\nfrom __future__ import annotations\n8;",
    "nested": "%%explain\nget_ipython().run_cell('%%explain\\n1') and None\n2",
    "as a function": "get_ipython().run_cell_magic('explain', '', '9')",
    "on": "%explain on",
    "crash with on": "%%explain\n1 / 0",
    "off": "%explain off",
    "at the end": "state() == before",
    "documented": "\n".join(["%%explain", *DOCUMENTED]),
    "unload": "%unload_ext debugdiff",
    "unloaded": "%%explain\n1",
}
UNCLEARED = "Nothing clears the gradients"

Outputs = list[dict[str, Any]]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outputs]:
    """The outputs of the cells above, as a real kernel gave them."""
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(each) for each in CELLS.values()]
    )
    folder = str(tmp_path_factory.mktemp("notebook"))
    NotebookClient(
        book, timeout=None, allow_errors=True, resources={"metadata": {"path": folder}}
    ).execute()
    return {name: cell.outputs for name, cell in zip(CELLS, book.cells, strict=True)}


def shown(outputs: Outputs) -> list[str]:
    """What each output shows as text; of an error its type."""
    return [
        each.get("ename") or each.get("text") or each.get("data", {}).get("text/plain", "")
        for each in outputs
    ]


def test_a_silent_fault_is_shown_below_the_value_of_the_cell(cells: dict[str, Outputs]) -> None:
    value, explained = cells["trained"]
    assert value["output_type"] == "execute_result"
    assert value["execution_count"] == 3
    lines = explained["data"]["text/plain"].splitlines()
    assert lines[0] == "1. In[3], line 5  loss.backward()"
    assert UNCLEARED in lines[1]
    assert len(lines) <= 15
    page = explained["data"]["text/html"]
    assert page.startswith("<pre")
    assert "In[3], line 5" in re.sub(r"<[^>]+>", "", page)


def test_the_numbers_are_those_of_a_plain_run(cells: dict[str, Outputs]) -> None:
    names: dict[str, Any] = {}
    exec(SETUP + TRAINING, names)
    (value, _), (facts,) = cells["trained"], cells["weights"]
    assert value["data"]["text/plain"] == repr(names["loss"].item())
    sums = [float(each.detach().sum()) for each in names["model"].parameters()]
    assert " ".join(facts["data"]["text/plain"].split()) == repr((sums, True))


@pytest.mark.parametrize("name", ["after crash", "after interrupt", "at the end"])
def test_nothing_is_left_in_the_framework(name: str, cells: dict[str, Outputs]) -> None:
    assert shown(cells[name]) == ["True"]


def test_nothing_is_left_in_the_variables_of_the_session(cells: dict[str, Outputs]) -> None:
    (text,) = shown(cells["is own"])
    assert text in {"(True, None)", "(True, OrderedDict())"}


def test_a_crash_is_explained_with_the_lines_of_the_cell(cells: dict[str, Outputs]) -> None:
    error, explained = cells["crash"]
    traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))
    assert "Cell In[6], line 3" in traceback
    assert "debugdiff" not in traceback
    lines = explained["data"]["text/plain"].splitlines()
    assert lines[0].startswith("RuntimeError: mat1 and mat2 shapes")
    assert any(line.startswith("At In[6], line 3 in <module>  model(images)") for line in lines)
    assert "3. In[6], line 2  images = inputs[:, :3]" in lines
    assert len(lines) <= 15


def test_an_interrupted_cell_shows_what_is_suspected(cells: dict[str, Outputs]) -> None:
    error, explained = shown(cells["interrupted"])
    assert error == "KeyboardInterrupt"
    assert UNCLEARED in explained


def test_a_cell_that_does_not_run_has_only_its_own_message(cells: dict[str, Outputs]) -> None:
    assert shown(cells["no Python"]) == ["SyntaxError"]
    (empty,) = cells["empty"]
    assert "the cell body is empty" in empty["text"]
    (argument,) = cells["argument"]
    assert argument["text"].strip().endswith("stands alone on its line, above the code to run.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("below time", "torch.Size([40, 2])"),
        ("above time", "torch.Size([40, 2])"),
        ("await", "7"),
        ("future", None),
        ("nested", "2"),
        ("as a function", "9"),
    ],
)
def test_the_cell_has_its_value_and_one_explanation(
    name: str, value: str | None, cells: dict[str, Outputs]
) -> None:
    texts = shown(cells[name])
    assert sum(UNCLEARED in each for each in texts) == 1
    assert (value in texts) is (value is not None)


def test_with_on_a_crash_is_explained_once(cells: dict[str, Outputs]) -> None:
    error, explained = shown(cells["crash with on"])
    assert error == "ZeroDivisionError"
    assert explained.startswith("ZeroDivisionError: division by zero\n")


def test_the_page_shows_what_is_printed(cells: dict[str, Outputs]) -> None:
    (explained,) = shown(cells["documented"])
    lines = [re.sub(r"In\[\d+\]", "In[3]", line) for line in explained.splitlines()]
    assert set(PRINTED) <= {re.sub(r"^\d\. ", "1. ", line) for line in lines}


def test_the_magic_goes_with_the_extension(cells: dict[str, Outputs]) -> None:
    (text,) = shown(cells["unloaded"])
    assert "`%%explain` not found" in text


# --- Keras ---------------------------------------------------------------------------------------

KERAS = """\
import keras, numpy as np, tensorflow as tf
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dropout(0.3),
                          keras.layers.Dense(2)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(loss=loss, optimizer="adam")
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = (x.sum(1) > 0).astype(int)
@tf.function
def forward(batch):
    return model(batch, training=False)
model.fit(x, y, epochs=1, verbose=0)
_ = forward(x)
"""
FIT = """\
history = model.fit(x, y, epochs=3, verbose=0, batch_size=16)
_ = forward(x)
data = tf.data.Dataset.from_tensor_slices(x).batch(16).map(lambda each: model(each))
other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
other.compile(loss=loss, optimizer=keras.optimizers.SGD(0.1))
_ = other.fit(x, y, epochs=2, verbose=0)
history.history["loss"], [float(abs(each).sum()) for each in model.get_weights()]
"""
SESSION = """\
import contextlib, io, json, logging, sys, warnings
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="NoColor")


def run(cell):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = shell.run_cell(cell, store_history=True)
    return result.result, printed.getvalue()


def state():
    from keras.src.callbacks.callback_list import CallbackList
    from keras.src.optimizers.base_optimizer import BaseOptimizer
    from keras.src.utils import traceback_utils
    from tensorflow.python.data.ops.structured_function import StructuredFunctionWrapper
    import keras, tensorflow as tf
    owners = [keras.Model, keras.layers.Layer, keras.Operation, keras.optimizers.Optimizer,
              keras.losses.Loss, CallbackList, BaseOptimizer, traceback_utils, tf.GradientTape,
              StructuredFunctionWrapper, type(tf.function(lambda: None)), tf]
    kept = [warnings.showwarning, logging.getLogRecordFactory(), list(sys.meta_path)]
    return [*(dict(vars(each)) for each in owners), *kept, vars(shell).get("showtraceback")]


def readers(graph):
    return [each.type for each in graph.get_operations() if "PyFunc" in each.type]


setup, cell = json.loads(sys.argv[1])
run("%load_ext debugdiff")
run(setup)
before, names = state(), shell.user_ns
forward, traced = names["forward"], names["forward"].experimental_get_tracing_count()
healthy = run("%%explain\\n_ = model.fit(x, y, verbose=0)")[1]
value, printed = run("%%explain\\n" + cell)
same = state() == before
crash = run("%%explain\\nmodel.fit(x[:, :3], y, verbose=0)")[1]
print(json.dumps({
    "value": value,
    "healthy": healthy,
    "printed": printed,
    "same": [same, state() == before],
    "traced": forward.experimental_get_tracing_count() - traced,
    "readers": [
        *(readers(each.graph) for each in forward._list_all_concrete_functions()),
        readers(names["data"]._map_func.function.graph),
    ],
    "crash": crash,
}))
"""


@pytest.fixture(scope="module")
def keras_session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a session of plain IPython with Keras on TensorFlow has to say."""
    return run_session(tmp_path_factory.mktemp("keras"), KERAS, FIT)


def run_session(folder: Path, *cells: str) -> dict[str, Any]:
    (folder / "session.py").write_text(SESSION, "utf-8")
    ended = subprocess.run(
        [sys.executable, "session.py", json.dumps(cells)],
        cwd=folder,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_graphs_of_keras_are_read_and_keep_no_reader(keras_session: dict[str, Any]) -> None:
    printed = keras_session["printed"]
    assert "The model gives probabilities; `from_logits` says otherwise." in printed
    assert keras_session["healthy"] == (
        "No check found anything, and no rule suspects a line. "
        "Read: 4 layers and 2 optimizer steps.\n"
    )
    assert keras_session["readers"] == [[], []]
    assert keras_session["traced"] == 0
    assert keras_session["same"] == [True, True]


def test_a_crash_in_keras_is_explained(keras_session: dict[str, Any]) -> None:
    traceback, _, explained = keras_session["crash"].rpartition("\nValueError: ")
    assert "debugdiff" not in traceback
    assert "At In[5], line 2 in <module>  model.fit(x[:, :3], y, verbose=0)" in explained


def test_the_numbers_of_keras_are_those_of_a_plain_run(
    keras_session: dict[str, Any], tmp_path: Path
) -> None:
    *body, last = FIT.splitlines()
    code = "\n".join(
        [
            KERAS,
            "_ = model.fit(x, y, verbose=0)",
            *body,
            f"import json; print(json.dumps(({last})))",
        ]
    )
    (tmp_path / "plain.py").write_text(code, "utf-8")
    ended = subprocess.run(
        [sys.executable, "plain.py"],
        cwd=tmp_path,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert keras_session["value"] == json.loads(ended.stdout.splitlines()[-1])
