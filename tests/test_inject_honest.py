"""A mutant fails by its bug, and not by the text of the change."""

from __future__ import annotations

import pytest
from inject_programs import TORCH, bug, program

from debugdiff.bugs import load_bug
from debugdiff.files import shipped
from debugdiff.inject import inject
from debugdiff.inject.honest import artefact
from debugdiff.model import Framework, InjectRule, Mutant, NotApplicable, RoleEdit, Style, Verb

MODEL = """
import torch
from torch import nn

SIZE = 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(SIZE, 2)

    def forward(self, x):
        hidden = torch.relu(x)
        return self.head(hidden)


def train(model, batches):
    for inputs, labels in batches:
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
    return model


model = Net()
train(model, [])
"""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "torch.relu(x)",
            "torch.relu(size)",
            "the bug needs `size`, which has no value in line 14 of this program",
        ),
        (
            "        loss = nn",
            "        print(loss)\n        loss = nn",
            "the change would read `loss` before it has a value (line 20)",
        ),
        (
            "model = Net()\n",
            "train(model, [])\nmodel = Net()\n",
            "the change would read `model` before it has a value (line 25)",
        ),
        (
            "return self.head(hidden)",
            "self.head(hidden)",
            "`forward` (line 13) would return nothing, and its result is used",
        ),
        (
            "self.head(hidden)",
            "self.tail(hidden)",
            "the change would use `self.tail`, which nothing defines (line 15)",
        ),
        (
            "nn.Linear(SIZE, 2)",
            "nn.Linear(SIZE, bias=False, bias=True)",
            "the argument `bias` would be given twice (line 8)",
        ),
        (
            "def train(model, batches)",
            "def train(model, batches, model)",
            "a function would have two parameters `model` (line 18)",
        ),
        ("nn.Linear(SIZE, 2)", "nn.Linear(SIZE, 2", "Python could not read the changed program: "),
        (
            "return self.head(hidden)",
            "return (self.head(hidden), x) * 0",
            "`(self.head(hidden), x) * 0` (line 15) would treat several values as one tensor",
        ),
        ("torch.relu(x)", "torch.relu((x, x))", "`torch.relu((x, x))` (line 14) would treat"),
        ("torch.relu(x)", "(x, x).detach()", "`(x, x).detach` (line 14) would treat"),
        ("SIZE = 8\n", "", "the bug needs `SIZE`, which has no value in line 10 of this program"),
    ],
)
def test_what_the_change_itself_breaks_is_found(old: str, new: str, reason: str) -> None:
    assert old in MODEL
    assert artefact(MODEL, MODEL.replace(old, new)).startswith(reason)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return self.head(hidden)", "return self.head(hidden) if self.training else hidden"),
        ("torch.relu(x)", "[row for row in x][0]"),
        ("torch.relu(x)", "(lambda rows: rows.relu())(x)"),
        ("loss.backward()", "loss.backward()\n        print(__name__, len(batches))"),
        ("    return model", "    train.last = model\n    return model"),
        ("super().__init__()", "super().__init__()\n        self.seen = self.children()"),
        ("return model", "return None if model is None else model"),
        ("for inputs, labels in batches:", "for inputs, labels in batches or exit():"),
        ("import torch\n", "import torch\nimport time; time.sleep(0)\n"),
        (
            "        loss.backward()",
            "        try:\n            done = 1\n        finally:\n            print(done)",
        ),
    ],
)
def test_what_works_is_no_fault_of_the_change(old: str, new: str) -> None:
    assert old in MODEL
    assert not artefact(MODEL, MODEL.replace(old, new))


def test_what_the_program_does_already_is_no_fault_of_the_change() -> None:
    broken = MODEL.replace("torch.relu(x)", "torch.relu(self.missing[unknown])")
    assert not artefact(broken, broken.replace("SIZE = 8", "SIZE = 9"))


def test_a_star_import_may_give_any_name() -> None:
    source = "from torch import *\n" + MODEL
    assert not artefact(source, source.replace("torch.relu(x)", "relu(x)"))


def test_a_bug_may_be_about_just_that() -> None:
    after = MODEL.replace("torch.relu(x)", "torch.relu(size)")
    assert not artefact(MODEL, after, allow=["size"])
    after = MODEL.replace("return self.head(hidden)", "self.head(hidden)")
    assert not artefact(MODEL, after, allow=["return"])


def test_a_pattern_that_needs_a_name_of_another_function_does_not_fit() -> None:
    rule = InjectRule(
        framework=Framework.PYTORCH,
        match="self.head($x)",
        replace="self.head($x.reshape(-1, hidden))",
    )
    result = inject(program(TORCH), bug(rule))
    assert isinstance(result, NotApplicable)
    assert result.reason == "the bug needs `hidden`, which has no value in line 21 of this program"


