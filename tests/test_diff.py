"""Where two runs part: by real tensors of both frameworks, and as a command on two scripts."""

from __future__ import annotations

import importlib.util
import json
import struct
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from extent import tried
from probing import run, run_well
from sarif_pydantic import Sarif
from typer.testing import CliRunner

from debugdiff.cases import find_case
from debugdiff.cli.app import app
from debugdiff.model import Record, Stack, ValueKind, ValueStatistics, WorkerEnd
from debugdiff.report.annotations import sarif
from debugdiff.report.diff import render
from debugdiff.report.findings import Level, of_diff
from debugdiff.report.page import Page
from debugdiff.run_diff import Phase, Recorded, RunDiff, Tensors, compare_runs
from debugdiff.run_diff.figures import differing_figures
from debugdiff.run_diff.results import FinalFigure
from debugdiff.run_diff.tensors import distance
from debugdiff.worker.probes.kept_tensors import TensorFile
from debugdiff.worker.probes.value_log import ValueLog
from debugdiff.worker.process.describing import empty_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.execute.pool import Pool

ROOT = Path(__file__).parent.parent

TORCH = """
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(30, 8)
        self.mix = nn.Linear(8, 8)

    def forward(self, tokens):
        embedded = self.words(tokens)
        return self.mix(embedded.mean(dim=1))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(8, 3)

    def forward(self, tokens):
        return self.head(self.drop(self.encoder(tokens)))


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(3):
        tokens, labels = torch.randint(30, (8, 5)), torch.arange(8) % 3
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(tokens), labels)
        loss.backward()
        optimizer.step()
    return {}
"""

KERAS = """
import keras
import numpy as np
from keras import layers, ops


def build_model():
    words = keras.Input((5,), dtype="int32")
    mean = layers.GlobalAveragePooling1D(name="mean")(layers.Embedding(30, 8, name="words")(words))
    hidden = layers.Dense(8, activation="relu", name="mix")(mean)
    return keras.Model(words, layers.Dense(3, name="head")(hidden), name="classifier")


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    model = build_model()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss)
    tokens, labels = np.random.default_rng(seed).integers(0, 30, (24, 5)), np.arange(24) % 3
    model.fit(tokens, labels, batch_size=8, shuffle=False, verbose=0)
    return {}
"""


