"""Names match by what they stand for, and are written the way the program imports them."""

from __future__ import annotations

import ast

import pytest
from inject_programs import changed, mutate, refusal

from debugdiff.inject.names import Scope, spell
from debugdiff.model import Framework
from debugdiff.source.names import canonical, resolver

LINEAR = [
    "import torch\nlayer = torch.nn.Linear(2, 3)\n",
    "import torch.nn\nlayer = torch.nn.Linear(2, 3)\n",
    "import torch as t\nlayer = t.nn.Linear(2, 3)\n",
    "import torch.nn as nn\nlayer = nn.Linear(2, 3)\n",
    "import torch.nn as tnn\nlayer = tnn.Linear(2, 3)\n",
    "from torch import nn\nlayer = nn.Linear(2, 3)\n",
    "from torch import nn as layers\nlayer = layers.Linear(2, 3)\n",
    "from torch.nn import Linear\nlayer = Linear(2, 3)\n",
    "from torch.nn import Linear as Dense\nlayer = Dense(2, 3)\n",
    "from torch.nn import *\nlayer = Linear(2, 3)\n",
    "import torch\nlinear = torch.nn.Linear\nlayer = linear(2, 3)\n",
    "def f():\n    from torch import nn\n    layer = nn.Linear(2, 3)\n",
    "layer = nn.Linear(2, 3)\n",
]

DENSE = [
    "import keras\nlayer = keras.layers.Dense(2)\n",
    "from keras import layers\nlayer = layers.Dense(2)\n",
    "from keras.layers import Dense\nlayer = Dense(2)\n",
    "import tensorflow as tf\nlayer = tf.keras.layers.Dense(2)\n",
    "from tensorflow import keras\nlayer = keras.layers.Dense(2)\n",
    "from tensorflow.keras import layers\nlayer = layers.Dense(2)\n",
    "import tensorflow as tf\nkeras = tf.keras\nlayer = keras.layers.Dense(2)\n",
    "import tensorflow\nlayer = tensorflow.keras.layers.Dense(2)\n",
]


@pytest.mark.parametrize("source", LINEAR)
@pytest.mark.parametrize("pattern", ["torch.nn.Linear($a, $b)", "nn.Linear($a, $b)"])
def test_one_pattern_finds_every_spelling_of_a_torch_name(source: str, pattern: str) -> None:
    mutant = mutate(source, pattern, "None")
    assert changed(source, mutant.source)[1] == ["layer = None"]


@pytest.mark.parametrize("source", DENSE)
@pytest.mark.parametrize("pattern", ["keras.layers.Dense(2)", "tf.keras.layers.Dense(2)"])
def test_one_pattern_finds_every_spelling_of_a_keras_name(source: str, pattern: str) -> None:
    mutant = mutate(source, pattern, "None", framework=Framework.KERAS)
    assert changed(source, mutant.source)[1] == ["layer = None"]


@pytest.mark.parametrize(
    "source",
    [
        "from mine import nn\nlayer = nn.Linear(2, 3)\n",
        "from mine import Linear\nlayer = Linear(2, 3)\n",
        "def f(nn):\n    return nn.Linear(2, 3)\n",
        "nn = Registry()\nlayer = nn.Linear(2, 3)\n",
        "import torch\ntorch = wrap(torch)\nclass nn: pass\nlayer = nn.Linear(2, 3)\n",
        "from torch import nn\ndef f(xs):\n    for nn in xs:\n        nn.Linear(2, 3)\n",
        "self.nn.Linear(2, 3)\n",
    ],
)
def test_a_name_that_stands_for_something_else_does_not_match(source: str) -> None:
    assert "no code of this program is like" in refusal(source, "torch.nn.Linear($a, $b)", "None")


def test_a_class_attribute_does_not_hide_an_import_from_its_methods() -> None:
    source = (
        "from torch import nn\nclass A:\n    nn = 1\n    def f(self):\n        nn.Linear(2, 3)\n"
    )
    assert mutate(source, "torch.nn.Linear($*a)", "None").defect[0].line == 5


def test_local_names_and_self_match_literally() -> None:
    assert mutate("self.head(x)\n", "self.head($x)", "$x").source == "x\n"
    assert "no code of this program is like" in refusal("self.head(x)\n", "self.tail($x)", "$x")