CONFIGURED = """
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.gru = nn.GRU(8, units, batch_first=True)

    def forward(self, words, lengths):
        outputs, state = self.gru(words)
        return state[-1]
"""


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ("language/call-signature-changed", "lengths"),
        ("shape/batch-size-fixed", "units"),
    ],
)
def test_bugs_that_would_break_another_program_by_their_text_do_not_fit_it(
    identity: str, reason: str
) -> None:
    found = load_bug(shipped("injected_bugs") / f"{identity}.toml", shipped("injected_bugs"))
    result = inject(program(CONFIGURED, style=Style.SCRIPT), found)
    if isinstance(result, Mutant):
        assert not artefact(CONFIGURED, result.source)
    else:
        assert reason in result.reason or "no code of this program is like" in result.reason


def test_the_next_rule_is_tried_where_one_would_break_the_program() -> None:
    rules = (
        InjectRule(framework=Framework.PYTORCH, match="self.head($x)", replace="self.tail($x)"),
        InjectRule(framework=Framework.PYTORCH, match="self.head($x)", replace="self.head(-$x)"),
    )
    result = inject(program(TORCH), bug(*rules))
    assert isinstance(result, Mutant)
    assert "self.head(-last[-1])" in result.source


KEPT = """
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for rows, labels in loader:
    scale = rows.max()
    {before}
    nn.functional.cross_entropy(model(rows), labels).backward()
    optimizer.step()
    print({after})
"""


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("pass", "1", "scale"),
        ("pass", "scale", "scale_2"),
        ("scale_2 = 1", "scale, scale_2", "scale_3"),
        ("pass", "[scale for scale in rows]", "scale"),
        ("def show(): return scale", "show()", "scale_2"),
    ],
)
def test_a_variable_of_the_bug_takes_no_name_whose_value_the_program_still_reads(
    before: str, after: str, name: str
) -> None:
    source = KEPT.format(before=before, after=after)
    edit = RoleEdit(
        at="step",
        verbs=(
            Verb(name="before", value="scale = 2.0\nfor scale in [scale]: print(scale)"),
            Verb(name="wrap", value="[scale, $it]"),
        ),
    )
    result = inject(program(source, style=Style.SCRIPT), bug(InjectRule(edits=(edit,))))
    assert isinstance(result, Mutant)
    assert f"    {name} = 2.0\n    for {name} in [{name}]: print({name})\n" in result.source
    assert f"[{name}, optimizer.step()]" in result.source


def test_a_function_of_the_bug_takes_no_name_of_the_program() -> None:
    source = KEPT.format(before="def show(): return 1", after="show()")
    edit = RoleEdit(
        at="step",
        verbs=(Verb(name="before", value="def show():\n    return 2\n\nshow()"),),
    )
    result = inject(program(source, style=Style.SCRIPT), bug(InjectRule(edits=(edit,))))
    assert isinstance(result, Mutant)
    assert "def show_2():" in result.source
    assert "\n    show_2()\n" in result.source
    assert "print(show())" in result.source


FITTED = """
import keras
import numpy as np
import tensorflow as tf

vectorize = keras.layers.TextVectorization()
rows = {rows}
model = keras.Sequential([keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(rows, labels)
"""


@pytest.mark.parametrize(
    ("rows", "fits"),
    [
        ("np.zeros((8, 4))", True),
        ("load()", True),
        ("tf.zeros((8, 4))", False),
        ("vectorize(texts)", False),
        ("[[1, 2], [3, 4]]", False),
        ('np.array(["good", "bad"])', False),
    ],
)
def test_a_method_of_arrays_is_called_on_nothing_else(rows: str, *, fits: bool) -> None:
    edit = RoleEdit(at="training-inputs", verbs=(Verb(name="wrap", value="$it.astype(float)"),))
    source = FITTED.format(rows=rows)
    result = inject(
        program(source, Framework.KERAS, style=Style.SCRIPT), bug(InjectRule(edits=(edit,)))
    )
    if fits:
        assert isinstance(result, Mutant)
        assert "model.fit(rows.astype(float), labels)" in result.source
    else:
        assert isinstance(result, NotApplicable)
        reasons = ("is no array of numbers with `astype`", "does not show which arrays")
        assert any(reason in result.reason for reason in reasons)


def test_a_pattern_binds_no_variable_whose_value_the_program_still_reads() -> None:
    rule = InjectRule(
        framework=Framework.PYTORCH,
        match="$optimizer.step()",
        replace="scale = 2.0\n$optimizer.step()",
    )
    free = KEPT.format(before="pass", after="1")
    assert isinstance(inject(program(free, style=Style.SCRIPT), bug(rule)), Mutant)
    result = inject(
        program(KEPT.format(before="pass", after="scale"), style=Style.SCRIPT), bug(rule)
    )
    assert isinstance(result, NotApplicable)
    assert result.reason == "the bug would give `scale` of this program another value"
