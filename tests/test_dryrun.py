"""A dry run: sizes come out as the frameworks have them, and what does not fit is found."""

from __future__ import annotations

import ast
from textwrap import dedent

import outside
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from debugdiff.cases import shipped_cases
from debugdiff.dryrun import HeldValue, Outcome, dry_run
from debugdiff.dryrun.values import Plain, Tensor
from debugdiff.model import Operand
from debugdiff.source.program import Program

TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\nimport numpy as np\n"
KERAS = "import keras\nfrom keras import layers\nimport numpy as np\n"


def outcome(text: str, imports: str = TORCH) -> Outcome:
    return dry_run(Program.of({"main.py": imports + dedent(text)}, "main.py"))


def mismatch(text: str, imports: str = TORCH) -> tuple[str, object, object]:
    found = outcome(text, imports).mismatch
    assert found is not None
    return found.kind, found.came.value, found.wanted.value


def size_of(text: str, imports: str = TORCH) -> tuple[int | None, ...] | None:
    """The sizes of what the last statement binds."""
    program = Program.of({"main.py": imports + dedent(text)}, "main.py")
    last = program.files["main.py"].tree.body[-1]
    while isinstance(last, ast.For):
        last = last.body[-1]
    assert isinstance(last, ast.Assign)
    value = dry_run(program).values[last.value]
    return value.shape if isinstance(value, Tensor) else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nn.Linear(5, 2)(torch.ones(3, 4))", ("size", 4, 5)),
        ("nn.Linear(4, 2)(torch.ones(3, 4, dtype=torch.float64))", ("dtype", "float64", "float32")),
        ("nn.Linear(4, 2)(torch.from_numpy(np.ones((3, 4))))", ("dtype", "float64", "float32")),
        ("torch.ones(2, 6).view(2, 5)", ("elements", 12, 10)),
        ("nn.Conv2d(1, 8, 3)(torch.ones(2, 28))", ("axes", 2, 4)),
        ("nn.Embedding(5, 2)(torch.randint(1, 7, (3,)))", ("range", 6, 5)),
        ("torch.ones(2, 3) + torch.ones(2, 4)", ("size", 3, 4)),
        ("torch.cat([torch.ones(2, 3), torch.ones(4, 3)], dim=1)", ("size", 4, 2)),
        ("torch.ones(2, 3) @ torch.ones(2, 3)", ("size", 3, 2)),
        (
            "F.cross_entropy(torch.ones(4, 3), torch.randint(0, 5, (4,)))",
            ("range", 4, 3),
        ),
        ("nn.BCELoss()(torch.ones(4, 1), torch.ones(4))", ("axes", 1, 2)),
        (
            "nn.GRU(3, 4)(torch.ones(5, 2, 3), torch.zeros(1, 5, 4))",
            ("size", 5, 2),
        ),
    ],
)
def test_what_pytorch_refuses_is_a_mismatch(
    text: str, expected: tuple[str, object, object]
) -> None:
    assert mismatch(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            """
            model = keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3)])
            model.fit(np.ones((8, 28, 28)), np.ones(8))
            """,
            ("axes", 3, 4),
        ),
        (
            """
            model = keras.Sequential([layers.LSTM(8), layers.LSTM(8)])
            model.fit(np.ones((8, 5, 3)), np.ones(8))
            """,
            ("axes", 2, 3),
        ),
        (
            """
            model = keras.Sequential([layers.Dense(4)])
            model.compile("sgd", "categorical_crossentropy")
            model.fit(np.ones((8, 3)), np.ones((8, 5)))
            """,
            ("size", 5, 4),
        ),
        (
            """
            class Scale(keras.layers.Layer):
                def build(self, shape):
                    self.w = self.add_weight(shape=(7, shape[-1]))
                def call(self, x):
                    return keras.ops.matmul(x, self.w)
            Scale()(np.ones((2, 3)))
            """,
            ("size", 3, 7),
        ),
    ],
)
def test_what_keras_refuses_is_a_mismatch(text: str, expected: tuple[str, object, object]) -> None:
    assert mismatch(text, KERAS) == expected


@pytest.mark.parametrize(
    "text", ["yield 5", "x = (yield)", "class A:\n    yield", "[(yield) for x in y]"]
)
def test_a_yield_outside_of_a_function_is_no_failure_of_ours(text: str) -> None:
    assert outcome(text).mismatch is None


