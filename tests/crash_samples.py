"""For every rule for crashes a program with its fault, and an edit that leaves it no say."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

from crashing import FOREIGN

if TYPE_CHECKING:
    from pathlib import Path

IMPORTS = {
    "pt": "import torch\nfrom torch import nn\n",
    "keras": "import keras\nimport numpy as np\nimport tensorflow as tf\n",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A program with a fault, and an edit that leaves the rule nothing to say.

    Attributes:
        rule: the rule that speaks of it.
        fires: the program: its text behind the imports, or a file of `tests/foreign`.
        near: what to replace in it, once, and by what.
        line: what stands on the line that is suspected first.
        framework: `pt` or `keras`.
        other_kind: whether the near miss has another kind of complaint, which the rule never sees.
    """

    rule: str
    fires: str
    near: tuple[str, str]
    line: str = "# FAULT"
    framework: str = "pt"
    other_kind: bool = False

    @property
    def text(self) -> str:
        if self.fires.endswith(".py"):
            return (FOREIGN / self.fires).read_text()
        return IMPORTS[self.framework] + dedent(self.fires)

    @property
    def near_text(self) -> str:
        assert self.text.count(self.near[0]) == 1, self.rule
        return self.text.replace(*self.near)

    def path(self, folder: Path, what: str) -> Path:
        return folder / f"{self.framework}_{self.rule}_{what}.py"


def keras(rule: str, fires: str, near: tuple[str, str], line: str = "# FAULT") -> Sample:
    return Sample(rule, fires, near, line, "keras")


