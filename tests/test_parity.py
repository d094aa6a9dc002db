"""The parity check sees that a shipped case is one model, and where a broken one is not."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from command_line import debugdiff
from conftest import Bench
from extent import IS_WHOLE, tried_programs

from debugdiff.cases import find_case, load_case
from debugdiff.errors import CaseError
from debugdiff.model import Case, DeclaredDifference, Framework, ParityStage, SiteMap, Stack
from debugdiff.parity import CaseParity, PairParity, ParityLine, check_parity
from debugdiff.parity.comparing import Limits, compare
from debugdiff.parity.results import Observation, Value
from debugdiff.report import Page
from debugdiff.report.parity import render, render_json

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.execute.pool import Pool

DATASET = """\
from dataclasses import dataclass

import numpy as np

WORDS, LENGTH = 20, 6


@dataclass(frozen=True)
class Rows:
    words: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Rows
    test: Rows


def load(size):
    random = np.random.default_rng(3)
    words = random.integers(0, WORDS, (24, LENGTH))
    rows = Rows(words=words, labels=words[:, 0] % 3)
    return Data(train=rows, test=rows)
"""

PYTORCH = """\
import torch
from dataset import WORDS, load
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 8)
        self.convolution = nn.Conv1d(8, 10, 3)
        self.lstm = nn.LSTM(10, 7, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(14, eps=1e-3)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(14, 3)

    def forward(self, words):
        seen = self.convolution(self.embedding(words).transpose(1, 2)).transpose(1, 2)
        _, (state, _) = self.lstm(seen)
        return self.head(self.dropout(self.norm(torch.cat([state[0], state[1]], dim=-1))))


def build_model():
    return Tagger()


def train(model, data, *, epochs, batch_size, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    model.train()
    for start in range(0, len(data.train.words), batch_size):
        words = torch.from_numpy(data.train.words[start : start + batch_size])
        labels = torch.from_numpy(data.train.labels[start : start + batch_size])
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(words), labels).backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    logits = model(torch.from_numpy(data.test.words))
    return {"mean": logits.mean().item()}


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=1, batch_size=8, learning_rate=0.1)
    return evaluate(model, data)
"""

KERAS = """\
import keras
from dataset import WORDS, load
from keras import layers


def build_model():
    return keras.Sequential(
        [
            layers.Embedding(WORDS, 8),
            layers.Conv1D(10, 3),
            layers.Bidirectional(layers.LSTM(7)),
            layers.LayerNormalization(),
            layers.Dropout(0.5),
            layers.Dense(3),
        ]
    )


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(
        data.train.words,
        data.train.labels,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    return {"mean": float(keras.ops.mean(model(data.test.words)))}


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=1, batch_size=8, learning_rate=0.1)
    return evaluate(model, data)
"""

CASE_TOML = """\
title = "A tagger"
task = "Name the first word."
idea = "Every kind of layer that parity knows, in one small model"
data = "Random numbers"
licence = "none"

[metric]
name = "mean"
majority = 0.0

[implementations.pytorch]
framework = "pytorch"
style = "module"
training = "loop"

[implementations.keras_sequential]
framework = "keras"
style = "sequential"
training = "fit"

[sites.embedding]
pytorch = "embedding"
keras_sequential = "embedding"

[sites.convolution]
pytorch = "convolution"
keras_sequential = "conv1d"

[sites.lstm]
pytorch = "lstm"
keras_sequential = "bidirectional"

[sites.norm]
pytorch = "norm"
keras_sequential = "layer_normalization"

[sites.logits]
pytorch = "head"
keras_sequential = "dense"

[[parity]]
stage = "parameters"
tolerance = 0.1
reason = "PyTorch's LSTM adds two biases, Keras' has one"

[[parity]]
stage = "sgd"
site = "lstm"
tolerance = 0.2
reason = "PyTorch's two biases both move"

[[parity]]
stage = "aligned"
site = "lstm"
tolerance = 0.6
reason = "PyTorch's two biases both move"