def test_sizes_go_through_the_users_own_classes_loops_and_loaders() -> None:
    text = """
    import argparse
    from torch.utils.data import DataLoader, Dataset

    class Rows(Dataset):
        def __len__(self):
            return 10
        def __getitem__(self, at):
            return torch.ones(6), 1

    class Net(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.blocks = nn.ModuleList()
            for before, after in zip(widths, widths[1:]):
                self.blocks.append(nn.Linear(before, after))
        def forward(self, x):
            for block in self.blocks:
                x = F.relu(block(x))
            return x

    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=7)
    options = parser.parse_args()
    net = Net([6, options.hidden, 3])
    for rows, labels in DataLoader(Rows(), batch_size=4):
        out = net(rows)
    """
    assert size_of(dedent(text)) == (2, 3)  # the short batch at the end


window = st.fixed_dictionaries(
    {
        "kernel": st.integers(1, 4),
        "stride": st.integers(1, 3),
        "padding": st.integers(0, 1),
        "size": st.integers(6, 12),
    }
)


@given(chosen=window)
@settings(max_examples=15, deadline=None)
def test_windows_leave_what_they_leave_in_pytorch(chosen: dict[str, int]) -> None:
    import torch
    from torch import nn

    kernel, stride, padding, size = (chosen[k] for k in ("kernel", "stride", "padding", "size"))
    for make in (
        f"nn.Conv1d(2, 3, {kernel}, {stride}, {padding})",
        f"nn.ConvTranspose1d(2, 3, {kernel}, {stride}, {padding})",
        f"nn.AvgPool1d({max(kernel, 2)}, {stride}, {padding})",
    ):
        layer = eval(make, {"nn": nn})
        real = tuple(layer(torch.ones(1, 2, size)).shape)
        assert size_of(f"out = {make}(torch.ones(1, 2, {size}))") == real, make


FUNCTIONS = [
    "x.permute(0, 2, 1)",
    "x.transpose(1, 2).reshape(2, -1)",
    "x[:, -1]",
    "x[:, None, 1:]",
    "x.mean(1)",
    "x.sum(dim=(1, 2), keepdim=True)",
    "torch.cat([x, x], dim=-1)",
    "torch.stack([x, x])",
    "x.unsqueeze(-1).squeeze(-1)",
    "x.flatten(1)",
    "x.chunk(2, dim=-1)[0]",
    "x.max(dim=1)[0]",
    "F.max_pool1d(x, 2)",
    "torch.matmul(x, x.transpose(-2, -1))",
    "nn.LSTM(4, 5, batch_first=True, bidirectional=True)(x)[0]",
    "F.one_hot(torch.zeros(2, 3, dtype=torch.long), 6)",
    "x.narrow(1, 0, 2)",
    "x.select(1, 0)",
    "x.index_select(2, torch.tensor([0, 1, 1]))",
    "x.gather(1, torch.zeros(2, 1, 4, dtype=torch.long))",
    "x.topk(2)[0]",
    "x.repeat_interleave(2, dim=1)",
    "x.unbind(1)[0]",
    "x.unfold(2, 2, 1)",
    "x[:, :1].expand_as(x)",
    "x.split(3, dim=2)[1]",
    "F.pad(x, (1, 2, 0, 1))",
    "F.interpolate(x, scale_factor=2)",
    "F.cosine_similarity(x, x, dim=1)",
    "F.pairwise_distance(x, x, keepdim=True)",
    "F.linear(x, torch.ones(7, 4))",
    "torch.einsum('bij,bkj->bik', x, x)",
    "torch.cdist(x, x)",
    "torch.outer(x[0, 0], x[0, 1])",
    "torch.eye(4)[torch.zeros(2, 3, dtype=torch.long)]",
    "torch.multinomial(x[0], 2)",
    "nn.EmbeddingBag(10, 5)(torch.zeros(2, 3, dtype=torch.long))",
    "nn.EmbeddingBag(10, 5)(torch.zeros(6, dtype=torch.long), torch.tensor([0, 2]))",
    "nn.ReflectionPad1d((1, 2))(x)",
    "nn.ZeroPad2d(2)(torch.ones(1, 2, 3, 4))",
    "nn.GLU()(x)",
    "nn.PixelShuffle(2)(torch.ones(1, 8, 3, 3))",
    "nn.Bilinear(4, 4, 6)(x, x)",
    "nn.Transformer(4, 2, 1, 1, 8, batch_first=True)(x, x[:, :2])",
]


