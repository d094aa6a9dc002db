"""R1-R5, parts, legacy metrics and executable lines of Python sources."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from debugdiff.source.lines import line_map
from debugdiff.static import measure

MODULE_STYLE = '''
"""A classifier of texts."""

import argparse

import torch
from dataset import load
from torch import nn
from torch.utils.data import Dataset


class Rows(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]


class Classifier(nn.Module):
    """Mean of embeddings."""

    def __init__(self, size):
        super().__init__()
        self.embedding = nn.Embedding(size, 8, padding_idx=0)
        self.head = make_head(8)

    def forward(self, tokens):
        return self.head(self.embedding(tokens).mean(dim=1))


def make_head(width):
    return nn.Linear(width, 2, bias=False)


def build_model():
    return Classifier(100)


def loss_of(logits, labels):
    return nn.functional.cross_entropy(logits, labels)


def train(model, data, *, epochs, batch_size, learning_rate):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for _ in range(epochs):
        for tokens, labels in data.batches(batch_size):
            optimizer.zero_grad()
            loss_of(model(tokens), labels).backward()
            optimizer.step()


def evaluate(model, data):
    with torch.no_grad():
        return (model(data.tokens).argmax(dim=1) == data.labels).float().mean().item()


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=1, batch_size=8, learning_rate=0.1)
    return {"accuracy": evaluate(model, data)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(main(seed=arguments.seed))
'''


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


# --- R1-R3 -------------------------------------------------------------------------------------


def test_volume_and_vocabulary_of_a_line_are_those_counted_by_hand() -> None:
    # x = f ( x , 1 )  are 8 tokens, 7 of them distinct (x is there twice).
    metrics = measure("x = f(x, 1)  # a comment\n").whole
    assert metrics.vocabulary == 7
    assert metrics.volume == pytest.approx(8 * math.log2(7))
    assert metrics.lloc == 1


def test_a_pair_of_programs_has_the_values_counted_by_hand() -> None:
    pytorch = measure("from torch import nn\nhead = nn.Linear(64, 2, bias=False)\n").whole
    # from torch import nn head = . Linear ( 64 , 2 bias False ): 15 distinct of 18, with `nn`, `,`
    # and `=` twice.
    assert (pytorch.lloc, pytorch.vocabulary, pytorch.api_surface) == (2, 15, 2)
    assert pytorch.volume == pytest.approx(18 * math.log2(15))
    keras = measure("from keras import layers\nhead = layers.Dense(2)\n").whole
    # from keras import layers head = . Dense ( 2 ): 11 distinct of 12, `layers` twice.
    assert (keras.lloc, keras.vocabulary, keras.api_surface) == (2, 11, 1)
    assert keras.volume == pytest.approx(12 * math.log2(11))


def test_an_f_string_is_one_operand_on_every_python() -> None:
    assert measure("x = f'{a} and {b!r:>{width}}'\n").whole.vocabulary == 3


def test_an_empty_file_has_nothing() -> None:
    metrics = measure("")
    assert metrics.whole.lloc == metrics.whole.vocabulary == metrics.whole.api_surface == 0
    assert metrics.whole.volume == 0.0
    assert metrics.executable_lines == ()


def test_a_file_of_docstrings_alone_measures_like_an_empty_one() -> None:
    assert measure('"""Only words."""\n').whole == measure("").whole


def test_a_syntax_error_says_where_it_is() -> None:
    with pytest.raises(SyntaxError) as caught:
        measure("x = 1\ny = (\n")
    assert caught.value.lineno == 2


def test_null_bytes_are_a_syntax_error_too() -> None:
    with pytest.raises(SyntaxError):
        measure("x = 1\0\n")


# --- R5 ----------------------------------------------------------------------------------------


def test_the_api_surface_has_names_keywords_and_forced_overrides() -> None:
    metrics = measure(MODULE_STYLE)
    assert metrics.api_names == (
        ".argmax",
        ".backward",
        ".float",
        ".item",
        ".mean",
        ".parameters",
        ".step",
        ".zero_grad",
        "torch.manual_seed",
        "torch.nn.Embedding",
        "torch.nn.Linear",
        "torch.nn.Module",
        "torch.nn.functional.cross_entropy",
        "torch.no_grad",
        "torch.optim.Adam",
        "torch.utils.data.Dataset",
    )
    assert metrics.api_keywords == ("bias", "dim", "lr", "padding_idx")
    assert metrics.api_overrides == (
        "torch.nn.Module.forward",
        "torch.utils.data.Dataset.__getitem__",
        "torch.utils.data.Dataset.__len__",
    )
    assert metrics.whole.api_surface == 16 + 4 + 3


@pytest.mark.parametrize(
    "source",
    [
        "from torch import nn\nx = nn.Linear(1, 2)\n",
        "import torch\nx = torch.nn.Linear(1, 2)\n",
        "import torch.nn as nn\nx = nn.Linear(1, 2)\n",
        "from torch.nn import Linear as L\nx = L(1, 2)\n",
    ],
)
def test_names_count_by_what_they_resolve_to(source: str) -> None:
    assert measure(source).api_names == ("torch.nn.Linear",)


def test_keras_has_one_spelling() -> None:
    source = "import tensorflow as tf\nimport keras\na = tf.keras.Model\nb = keras.Model\n"
    assert measure(source).api_names == ("keras.Model",)


def test_a_parameter_hides_an_import_of_the_same_name() -> None:
    source = "from keras import layers\ndef f(layers):\n    return layers.Dense(2, units=3)\n"
    assert measure(source).api_names == (".Dense",)


def test_the_standard_library_and_own_modules_are_no_surface() -> None:
    source = (
        "import json\nfrom dataset import load\n"
        "data = load(size='tiny')\njson.dumps(data.rows, indent=2)\n"
    )
    assert measure(source).whole.api_surface == 0
    assert measure(source, own_modules=()).api_names == (".rows", "dataset.load")


def test_an_attribute_is_taken_for_the_programs_own_only_if_a_class_of_it_has_it() -> None:
    """As docs/metrics.md says: a function `train` leaves `.train` to the library, `.step` too."""
    source = """
    class Reader:
        def scan(self):
            self.rows = 1

    def train(model, optimizer, reader):
        model.train()
        optimizer.step()
        reader.scan(reader.rows).split()
    """
    assert measure(dedent(source)).api_names == (".step", ".train")


def test_keywords_of_own_functions_do_not_count_and_those_of_called_layers_do() -> None:
    source = """
    from keras import layers

    def pool(x, axis):
        return layers.GRU(8)(x, mask=None)

    pool(1, axis=2)
    """
    assert measure(dedent(source)).api_keywords == ("mask",)


def test_a_class_that_derives_through_another_one_has_forced_overrides() -> None:
    source = """
    import keras

    class Base(keras.Model):
        pass

    class Net(Base):
        def call(self, inputs):
            return inputs

        def helper(self):
            return 0
    """
    assert measure(dedent(source)).api_overrides == ("keras.Model.call",)


# --- parts -------------------------------------------------------------------------------------


def test_the_parts_are_model_training_and_glue() -> None:
    metrics = measure(MODULE_STYLE)
    assert metrics.model.lloc == 4 + 1 + 2 + 2 + 2  # Classifier, make_head and build_model
    assert metrics.training.lloc == 2 + 7  # loss_of and train
    assert metrics.training.cognitive == 3  # a loop in a loop
    assert metrics.model.api_surface == 4 + 3 + 1  # with `.mean`


def test_the_lines_of_the_parts_add_up_to_the_whole() -> None:
    metrics = measure(MODULE_STYLE)
    parts = (metrics.model, metrics.training, metrics.glue)
    assert sum(part.lloc for part in parts) == metrics.whole.lloc
    assert sum(part.cognitive for part in parts) == metrics.whole.cognitive


def test_a_data_set_class_is_glue() -> None:
    source = "from torch.utils.data import Dataset\nclass Rows(Dataset):\n    x = 1\n"
    metrics = measure(source)
    assert (metrics.model.lloc, metrics.glue.lloc) == (0, 3)


def test_a_script_without_functions_is_glue() -> None:
    metrics = measure("import keras\nmodel = keras.Sequential()\n")
    assert metrics.glue == metrics.whole


# --- legacy and lines --------------------------------------------------------------------------


def test_legacy_metrics_are_of_the_text_as_it_stands() -> None:
    source = "# a\nx = 1  # b\n\n\ndef f(a):\n    if a:\n        return 1\n    return 2\n"
    legacy = measure(source).legacy
    assert legacy.cyclomatic == legacy.cyclomatic_maximum == 2
    assert legacy.nesting == 2
    assert legacy.comment_share == pytest.approx(2 / 8)
    assert legacy.sloc == 5


def test_executable_lines_are_the_first_lines_of_statements() -> None:
    source = dedent(
        '''
        """Docstring."""
        import os


        @property
        def f(a,
              b):
            """Docstring."""
            global x
            return g(
                a,
            )
        '''
    )
    assert measure(source).executable_lines == (2, 6, 10)
    lines = line_map(source)
    assert lines.statements([5, 6, 7]) == {6}
    assert lines.statements([10, 11, 12]) == {10}


def test_a_source_that_does_not_parse_has_no_lines() -> None:
    assert line_map("x = (").executable == ()


def test_importing_the_package_loads_neither_radon_nor_libcst() -> None:
    code = "import sys, debugdiff.static; print({'radon', 'libcst'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- invariances -------------------------------------------------------------------------------


class _Renamer(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(id=self.names.get(node.id, node.id), ctx=node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(arg=self.names.get(node.arg, node.arg))


LOCALS = ("optimizer", "model", "parser", "arguments", "logits", "index", "width")
FRESH = st.lists(
    st.from_regex(r"zz_[a-z]{1,8}", fullmatch=True),
    min_size=len(LOCALS),
    max_size=len(LOCALS),
    unique=True,
)


@settings(max_examples=15, deadline=None)
@given(FRESH)
def test_consistent_renaming_of_variables_changes_nothing(fresh: list[str]) -> None:
    names = dict(zip(LOCALS, fresh, strict=True))
    renamed = ast.unparse(_Renamer(names).visit(ast.parse(MODULE_STYLE)))
    assert "zz_" in renamed
    before, after = measure(MODULE_STYLE), measure(renamed)
    assert before.whole == after.whole
    assert before.api_names == after.api_names


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 3), st.integers(0, 10_000), st.text("abc #'\"\\", max_size=12))
def test_comments_blank_lines_and_layout_change_none_of_r1_to_r5(
    blank: int, seed: int, comment: str
) -> None:
    lines = MODULE_STYLE.splitlines()
    position = seed % len(lines)
    commented = [*lines[:position], *[""] * blank, f"# {comment}", *lines[position:]]
    spread = "\n".join(commented).replace("(logits, labels)\n", "(\n  logits,\n  labels,\n )\n")
    before, after = measure(MODULE_STYLE), measure(spread)
    assert (before.whole, before.model, before.training, before.glue) == (
        after.whole,
        after.model,
        after.training,
        after.glue,
    )


@pytest.mark.parametrize("module", ["model/cases.py", "static/surface.py", "source/linegraph.py"])
def test_the_parts_of_any_file_add_up(module: str) -> None:
    path = Path(__file__).parent.parent / "debugdiff" / module
    metrics = measure(path.read_text(encoding="utf-8"))
    parts = (metrics.model, metrics.training, metrics.glue)
    assert sum(part.lloc for part in parts) == metrics.whole.lloc