class Bench:
    """Runs programs that keep their tensors."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self._pool = pool
        self._folder = folder
        self._count = 0
        self._good: dict[str, Recorded] = {}

    def recorded(
        self, source: str, stack: Stack, run: Callable[..., Record] = run_well
    ) -> Recorded:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        record = run(self._pool, source, stack=stack, keep=str(folder))
        return Recorded(record=record, tensors=Tensors(folder), stack=stack)

    def diff(self, source: str, stack: Stack, *changes: tuple[str, str]) -> RunDiff:
        """The clean program beside the one with some text replaced."""
        if source not in self._good:
            self._good[source] = self.recorded(source, stack)
        changed = source
        for old, new in changes:
            assert old in changed
            changed = changed.replace(old, new)
        return compare_runs(self._good[source], self.recorded(changed, stack))


@pytest.fixture(scope="module")
def bench(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(pool, tmp_path_factory.mktemp("tensors"))


@pytest.mark.parametrize(
    ("old", "new", "site", "phase"),
    [
        ("torch.randint(30, (8, 5))", "torch.randint(29, (8, 5))", "input", Phase.FORWARD),
        ("torch.arange(8) % 3", "torch.arange(8) % 2", "target", Phase.FORWARD),
        ("embedded.mean(dim=1)", "embedded.sum(dim=1)", "encoder", Phase.FORWARD),
        ("self.drop = nn.Dropout(0.1)", "self.drop = nn.Dropout(0.6)", "drop", Phase.FORWARD),
        ("self.drop(self.encoder(tokens))", "self.encoder(tokens)", "drop", Phase.FORWARD),
        ("(model(tokens), labels)", "(2 * model(tokens), labels)", "loss", Phase.FORWARD),
        ("labels)\n", "labels, reduction='sum')\n", "loss", Phase.FORWARD),
        (
            "self.mix(embedded.mean(dim=1))",
            "self.mix(embedded.mean(dim=1)).detach()",
            "encoder",
            Phase.GRADIENT,
        ),
        ("        optimizer.zero_grad()\n", "", "optimizer", Phase.GRADIENT),
        ("lr=0.5", "lr=0.4", "optimizer", Phase.UPDATE),
    ],
)
def test_a_pytorch_program_parts_where_it_was_changed(
    bench: Bench, old: str, new: str, site: str, phase: Phase
) -> None:
    found = bench.diff(TORCH, Stack.PYTORCH, (old, new))
    assert found.suspects[0].site == site
    assert found.suspects[0].difference.phase is phase


@pytest.mark.parametrize(
    ("old", "new", "site", "phase"),
    [
        ("integers(0, 30", "integers(0, 29", "input", Phase.FORWARD),
        ("np.arange(24) % 3", "np.arange(24) % 2", "target", Phase.FORWARD),
        ('activation="relu"', 'activation="tanh"', "mix", Phase.FORWARD),
        ("from_logits=True", "from_logits=True, reduction='sum'", "loss", Phase.FORWARD),
        ("SGD(0.5)", "SGD(0.4)", "optimizer", Phase.UPDATE),
        ("SGD(0.5)", "SGD(0.5, clipnorm=1e-3)", "optimizer", Phase.UPDATE),
    ],
)
def test_a_keras_program_parts_where_it_was_changed_though_it_runs_as_a_graph(
    bench: Bench, old: str, new: str, site: str, phase: Phase
) -> None:
    found = bench.diff(KERAS, Stack.KERAS_TENSORFLOW, (old, new))
    assert found.suspects[0].site == site
    assert found.suspects[0].difference.phase is phase


@pytest.mark.parametrize(
    ("source", "stack"), [(TORCH, Stack.PYTORCH), (KERAS, Stack.KERAS_TENSORFLOW)]
)
def test_a_program_does_not_part_from_itself(bench: Bench, source: str, stack: Stack) -> None:
    found = bench.diff(source, stack)
    assert not found.parted
    assert found.compared > 50
    assert found.suspects == ()


def test_rounding_parts_nothing(bench: Bench) -> None:
    found = bench.diff(TORCH, Stack.PYTORCH, ("embedded.mean(dim=1)", "embedded.sum(dim=1) / 5"))
    assert not found.parted


def test_the_place_comes_with_its_lines_in_both_programs(bench: Bench) -> None:
    found = bench.diff(
        TORCH,
        Stack.PYTORCH,
        (
            "import torch\n",
            "import torch\n\n",
        ),
        ("nn.Dropout(0.1)", "nn.Dropout(0.6)"),
    )
    first = found.suspects[0]
    assert first.good
    assert first.bad
    assert first.good.made
    assert first.bad.made
    assert first.bad.made.line == first.good.made.line + 1
    (diverging, *later) = of_diff(found, Path("good.py"), Path("bad.py"))
    assert diverging.level is Level.ERROR
    assert diverging.message.startswith(f"the runs diverge at {first.site}, in step 0: ")
    called = first.bad.called or first.bad.made
    assert diverging.place.line == called.line
    assert diverging.related[0].line == (first.good.called or first.good.made).line
    assert {each.level for each in later} == {Level.NOTE}
    Sarif.model_validate_json(sarif([diverging, *later]))


def test_layers_of_one_program_alone_are_listed(bench: Bench) -> None:
    found = bench.diff(
        TORCH, Stack.PYTORCH, ("self.drop(self.encoder(tokens))", "self.encoder(tokens)")
    )
    assert found.only_good == ("drop",)
    assert found.only_bad == ()


def test_what_grows_most_ranks_first_among_what_differs_in_the_same_step(bench: Bench) -> None:
    found = bench.diff(TORCH, Stack.PYTORCH, ("embedded.mean(dim=1)", "embedded.sum(dim=1)"))
    later = [each for each in found.suspects[1:] if each.difference.step == 0]
    growths = [each.growth or 0 for each in later]
    assert growths == sorted(growths, reverse=True)
    assert [each.rank for each in found.suspects] == list(range(1, len(found.suspects) + 1))
    names = ("good.py", "bad.py")
    assert "growth: how much more" in render(found, names, Page(width=80))
    firsts = tuple(replace(each, growth=None) for each in found.suspects)
    assert "growth:" not in render(replace(found, suspects=firsts), names, Page(width=80))


# --- where the first difference is not the place -------------------------------------------------

FIXED = (
    TORCH.replace("torch.randint(30, (8, 5))", "torch.arange(40).reshape(8, 5) % 30")
    .replace("optimizer = ", "loss_function = nn.CrossEntropyLoss()\n    optimizer = ")
    .replace("nn.functional.cross_entropy(", "loss_function(")
    .replace(
        "    return {}", "    with torch.no_grad():\n        model(tokens + 1 - 1)\n    return {}"
    )
    .replace("(0.1)\n", "(0.5)\n")
)
"""The same data in every step, so that chance is in weights and dropout alone."""


@pytest.mark.parametrize(
    ("old", "new", "site", "reason"),
    [
        # Dropout shows first that other numbers were drawn while the layers were made.
        ("nn.Linear(8, 3)", "nn.Linear(8, 3, bias=False)", "head", "only the good run has head"),
        (
            "self.head = nn.Linear(8, 3)",
            "self.head = nn.Linear(8, 3); nn.init.normal_(self.head.weight)",
            "head",
            "its initial weights differ",
        ),
        # A rate of its own is no chance.
        (
            "nn.Dropout(0.5)\n        self.head = nn.Linear(8, 3)",
            "nn.Dropout(0.4)\n        self.head = nn.Linear(8, 3, bias=False)",
            "drop",
            "its output is not",
        ),
        ("model = Model()", "model = Model().eval()", "drop", "as in evaluation mode"),
        (
            "nn.CrossEntropyLoss()",
            "nn.NLLLoss()",
            "loss",
            "the bad run calls NLLLoss where the good run calls CrossEntropyLoss",
        ),
        # The layer's own output is differentiable: the code that hands it on cut the gradient.
        (
            "self.encoder(tokens)",
            "self.encoder(tokens).detach()",
            "Model",
            "a gradient passes from drop to encoder",
        ),
        (
            "self.words = nn.Embedding(30, 8)",
            "self.words = nn.Embedding(30, 8).requires_grad_(False)",
            "encoder.words",
            "a gradient passes here",
        ),
        (
            "self.mix = nn.Linear(8, 8)",
            "self.mix = nn.Linear(8, 8).requires_grad_(False)",
            "encoder.mix",
            "its weights get a gradient only in the good run",
        ),
        (
            "        optimizer.step()",
            "        optimizer.zero_grad()\n        optimizer.step()",
            "optimizer",
            "gets none in the bad run",
        ),
        ("range(3)", "range(2)", "optimizer", "takes 2 optimizer steps, the good run 3; the first"),
        (
            "for _ in range(3):\n        tokens, labels",
            "tokens = torch.ones(8, 5).long()\n    for _ in range(0):\n        tokens, labels",
            "optimizer",
            "the bad run takes no optimizer steps, the good run 3",
        ),
    ],
)
def test_what_shows_elsewhere_is_traced_to_where_it_comes_from(
    bench: Bench, old: str, new: str, site: str, reason: str
) -> None:
    found = bench.diff(FIXED, Stack.PYTORCH, (old, new))
    assert found.parted
    assert found.suspects[0].site == site
    assert reason in found.suspects[0].reason


BESIDE = """
    import tensorflow as tf

    class Loss(layers.Layer):
        def call(self, logits, labels):
            return ops.mean(ops.square(logits - ops.one_hot(labels, 3)))

    criterion = Loss()
    optimizer = keras.optimizers.SGD(0.5)
    tokens = np.arange(40).reshape(8, 5) % 30
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = criterion(model(tokens), ops.convert_to_tensor(np.arange(8) % 3))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
    return {}