def test_the_weight_of_a_layer_has_its_sizes() -> None:
    assert size_of("out = nn.Linear(3, 5).weight") == (5, 3)
    assert size_of("out = nn.Embedding(7, 2).weight") == (7, 2)


ARRAYS = [
    "np.pad(x, ((0, 0), (1, 1), (0, 2)))",
    "np.repeat(x, 2, axis=1)",
    "np.tile(x, (2, 1, 1))",
    "np.split(x, 2, axis=2)[0]",
    "np.column_stack([x[0, 0], x[0, 1]])",
    "np.meshgrid(x[0, 0], x[0, :, 0])[0]",
    "np.mgrid[:3, :5][0]",
    "np.einsum('bij->bj', x)",
    "np.random.exponential(2, (3, 4))",
    "np.random.poisson(3, 7)",
    "np.eye(3, 2)",
    "np.outer(x[0, 0], x[0, :, 0])",
    "np.linspace(0, 1, 9)",
    "x[..., np.newaxis][:, 0]",
    "x[[0, 1, 1]]",
    "np.array([[1, 2] + [0] * 3 for word in 'a b c'.split()])",
    "np.zeros(len(set('banana')))",
    "np.zeros(len({letter: 1 for letter in 'banana' if letter != 'a'}) + 1)",
    "np.zeros(sum(len(word) for word in sorted('b ccc a'.split())))",
]


@pytest.mark.parametrize("text", ARRAYS)
def test_functions_give_the_form_that_numpy_gives(text: str) -> None:
    import numpy as np

    real = eval(text, {"x": np.ones((2, 3, 4)), "np": np})
    assert size_of(f"x = np.ones((2, 3, 4))\nout = {text}") == real.shape


LAYERS = [
    "layers.Cropping2D(1)(image)",
    "layers.DepthwiseConv2D(3, depth_multiplier=2)(image)",
    "layers.Resizing(5, 9)(image)",
    "layers.Dot(axes=(2, 2))([x, x])",
    "layers.Dot(axes=1)([x[:, 0], x[:, 1]])",
    "layers.Attention()([x, x])",
    "layers.CategoryEncoding(5)(keras.ops.ones((2, 3), dtype='int32'))",
    "layers.Lambda(lambda rows: rows[:, 0])(x)",
    "keras.ops.take(x, keras.ops.zeros((5,), dtype='int32'), axis=1)",
    "keras.ops.repeat(x, 2, axis=1)",
]


@pytest.mark.parametrize("text", LAYERS)
def test_layers_give_the_form_that_keras_gives(text: str) -> None:
    import keras

    given = {"x": keras.ops.ones((2, 3, 4)), "image": keras.ops.ones((2, 8, 6, 3))}
    real = eval(text, {**given, "keras": keras, "layers": keras.layers})
    made = "x = keras.ops.ones((2, 3, 4))\nimage = keras.ops.ones((2, 8, 6, 3))\n"
    assert size_of(f"{made}out = {text}", KERAS) == tuple(real.shape)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions_give_the_form_that_pytorch_gives(text: str) -> None:
    import torch
    from torch import nn

    names = {"torch": torch, "F": nn.functional, "nn": nn}
    real = eval(text, {"x": torch.ones(2, 3, 4), **names})
    assert size_of(f"x = torch.ones(2, 3, 4)\nout = {text}") == tuple(real.shape)


def test_no_program_that_runs_has_a_mismatch() -> None:
    for case in shipped_cases():
        for implementation in case.implementations:
            sources = {**case.helpers, **implementation.files}
            found = dry_run(Program.of(sources, implementation.path.name))
            assert found.mismatch is None, (implementation.key, found.mismatch)


def test_programs_of_other_people_that_run_have_no_mismatch() -> None:
    for _, path in outside.programs(["tune"]):
        files = path.parent.rglob("*.py") if path.name in outside.MAIN_FILES else [path]
        sources = {each.relative_to(path.parent).as_posix(): each.read_text() for each in files}
        found = dry_run(Program.of(sources, path.name))
        assert found.mismatch is None, (path, found.mismatch)


