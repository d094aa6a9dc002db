"""Every rule for crashes: a program on which it has something to say, and a near miss.

A program is a file of `tests/foreign` or one of the snippets below. All of them really crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from crashing import FOREIGN, run

from debugdiff.source.program import Program
from debugdiff.suspects.crash import Crash
from debugdiff.suspects.ranking import weight_of
from debugdiff.suspects.registry import CRASH_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record


@dataclass(frozen=True, slots=True)
class Sample:
    """Programs by name: `fires` has the fault, `near` is like it and has another one."""

    fires: str
    near: str
    line: str = ""
    """What stands on the line that is suspected; empty where the foreign file marks its fault."""


SNIPPETS = {
    "forward-returns-nothing": """
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.head = torch.nn.Linear(4, 2)
            def forward(self, x):
                self.head(x)
        print(Net()(torch.ones(3, 4)).shape)
    """,
    "gradient-is-none": """
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.head = torch.nn.Linear(4, 2)
            def forward(self, x):
                return self.head(x)
        net = Net()
        print(net(torch.ones(3, 4)).shape, net.head.weight.grad.shape)
    """,
    "layer-handed-on": """
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.body = torch.nn.Linear(4, 4)
                self.head = torch.nn.Linear(4, 2)
            def forward(self, x):
                return self.head(self.body)
        Net()(torch.ones(3, 4))
    """,
    "joined-along-0": """
        left, right = torch.ones(8, 3), torch.ones(8, 3)
        both = torch.cat([left, right])
        torch.nn.Linear(6, 1)(both)
    """,
    "joined-along-1": """
        left, right = torch.ones(8, 3), torch.ones(8, 3)
        both = torch.cat([left, right], dim=1)
        torch.nn.Linear(5, 1)(both)
    """,
    "scores-not-turned": """
        query, key = torch.ones(2, 5, 4), torch.ones(2, 5, 4)
        scores = query @ key
    """,
    "sum-of-other-sizes": """
        query, key = torch.ones(2, 3), torch.ones(2, 4)
        scores = query + key
    """,
    "squeezed-everywhere": """
        logits = torch.nn.Linear(4, 1)(torch.ones(1, 4)).squeeze()
        torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.ones(1))
    """,
    "squeezed-at-the-end": """
        logits = torch.nn.Linear(4, 1)(torch.ones(1, 4)).squeeze(-1)
        torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.ones(2))
    """,
    "steps-made-rows": """
        logits = torch.nn.Linear(5, 4)(torch.ones(8, 4, 5))
        flat = logits.view(-1, 4)
        torch.nn.functional.cross_entropy(flat, torch.zeros(8, dtype=torch.long))
    """,
    "labels-cut-short": """
        logits = torch.nn.Linear(5, 4)(torch.ones(8, 5))
        torch.nn.functional.cross_entropy(logits, torch.zeros(7, dtype=torch.long))
    """,
    "rows-without-a-layer": """
        torch.nn.functional.cross_entropy(torch.ones(8, 4), torch.zeros(7, dtype=torch.long))
    """,
    "layer-without-memory": """
        layer = torch.nn.Linear(3, 2, device="meta")
        layer(torch.ones(1, 3))
    """,
    "moved-and-too-wide": """
        layer = torch.nn.Linear(3, 2).to("cpu")
        layer(torch.ones(1, 4))
    """,
    "last-batch-of-one": """
        rows = torch.utils.data.DataLoader(torch.ones(3, 4), batch_size=2)
        layer = torch.nn.BatchNorm1d(4)
        for batch in rows:
            layer(batch)
    """,
    "one-row-by-hand": """
        layer = torch.nn.BatchNorm1d(4)
        layer(torch.ones(1, 4))
    """,
    "positions-beyond-table": """
        positions = torch.arange(10)
        torch.nn.Embedding(5, 3)(positions)
    """,
    "index-without-a-table": """
        print(torch.ones(3)[torch.full((1,), 9)])
    """,
    "words-beyond-table": """
        words = torch.tensor([1, 9])
        torch.nn.Embedding(5, 3)(words)
    """,
    "no-such-class": """
        logits = torch.nn.Linear(5, 4)(torch.ones(2, 5))
        torch.nn.functional.cross_entropy(logits, torch.full((2,), 7))
    """,
    "floats-looked-up": """
        ids = torch.full((1, 2), 1.0)
        torch.nn.Embedding(5, 3)(ids)
    """,
    "in-place-before": """
        rows = torch.ones(2, 4)
        rows += torch.ones(2, 4)
        torch.nn.Linear(3, 1)(rows)
    """,
    "state-carried": """
        layer, state = torch.nn.GRUCell(3, 4), torch.zeros(2, 4)
        for step in range(2):
            state = layer(torch.ones(2, 5), state)
    """,
    "parameters-given": """
        net = torch.nn.Linear(3, 1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        net(torch.ones(2, 4))
    """,
    "name-of-a-library": """
        embed, embedded = torch.nn.Embedding(5, 3), 4
        embed(torch.ones(2, embedded))
    """,
    "argument-missing": """
        torch.nn.Linear(4)
    """,
    "all-on-one-line": """
        torch.ones(2, 3) @ torch.ones(2, 3)
    """,
    "not-python": """
        print("never"
    """,
}
"""Each begins with `import torch`."""

SAMPLES = {
    "graph-cut": Sample("pt_item_backward.py", "keras_loss_after_tape.py"),
    "changed-in-place": Sample("pt_inplace_state.py", "in-place-before"),
    "graph-kept": Sample("pt_gan_detach.py", "state-carried"),
    "nothing-to-train": Sample("pt_plain_list.py", "parameters-given", ".parameters()"),
    "made-outside-the-tape": Sample("keras_loss_after_tape.py", "pt_no_grad_loss.py"),
    "inputs-not-paired": Sample("keras_inputs_not_paired.py", "keras_functional_two_towers.py"),
    "example-without-batch": Sample("keras_single_example.py", "keras_mnist_input_shape.py"),
    "returns-nothing": Sample("forward-returns-nothing", "gradient-is-none", "self.head(x)"),
    "result-dropped": Sample("keras_custom_loss_none.py", "gradient-is-none"),
    "name-misspelt": Sample("pt_attr_typo.py", "name-of-a-library"),
    "call-does-not-fit": Sample("keras_call_keyword.py", "argument-missing"),
    "layer-not-called": Sample("layer-handed-on", "pt_lstm_tuple.py", "self.head(self.body)"),
    "pointwise-loss": Sample("pt_mse_for_classes.py", "keras_tfdata_images.py"),
    "classes-not-second": Sample("pt_classes_not_second.py", "pt_bce_shape.py"),
    "failing-layer": Sample("keras_stacked_lstm.py", "sum-of-other-sizes", "LSTM("),
    "size-passed-here": Sample(
        "pt_channels_last_images.py", "moved-and-too-wide", "conv_block(3, 16)"
    ),
    "own-layer-made-here": Sample("keras_custom_layer.py", "keras_functional_two_towers.py"),
    "size-made-here": Sample("keras_functional_two_towers.py", "sum-of-other-sizes"),
    "form-changed": Sample("pt_bce_shape.py", "sum-of-other-sizes"),
    "joined-along-the-batch": Sample("joined-along-0", "joined-along-1", "torch.cat"),
    "input-declared": Sample("keras_mnist_input_shape.py", "pt_cnn_flatten.py"),
    "product-not-turned": Sample("scores-not-turned", "sum-of-other-sizes", "query @ key"),
    "axes-in-another-order": Sample("pt_channels_last_images.py", "pt_cnn_flatten.py"),
    "every-axis-of-one-squeezed": Sample(
        "squeezed-everywhere", "squeezed-at-the-end", ".squeeze()"
    ),
    "examples-of-unequal-size": Sample("pt_collate.py", "keras_concat_axis.py"),
    "state-of-other-size": Sample("pt_state_of_other_size.py", "pt_position_table.py"),
    "last-layer": Sample("pt_labels_from_one.py", "rows-without-a-layer", "Linear("),
    "loss-and-labels": Sample("keras_categorical_labels.py", "rows-without-a-layer"),
    "sequence-kept": Sample("keras_stacked_lstm.py", "keras_custom_layer.py"),
    "rows-multiplied": Sample("steps-made-rows", "labels-cut-short", ".view(-1, 4)"),
    "column-against-row": Sample("pt_bce_shape.py", "pt_classes_not_second.py"),
    "raised-here": Sample("scores-not-turned", "not-python", "query @ key"),
    "made-the-value": Sample("scores-not-turned", "all-on-one-line", "torch.ones(2, 5, 4)"),
    "quoted-in-message": Sample("pt_attr_typo.py", "scores-not-turned"),
    "size-in-source": Sample("joined-along-0", "keras_concat_axis.py", "Linear(6"),
    "dtype-given": Sample("pt_bce_long.py", "floats-looked-up"),
    "ids-beyond-table": Sample("words-beyond-table", "index-without-a-table", "Embedding(5"),
    "labels-beyond-classes": Sample("pt_labels_from_one.py", "no-such-class"),
    "device-chosen": Sample("layer-without-memory", "moved-and-too-wide", 'device="meta"'),
    "batch-of-one": Sample("last-batch-of-one", "one-row-by-hand", "batch_size=2"),
    "ids-made-here": Sample("positions-beyond-table", "words-beyond-table", "torch.arange"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("snippets")
    for name, text in SNIPPETS.items():
        (made / f"pt_{name}.py").write_text(f"import torch\n{dedent(text)}")
    return made


def path_of(name: str, folder: Path) -> Path:
    return FOREIGN / name if name.endswith(".py") else folder / f"pt_{name}.py"


@pytest.fixture(scope="module")
def records(
    pool: Pool, folder: Path, foreign_records: Mapping[str, Record]
) -> Mapping[str, Record]:
    return {**foreign_records, **run(pool, sorted(folder.iterdir()))}


def suspected(rule: str, path: Path, record: Record) -> list[int]:
    """The lines that a rule suspects, the likeliest first."""
    assert record.failure is not None, record.ending
    program = Program.of({path.name: path.read_text()}, path.name)
    crash = Crash(program=program, failure=record.failure, opened=record.post_mortem)
    wanted = CRASH_RULES[rule]
    if wanted.kinds and crash.complaint.kind not in wanted.kinds:
        return []
    clues = sorted(wanted.find(crash), key=lambda clue: -weight_of(rule, clue))
    return [clue.at.line for clue in clues]


def test_no_rule_is_without_a_program_and_a_near_miss() -> None:
    assert SAMPLES.keys() == CRASH_RULES.keys()


def test_every_snippet_is_used() -> None:
    used = {name for sample in SAMPLES.values() for name in (sample.fires, sample.near)}
    assert SNIPPETS.keys() <= used


@pytest.mark.parametrize("rule", SAMPLES)
def test_a_rule_suspects_the_fault(rule: str, folder: Path, records: Mapping[str, Record]) -> None:
    sample = SAMPLES[rule]
    path = path_of(sample.fires, folder)
    lines = suspected(rule, path, records[path.name])
    wanted = sample.line or "# FAULT"
    texts = path.read_text().splitlines()
    assert any(wanted in texts[at - 1] for at in lines), [texts[at - 1] for at in lines]


@pytest.mark.parametrize("rule", SAMPLES)
def test_a_rule_says_nothing_of_a_near_miss(
    rule: str, folder: Path, records: Mapping[str, Record]
) -> None:
    path = path_of(SAMPLES[rule].near, folder)
    assert not suspected(rule, path, records[path.name])
