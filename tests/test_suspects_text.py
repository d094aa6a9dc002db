"""Rules on the text alone: each fires on its bug, and all are quiet on every clean program."""

from __future__ import annotations

import textwrap

import pytest

from debugdiff.cases import shipped_cases
from debugdiff.model import Failure, Frame, Owner
from debugdiff.source.program import Program
from debugdiff.suspects import rules, suspects_of_crash, suspects_of_text
from debugdiff.suspects.ranking import weight_of
from debugdiff.suspects.registry import CRASH_RULES, TEXT_RULES

TORCH = """
import torch
import torch.nn.functional as F
from torch import nn
"""
KERAS = """
import keras
from keras import layers
"""


def loop(body: str, *, before: str = "") -> str:
    """A small training loop, with the given lines in its inner block."""
    return (
        TORCH
        + textwrap.dedent(before)
        + """
model = nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total = 0.0
for x, y in [(torch.rand(2, 3), torch.tensor([0, 1]))]:
"""
        + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        + "\n"
    )


STEP = """
loss = F.cross_entropy(model(x), y)
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""


def module(body: str, forward: str = "return self.head(x)") -> str:
    """A PyTorch module with the given lines in `__init__`."""
    return (
        TORCH
        + "class Net(nn.Module):\n    def __init__(self):\n"
        + textwrap.indent(textwrap.dedent(body).strip(), " " * 8)
        + "\n\n    def forward(self, x):\n"
        + textwrap.indent(textwrap.dedent(forward).strip(), " " * 8)
        + "\n"
    )


def keras_model(last: str, compiled: str) -> str:
    """A Sequential model with the given last layer and `compile`."""
    return (
        KERAS
        + f"model = keras.Sequential([layers.Dense(8, activation='relu'), {last}])\n{compiled}\n"
    )


BUGS = {
    "returns-nothing": (
        module("super().__init__()\nself.head = nn.Linear(3, 2)", "self.head(x)"),
        "self.head(x)",
    ),
    "missing-super-init": (module("self.head = nn.Linear(3, 2)"), "self.head = nn.Linear(3, 2)"),
    "layers-in-plain-list": (
        module(
            "super().__init__()\nself.head = [nn.Linear(3, 3) for _ in range(2)]",
            "return self.head[0](x)",
        ),
        "self.head = [",
    ),
    "layer-made-in-forward": (
        module("super().__init__()\nself.n = 3", "return nn.Linear(3, 2)(x)"),
        "nn.Linear(3, 2)(x)",
    ),
    "layer-not-called": (
        module("super().__init__()\nself.act = nn.ReLU()", "x = self.act\nreturn x"),
        "x = self.act",
    ),
    "zero-weights": (
        module("super().__init__()\nself.head = nn.Linear(3, 2)\nnn.init.zeros_(self.head.weight)"),
        "zeros_",
    ),
    "wide-weights": (
        module(
            "super().__init__()\nself.head = nn.Linear(3, 2)\n"
            "nn.init.normal_(self.head.weight, std=5.0)"
        ),
        "std=5.0",
    ),
    "probabilities-to-logits-loss": (
        loop(STEP.replace("model(x)", "torch.softmax(model(x), dim=-1)")),
        "torch.softmax",
    ),
    "rectified-output": (
        keras_model(
            "layers.Dense(1, activation='relu')",
            "model.compile('adam', keras.losses.BinaryCrossentropy(from_logits=True))",
        ),
        "activation='relu'",
    ),
    "logits-to-probability-loss": (
        keras_model("layers.Dense(3)", "model.compile('adam', 'sparse_categorical_crossentropy')"),
        "sparse_categorical_crossentropy",
    ),
    "one-unit-softmax": (
        keras_model("layers.Dense(1, activation='softmax')", "model.compile('adam', 'mse')"),
        "softmax",
    ),
    "sigmoid-for-classes": (
        keras_model(
            "layers.Dense(4, activation='sigmoid')",
            "model.compile('adam', 'categorical_crossentropy')",
        ),
        "sigmoid",
    ),
    "softmax-over-batch": (TORCH + "p = torch.softmax(torch.rand(2, 3), dim=0)\n", "dim=0"),
    "loss-negated": (
        loop(STEP.replace("loss = F.cross", "loss = -F.cross")),
        "-F.cross_entropy",
    ),
    "log-of-softmax": (
        TORCH + "p = torch.log(torch.softmax(torch.rand(2, 3), dim=1))\n",
        "torch.log(",
    ),
    "gradients-not-cleared": (loop(STEP.replace("optimizer.zero_grad()\n", "")), "backward"),
    "gradients-cleared-too-late": (
        loop(
            "loss = F.cross_entropy(model(x), y)\nloss.backward()\n"
            "optimizer.zero_grad()\noptimizer.step()"
        ),
        "zero_grad",
    ),
    "step-missing": (loop(STEP.replace("optimizer.step()\n", "")), "backward"),
    "apply-gradients-missing": (
        (
            "import tensorflow as tf\nw = tf.Variable(1.0)\nwith tf.GradientTape() as tape:\n"
            "    loss = w * w\ngradients = tape.gradient(loss, [w])\n"
        ),
        "tape.gradient",
    ),
    "learning-rate": (
        TORCH + "optimizer = torch.optim.Adam(nn.Linear(2, 2).parameters(), lr=0.5)\n",
        "lr=0.5",
    ),
    "dropout-extreme": (
        module(
            "super().__init__()\nself.drop = nn.Dropout(0.95)\nself.head = nn.Linear(3, 2)",
            "return self.head(self.drop(x))",
        ),
        "nn.Dropout",
    ),
    "never-in-evaluation-mode": (
        loop(STEP)
        + "drop = nn.Dropout(0.2)\ndef evaluate(model, x):\n    return model(x).argmax(-1)\n",
        "return model(x)",
    ),
    "evaluated-in-training-mode": (
        keras_model("layers.Dropout(0.5)", "model.compile('adam', 'mse')\nmodel.fit(x, y)")
        + "print(model(x, training=True))\n",
        "training=True",
    ),
    "trained-in-evaluation-mode": (
        (
            "import torch\ndef train(model, data, optimizer):\n"
            "    model.eval()\n    for x in data:\n"
            "        optimizer.zero_grad()\n        model(x).sum().backward()\n"
            "        optimizer.step()\n"
        ),
        "model.eval()",
    ),
    "frozen": (
        TORCH + "for p in nn.Linear(2, 2).parameters():\n    p.requires_grad = False\n",
        "requires_grad",
    ),
    "loss-keeps-its-graph": (loop(STEP + "total += loss"), "total += loss"),
    "trained-without-gradient": (
        (
            "import torch\n@torch.no_grad()\n"
            "def train(model, data, optimizer):\n    for x in data:\n"
            "        optimizer.zero_grad()\n        model(x).sum().backward()\n"
            "        optimizer.step()\n"
        ),
        "@torch.no_grad()",
    ),
    "shuffled-apart": (
        (
            "import numpy as np\nrng = np.random.default_rng(0)\nx, y = np.ones(3), np.ones(3)\n"
            "rng.shuffle(x)\nrng.shuffle(y)\n"
        ),
        "rng.shuffle(y)",
    ),
    "pipelines-shuffled-apart": (
        (
            "import tensorflow as tf\nfrom_rows = tf.data.Dataset.from_tensor_slices\n"
            "xs = from_rows(x).shuffle(9)\nys = from_rows(y).shuffle(9)\n"
            "pairs = tf.data.Dataset.zip((xs, ys)).batch(2)\n"
        ),
        "xs = from_rows(x)",
    ),
    "evaluated-on-training-data": (
        (
            "def run(model, x_train, y_train):\n    model.fit(x_train, y_train, epochs=2)\n"
            "    return model.evaluate(x_train, y_train)\n"
        ),
        "evaluate(x_train",
    ),
    "optimizer-made-in-loop": (
        loop("optimizer = torch.optim.Adam(model.parameters())\n" + STEP),
        "torch.optim.Adam",
    ),
    "clipped-away": (
        loop(
            STEP.replace("optimizer.step()", "nn.utils.clip_grad_norm_(model.parameters(), 1e-4)")
        ),
        "1e-4",
    ),
    "loss-arguments-swapped": (
        (
            "import keras\nloss_function = keras.losses.BinaryCrossentropy(from_logits=True)\n"
            "def step(model, words, labels):\n    logits = model(words)\n"
            "    return loss_function(logits, labels)\n"
        ),
        "loss_function(logits, labels)",
    ),
    "metric-over-batch": (TORCH + "found = torch.rand(4, 3).argmax(dim=0)\n", "argmax"),
    "schedule-stepped-every-batch": (
        loop(
            STEP + "schedule.step()",
            before="""
            weights = [torch.ones(2, requires_grad=True)]
            optimizer = torch.optim.SGD(weights, lr=0.1)
            schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3)
            """,
        ),
        "schedule.step()",
    ),
    "trainable-set-after-compile": (
        keras_model(
            "layers.Dense(1)",
            "model.compile('adam', 'mse')\nmodel.trainable = True\nmodel.fit(x, y)",
        ),
        "model.trainable = True",
    ),
    "scaled-twice": (
        keras_model(
            "layers.Rescaling(1 / 255), layers.Dense(1)",
            "model.compile('adam', 'mse')\nmodel.fit(pictures / 255, y)",
        ),
        "layers.Rescaling(1 / 255)",
    ),
    "test-data-not-scaled": (
        (
            "import keras\n"
            "(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()\n"
            "x_train = x_train.astype('float32') / 255\nx_test = x_test.astype('float32')\n"
        ),
        "x_test = x_test.astype",
    ),
    "target-inside-window": (
        (
            "import keras\npairs = keras.utils.timeseries_dataset_from_array(\n"
            "    rows, rows[7 - 1 :, 0], sequence_length=7\n)\n"
        ),
        "rows[7 - 1 :, 0]",
    ),
    "unpacked-in-another-order": (
        (
            "import torch\nfrom torch.utils.data import DataLoader\n"
            "def pad(rows):\n    return labels, images\n"
            "for images, labels in DataLoader(data, collate_fn=pad):\n    print(images)\n"
        ),
        "for images, labels",
    ),
}
"""Per rule, a program with its bug, and what stands on the line that it has to name."""


BUGS |= {
    "fits-by-chance": (
        TORCH
        + """