def test_an_edit_at_a_node_is_tried_without_changing_the_program() -> None:
    program = Program.of({"main.py": f"{TORCH}nn.Linear(5, 2)(torch.ones(3, 4))"}, "main.py")
    wrong = next(
        node for _, node in program.nodes if isinstance(node, ast.Constant) and node.value == 5
    )
    assert dry_run(program).mismatch is not None
    assert dry_run(program, edits={wrong: lambda _: Plain(4)}).mismatch is None
    assert dry_run(program).mismatch is not None


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    return f()\nf()",
        "while True:\n    x = 1",
        "class A(A):\n    pass\nA().b.c(*d, **e)[1:2](lambda: 3)",
        "x = [i for i in range(10 ** 9)]\ny = x * 10 ** 9\nprint(x[10 ** 12])",
        "import other\nfrom . import main\nother.go(main)",
        "torch.ones(2, 0).view(-1, 0)\nnn.Conv2d(1, 1, 0, stride=0)(torch.ones(1, 1, 0, 0))",
        "x = 2 ** 2 ** 2 ** 2 ** 2 ** 2\nreturn x",
        "break",
    ],
)
def test_a_dry_run_of_any_text_ends_in_order(text: str) -> None:
    assert isinstance(outcome(text), Outcome)


def test_sizes_go_through_pipelines_generators_and_own_training_steps() -> None:
    text = """
    import tensorflow as tf

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(5)
        def train_step(self, batch):
            given, wanted = batch
            predicted = self.head(given)
            return keras.losses.sparse_categorical_crossentropy(wanted, predicted)

    pairs = tf.data.Dataset.from_tensor_slices((np.ones((9, 7)), np.ones((9, 2))))
    model = Model()
    model.compile("sgd")
    model.fit(pairs.shuffle(9).batch(3, drop_remainder=True))
    """
    assert mismatch(text, KERAS) == ("axes", 2, 1)


def test_a_generator_gives_what_it_yields() -> None:
    text = """
    def rows():
        for _ in range(3):
            yield np.zeros((4, 3)), np.ones(4)

    for given, wanted in rows():
        out = given + 1
    """
    assert size_of(text) == (4, 3)


def test_a_generator_has_to_give_what_its_signature_says() -> None:
    text = """
    import tensorflow as tf

    def rows():
        yield np.zeros((4, 3, 1))

    tf.data.Dataset.from_generator(rows, output_signature=tf.TensorSpec(shape=(None, 3)))
    """
    assert mismatch(text, KERAS) == ("axes", 3, 2)


@pytest.mark.parametrize(
    "ends", ["i : i + 5", "i + 1 : i + 5 + 1", "i * 5 : (i + 1) * 5", "i - 5 : i", "i : n + i"]
)
def test_a_slice_has_the_size_by_which_its_ends_differ(ends: str) -> None:
    assert size_of(f"n = 5\ni = read()\nout = torch.ones(90)[{ends}]") == (5,)


def test_a_name_with_a_star_gets_what_the_others_leave() -> None:
    text = "first, *rest, last = np.ones(2), np.ones(3), np.ones(4), np.ones(5)"
    assert size_of(f"{text}\nout = rest[1] + 0") == (4,)
    assert size_of(f"{text}\nout = last + 0") == (5,)


def test_rounds_that_are_alike_are_run_once_and_lists_grow_all_the_same() -> None:
    text = """
    rows = []
    for _ in range(2000):
        rows.append(np.zeros(3))
    out = np.array(rows)
    """
    assert size_of(text) == (2000, 3)
    assert outcome(text).steps < 100


def test_what_the_run_held_stands_for_what_the_text_does_not_tell() -> None:
    text = f"{TORCH}words = read()\nsize = len(words)\nnn.Linear(size, 2)(torch.ones(3, 4))"
    program = Program.of({"main.py": text}, "main.py")
    operand = Operand(text="size", type="int", value="5")
    held = {("main.py", "", "size"): HeldValue(operand, 7)}
    assert dry_run(program).mismatch is None
    found = dry_run(program, held=held).mismatch
    assert found is not None
    assert (found.came.value, found.wanted.value) == (4, 5)
