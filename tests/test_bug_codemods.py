"""The codemods of the shipped catalogue, beside the examples of their bugs."""

from __future__ import annotations

import ast

import pytest
from inject_programs import KERAS, TORCH, changed, program

from debugdiff.bugs import shipped_bugs
from debugdiff.inject import inject
from debugdiff.model import Framework, Mutant, NotApplicable, Style

BUGS = {bug.id: bug for bug in shipped_bugs()}
MISSPELT = BUGS["language/attribute-misspelt"]
WRONG_MODULE = BUGS["language/imported-from-wrong-module"]


def misspelt(source: str, framework: Framework, style: Style) -> Mutant | NotApplicable:
    return inject(program(source, framework, style=style), MISSPELT)


@pytest.mark.parametrize(
    ("source", "framework", "style"),
    [
        (TORCH, Framework.PYTORCH, Style.MODULE),
        (KERAS, Framework.KERAS, Style.FUNCTIONAL),
    ],
)
def test_a_slip_of_the_keyboard_is_one_word_of_one_line_with_the_same_letters(
    source: str, framework: Framework, style: Style
) -> None:
    mutant = misspelt(source, framework, style)
    assert isinstance(mutant, Mutant)
    (old,), (new,) = changed(source, mutant.source)
    assert old != new
    assert sorted(old) == sorted(new)
    ast.parse(mutant.source)


def test_the_slip_is_found_behind_letters_of_two_bytes() -> None:
    source = (
        "class Netz(nn.Module):\n"
        "    def __init__(self):\n        self.größe = nn.Linear(2, 2)\n\n"
        "    def forward(self, wörter):\n        return größer(self.größe(wörter))\n"
    )
    mutant = misspelt(source, Framework.PYTORCH, Style.MODULE)
    assert isinstance(mutant, Mutant)
    assert mutant.source == source.replace("(self.größe", "(self.grßöe")


def test_a_layer_that_the_class_does_not_make_is_not_misspelt() -> None:
    source = "class Net(nn.Module):\n    def forward(self, x):\n        return self.extra(x)\n"
    result = misspelt(source, Framework.PYTORCH, Style.MODULE)
    assert isinstance(result, NotApplicable)


def test_a_list_of_layers_has_no_names_to_misspell() -> None:
    result = misspelt("model = keras.Sequential([])\n", Framework.KERAS, Style.SEQUENTIAL)
    assert isinstance(result, NotApplicable)
    assert result.expressible, "other Keras programs can have the bug"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import torch\nfrom torch import nn, optim\n", "from torch.nn import nn, optim"),
        ("from torch import nn\nfrom torch.utils.data import Dataset\n", "from torch.utils import"),
        (
            "from keras.layers import (\n    Dense,\n    GRU,\n)\n",
            "from keras.layers.core import (",
        ),
        (
            "from tensorflow.keras.models import Model\n",
            "from tensorflow.keras.engine.training import",
        ),
    ],
)
def test_one_import_names_another_module_which_lacks_its_names(before: str, after: str) -> None:
    framework = Framework.PYTORCH if "torch" in before else Framework.KERAS
    mutant = inject(program(before, framework), WRONG_MODULE)
    assert isinstance(mutant, Mutant)
    assert after in mutant.source
    with pytest.raises(ImportError):
        exec(mutant.source, {})


@pytest.mark.parametrize("source", ["from torch import Tensor\n", "from .torch import nn\n"])
def test_an_import_that_would_not_fail_is_left_alone(source: str) -> None:
    result = inject(program(source, Framework.PYTORCH), WRONG_MODULE)
    assert isinstance(result, NotApplicable)


def test_an_output_that_is_given_by_keyword_is_misspelt_too() -> None:
    source = "scores = Dense(2)(x)\nmodel = keras.Model(inputs=x, outputs=scores)\n"
    mutant = misspelt(source, Framework.KERAS, Style.FUNCTIONAL)
    assert isinstance(mutant, Mutant)
    assert mutant.source == source.replace("outputs=scores", "outputs=scroes")


def test_a_module_that_is_imported_as_a_whole_is_looked_for_where_it_never_was() -> None:
    source = "import torch\nimport torch.optim as optim\n"
    mutant = inject(program(source, Framework.PYTORCH), WRONG_MODULE)
    assert isinstance(mutant, Mutant)
    assert mutant.source == "import torch\nimport torch.nn.optim as optim\n"