[[parity]]
stage = "optimizer"
site = "lstm"
tolerance = 0.6
reason = "PyTorch's two biases both move"
"""


@dataclass(frozen=True)
class Break:
    """A small change of one implementation, and where it has to show."""

    implementation: str
    old: str
    new: str
    stage: ParityStage
    site: str

    def of(self, case: Case, name: str) -> Case:
        """The case with the broken implementation beside the others, at the same sites."""
        whole = next(each for each in case.implementations if each.name == self.implementation)
        assert self.old in whole.source
        broken = replace(
            whole,
            name=name,
            path=whole.path.with_name(f"{name}.py"),
            source=whole.source.replace(self.old, self.new),
        )
        sites = tuple(
            SiteMap(name=site.name, where={**site.where, name: site.where[self.implementation]})
            for site in case.sites
        )
        return replace(case, implementations=(*case.implementations, broken), sites=sites)


BREAKS = {
    "gru_sentiment": {
        "other_activation": Break(
            "keras_functional",
            "layers.GRU(HIDDEN_SIZE)",
            'layers.GRU(HIDDEN_SIZE, activation="relu")',
            ParityStage.FORWARD,
            "gru",
        ),
        "other_bias": Break(
            "keras_functional",
            "layers.GRU(HIDDEN_SIZE)",
            "layers.GRU(HIDDEN_SIZE, reset_after=False)",
            ParityStage.WEIGHTS,
            "gru",
        ),
        "forgotten_parameters": Break(
            "pytorch",
            "Adam(model.parameters()",
            "Adam(model.head.parameters()",
            ParityStage.GRADIENT,
            "embedding",
        ),
        # Of a model that has learned nothing, half of the rows are right by either rule.
        "column_of_predictions": Break(
            "pytorch",
            "logits.argmax(dim=-1)",
            "logits.argmax(dim=-1, keepdim=True)",
            ParityStage.TRAINED,
            "accuracy",
        ),
    },
    "date_seq2seq": {
        "padding_in_the_loss": Break(
            "keras_functional", ", ignore_class=PADDING", "", ParityStage.LOSS, "loss"
        ),
    },
    "answer_matching": {
        "other_temperature": Break(
            "keras_functional", "TEMPERATURE = 0.1", "TEMPERATURE = 0.11", ParityStage.LOSS, "loss"
        ),
    },
    "bag_of_embeddings": {
        "mean_with_padding": Break(
            "pytorch",
            "(embedded * is_word).sum(dim=1) / is_word.sum(dim=1)",
            "embedded.mean(dim=1)",
            ParityStage.FORWARD,
            "logits",
        ),
    },
    "name_classifier": {
        "last_step_of_padding": Break(
            "pytorch", "self.lstm(packed)", "self.lstm(embedded)", ParityStage.FORWARD, "lstm"
        ),
    },
    "text_cnn": {
        "other_epsilon": Break(
            "keras_functional",
            "Adam(learning_rate)",
            "Adam(learning_rate, epsilon=1e-3)",
            ParityStage.SETTINGS,
            "optimizer.epsilon",
        ),
        "other_activation": Break(
            "keras_functional",
            'activation="relu"',
            'activation="tanh"',
            ParityStage.FORWARD,
            "dropout",
        ),
    },
    "pos_tagger": {
        "no_mask": Break("keras_functional", ", mask_zero=True", "", ParityStage.FORWARD, "logits"),
    },
    "tags_and_source": {
        "other_weight": Break(
            "keras_functional", '"source": SOURCE_WEIGHT', '"source": 1.0', ParityStage.LOSS, "loss"
        ),
    },
    "crf_tagger": {
        "paths_through_padding": Break(
            "keras_loop",
            "ops.where(going_on, ops.logsumexp(paths, axis=1), scores)",
            "ops.logsumexp(paths, axis=1)",
            ParityStage.FORWARD,
            "crf",
        ),
        "no_last_tag": Break("pytorch", " + self.end[last]", "", ParityStage.FORWARD, "crf"),
    },
    "transformer_classifier": {
        "no_mask": Break(
            "keras_functional",
            "scores = ops.where(is_word[:, None, None, :], scores, -1e9)",
            "",
            ParityStage.FORWARD,
            "merge",
        ),
        "other_scale": Break(
            "pytorch", "/ HEAD_SIZE**0.5", "/ MODEL_SIZE**0.5", ParityStage.FORWARD, "merge"
        ),
        "other_epsilon_of_norm": Break(
            "keras_functional",
            "EPSILON = 1e-6",
            "EPSILON = 1e-3",
            ParityStage.FORWARD,
            "attention_norm",
        ),
    },
    "tiny_gpt": {
        "sees_the_future": Break(
            "keras_functional",
            "scores = ops.where(is_past, scores, -1e9)",
            "",
            ParityStage.FORWARD,
            "block_1_merge",
        ),
        "untied": Break(
            "pytorch",
            "        self.head.weight = self.tokens.weight\n",
            "",
            ParityStage.MODEL,
            "head",
        ),
    },
    "sentence_vae": {
        "no_annealing": Break(
            "pytorch",
            "KL_WEIGHT * min(1.0, step / ANNEALING)",
            "KL_WEIGHT",
            ParityStage.LOSS,
            "loss",
        ),
        "no_divergence": Break(
            "keras_functional",
            "        self.add_loss(weight * ops.mean(kl_divergence(mean, log_variance)))\n",
            "",
            ParityStage.GRADIENT,
            "letters",
        ),
    },
    "text_and_features": {
        "not_adapted": Break(
            "keras_functional",
            '    model.get_layer("normalization").adapt(data.train.features)\n',
            "",
            ParityStage.FORWARD,
            "normalization",
        ),
    },
    "tagger": {
        "other_norm": Break(
            "keras_sequential",
            "LayerNormalization()",
            "LayerNormalization(epsilon=1e-2)",
            ParityStage.FORWARD,
            "norm",
        ),
        "other_gate": Break(
            "keras_sequential",
            "layers.LSTM(7)",
            'layers.LSTM(7, recurrent_activation="hard_sigmoid")',
            ParityStage.FORWARD,
            "lstm",
        ),
        "counts_ties": Break(
            "pytorch",
            "logits.mean().item()",
            "(logits <= model(torch.from_numpy(data.test.words))).float().mean().item()",
            ParityStage.METRIC,
            "mean",
        ),
        "crash": Break(
            "keras_sequential", "layers.Dense(3)", "layers.Dens(3)", ParityStage.RUN, ""
        ),
    },
    "skipgram": {
        "one_table": Break(
            "pytorch",
            "self.context(words)",
            "self.centre(words)",
            ParityStage.FORWARD,
            "centre",
        ),
        "labels_exchanged": Break(
            "pytorch",
            "[torch.ones_like(stood), torch.zeros_like(drawn)]",
            "[torch.zeros_like(stood), torch.ones_like(drawn)]",
            ParityStage.LOSS,
            "loss",
        ),
    },
}
LEFT_TO_ALL = (
    ("text_cnn", "other_activation"),  # gru_sentiment has another one, too
    ("crf_tagger", "no_last_tag"),
    ("transformer_classifier", "no_mask"),  # pos_tagger
    ("transformer_classifier", "other_epsilon_of_norm"),  # the tagger
    ("skipgram", "one_table"),
)
"""Breaks whose kind and stage another one has."""
if not IS_WHOLE:
    for of_case, broken_by in LEFT_TO_ALL:
        del BREAKS[of_case][broken_by]
CHOICES = [(case, name) for case, broken in BREAKS.items() for name in broken]


def write_tagger(folder: Path, **texts: str) -> Path:
    folder.mkdir()
    files = {"dataset": DATASET, "pytorch": PYTORCH, "keras_sequential": KERAS} | texts
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "case.toml").write_text(CASE_TOML)
    return folder


@pytest.fixture(scope="module")
def checked(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseParity]:
    """Every case once, its broken implementations beside the whole ones."""
    folder = tmp_path_factory.mktemp("parity")
    cases = [tried(name) for name in BREAKS if name != "tagger"]
    cases.append(load_case(write_tagger(folder / "tagger")))
    widened = [widen(case) for case in cases]
    return {found.case: found for found in check_parity(widened, pool=pool)}


def tried(name: str) -> Case:
    """A shipped case, or a part of its programs; one case has all of them."""
    case = find_case(name)
    programs = case.implementations if name == "text_cnn" else tried_programs(case)
    return replace(case, implementations=programs)


def widen(case: Case) -> Case:
    """The case with its broken implementations, which are made of any of its programs."""
    wide = case if case.name == "tagger" else find_case(case.name)
    for name, broken in BREAKS[case.name].items():
        wide = broken.of(wide, name)
    names = {*BREAKS[case.name], *(each.name for each in case.implementations)}
    programs = tuple(each for each in wide.implementations if each.name in names)
    return replace(wide, implementations=programs)


def keras_program(case: str) -> str:
    """The last of the tried programs of Keras."""
    if case == "tagger":
        return "keras_sequential"
    keras = [each for each in tried(case).implementations if each.framework is Framework.KERAS]
    return keras[-1].name


def pair_of(found: CaseParity, left: str, right: str) -> PairParity:
    return next(pair for pair in found.pairs if {pair.left, pair.right} == {left, right})


@pytest.mark.parametrize("case", BREAKS)
def test_all_implementations_of_a_case_are_one_model(
    checked: dict[str, CaseParity], case: str
) -> None:
    whole = [
        pair
        for pair in checked[case].pairs
        if pair.left not in BREAKS[case] and pair.right not in BREAKS[case]
    ]
    assert whole
    assert [(pair.right, pair.first_failure) for pair in whole if not pair.passed] == []
    for pair in whole:
        seen = {line.stage for line in pair.lines}
        assert seen == set(ParityStage) - {ParityStage.RUN, ParityStage.MODEL}


@pytest.mark.parametrize("case", BREAKS)
def test_every_site_is_compared_in_its_values_and_its_weights(
    checked: dict[str, CaseParity], case: str
) -> None:
    found = checked[case]
    pair = pair_of(found, "pytorch", keras_program(case))
    sites = {line.site for line in pair.of(ParityStage.FORWARD)}
    expected = find_case(case).sites if case != "tagger" else ()
    assert sites >= {site.name for site in expected if site.holds("output", "pytorch")}
    weights = {(line.site, line.part) for line in pair.of(ParityStage.WEIGHTS)}
    for stage in (ParityStage.GRADIENT, ParityStage.SGD):
        assert {(line.site, line.part) for line in pair.of(stage)} == weights
    left_out = {(zero.site, zero.part) for zero in pair.zero_gradients}
    for stage in (ParityStage.ALIGNED, ParityStage.OPTIMIZER):
        assert {(line.site, line.part) for line in pair.of(stage)} == weights - left_out


KEY_BIASES = {
    "tiny_gpt": {("block_1_key", "bias"), ("block_2_key", "bias")},
    "transformer_classifier": {("key", "bias")},
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_bias_of_attention_keys_takes_part_in_no_step_and_all_else_does(
    checked: dict[str, CaseParity], case: str
) -> None:
    whole = [
        pair for pair in checked[case].pairs if {pair.left, pair.right}.isdisjoint(BREAKS[case])
    ]
    for pair in whole:
        left_out = {(zero.site, zero.part) for zero in pair.zero_gradients}
        assert left_out == KEY_BIASES.get(case, set())


@pytest.mark.parametrize("case", [name for name in BREAKS if name != "tagger"])
def test_no_metric_of_a_shipped_program_hangs_on_rounding(
    checked: dict[str, CaseParity], case: str
) -> None:
    stability = checked[case].stability
    for implementation in tried(case).implementations:
        lines = stability[implementation.name]
        assert lines
        assert [line for line in lines if not line.passed] == []


def test_a_metric_that_counts_exact_ties_hangs_on_rounding(
    checked: dict[str, CaseParity],
) -> None:
    stability = checked["tagger"].stability
    assert [line.passed for line in stability["pytorch"]] == [True]
    (line,) = stability["counts_ties"]
    assert not line.passed
    assert line.detail.startswith("1 and 0.")


@pytest.mark.parametrize(("case", "name"), CHOICES)
def test_a_small_difference_is_seen_and_named(
    checked: dict[str, CaseParity], case: str, name: str
) -> None:
    broken = BREAKS[case][name]
    whole = keras_program(case) if broken.implementation == "pytorch" else "pytorch"
    first = pair_of(checked[case], whole, name).first_failure
    assert first is not None
    assert (first.stage, first.site) == (broken.stage, broken.site)


@pytest.mark.parametrize("case", [name for name in BREAKS if name != "tagger"])
def test_a_program_trains_as_many_numbers_as_its_case_declares(
    checked: dict[str, CaseParity], case: str
) -> None:
    declared = {each.name: each.parameters for each in tried(case).implementations}
    found = checked[case].parameters
    assert {name: found[name] for name in declared} == declared


def test_initial_weights_are_spread_as_the_defaults_of_each_framework(
    pool: Pool, tmp_path: Path
) -> None:
    folder = write_tagger(tmp_path / "tagger")
    (found,) = check_parity([load_case(folder)], seeds=3, pool=pool)
    assert found.passed, [pair.first_failure for pair in found.pairs]
    pytorch, late = found.initial["pytorch"], found.initial["keras_sequential"]
    assert pytorch.keys() == late.keys()
    assert pytorch["embedding", "embeddings"] == pytest.approx(1, abs=0.1)
    assert late["embedding", "embeddings"] == pytest.approx(0.1 / 12**0.5, abs=0.003)
    assert late["lstm", "bias"] > 0  # the forget gate's is one, the others' are zero


def test_between_programs_of_one_framework_nothing_is_allowed(
    checked: dict[str, CaseParity],
) -> None:
    pair = pair_of(checked["text_cnn"], "keras_functional", "keras_subclass")
    assert {line.declared for line in pair.lines} == {""}
    assert max(line.error or 0.0 for line in pair.lines) < 1e-6


def test_the_table_names_parameters_the_first_difference_and_what_is_declared(
    checked: dict[str, CaseParity],
) -> None:
    text = render(list(checked.values()), Page(width=120))
    count = checked["gru_sentiment"].parameters["pytorch"]
    assert f"Parameters: pytorch {count:,}, " in text
    assert "pytorch, other_activation: first difference at forward gru state: error" in text
    assert "pytorch, other_epsilon: first difference at settings optimizer.epsilon" in text
    assert "pytorch, crash: first difference at run: crash: AttributeError" in text
    assert "Declared: optimizer embedding up to 0.9 (here" in text
    assert "PyTorch's LSTM adds two biases, Keras' has one." in text
    assert "Left out of aligned and optimizer: block_1_key bias, block_2_key bias." in text


def test_every_line_can_be_asked_for_and_json_has_them_all(
    checked: dict[str, CaseParity],
) -> None:
    found = list(checked.values())
    text = render([checked["tagger"]], Page(width=140), every_line=True)
    assert "recurrent_kernel" in text
    cases = json.loads(render_json(found))["parity"]
    assert [each["case"] for each in cases] == list(checked)
    assert not cases[0]["passed"]
    assert cases[0]["stability"]["pytorch"][0]["passed"]
    gpt = next(each for each in cases if each["case"] == "tiny_gpt")
    pair = gpt["pairs"][0]
    assert {(each["site"], each["part"]) for each in pair["zero_gradients"]} == KEY_BIASES[
        "tiny_gpt"
    ]
    assert cases[0]["pairs"][0]["lines"][0].keys() == {
        "stage",
        "site",
        "part",
        "error",
        "tolerance",
        "passed",
        "detail",
        "declared",
    }


# --- a case that somebody else wrote -------------------------------------------------------------


def test_without_a_map_of_sites_counts_and_shapes_are_compared(pool: Pool, tmp_path: Path) -> None:
    wide = PYTORCH.replace("nn.Linear(14, 3)", "nn.Linear(14, 4)")
    folder = write_tagger(tmp_path / "other", wider=wide)
    (folder / "keras_sequential.py").unlink()
    (folder / "case.toml").unlink()
    (folder / "script.py").write_text("import torch\n")
    (found,) = check_parity([load_case(folder)], pool=pool)
    lines = found.pairs[0].of(ParityStage.PARAMETERS)
    assert [(line.part, line.passed) for line in lines] == [("", False), ("shapes", False)]
    assert lines[1].detail == "(3, 14), (3,) against (4, 14), (4,)"
    assert len(found.unchecked) == 2
    assert found.unchecked[0].startswith("script has no `main(seed, size)`")
    assert found.unchecked[1].startswith("Without a map of sites")


def test_a_wrong_map_of_sites_is_told_by_its_site(pool: Pool, tmp_path: Path) -> None:
    folder = write_tagger(tmp_path / "wrong", keras_sequential=PYTORCH)
    text = CASE_TOML.replace('framework = "keras"', 'framework = "pytorch"')
    names = {"conv1d": "convolution", "bidirectional": "lstm", "dense": "norm"}
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    (folder / "case.toml").write_text(text)
    (found,) = check_parity([load_case(folder)], pool=pool)
    told = {(line.stage, line.site, line.detail) for line in found.pairs[0].lines if line.detail}
    assert (
        ParityStage.MODEL,
        "norm",
        "keras_sequential: the model has no layer called `layer_normalization`",
    ) in told
    assert (
        ParityStage.MODEL,
        "head",
        "keras_sequential: the layer `head` has weights and is no site of the case",
    ) in told
    assert any(stage is ParityStage.WEIGHTS and site == "logits" for stage, site, _ in told)


def test_a_difference_at_a_site_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    folder = write_tagger(tmp_path / "declared")
    path = folder / "case.toml"
    path.write_text(path.read_text().replace('site = "lstm"', 'site = "lsmt"', 1))
    with pytest.raises(CaseError, match="names `lsmt`, which is not a site of the case"):
        load_case(folder)


def test_the_command_fails_on_a_difference_and_prints_json(tmp_path: Path) -> None:
    broken = PYTORCH.replace("nn.Conv1d(8, 10, 3)", "nn.Conv1d(8, 10, 3, padding=1)")
    folder = write_tagger(tmp_path / "command", keras_sequential=broken)
    text = CASE_TOML.replace('framework = "keras"', 'framework = "pytorch"')
    for old, new in {
        "conv1d": "convolution",
        "bidirectional": "lstm",
        "layer_normalization": "norm",
        "dense": "head",
    }.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    (folder / "case.toml").write_text(text)
    done = debugdiff("parity", str(folder), "--json")
    assert done.returncode == 1, done.stderr
    first = json.loads(done.stdout)["parity"][0]["pairs"][0]["first_failure"]
    assert done.stderr.splitlines()[0] == "0 of 2 programs checked."
    assert done.stderr.splitlines()[-1].startswith("2 of 2 programs checked, the last one command ")
    assert (first["stage"], first["site"], first["part"]) == ("forward", "convolution", "output")
    assert first["detail"] == "shapes (8, 4, 10) and (8, 6, 10)"


# --- the forms of weights, on layers of both frameworks in one process ---------------------------

LAYERS = """
import keras
import numpy as np
import torch
from keras import layers
from torch import nn
from debugdiff.worker.parity.forms import Form, from_shared, shared_outputs, to_shared
from debugdiff.worker.parity.keras_model import KerasModel
from debugdiff.worker.parity.pytorch_model import TorchModel