"""
"""A loss that is a layer of one's own, called by a training loop."""


@pytest.mark.parametrize(
    ("old", "new", "site"),
    [
        # The data are drawn after the weights, and shuffled by the same generator.
        ("nn.Linear(8, 3)", "nn.Linear(8, 3, bias=False)", "head"),
        # Everything differs: the data may have been drawn first.
        ("manual_seed(seed)", "manual_seed(seed + 1)", "input"),
        # The longer run goes on with examples that no step before had.
        ("range(3)", "range(4)", "input"),
    ],
)
def test_other_data_are_blamed_unless_the_weights_changed_before_them(
    bench: Bench, old: str, new: str, site: str
) -> None:
    assert bench.diff(TORCH, Stack.PYTORCH, (old, new)).suspects[0].site == site


@pytest.mark.parametrize(
    ("old", "new", "site", "reason"),
    [
        (
            'name="words")',
            'name="words", trainable=False)',
            "words",
            "a gradient only in the good run",
        ),
        ("(hidden), name", "(ops.stop_gradient(hidden)), name", "stop_gradient", "calls it"),
        ("verbose=0", "verbose=0, epochs=2", "optimizer", "takes 6 optimizer steps, the good run"),
        (
            "model.fit(tokens, labels",
            "model.fit(tokens[:16], labels[:16]",
            "input",
            "the rest are different examples",
        ),
    ],
)
def test_in_keras_as_well_it_is_traced_to_where_it_comes_from(
    bench: Bench, old: str, new: str, site: str, reason: str
) -> None:
    found = bench.diff(KERAS, Stack.KERAS_TENSORFLOW, (old, new))
    assert found.suspects[0].site == site
    assert reason in found.suspects[0].reason


