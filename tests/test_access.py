"""O1.canonical, O2-O4, breakpoints and hooks: what it takes to see what a program holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from score_builders import implementation, result

from debugdiff.model import (
    Framework,
    Implementation,
    Instrument,
    Mode,
    Score,
    SiteMap,
    Stack,
    StatementValues,
    Style,
    Training,
    TrialResult,
)
from debugdiff.recipes import SiteKind, collections
from debugdiff.score import Observation, score_observation
from debugdiff.score.sites import canonical_sites, kind_of

KERAS = """
import keras
from keras import layers


class DotAttention(layers.Layer):
    def call(self, states):
        return states


def encoder():
    return keras.Model(name="encoder")


def build_model():
    hidden = layers.Dense(4)(words)
    return keras.Model(words, hidden)


def train(model, data):
    loss = model.fit(data)
"""


def keras(style: Style = Style.FUNCTIONAL, source: str = KERAS) -> Implementation:
    program = implementation("keras", Framework.KERAS, style=style, source=source)
    return replace(program, training=Training.FIT)


def sites(*paths: str, name: str = "keras") -> tuple[SiteMap, ...]:
    return tuple(SiteMap(name=f"site{n}", where={name: path}) for n, path in enumerate(paths))


def observed(stack: Stack, mode: Mode = Mode.DEFAULT, *statements: StatementValues) -> TrialResult:
    found = result(instrument=Instrument.STATEMENTS, mode=mode, bug_id=None, statements=statements)
    return replace(found, trial=replace(found.trial, stack=stack))


def scored(
    program: Implementation,
    named: tuple[SiteMap, ...],
    mode: Mode = Mode.DEFAULT,
    stack: Stack | None = None,
    statements: tuple[StatementValues, ...] = (),
) -> dict[str, Score]:
    keras_too = program.framework is Framework.KERAS
    where = stack or (Stack.KERAS_TENSORFLOW if keras_too else Stack.PYTORCH)
    trial = observed(where, mode, *statements)
    found = score_observation(Observation(implementation=program, trial=trial, sites=named))
    return {each.metric: each for each in found}


def share(*costs: int) -> float:
    """O2 by its definition, for sites of these costs; 99 is out of reach."""
    shares = [sum(cost <= most for cost in costs) / len(costs) for most in range(11)]
    return sum(shares) / 11


@pytest.mark.parametrize(
    ("path", "style", "kind"),
    [
        ("dense", Style.FUNCTIONAL, SiteKind.LAYER),
        ("dot_attention/dense", Style.FUNCTIONAL, SiteKind.OWN_CLASS),
        ("dot_attention_1/dense_3", Style.SUBCLASS, SiteKind.OWN_CLASS),
        ("encoder/gru", Style.FUNCTIONAL, SiteKind.NESTED_MODEL),
        ("sequential_1/dense", Style.SUBCLASS, SiteKind.CONTAINER),
        ("sequential/dense", Style.FUNCTIONAL, SiteKind.NESTED_MODEL),
        ("dot_attention/sequential/dense", Style.FUNCTIONAL, SiteKind.CONTAINER),
        ("dot_attention/multi_head_attention/dense", Style.SUBCLASS, SiteKind.LIBRARY),
    ],
)
def test_where_a_keras_layer_lies_is_told_from_its_path(
    path: str, style: Style, kind: SiteKind
) -> None:
    assert kind_of(path, keras(style)) is kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("head", SiteKind.LAYER),
        ("blocks.0.attention.query", SiteKind.OWN_CLASS),
        ("feed_forward.2", SiteKind.CONTAINER),
        ("attention.out_proj", SiteKind.OWN_CLASS),
    ],
)
def test_where_a_module_lies_is_told_from_its_path(path: str, kind: SiteKind) -> None:
    assert kind_of(path, implementation()) is kind


def test_the_projection_of_fused_attention_is_the_librarys_and_hidden_from_hooks() -> None:
    fused = implementation(source="attention = nn.MultiheadAttention(8, 2)\n")
    scores = scored(fused, sites("attention.out_proj", "head", name="pytorch"))
    assert kind_of("attention.out_proj", fused) is SiteKind.LIBRARY
    assert scores["O1.hidden"].value == 1
    assert "pytorch#78109" in scores["O1.hidden"].explanation
    assert scores["O4.unreachable"].value == 1
    assert scores["O2"].value == pytest.approx(share(1, 1, 1, 99))


def test_weights_alone_are_no_value_and_logits_and_loss_are_always_there() -> None:
    named = (
        SiteMap(name="logits", where={"keras": "dense"}),
        SiteMap(name="tokens", where={"keras": "embedding#weights"}),
        SiteMap(name="elsewhere", where={"pytorch": "embedding"}),
    )
    found = {each.name: each for each in canonical_sites(keras(), named)}
    assert list(found) == ["logits", "tokens", "loss"]
    assert found["logits"].kinds == {SiteKind.LAYER, SiteKind.LOGITS}
    assert [each.has_value for each in found.values()] == [True, False, True]
    assert [each.has_gradient for each in found.values()] == [True, True, False]


def test_one_line_for_everything_is_a_reach_of_ten_elevenths() -> None:
    scores = scored(implementation(), sites("head", "blocks.0.query", name="pytorch"))
    assert scores["O2"].value == pytest.approx(10 / 11)
    assert scores["O3"].value == pytest.approx(10 / 11)
    assert scores["O4"].value == 1
    assert scores["O1.canonical"].value == 1
    assert "1 line: `site0`, `site1` by hook" in scores["O2"].explanation
    assert "https://docs.pytorch.org/" in scores["O2"].explanation


def test_reach_counts_the_cheapest_recipe_of_each_site() -> None:
    # A layer 1, one in a class of the program's own 2, one in the library's attention none; the
    # logits 1, the loss 2.
    named = sites("dense", "dot_attention/dense", "multi_head_attention/dense")
    scores = scored(keras(), named)
    assert scores["O2"].value == pytest.approx(share(1, 2, 99, 1, 2))
    assert scores["O3"].value == pytest.approx(share(6, 5, 99, 5))
    assert scores["O4"].value == 2
    assert scores["O4.unreachable"].value == 1
    assert scores["O1.canonical"].value == pytest.approx(4 / 5)
    assert "No recipe: `site2`" in scores["O2"].explanation


def test_an_import_that_is_there_and_a_mode_that_is_on_cost_nothing() -> None:
    named = sites("dot_attention/dense")
    imported = keras(source=f"import tensorflow as tf\n{KERAS}")
    assert "2 lines: `site0`" in scored(keras(), named)["O2"].explanation
    assert "1 line: `site0`" in scored(imported, named)["O2"].explanation
    assert "1 line: `site0`" in scored(keras(), named, Mode.EAGER)["O2"].explanation
    assert "1 line: `site0`" in scored(keras(), named, stack=Stack.KERAS_TORCH)["O2"].explanation


def test_half_of_the_sites_out_of_reach_is_no_number_of_lines() -> None:
    inside = [f"multi_head_attention/dense_{number}" for number in range(3)]
    scores = scored(keras(), sites(*inside))
    assert scores["O4"].value is None
    assert "half of the sites or more" in scores["O4"].explanation
    assert scores["O4.unreachable"].value == 3


def test_lines_are_counted_whatever_their_layout() -> None:
    loss = next(
        each for each in collections()["keras_functional_fit"].recipes if each.kind is SiteKind.LOSS
    )
    (edit,) = loss.edits
    assert len(edit.lines.strip().splitlines()) > 2
    assert loss.cost("", Mode.DEFAULT) == 2


@pytest.mark.parametrize(
    ("program", "named", "mode", "stack", "reason"),
    [
        (keras(), (), Mode.DEFAULT, Stack.KERAS_TENSORFLOW, "names no sites"),
        (keras(), sites("dense"), Mode.DEFAULT, Stack.KERAS_JAX, "no tested recipe"),
        (keras(Style.SCRIPT), sites("dense"), Mode.DEFAULT, Stack.KERAS_TORCH, "no tested recipe"),
        (implementation(), sites("head", name="pytorch"), Mode.COMPILED, Stack.PYTORCH, "compiled"),
    ],
)
def test_what_no_recipe_was_tested_for_is_not_judged(
    program: Implementation, named: tuple[SiteMap, ...], mode: Mode, stack: Stack, reason: str
) -> None:
    scores = scored(program, named, mode, stack)
    for metric in ("O1.canonical", "O2", "O3", "O4", "O4.unreachable"):
        assert scores[metric].value is None
        assert reason in scores[metric].explanation


def statement(
    line: int, name: str, executions: int, concrete: int, function: str = "call"
) -> StatementValues:
    return StatementValues(
        line=line,
        name=name,
        function=function,
        executions=executions,
        concrete=concrete,
        printable=concrete,
        steps=executions,
        concrete_steps=concrete,
        printable_steps=concrete,
    )


def test_breakpoints_are_counted_in_the_models_code_alone() -> None:
    lines = KERAS.splitlines()
    hidden = lines.index("    hidden = layers.Dense(4)(words)") + 1
    loss = lines.index("    loss = model.fit(data)") + 1
    seen = (statement(hidden, "hidden", 1, 0), statement(loss, "loss", 8, 8, "train"))
    scores = scored(keras(), sites("dense"), statements=seen)
    assert (scores["O1.stops"].value, scores["O1.stops.numbers"].value) == (1, 0)
    of_training = scored(keras(), sites("dense"), statements=seen[1:])
    assert of_training["O1.stops"].value is None
    assert "no statement of the model's code" in of_training["O1.stops"].explanation


def test_a_train_step_is_no_model_code() -> None:
    seen = (statement(8, "loss", 8, 8, "Net.train_step"),)
    assert scored(keras(), sites("dense"), statements=seen)["O1.stops"].value is None


FORWARD = """
class Net(nn.Module):
    def forward(self, x):
        states = self.embedding(x)
        for block in self.blocks:
            states = block(states)
        last = self.layers[0](states)
        split = self.split(states)
        scores = torch.softmax(split, dim=-1)
        size = states.size(0)
        return self.head(scores + last)

    def split(self, x):
        return x.unflatten(-1, (2, 2))
"""


def test_hooks_see_modules_and_no_functions() -> None:
    names = ["states", "states", "last", "split", "scores"]
    lines = [4, 6, 7, 8, 9]
    seen = tuple(statement(n, name, 8, 8) for n, name in zip(lines, names, strict=True))
    program = implementation(source=FORWARD)
    score = scored(program, sites("head", name="pytorch"), statements=seen)["O1.hidden"]
    assert score.value == 2
    assert "`split`, `scores`" in score.explanation


def test_what_hooks_see_of_a_compiled_graph_is_not_judged() -> None:
    score = scored(implementation(), sites("head", name="pytorch"), Mode.COMPILED)["O1.hidden"]
    assert score.value is None
    assert "compiled" in score.explanation


def test_keras_has_no_hooks_and_says_what_lies_in_the_library() -> None:
    score = scored(keras(), sites("dense", "multi_head_attention/dense"))["O1.hidden"]
    assert score.value == 3
    assert "Keras has no hooks: all 3 sites" in score.explanation
    assert "`site1`" in score.explanation