torch.manual_seed(0)
keras.utils.set_random_seed(0)
values = torch.randn(4, 9, 6)


def error(name, module, layer, inputs=values, *, spoil=None):
    model = keras.Sequential([layer])
    model(inputs)
    ours, theirs = TorchModel(module), KerasModel(model)
    (unit,), (other,) = ours.units(), theirs.units()
    shared = to_shared(unit.form, {n: ours.read(v) for n, v in unit.variables.items()})
    if spoil:
        shared = spoil(shared)
    local = {n: theirs.read(v) for n, v in other.variables.items()}
    for part, array in from_shared(other.form, shared, local).items():
        theirs.write(other.variables[part], array)
    back = to_shared(other.form, {n: theirs.read(v) for n, v in other.variables.items()})
    assert all(np.array_equal(back[n], shared[n]) for n in shared), name
    again = from_shared(unit.form, shared, {n: ours.read(v) for n, v in unit.variables.items()})
    assert to_shared(unit.form, again).keys() == shared.keys(), name
    with torch.no_grad():
        expected, got = module(inputs), layer(inputs)
    if unit.recurrence:
        flat = [expected[0], *(expected[1] if isinstance(expected[1], tuple) else [expected[1]])]
        places = ["[0]", "[1][0]", "[1][1]"] if len(flat) == 3 else ["[0]", "[1]"]
        left = shared_outputs(
            unit.form, dict(zip(places, (t.numpy() for t in flat))), unit.recurrence
        )
        many = got if isinstance(got, (list, tuple)) else [got]
        right = shared_outputs(
            other.form,
            {f"[{i}]": t.detach().numpy() for i, t in enumerate(many)},
            other.recurrence,
        )
        assert left.keys() >= right.keys(), name
        worst = max(np.abs(left[n] - right[n]).max() for n in right)
    else:
        if name.startswith("convolution"):
            expected = expected.movedim(1, -1)
        worst = (expected - got).abs().max().item()
    print(name, float(worst) < 1e-5)