def test_a_dropout_layer_that_is_made_elsewhere_is_named_and_not_the_weights_it_shifts(
    bench: Bench,
) -> None:
    mix = 'layers.Dense(8, activation="relu", name="mix")(mean)'
    head = 'layers.Dense(3, name="head")(hidden)'
    drop = 'layers.Dropout(0.5, name="drop")'
    early = KERAS.replace(mix, f"{drop}({mix})")
    moved = ((f"{drop}({mix})", mix), (head, f"{drop}({head})"))
    first = bench.diff(early, Stack.KERAS_TENSORFLOW, *moved).suspects[0]
    assert first.site == "drop"
    assert first.reason == "it is called after another layer than in the good run"


def test_several_outputs_of_one_layer_are_not_taken_for_layers(bench: Bench) -> None:
    recurrent = TORCH.replace("nn.Linear(8, 8)", "nn.LSTM(8, 8)").replace(
        "return self.mix(embedded.mean(dim=1))", "return self.mix(embedded.mean(dim=1))[0]"
    )
    found = bench.diff(recurrent, Stack.PYTORCH, ("))[0]", "))[0].detach()"))
    assert found.suspects[0].site == "encoder"


def test_another_dtype_is_said(bench: Bench) -> None:
    changed = (
        "return self.mix(embedded.mean(dim=1))",
        "return self.mix(embedded.mean(1)).double()",
    )
    head = ("return self.head(self.drop(", "return self.head.double()(self.drop(")
    first = bench.diff(TORCH, Stack.PYTORCH, changed, head).suspects[0]
    assert first.site == "encoder"
    assert "float32 in the good run, float64 in the bad one" in first.reason


def test_targets_that_a_layer_beside_the_model_is_given_are_the_data(bench: Bench) -> None:
    beside = KERAS[: KERAS.index("    loss = ")] + BESIDE
    changed = ("np.arange(8) % 3", "np.arange(8) % 2")
    assert bench.diff(beside, Stack.KERAS_TENSORFLOW, changed).suspects[0].site == "target"


def test_a_run_that_crashed_is_not_said_to_train_less(bench: Bench) -> None:
    failing = FIXED.replace("        loss.backward()", "        loss.backward(); assert _ < 1")
    found = compare_runs(
        bench.recorded(FIXED, Stack.PYTORCH), bench.recorded(failing, Stack.PYTORCH, run)
    )
    assert not found.parted
    assert "ended early" in found.notes[0]


