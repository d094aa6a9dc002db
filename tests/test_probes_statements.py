"""Statement probes: where a person could have seen numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from extent import tried
from probing import run

from debugdiff.model import Instrument, Mode, ProgramEnd, Stack, StatementSite
from debugdiff.worker.probes.statements import StatementRecorder, Visibility, visibility
from debugdiff.worker.probes.steps import StepCounter

if TYPE_CHECKING:
    from debugdiff.execute.pool import Pool
    from debugdiff.model import StatementValues

SITES = {
    name: StatementSite(line=line, name=name, function="call")
    for line, name in enumerate(["hidden", "logits", "gradients", "history", "batch"])
}

SUBCLASS = """
import keras
import numpy as np
from keras import layers


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.words = layers.Embedding(9, 4)
        self.head = layers.Dense(1)

    def call(self, tokens):
        hidden = self.words(tokens); __debugdiff_record__("hidden", hidden)
        logits = self.head(keras.ops.mean(hidden, axis=1)); __debugdiff_record__("logits", logits)
        return logits


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    model = Model()
    model.compile(optimizer="sgd", loss="mse")
    batch = np.ones((8, 3)); __debugdiff_record__("batch", batch)
    history = model.fit(batch, np.ones((8, 1)), batch_size=4, verbose=0)
    __debugdiff_record__("history", history)
    return {}
"""

MODULE = """
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, tokens):
        hidden = self.words(tokens); __debugdiff_record__("hidden", hidden)
        logits = self.head(hidden.mean(1)); __debugdiff_record__("logits", logits)
        return logits


def main(seed=0, size="small"):
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        model(torch.ones(2, 3, dtype=torch.long)).sum().backward()
        grads = [p.grad for p in model.parameters()]; __debugdiff_record__("gradients", grads)
        optimizer.step()
    return {}
"""


def seen_by_statements(
    pool: Pool, source: str, stack: Stack, mode: Mode = Mode.DEFAULT
) -> dict[str, StatementValues]:
    record = run(
        pool, source, stack=stack, mode=mode, instrument=Instrument.STATEMENTS, statements=SITES
    )
    assert record.program is ProgramEnd.OK, record.failure or record.note
    return {values.name: values for values in record.statements}


@pytest.mark.parametrize("mode", tried(Mode.DEFAULT, more=(Mode.COMPILED,)))
def test_pytorch_shows_numbers_at_every_step(pool: Pool, mode: Mode) -> None:
    seen = seen_by_statements(pool, MODULE, Stack.PYTORCH, mode)
    assert set(seen) == {"hidden", "logits", "gradients"}
    for values in seen.values():
        assert values.executions == values.concrete == values.printable == 3
        assert values.steps == values.concrete_steps == values.printable_steps == 3


def test_a_subclassed_keras_model_shows_symbols_in_graph_mode(pool: Pool) -> None:
    seen = seen_by_statements(pool, SUBCLASS, Stack.KERAS_TENSORFLOW)
    assert set(seen) == {"hidden", "logits"}
    for values in seen.values():
        assert values.executions >= 1
        assert values.concrete == values.printable == values.concrete_steps == 0


def test_the_same_model_in_eager_mode_shows_numbers_at_every_step(pool: Pool) -> None:
    seen = seen_by_statements(pool, SUBCLASS, Stack.KERAS_TENSORFLOW, Mode.EAGER)
    assert seen["hidden"].concrete >= 2
    assert seen["hidden"].concrete_steps == seen["hidden"].steps == 2


def test_keras_on_pytorch_shows_numbers_by_default(pool: Pool) -> None:
    seen = seen_by_statements(pool, SUBCLASS, Stack.KERAS_TORCH)
    assert seen["logits"].concrete_steps == seen["logits"].steps == 2


def test_a_value_is_as_visible_as_the_worst_of_its_tensors() -> None:
    numbers, nothing = torch.ones(2), torch.ones(2, device="meta")
    assert visibility((numbers, {"deep": [numbers]})) is Visibility.CONCRETE
    assert visibility((numbers, {"deep": [nothing]})) is Visibility.SYMBOLIC


def test_inside_a_transform_print_shows_what_item_refuses() -> None:
    seen: list[Any] = []
    torch.vmap(lambda row: (seen.append(visibility(row)), row)[1])(torch.ones(2, 3))
    assert seen == [Visibility.PRINTABLE]


@pytest.mark.parametrize("value", [1.0, "text", None, [1, 2], {"a": 1}, torch.nn.Linear(1, 1)])
def test_what_is_no_tensor_is_not_counted(value: Any) -> None:
    assert visibility(value) is None


def test_a_value_that_cannot_be_inspected_harms_nobody() -> None:
    class Hostile:
        @property
        def __class__(self) -> type:
            raise RuntimeError("do not look")

    recorder = StatementRecorder(SITES, StepCounter())
    recorder.record("hidden", Hostile())
    recorder.record("hidden", torch.ones(1))
    (values,) = recorder.statements()
    assert values.executions == 1