def test_names_from_the_program_s_own_modules_match_by_how_they_are_written() -> None:
    source = "from dataset import load as read\ndata = read(1)\n"
    assert mutate(source, "dataset.load($n)", "None").source.endswith("data = None\n")
    assert mutate(source, "read($n)", "None").source.endswith("data = None\n")


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import torch", "y = torch.nn.functional.softmax(x)"),
        ("import torch.nn.functional as F", "y = F.softmax(x)"),
        ("from torch import nn", "y = nn.functional.softmax(x)"),
        ("import torch\nfrom torch.nn import functional", "y = functional.softmax(x)"),
        ("from torch.nn.functional import softmax as s", "y = s(x)"),
    ],
)
def test_a_replacement_is_written_as_the_program_imports_it(imports: str, expected: str) -> None:
    source = f"{imports}\ny = f(x)\n"
    assert mutate(source, "f($x)", "F.softmax($x)").source == f"{imports}\n{expected}\n"


def test_keras_names_are_written_through_tensorflow_where_that_is_imported() -> None:
    source = "import tensorflow as tf\ny = f(x)\n"
    mutant = mutate(source, "f($x)", "keras.ops.relu($x)", framework=Framework.KERAS)
    assert mutant.source.endswith("y = tf.keras.ops.relu(x)\n")


def test_a_library_that_nothing_imports_is_a_reason() -> None:
    reason = refusal("from torch.nn import Linear\ny = f(x)\n", "f($x)", "torch.relu($x)")
    assert reason == "the bug needs `torch.relu`, and no import of this program gives it"


def test_a_replacement_may_bring_its_own_import() -> None:
    mutant = mutate("f()\n", "f()", "import time\ntime.sleep(1)\nf()")
    assert mutant.source == "import time\ntime.sleep(1)\nf()\n"


def test_a_variable_with_a_library_s_short_name_is_left_alone() -> None:
    source = "layers = []\nlayers.append(1)\n"
    mutant = mutate(source, "layers.append($x)", "layers.insert(0, $x)")
    assert mutant.source == "layers = []\nlayers.insert(0, 1)\n"


def test_a_local_variable_hides_an_import_in_the_replacement_too() -> None:
    source = "import torch\ndef f(torch):\n    return g(torch)\n"
    assert mutate(source, "g($x)", "torch.abs($x)").source.endswith("return torch.abs(torch)\n")


def test_one_object_has_one_canonical_name() -> None:
    assert canonical("tensorflow.keras.models.Sequential") == "keras.Sequential"
    assert canonical("tensorflow.keras") == "keras"
    assert canonical("tensorflow.kerasify") == "tensorflow.kerasify"
    assert canonical("torch.nn.Linear") == "torch.nn.Linear"


def test_the_most_specific_import_is_used() -> None:
    scope = Scope(imports={"torch": "torch", "nn": "torch.nn", "Linear": "torch.nn.Linear"})
    assert spell("torch.nn.Linear", scope) == "Linear"
    assert spell("torch.nn.GRU", scope) == "nn.GRU"
    assert spell("torch.optim.Adam", scope) == "torch.optim.Adam"
    assert spell("numpy.abs", scope) is None


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("keras.layers.Input", "keras.Input"),
        ("keras.models.Sequential", "keras.Sequential"),
        ("tensorflow.keras.models.Model", "keras.Model"),
        ("tensorflow.python.keras.layers.Dense", "keras.layers.Dense"),
        ("torch.nn.parameter.Parameter", "torch.nn.Parameter"),
        ("torch.nn.modules.linear.Linear", "torch.nn.Linear"),
        ("torch.optim.adam.Adam", "torch.optim.Adam"),
    ],
)
def test_injection_and_the_count_of_library_names_agree_on_one_spelling(
    spelling: str, name: str
) -> None:
    module, _, last = spelling.rpartition(".")
    source = f"from {module} import {last}\n{last}()\n"
    surface = resolver(ast.parse(source), frozenset())
    call = ast.parse(f"{last}()").body[0].value.func
    scope = Scope(imports={last: spelling})
    assert surface.qualified(call) == name == canonical(scope.resolve(last))
    assert spell(name, scope) == last