from torch.utils.data import DataLoader, TensorDataset

rows = TensorDataset(torch.ones(64, 5, 3), torch.ones(64))
gru = nn.GRU(3, 4)
for steps, prices in DataLoader(rows, batch_size=8):
    every, last = gru(steps)
""",
        "nn.GRU(3, 4)",
    ),
    "target-given-as-input": (
        TORCH
        + """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(9, 9)

    def forward(self, words):
        return self.table(words)


model, adam = Reader(), torch.optim.Adam(Reader().parameters())
for words in torch.randint(0, 9, (4, 2, 6)):
    target = words
    loss = F.cross_entropy(model(words).transpose(1, 2), target)
    adam.zero_grad()
    loss.backward()
    adam.step()
""",
        "F.cross_entropy",
    ),
    "fitted-on-test-data": (
        (
            "from sklearn.preprocessing import StandardScaler\nscaler = StandardScaler()\n"
            "x_train = scaler.fit_transform(x_train)\nx_test = scaler.fit_transform(x_test)\n"
        ),
        "(x_test)",
    ),
}

NEAR_MISSES = {
    "fits-by-chance": ("nn.GRU(3, 4)", "nn.GRU(3, 4, batch_first=True)"),
    "target-given-as-input": ("target = words", "target = words.roll(-1, 1)"),
    "fitted-on-test-data": ("scaler.fit_transform(x_test)", "scaler.transform(x_test)"),
    "returns-nothing": ("        self.head(x)\n", "        return self.head(x)\n"),
    "missing-super-init": ("self.head =", "super().__init__(); self.head ="),
    "layers-in-plain-list": (
        "[nn.Linear(3, 3) for _ in range(2)]",
        "nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])",
    ),
    "layer-made-in-forward": ("return nn.Linear(3, 2)(x)", "return nn.Flatten()(x)"),
    "layer-not-called": ("x = self.act\n", "x = self.act(x)\n"),
    "zero-weights": ("self.head.weight", "self.head.bias"),
    "wide-weights": ("std=5.0", "std=0.05"),
    "probabilities-to-logits-loss": (
        "F.cross_entropy(torch.softmax(model(x), dim=-1), y)",
        "F.nll_loss(torch.softmax(model(x), dim=-1).log(), y)",
    ),
    "rectified-output": ("keras.losses.BinaryCrossentropy(from_logits=True)", "'mse'"),
    "logits-to-probability-loss": (
        "'sparse_categorical_crossentropy'",
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
    ),
    "one-unit-softmax": ("Dense(1, activation='softmax')", "Dense(2, activation='softmax')"),
    "sigmoid-for-classes": ("'categorical_crossentropy'", "'binary_crossentropy'"),
    "softmax-over-batch": ("dim=0", "dim=1"),
    "loss-negated": (
        "loss = -F.cross_entropy(model(x), y)",
        "loss = -F.log_softmax(model(x), 1)[:, 0]",
    ),
    "log-of-softmax": ("torch.log(torch.softmax", "torch.exp(torch.softmax"),
    "gradients-not-cleared": (
        "    optimizer.step()",
        "    optimizer.step()\n    model.zero_grad()",
    ),
    "gradients-cleared-too-late": (
        "    loss.backward()\n    optimizer.zero_grad()",
        "    optimizer.zero_grad()\n    loss.backward()",
    ),
    "step-missing": ("    loss.backward()", "    loss.backward()\n    optimizer.step()"),
    "apply-gradients-missing": (
        "gradients = tape.gradient(loss, [w])",
        "w.assign_sub(tape.gradient(loss, [w])[0])",
    ),
    "learning-rate": ("lr=0.5", "lr=0.005"),
    "dropout-extreme": ("0.95", "0.75"),
    "never-in-evaluation-mode": (
        "    return model(x).argmax",
        "    model.eval()\n    return model(x).argmax",
    ),
    "evaluated-in-training-mode": ("training=True", "training=False"),
    "trained-in-evaluation-mode": ("model.eval()", "model.train()"),
    "frozen": ("requires_grad = False", "requires_grad = True"),
    "loss-keeps-its-graph": ("total += loss", "total += loss.item()"),
    "trained-without-gradient": ("@torch.no_grad()", "@torch.enable_grad()"),
    "shuffled-apart": ("rng.shuffle(x)\nrng.shuffle(y)", "rng.shuffle(x)\ny = np.sort(x)"),
    "pipelines-shuffled-apart": ("xs = from_rows(x).shuffle(9)", "xs = from_rows(x)"),
    "evaluated-on-training-data": (
        "return model.evaluate(x_train, y_train)",
        "return model.evaluate(x_train, y_train), model.evaluate(x_test, y_test)",
    ),
    "optimizer-made-in-loop": (
        "    optimizer = torch.optim.Adam(",
        "    model = nn.Linear(3, 2)\n    optimizer = torch.optim.Adam(",
    ),
    "clipped-away": ("1e-4", "1.0"),
    "loss-arguments-swapped": ("loss_function(logits, labels)", "loss_function(labels, logits)"),
    "metric-over-batch": ("dim=0", "dim=1"),
    "schedule-stepped-every-batch": ("step_size=3", "step_size=3000"),
    "trainable-set-after-compile": (
        "model.fit(x, y)",
        "model.compile('adam', 'mse'); model.fit(x, y)",
    ),
    "scaled-twice": ("pictures / 255", "pictures / 2"),
    "test-data-not-scaled": (
        "x_test = x_test.astype('float32')",
        "x_test = x_test.astype('float32') / 255",
    ),
    "target-inside-window": ("rows[7 - 1 :, 0]", "rows[7:, 0]"),
    "unpacked-in-another-order": ("for images, labels", "for labels, images"),
}
"""Per rule, an edit of its program after which it has nothing to say: what, and by what."""


OTHER_FRAMEWORK = {
    "fits-by-chance": (
        (
            "import keras\nimport numpy as np\npictures = np.zeros((8, 4))\n"
            "pictures[:, :2] = 255\npictures = pictures.astype('float32')\n"
            "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])\n"
            "model.compile('adam', 'binary_crossentropy')\nmodel.fit(pictures, pictures)\n"
        ),
        "astype",
        ("astype('float32')", "astype('float32') / 255"),
    ),
    "target-given-as-input": (
        (
            "import keras\nimport tensorflow as tf\nwords = tf.ones((2, 4))\n"
            "model = keras.Sequential([keras.layers.Dense(4)])\n"
            "cross = keras.losses.SparseCategoricalCrossentropy()\n"
            "with tf.GradientTape() as tape:\n    loss = cross(words, model(words))\n"
            "slopes = tape.gradient(loss, model.weights)\n"
            "keras.optimizers.Adam().apply_gradients(zip(slopes, model.weights))\n"
        ),
        "cross(words",
        ("cross(words,", "cross(words[:, 1:],"),
    ),
    "fitted-on-test-data": (
        "import keras\nwords = keras.layers.TextVectorization()\nwords.adapt(test_texts)\n",
        "adapt",
        ("test_texts", "train_texts"),
    ),
    "returns-nothing": (
        (
            "import keras\nclass Half(keras.layers.Layer):\n    def call(self, x):\n"
            "        y = keras.ops.relu(x)\n"
        ),
        "y = keras",
        ("y = keras", "return keras"),
    ),
    "missing-super-init": (
        (
            "import keras\nclass Net(keras.Model):\n    def __init__(self):\n"
            "        self.head = keras.layers.Dense(2)\n"
        ),
        "self.head =",
        ("self.head =", "super().__init__(); self.head ="),
    ),
    "layer-made-in-forward": (
        (
            "import keras\nclass Net(keras.Model):\n    def call(self, x):\n"
            "        return keras.layers.Dense(2)(x)\n"
        ),
        "keras.layers.Dense(2)(x)",
        ("keras.layers.Dense(2)(x)", "keras.layers.Flatten()(x)"),
    ),
    "layer-not-called": (
        KERAS + "x = keras.Input((3,))\nact = layers.ReLU()\ny = layers.Dense(2)(act)\n",
        "layers.Dense(2)(act)",
        ("layers.Dense(2)(act)", "layers.Dense(2)(act(x))"),
    ),
    "zero-weights": (
        KERAS + "layer = layers.Dense(2, kernel_initializer='zeros')\n",
        "kernel_initializer",
        ("kernel_initializer", "bias_initializer"),
    ),
    "wide-weights": (
        KERAS + "start = keras.initializers.RandomNormal(stddev=5.0)\n",
        "stddev=5.0",
        ("stddev=5.0", "stddev=0.05"),
    ),
    "probabilities-to-logits-loss": (
        keras_model(
            "layers.Dense(3, activation='softmax')",
            "model.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True))",
        ),
        "activation='softmax'",
        ("from_logits=True", "from_logits=False"),
    ),
    "rectified-output": (
        loop(STEP.replace("model(x)", "torch.relu(model(x))")),
        "torch.relu",
        ("F.cross_entropy(torch.relu(model(x)), y)", "F.mse_loss(torch.relu(model(x)), y)"),
    ),
    "logits-to-probability-loss": (
        loop(STEP.replace("cross_entropy", "binary_cross_entropy")),
        "F.binary_cross_entropy",
        ("F.binary_cross_entropy(", "F.binary_cross_entropy_with_logits("),
    ),
    "one-unit-softmax": (
        loop(
            "loss = F.mse_loss(torch.softmax(one(x), dim=1), y)\nloss.backward()",
            before="one = nn.Linear(3, 1)",
        ),
        "nn.Linear(3, 1)",
        ("nn.Linear(3, 1)", "nn.Linear(3, 4)"),
    ),
    "softmax-over-batch": (
        KERAS + "p = keras.ops.softmax(x, axis=0)\n",
        "axis=0",
        ("axis=0", "axis=1"),
    ),
    "log-of-softmax": (
        KERAS + "p = keras.ops.log(keras.ops.softmax(x))\n",
        "keras.ops.log(",
        ("keras.ops.log(", "keras.ops.exp("),
    ),
    "learning-rate": (
        KERAS + "optimizer = keras.optimizers.Adam(0.5)\n",
        "0.5",
        ("0.5", "0.005"),
    ),
    "dropout-extreme": (KERAS + "drop = layers.Dropout(0.95)\n", "0.95", ("0.95", "0.75")),
    "frozen": (KERAS + "layers.Dense(2, trainable=False)\n", "trainable", ("False", "True")),
    "clipped-away": (
        KERAS + "keras.optimizers.Adam(clipnorm=1e-4)\n",
        "clipnorm",
        ("1e-4", "1.0"),
    ),
    "loss-arguments-swapped": (
        loop(STEP.replace("cross_entropy(model(x), y)", "cross_entropy(y, model(x))")),
        "F.cross_entropy(y, model(x))",
        ("F.cross_entropy(y, model(x))", "F.cross_entropy(model(x), y)"),
    ),
    "metric-over-batch": (
        KERAS + "found = keras.ops.argmax(scores, axis=0)\n",
        "argmax",
        ("axis=0", "axis=1"),
    ),
    "optimizer-made-in-loop": (
        (
            "import keras\nfor x, y in data:\n    optimizer = keras.optimizers.Adam()\n"
            "    optimizer.apply_gradients(zip(grads, weights))\n"
        ),
        "optimizers.Adam",
        ("    optimizer = keras", "    model = keras.Sequential(); optimizer = keras"),
    ),
    "target-inside-window": (
        (
            "import torch\ndef window(rows, i, n):\n"
            "    return torch.tensor(rows[i : i + n]), torch.tensor(rows[i + n - 1])\n"
        ),
        "rows[i + n - 1]",
        ("rows[i + n - 1]", "rows[i + n]"),
    ),
}
"""Per rule for both frameworks, a program of the other one, its line and an edit that mends it."""


@pytest.mark.parametrize("rule", sorted(OTHER_FRAMEWORK))
def test_a_rule_for_both_frameworks_speaks_in_the_other_one_too(rule: str) -> None:
    source, code, edit = OTHER_FRAMEWORK[rule]
    clues = list(TEXT_RULES[rule].find(Program.of({"program.py": source}, "program.py")))
    first = max(clues, key=lambda clue: weight_of(rule, clue))
    assert code in source.splitlines()[first.at.line - 1]
    assert source.count(edit[0]) == 1
    mended = Program.of({"program.py": source.replace(*edit)}, "program.py")
    assert list(TEXT_RULES[rule].find(mended)) == []


def near_miss(rule: str) -> str:
    source, edit = BUGS[rule][0], NEAR_MISSES[rule]
    assert source.count(edit[0]) == 1
    return source.replace(*edit)


def test_every_rule_has_a_program_and_a_near_miss() -> None:
    assert BUGS.keys() == NEAR_MISSES.keys() == TEXT_RULES.keys()


@pytest.mark.parametrize("rule", sorted(NEAR_MISSES))
def test_a_rule_is_quiet_on_a_sound_program_that_looks_like_its_bug(rule: str) -> None:
    found = suspects_of_text({"program.py": near_miss(rule)}, "program.py")
    assert [each for each in found if rule in {each.rule, *each.others}] == []


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("for p in model.parameters():\n    torch.nn.init.zeros_(p)\n", "zeros_"),
        ("for w in model.trainable_weights:\n    w.assign(keras.ops.zeros_like(w))\n", "assign"),
    ],
)
def test_a_loop_that_sets_every_weight_to_zero_is_found(program: str, line: str) -> None:
    (found,) = suspects_of_text({"program.py": "import torch, keras\n" + program}, "program.py")
    assert found.rule == "zero-weights"
    assert line in program.splitlines()[found.line - 2]


@pytest.mark.parametrize("rule", sorted(TEXT_RULES))
def test_a_rule_names_the_line_of_its_bug_first(rule: str) -> None:
    source, code = BUGS[rule]
    clues = TEXT_RULES[rule].find(Program.of({"program.py": source}, "program.py"))
    first = max(clues, key=lambda clue: weight_of(rule, clue))
    assert code in source.splitlines()[first.at.line - 1]


def test_the_healthy_loop_and_module_have_no_suspects() -> None:
    for source in (loop(STEP), module("super().__init__()\nself.head = nn.Linear(3, 2)")):
        assert suspects_of_text({"program.py": source}, "program.py") == ()


def test_no_clean_program_of_any_case_has_a_suspect() -> None:
    for case in shipped_cases():
        for implementation in case.implementations:
            name = implementation.path.name
            sources = {**case.helpers, name: implementation.source}
            assert suspects_of_text(sources, name) == (), (case.name, name)


def test_every_rule_says_in_its_docstring_what_it_looks_for_and_who_published_it() -> None:
    for name, first_line in rules().items():
        assert first_line.endswith("."), name
    for name, rule in {**CRASH_RULES, **TEXT_RULES}.items():
        assert "(" in (rule.find.__doc__ or ""), f"{name} names no source"


def test_a_program_that_does_not_parse_has_no_suspects() -> None:
    assert suspects_of_text({"program.py": "def broken(:\n"}, "program.py") == ()


def test_a_setting_that_is_handed_round_in_circles_is_followed_to_an_end() -> None:
    text = "def run(cfg):\n    run(**cfg)\n    return cfg['width'] + 1\nrun({'width': 'wide'})\n"
    frame = Frame(file="p.py", line=3, function="run", code="", owner=Owner.USER)
    failure = Failure(
        type="TypeError",
        bases=("Exception",),
        message="unsupported operand",
        text="",
        frames=(frame,),
        chain=(),
    )
    found = suspects_of_crash({"p.py": text}, "p.py", failure)
    assert {each.line for each in found} >= {3, 4}