def convolved(module):
    class Channels(type(module)):
        def forward(self, inputs):
            return super().forward(inputs.movedim(-1, 1))
    module.__class__ = Channels
    return module


def swapped(shared):
    reset, update, new = np.split(shared["kernel"], 3, axis=-1)
    return {**shared, "kernel": np.concatenate([update, reset, new], axis=-1)}


options = {"return_sequences": True, "return_state": True}
words = torch.randint(0, 11, (4, 9))
pictures = torch.randn(2, 8, 7, 3)
error("dense", nn.Linear(6, 5), layers.Dense(5))
error("embedding", nn.Embedding(11, 5), layers.Embedding(11, 5), words)
error("convolution", convolved(nn.Conv1d(6, 5, 3)), layers.Conv1D(5, 3))
error("convolution 2d", convolved(nn.Conv2d(3, 5, (3, 2))), layers.Conv2D(5, (3, 2)), pictures)
error("norm", nn.LayerNorm(6, eps=1e-3), layers.LayerNormalization())
error("rnn", nn.RNN(6, 5, batch_first=True), layers.SimpleRNN(5, **options))
error("gru", nn.GRU(6, 5, batch_first=True), layers.GRU(5, **options))
error("gru last", nn.GRU(6, 5, batch_first=True), layers.GRU(5))
error("lstm", nn.LSTM(6, 5, batch_first=True), layers.LSTM(5, **options))
plain = nn.LSTM(6, 5, batch_first=True, bias=False)
error("lstm without bias", plain, layers.LSTM(5, use_bias=False))
two = nn.LSTM(6, 5, batch_first=True, bidirectional=True)
error("two ways", two, layers.Bidirectional(layers.LSTM(5, **options)))
two = nn.GRU(6, 5, batch_first=True, bidirectional=True)
error("two ways gru", two, layers.Bidirectional(layers.GRU(5, return_sequences=True)))
error("gates exchanged", nn.GRU(6, 5, batch_first=True), layers.GRU(5), spoil=swapped)
"""


def test_weights_of_every_kind_of_layer_are_carried_over_and_an_exchange_of_gates_is_not(
    bench: Bench,
) -> None:
    record = bench.run(LAYERS, stack=Stack.KERAS_TORCH)
    assert record.failure is None, record.failure.text
    told = dict(line.rsplit(" ", 1) for line in record.stdout.splitlines())
    assert len(told) == 13
    assert {name for name, equal in told.items() if equal != "True"} == {"gates exchanged"}


# --- comparing -----------------------------------------------------------------------------------


def observed(name: str, stage: ParityStage, array: object, **more: object) -> Observation:
    value = Value(stage=stage, site="a", part="b", call=0, array=np.array(array))
    return Observation(implementation=name, values=(value,), **more)


def lines_of(
    stage: ParityStage, left: object, right: object, *declared: DeclaredDifference
) -> ParityLine:
    pair = compare(
        observed("left", stage, left), observed("right", stage, right), Limits(declared=declared)
    )
    return pair.of(stage)[0]


def test_an_error_is_at_most_the_tolerance_exactly_if_the_line_passes() -> None:
    line = lines_of(ParityStage.FORWARD, [1.0, 0.0], [1.0, 0.9e-5])
    assert line.passed
    assert line.error <= line.tolerance
    line = lines_of(ParityStage.FORWARD, [1.0, 0.0], [1.0, 1.1e-5])
    assert not line.passed
    assert line.error > line.tolerance


def test_a_gradient_that_is_zero_but_for_rounding_is_equal() -> None:
    assert lines_of(ParityStage.GRADIENT, [1e-9, 0.0], [0.0, -2e-9]).passed


def with_gradients(name: str, bias: list[float], step: float) -> Observation:
    """A layer with a kernel and a bias, and where one step took both from zero."""
    arrays = {"kernel": np.array([[3.0], [4.0]]), "bias": np.array(bias)}
    stages = {
        ParityStage.WEIGHTS: {part: np.zeros_like(array) for part, array in arrays.items()},
        ParityStage.GRADIENT: arrays,
        ParityStage.ALIGNED: {part: step * np.sign(array) for part, array in arrays.items()},
    }
    values = tuple(
        Value(stage=stage, site="a", part=part, call=0, array=array)
        for stage, parts in stages.items()
        for part, array in parts.items()
    )
    return Observation(implementation=name, values=values)


def test_a_weight_without_a_gradient_is_left_out_of_the_steps_and_named() -> None:
    left, right = (with_gradients("x", bias, 0.1) for bias in ([2e-8, -1e-8], [-1e-8, 3e-8]))
    pair = compare(left, right, Limits())
    assert [(zero.site, zero.part) for zero in pair.zero_gradients] == [("a", "bias")]
    assert pair.zero_gradients[0].size == pytest.approx(10**0.5 * 1e-8 / 5)
    assert [line.part for line in pair.of(ParityStage.ALIGNED)] == ["kernel"]
    assert [line.part for line in pair.of(ParityStage.GRADIENT)] == ["kernel", "bias"]
    assert pair.passed


@pytest.mark.parametrize("other", [[1e-4, 0.0], [2e-8, -1e-8]])
def test_a_gradient_that_is_no_rounding_in_one_program_is_left_out_nowhere(
    other: list[float],
) -> None:
    left, right = with_gradients("x", [1e-4, 0.0], 0.1), with_gradients("y", other, 0.1)
    pair = compare(left, right, Limits())
    assert pair.zero_gradients == ()
    assert [line.part for line in pair.of(ParityStage.ALIGNED)] == ["kernel", "bias"]
    assert pair.passed is (other == [1e-4, 0.0])


def test_a_layer_without_any_gradient_is_compared_in_its_steps() -> None:
    still = observed("left", ParityStage.GRADIENT, [0.0, 0.0])
    assert compare(still, still, Limits()).zero_gradients == ()


def test_a_value_that_is_not_finite_is_never_equal() -> None:
    line = lines_of(ParityStage.FORWARD, [1.0, np.nan], [1.0, np.nan])
    assert (line.passed, line.error, line.detail) == (False, None, "not finite")


def test_a_declared_difference_of_the_site_goes_over_that_of_all_sites() -> None:
    everywhere = DeclaredDifference(stage=ParityStage.LOSS, tolerance=0.5, reason="everywhere")
    here = DeclaredDifference(stage=ParityStage.LOSS, tolerance=0.1, reason="here", site="a")
    elsewhere = DeclaredDifference(stage=ParityStage.LOSS, tolerance=9.0, reason="no", site="c")
    line = lines_of(ParityStage.LOSS, 1.0, 1.3, everywhere, here, elsewhere)
    assert (line.passed, line.declared) == (False, "here")
    assert lines_of(ParityStage.LOSS, 1.0, 1.3, everywhere, elsewhere).passed