SAMPLES = [
    Sample(
        "would-fit",
        """
        pictures = torch.ones(2, 1, 28, 28)
        net = nn.Sequential(
            nn.Conv2d(1, 8, 3),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(1568, 10),
        )
        scores = net(pictures)
        """,
        ("scores = net(pictures)", "scores = net[:4](pictures).backward()"),
        "nn.Linear(1568, 10)",
    ),
    keras(
        "would-fit",
        """
        steps = keras.layers.LSTM(8)
        last = keras.layers.LSTM(8)
        net = keras.Sequential([keras.Input((5, 3)), steps, last])
        """,
        ("steps, last]", "steps, 3]"),
        "steps = ",
    ),
    Sample(
        "decided-the-size",
        """
        rows = torch.ones(4, 6)
        hidden = nn.Linear(6, 12)(rows)
        scores = nn.Linear(20, 3)(hidden)
        """,
        ("nn.Linear(20, 3)(hidden)", "nn.Linear(12, 3)(hidden).backward()"),
        "nn.Linear(6, 12)",
    ),
    keras(
        "decided-the-size",
        """
        rows = keras.Input((6,))
        left = keras.layers.Dense(8)(rows)
        right = keras.layers.Dense(12)(rows)
        both = keras.layers.Add()([left, right])
        """,
        ("[left, right]", "[left, 3]"),
        "Dense(12)",
    ),
    Sample(
        "graph-cut",
        """
        net = nn.Linear(3, 1)
        loss = net(torch.ones(2, 3)).mean().detach()
        loss.backward()
        """,
        ("net(torch.ones(2, 3)).mean().detach()", "torch.ones(2, 3).mean()"),
        ".detach()",
    ),
    keras(
        "graph-cut",
        """
        net, adam = keras.layers.Dense(1), keras.optimizers.Adam()
        net.build((2, 3))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.stop_gradient(net(tf.ones((2, 3)))))
        adam.apply_gradients(zip(tape.gradient(loss, net.weights), net.weights))
        """,
        ("tf.stop_gradient(net(tf.ones((2, 3))))", "tf.ones((2, 3))"),
        "tf.stop_gradient",
    ),
    Sample(
        "changed-in-place",
        """
        net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
        optimizer = torch.optim.SGD(net.parameters(), 0.1)
        hidden = torch.sigmoid(net[0](torch.ones(2, 3)))
        loss = net[1](hidden).sum()
        loss.backward(retain_graph=True)
        hidden.mul_(2)
        loss.backward()
        """,
        ("hidden.mul_(2)", "optimizer.step()"),
        "hidden.mul_",
    ),
    Sample(
        "graph-kept",
        """
        cell, state = nn.GRUCell(3, 4), torch.zeros(2, 4)
        for step in range(2):
            state = cell(torch.ones(2, 3), state)
            state.sum().backward()
        """,
        ("state.sum().backward()", "state.detach().sum().backward()"),
        "state = cell",
        other_kind=True,
    ),
    Sample(
        "nothing-to-train",
        """
        heads = [nn.Linear(3, 1)]
        net = nn.Sequential()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        """,
        ("net.parameters()", "[]"),
        "net.parameters()",
    ),
    keras(
        "made-outside-the-tape",
        "keras_loss_after_tape.py",
        (
            "        loss = mse(target, restored)",
            " " * 12 + "loss = tf.stop_gradient(mse(target, restored))",
        ),
    ),
    keras(
        "inputs-not-paired",
        "keras_inputs_not_paired.py",
        (
            "(profile[lo:hi], clicks[lo:hi], bought[lo:hi])",
            "((clicks[lo:hi], profile[lo:hi]), bought[lo:hi])",
        ),
    ),
    keras(
        "example-without-batch",
        "keras_single_example.py",
        ("sample = test_images[7]", "sample = test_images[7:8, :16]"),
    ),
    keras(
        "result-dropped",
        "keras_custom_loss_none.py",
        ("ops.mean(-ops.power", "print(-ops.power"),
    ),
    Sample(
        "name-misspelt",
        """
        weight = torch.ones(3, requires_grad=True)
        nn.utils.clip_grad_norm_([weight.value], 1.0)
        """,
        ("weight.value", "3.0"),
        "weight.value",
    ),
    Sample(
        "call-does-not-fit",
        """
        def scale(rows, factor):
            return rows * factor
        scale(
            torch.ones(2),
            by=3,
        )
        """,
        ("scale(\n    torch.ones(2),\n    by=3,\n)", "nn.Linear(4)"),
        "by=3",
    ),
    keras(
        "call-does-not-fit",
        """
        def block(rows, units):
            return keras.layers.Dense(units)(rows)
        block(
            keras.Input((3,)),
            width=4,
        )
        """,
        ("block(\n    keras.Input((3,)),\n    width=4,\n)", "keras.layers.Dense()"),
        "width=4",
    ),
    Sample(
        "pointwise-loss",
        "pt_mse_for_classes.py",
        ("torch.randint(0, 5, (16,))", "torch.randn(16, 4)"),
    ),
    keras(
        "pointwise-loss",
        "keras_mse_for_classes.py",
        ("np.random.randint(0, 4, size=48)", "np.random.randn(48, 5)"),
    ),
    Sample(
        "classes-not-second",
        """
        logits = torch.ones(2, 5, 3)
        nn.functional.cross_entropy(logits, torch.zeros(2, 5, dtype=torch.long))
        """,
        ("torch.ones(2, 5, 3)", "torch.ones(2, 4, 3)"),
        "cross_entropy",
    ),
    keras(
        "failing-layer",
        "keras_stacked_lstm.py",
        ("return np.array(X)", "return np.array(X) * np.ones(3)"),
        "LSTM(",
    ),
    Sample(
        "failing-layer",
        """
        head = nn.Linear(5, 2)
        head(torch.ones(3, 4))
        """,
        ("head(torch.ones(3, 4))", "torch.ones(3, 4) @ head.weight.T"),
        "nn.Linear(5, 2)",
    ),
    Sample(
        "size-passed-here",
        """
        class Block(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.fc = nn.Linear(width, 2)
            def forward(self, rows):
                return self.fc(rows)
        block = Block(5)
        block(torch.ones(2, 4))
        """,
        ("nn.Linear(width, 2)", "nn.Linear(5, 2)"),
        "Block(5)",
    ),
    Sample(
        "own-layer-made-here",
        """
        class Scale(nn.Module):
            def __init__(self, size):
                super().__init__()
                self.size = size
            def forward(self, rows):
                return rows * torch.ones(self.size)
        net = nn.Sequential(nn.ReLU(), Scale(5))
        scaled = net(torch.ones(2, 4))
        """,
        (
            "return rows * torch.ones(self.size)",
            "return rows\nrows = torch.ones(2, 4) * torch.ones(5)",
        ),
        "Scale(5)",
    ),
    Sample(
        "size-made-here",
        """
        body, head = (
            nn.Linear(3, 7),
            nn.Linear(5, 2),
        )
        head(body(torch.ones(2, 3)))
        """,
        ("nn.Linear(3, 7)", "nn.Identity()"),
        "nn.Linear(3, 7)",
    ),
    keras(
        "size-made-here",
        """
        body = keras.layers.Dense(7)
        rows = body(tf.ones((2, 3)))
        scores = rows @ tf.ones((5, 2))
        """,
        ("body(tf.ones((2, 3)))", "tf.ones((2, 4))"),
        "Dense(7)",
    ),
    Sample(
        "form-changed",
        """
        rows = torch.ones(2, 3).t()
        nn.Linear(3, 1)(rows)
        """,
        ("torch.ones(2, 3).t()", "torch.ones(3, 2)"),
        ".t()",
    ),
    keras(
        "form-changed",
        """
        rows = tf.reshape(tf.ones((2, 3)), (3, 2))
        scores = rows @ tf.ones((3, 4))
        """,
        ("tf.reshape(tf.ones((2, 3)), (3, 2))", "tf.ones((3, 2))"),
        "tf.reshape",
    ),
    Sample(
        "joined-along-the-batch",
        """
        left, right = torch.ones(8, 3), torch.ones(8, 3)
        both = torch.cat([left, right])
        nn.Linear(7, 1)(both)
        """,
        ("[left, right]", "[left, right], dim=1"),
        "torch.cat",
    ),
    keras(
        "joined-along-the-batch",
        """
        left, right = tf.ones((8, 3)), tf.ones((8, 3))
        both = keras.ops.concatenate([left, right], axis=0)
        scores = both @ tf.ones((7, 1))
        """,
        ("axis=0", "axis=1"),
        "concatenate",
    ),
    keras(
        "input-declared",
        "keras_mnist_input_shape.py",
        ("layers.Dropout(0.2)", "layers.Conv1D(8, 3)"),
    ),
    Sample(
        "product-not-turned",
        """
        query, key = torch.ones(2, 5, 4), torch.ones(2, 5, 4)
        scores = query @ key
        """,
        ("query @ key", "query + key[:, :3]"),
        "query @ key",
    ),
    keras(
        "product-not-turned",
        """
        query, key = tf.ones((2, 5, 4)), tf.ones((2, 5, 4))
        scores = tf.matmul(query, key)
        """,
        ("tf.matmul(query, key)", "query + key[:, :3]"),
        "tf.matmul",
    ),
    Sample(
        "axes-in-another-order",
        """
        images = torch.stack([torch.ones(8, 8, 3), torch.ones(8, 8, 3)])
        nn.Conv2d(3, 4, 3)(images)
        """,
        ("[torch.ones(8, 8, 3), torch.ones(8, 8, 3)]", "[torch.ones(8, 8, 8)]"),
        "torch.stack",
    ),
    Sample(
        "every-axis-of-one-squeezed",
        """
        logits = nn.Linear(4, 1)(torch.ones(1, 4)).squeeze()
        nn.functional.binary_cross_entropy_with_logits(logits, torch.ones(2))
        """,
        (".squeeze()", ".squeeze(-1)"),
        ".squeeze()",
    ),
    Sample(
        "examples-of-unequal-size",
        "pt_collate.py",
        ("batch_size=2", "batch_size=2, collate_fn=lambda rows: torch.stack([w for w, _ in rows])"),
    ),
    Sample(
        "state-of-other-size",
        """
        layer = nn.GRU(3, 4, num_layers=2)
        state = torch.zeros(1, 2, 4)
        steps, last = layer(torch.ones(5, 2, 3), state)
        """,
        ("layer(torch.ones(5, 2, 3), state)", "layer(torch.ones(5, 2, 3))[0] + state[..., :3]"),
        "torch.zeros(1, 2, 4)",
    ),
    Sample(
        "last-layer",
        """
        logits = nn.Linear(5, 4)(torch.ones(8, 5))
        nn.functional.cross_entropy(logits, torch.zeros(7, dtype=torch.long))
        """,
        ("nn.Linear(5, 4)(torch.ones(8, 5))", "torch.ones(8, 4)"),
        "nn.Linear(5, 4)",
    ),
    keras(
        "last-layer",
        """
        net = keras.Sequential([
            keras.layers.Dense(4),
            keras.layers.Softmax(),
        ])
        net.compile("sgd", "categorical_crossentropy")
        net.fit(np.ones((8, 3)), np.ones((8, 5)), verbose=0)
        """,
        ("keras.layers.Dense(4)", "keras.layers.Identity()"),
        "Dense(4)",
    ),
    Sample(
        "loss-and-labels",
        """
        criterion = nn.CrossEntropyLoss()
        criterion(torch.ones(8, 4), torch.zeros(7, dtype=torch.long))
        """,
        ("\ncriterion(", "\nnn.functional.cross_entropy("),
        "nn.CrossEntropyLoss()",
    ),
    keras(
        "loss-and-labels",
        """
        net = keras.Sequential([keras.layers.Dense(4, activation="softmax")])
        net.compile(
            "sgd",
            loss="categorical_crossentropy",
        )
        net.fit(np.ones((8, 3)), np.zeros(8), verbose=0)
        """,
        ('loss="categorical_crossentropy"', "loss=lambda labels, scores: labels @ scores"),
        "categorical_crossentropy",
    ),
    keras(
        "sequence-kept",
        """
        last = keras.layers.GRU(4, return_sequences=True)
        net = keras.Sequential([keras.Input((5, 3)), last])
        net.compile("sgd", "categorical_crossentropy")
        net.fit(np.ones((8, 5, 3)), np.ones((8, 4)), verbose=0)
        """,
        ("keras.layers.GRU(4, return_sequences=True)", "keras.layers.Dense(4)"),
        "GRU(",
    ),
    Sample(
        "sequence-kept",
        """
        class Reader(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn = nn.GRU(3, 4, batch_first=True)
            def forward(self, rows):
                steps, last = self.rnn(rows)
                return steps
        labels = torch.zeros(2, dtype=torch.long)
        nn.functional.cross_entropy(Reader()(torch.ones(2, 5, 3)), labels)
        """,
        ("steps, last = self.rnn(rows)", "steps = rows @ torch.ones(3, 4)"),
        "self.rnn(rows)",
    ),
    Sample(
        "rows-multiplied",
        """
        logits = nn.Linear(5, 4)(torch.ones(8, 4, 5))
        flat = logits.view(-1, 4)
        nn.functional.cross_entropy(flat, torch.zeros(7, dtype=torch.long))
        """,
        ("logits.view(-1, 4)", "logits[:, 0]"),
        ".view(-1, 4)",
    ),
    Sample(
        "column-against-row",
        """
        logits, labels = nn.Linear(3, 1)(torch.ones(4, 3)), torch.ones(4)
        nn.functional.binary_cross_entropy_with_logits(logits, labels)
        """,
        ("torch.ones(4)\n", "torch.ones(4, 2)\n"),
        "logits, labels",
    ),
    Sample(
        "raised-here",
        """
        query, key = torch.ones(2, 5, 4), torch.ones(2, 5, 4)
        scores = query @ key
        """,
        ("query @ key", "query @ key)"),
        "query @ key",
    ),
    keras(
        "raised-here",
        """
        query, key = tf.ones((2, 5, 4)), tf.ones((2, 5, 4))
        scores = query @ key
        """,
        ("query @ key", "query @ key)"),
        "query @ key",
    ),
    Sample(
        "made-the-value",
        """
        query, key = torch.ones(2, 5, 4), torch.ones(2, 5, 4)
        scores = query @ key
        """,
        ("query @ key", "torch.ones(2, 3) @ torch.ones(2, 3)"),
        "query, key =",
    ),
    keras(
        "made-the-value",
        """
        query, key = tf.ones((2, 5, 4)), tf.ones((2, 5, 4))
        scores = query @ key
        """,
        ("query @ key", "tf.ones((2, 3)) @ tf.ones((2, 3))"),
        "query, key =",
    ),
    Sample(
        "quoted-in-message",
        """
        rows = {"left": torch.ones(3)}
        name = "right"
        print(rows[name])
        """,
        ("rows[name]", "rows[7]"),
        'name = "right"',
    ),
    Sample(
        "size-in-source",
        """
        layer = nn.Linear(sum([1, 2]), 2)
        layer(torch.ones(1, 4))
        """,
        ("torch.ones(1, 4)", "torch.ones(1, sum([2, 2]))"),
        "torch.ones(1, 4)",
    ),
    keras(
        "size-in-source",
        """
        wide = keras.layers.Dense(7)
        scores = wide(tf.ones((2, 3))) @ tf.ones((sum([2, 3]), 1))
        """,
        ("Dense(7)", "Dense(sum([3, 4]))"),
        "Dense(7)",
    ),
    Sample(
        "dtype-given",
        """
        labels = torch.ones(4, dtype=torch.long)
        nn.functional.binary_cross_entropy_with_logits(torch.full((4,), 0.5), labels)
        """,
        ("torch.ones(4, dtype=torch.long)", "torch.randint(0, 2, (4,))"),
        "dtype=torch.long",
    ),
    Sample(
        "ids-beyond-table",
        """
        words = torch.tensor([1, 9])
        table = nn.Embedding(5, 3)
        print(table(words))
        """,
        ("nn.Embedding(5, 3)\nprint(table(words))", "torch.ones(5, 3)\nprint(table[words])"),
        "nn.Embedding(5, 3)",
    ),
    keras(
        "ids-beyond-table",
        """
        words = np.array([[1, 9]])
        table = keras.Sequential([keras.layers.Embedding(5, 3)])
        print(table.predict(words))
        """,
        (
            "keras.Sequential([keras.layers.Embedding(5, 3)])\nprint(table.predict(words))",
            "np.ones((5, 3))\nprint(table[words])",
        ),
        "Embedding(5, 3)",
    ),
    Sample(
        "labels-beyond-classes",
        """
        logits = nn.Linear(5, 4)(torch.ones(64, 5))
        labels = torch.randint(1, 5, (64,))
        nn.functional.cross_entropy(logits, labels)
        """,
        ("torch.randint(1, 5, (64,))", "torch.full((64,), 7)"),
        "torch.randint",
    ),
    Sample(
        "device-chosen",
        """
        layer = nn.Linear(3, 2, device="meta")
        layer(torch.ones(1, 3))
        """,
        (
            'layer = nn.Linear(3, 2, device="meta")',
            'with torch.device("meta"):\n    layer = nn.Linear(3, 2)',
        ),
        'device="meta"',
    ),
    Sample(
        "batch-of-one",
        """
        rows = torch.utils.data.DataLoader(torch.ones(3, 4), batch_size=2)
        layer = nn.BatchNorm1d(4)
        for batch in rows:
            layer(batch)
        """,
        (
            "torch.utils.data.DataLoader(torch.ones(3, 4), batch_size=2)",
            "torch.ones(3, 4).split(2)",
        ),
        "batch_size=2",
    ),
    Sample(
        "ids-made-here",
        """
        positions = torch.arange(10)
        nn.Embedding(5, 3)(positions)
        """,
        ("torch.arange(10)", "torch.tensor([1, 9])"),
        "torch.arange",
    ),
    keras(
        "shortcut-not-projected",
        """
        def block(x, units):
            shortcut = x
            y = keras.layers.Dense(units)(x)
            return keras.layers.add([y, shortcut])
        block(keras.Input((3,)), 4)
        """,
        ("shortcut = x", "shortcut = keras.layers.Dense(3)(x)"),
        "shortcut = x",
    ),
    Sample(
        "shortcut-not-projected",
        """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(3, 4)
            def forward(self, x):
                identity = x
                out = self.fc(x)
                out += identity
                return out
        Block()(torch.ones(2, 3))
        """,
        ("identity = x", "identity = x * 1"),
        "identity = x",
    ),
    Sample(
        "summand-of-other-size",
        """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.enter = nn.Linear(3, 4)
                self.deep = nn.Sequential(
                    nn.ReLU(),
                    nn.Linear(4, 5),
                )
            def forward(self, x):
                x = self.enter(x)
                y = self.deep(x)
                return x + y
        Block()(torch.ones(2, 3))
        """,
        ("y = self.deep(x)", "y = torch.ones(2, 5)\n        x = torch.ones(2, 4)"),
        "nn.Linear(4, 5)",
    ),
    keras(
        "summand-of-other-size",
        """
        enter = keras.layers.Dense(4)
        deep = keras.layers.Dense(5)
        x = enter(tf.ones((2, 3)))
        y = deep(x)
        total = x + y
        """,
        ("y = deep(x)", "y, x = tf.ones((2, 5)), tf.ones((2, 4))"),
        "Dense(5)",
    ),
    Sample(
        "batch-not-first",
        """
        layer = nn.MultiheadAttention(4, 2)
        rows, padding = torch.ones(3, 5, 4), torch.zeros(3, 5, dtype=torch.bool)
        layer(rows, rows, rows, key_padding_mask=padding)
        """,
        ("torch.zeros(3, 5, dtype=torch.bool)", "torch.zeros(7, 3, dtype=torch.bool)"),
        "nn.MultiheadAttention(4, 2)",
    ),
    keras(
        "axis-missing",
        """
        class Pictures(keras.utils.PyDataset):
            def __len__(self):
                return 2
            def __getitem__(self, at):
                return np.ones((4, 8, 8)), np.ones(4)
        net = keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.Flatten()])
        net.compile("sgd", "mse")
        net.fit(Pictures(), verbose=0)
        """,
        ("keras.layers.Conv2D(2, 3),", "keras.layers.Reshape((64,)), keras.layers.Conv2D(2, 3),"),
        "return np.ones((4, 8, 8))",
    ),
    keras(
        "operand-of-dtype",
        """
        def load():
            return np.ones((8, 3), "float32"), np.array(["yes", "no"] * 4)
        rows, labels = load()
        net = keras.Sequential([keras.layers.Dense(2)])
        net.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        net.fit(rows, labels, verbose=0)
        """,
        ("net.fit(rows, labels, verbose=0)", "net.fit(rows, load()[1], verbose=0)"),
        "rows, labels = load()",
    ),
    Sample(
        "operand-of-dtype",
        """
        words = torch.ones(4)
        table = nn.Embedding(5, 3)
        table(words)
        """,
        ("table(words)", "table(torch.ones(4))"),
        "words = torch.ones(4)",
    ),
    Sample(
        "flattened-against-whole",
        """
        picture = torch.full((2, 1, 3, 3), 0.5)
        nn.functional.binary_cross_entropy(picture.view(2, 9), picture)
        """,
        ("picture.view(2, 9)", "picture[..., :2]"),
        "nn.functional.binary_cross_entropy",
    ),
    keras(
        "odd-size-halved",
        """
        net = keras.Sequential([
            keras.Input((6, 6, 1)),
            keras.layers.MaxPooling2D(padding="same"),
            keras.layers.MaxPooling2D(2, padding="same"),
            keras.layers.UpSampling2D(2),
            keras.layers.UpSampling2D(2),
        ])
        net.compile("sgd", "mse")
        net.fit(np.ones((2, 6, 6, 1)), np.ones((2, 6, 6, 1)), verbose=0)
        """,
        ("keras.layers.MaxPooling2D(2,", "keras.layers.AveragePooling2D(1,"),
        "MaxPooling2D(2,",
    ),
    Sample(
        "odd-size-halved",
        """
        net = nn.Sequential(
            nn.MaxPool2d(2),
            nn.MaxPool2d(2),
            nn.Upsample(scale_factor=4),
        )
        pictures = torch.ones(2, 1, 6, 6)
        nn.functional.binary_cross_entropy(net(pictures), pictures)
        """,
        ("nn.MaxPool2d(2),\n    nn.Upsample", "nn.Identity(),\n    nn.Upsample"),
        "nn.MaxPool2d(2)",
    ),
    keras(
        "key-misspelt",
        """
        rows = keras.Input((3,))
        head = keras.layers.Dense(1)(rows)
        net = keras.Model(rows, {"price": head})
        net.compile("sgd", {"prize": "mse"})
        net.fit(np.ones((4, 3)), {"price": np.ones(4)}, verbose=0)
        """,
        ('{"prize": "mse"}', '{"rooms": "mse"}'),
        "price",
    ),
    Sample(
        "key-misspelt",
        """
        settings = {"hidden_size": 3}
        nn.Linear(settings["hiden_size"], 2)
        """,
        ('settings["hiden_size"]', 'settings["units"]'),
        '"hidden_size": 3',
    ),
    Sample(
        "made-for-a-full-batch",
        """
        rows = torch.ones(7, 3)
        noise = torch.randn(4, 3)
        def train():
            for batch in rows.split(4):
                print(batch + noise)
        train()
        """,
        ("torch.randn(4, 3)", "torch.tensor([[1.0, 2.0, 3.0]] * 4)"),
        "noise = ",
    ),
    keras(
        "made-for-a-full-batch",
        """
        rows = tf.ones((7, 3))
        start = keras.ops.ones(4)
        def train():
            for batch in (rows[:4], rows[4:]):
                print(batch[:, 0] + start)
        train()
        """,
        ("keras.ops.ones(4)", "tf.Variable([1.0, 1.0, 1.0, 1.0])"),
        "start = ",
    ),
]