# --- single tensors ------------------------------------------------------------------------------


def summed(folder: Path, *tensors: Any) -> list[tuple[ValueStatistics, bytes | None]]:
    log = ValueLog(keep=TensorFile(folder))
    for index, tensor in enumerate(tensors):
        log.read(tensor, site=str(index), kind=ValueKind.FORWARD, step=0)
    kept = Tensors(folder)
    return [(value, kept.read(order)) for order, value in enumerate(log.values())]


@pytest.mark.parametrize(
    ("good", "bad", "parted"),
    [
        (torch.ones(3), torch.ones(3) + 1e-6, False),
        (torch.ones(3), torch.ones(3) + 1e-3, True),
        (torch.ones(3).double(), torch.ones(3).double() + 1e-6, True),
        (torch.ones(3).half(), torch.ones(3).half() + 1e-3, False),
        (torch.ones(3).bfloat16(), torch.ones(3).bfloat16() * 1.0078125, False),
        (torch.ones(3).bfloat16(), torch.ones(3).bfloat16() * 1.5, True),
        (torch.tensor([1, 2]), torch.tensor([1, 3]), True),
        (torch.tensor([True]), torch.tensor([False]), True),
        (torch.tensor([float("nan"), 1]), torch.tensor([float("nan"), 1 + 1e-6]), False),
        (torch.tensor([float("nan")]), torch.tensor([1.0]), True),
        (torch.tensor([float("inf")]), torch.tensor([1.0]), True),
        (torch.tensor([1 + 1j]), torch.tensor([1 + 2j]), True),
        (torch.ones(3), torch.ones(1, 3), True),
        (torch.ones(3), torch.ones(3).double(), True),
        (torch.empty(0), torch.empty(0), False),
        (np.float32(1), np.float32(1 + 1e-6), False),
    ],
)
def test_tensors_are_compared_by_the_tolerance_of_their_dtype(
    tmp_path: Path, good: Any, bad: Any, parted: object
) -> None:
    first, second = summed(tmp_path, good, bad)
    assert distance(first, second).parted is parted


def test_across_stacks_the_measured_floor_counts(tmp_path: Path) -> None:
    first, close, far = summed(tmp_path, *(torch.ones(3) * 1000 * (1 + e) for e in (0, 5e-6, 1e-4)))
    assert distance(first, close).parted
    assert not distance(first, close, across_stacks=True).parted
    assert distance(first, far, across_stacks=True).parted


def test_a_tensor_that_had_no_room_is_compared_by_its_bits(tmp_path: Path) -> None:
    log = ValueLog(keep=TensorFile(tmp_path, limit=20))
    for site, tensor in (("a", torch.ones(4)), ("b", torch.ones(4) + 1e-6)):
        log.read(tensor, site=site, kind=ValueKind.FORWARD, step=0)
    kept = Tensors(tmp_path)
    first, second = [(value, kept.read(order)) for order, value in enumerate(log.values())]
    assert first[1] == struct.pack("<4f", 1, 1, 1, 1)
    assert second[1] is None
    assert distance(first, second).parted


# --- the command ---------------------------------------------------------------------------------

SCRIPT = TORCH + "\n\nmain()\n"


def test_the_command_says_where_two_scripts_part(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(SCRIPT)
    (tmp_path / "bad.py").write_text(SCRIPT.replace("lr=0.5", "lr=0.4"))
    paths = [str(tmp_path / "good.py"), str(tmp_path / "bad.py")]
    told = CliRunner().invoke(app, ["diff", *paths, "--json", "--steps", "2"])
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert found["parted"]
    assert found["suspects"][0]["site"] == "optimizer"
    assert max(each["difference"]["step"] for each in found["suspects"]) < 2


def test_scripts_with_equal_values_that_print_different_figures_are_not_equal(
    tmp_path: Path,
) -> None:
    layer = "import torch\ntorch.manual_seed(0)\ntorch.nn.Linear(2, 2)(torch.ones(1, 2))\n"
    figures = layer + "print({{'accuracy': {}, 'model': 'small'}})\n"
    paths = []
    for name, accuracy in (("good", "0.75"), ("bad", "0.5")):
        path = tmp_path / f"{name}.py"
        path.write_text(figures.format(accuracy))
        paths.append(str(path))
    said = CliRunner().invoke(app, ["diff", *paths])
    assert said.exit_code == 1
    assert "They end with different figures: accuracy 0.75 and 0.5." in said.stdout
    assert "All values of layers are equal" in said.stdout


def with_output(stdout: str, **metrics: float) -> Record:
    record = empty_record("a", WorkerEnd.FINISHED)
    return replace(record, stdout=stdout, metrics=metrics)


@pytest.mark.parametrize(
    ("good", "bad", "names"),
    [
        ("{'f1': 0.5}", "{'f1': 0.500001}", []),
        ("{'f1': 0.5}", "{'f1': 0.6}\n\n", ["f1"]),
        ("{'f1': 0.5, 'own': 1}", "{'f1': 0.5, 'other': 2}", []),
        ("epoch 1\n{'f1': 0.5, 'ok': True}", "{'f1': 0.5, 'ok': False}", []),
        ("{'f1': 0.5}\nbye", "{'f1': 0.6}\nbye", []),
        ("{'f1': [0.5]}", "{'f1': [0.6]}", []),
        ("{" * 9_000, "{1, 2}", []),
        ("took 3 s", "took 4 s", []),
    ],
    ids=["rounding", "differs", "names", "truth", "not last", "nested", "brackets", "a sentence"],
)
def test_only_numbers_of_a_last_dictionary_are_figures(
    good: str, bad: str, names: list[str]
) -> None:
    found = differing_figures(with_output(good), with_output(bad))
    assert [each.name for each in found] == names


def test_what_main_returned_goes_before_what_was_printed() -> None:
    good, bad = with_output("{'f1': 0.5}", f1=0.7), with_output("{'f1': 0.5}", f1=0.6)
    assert list(differing_figures(good, bad)) == [FinalFigure(name="f1", good=0.7, bad=0.6)]


@pytest.mark.parametrize(
    ("text", "slug"),
    tried(
        ("import torch\ntorch.nn.ReLU()(torch.ones(1))\n", "diff-nothing-shared"),
        ("import torch\nraise ValueError('no')\n", "diff-no-values"),
        more=[("import torch\ntorch.ones(1)\n", "diff-no-values")],
    ),
)
def test_scripts_that_cannot_be_compared_are_told_why(tmp_path: Path, text: str, slug: str) -> None:
    (tmp_path / "good.py").write_text(SCRIPT)
    (tmp_path / "bad.py").write_text(text)
    told = CliRunner().invoke(app, ["diff", str(tmp_path / "good.py"), str(tmp_path / "bad.py")])
    assert told.exit_code not in {0, 1} or told.exception
    assert getattr(told.exception, "slug", "") == slug


# --- the catalogue -------------------------------------------------------------------------------


def test_silent_bugs_of_the_catalogue_are_placed_by_their_first_divergence(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small version of `benchmarks/divergence.py`: one case, both frameworks."""
    bugs = [
        "loss/softmax-before-logits-loss",
        "optimizer/learning-rate-too-high",
        "data/labels-shuffled-apart",
    ]
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    benchmark = _benchmark()
    case = find_case("bag_of_embeddings")
    chosen = [each for each in case.implementations if each.name in {"pytorch", "keras_loop"}]
    options = Namespace(bug=bugs, timeout=90.0, keep=None)
    trials = [
        trial
        for implementation in chosen
        for trial in benchmark.silent_bugs(pool, case, implementation, options)
    ]
    assert len(trials) >= 4
    assert {trial.rank for trial in trials} == {1}


def _benchmark() -> Any:
    spec = importlib.util.spec_from_file_location("divergence", ROOT / "benchmarks/divergence.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["divergence"] = module
    spec.loader.exec_module(module)
    return module
