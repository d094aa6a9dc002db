"""A crash opened up: shapes, dtypes and small values of the failing expressions, nothing called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from debugdiff.model import Stack

if TYPE_CHECKING:
    from conftest import Bench

    from debugdiff.model import Operand, Record

TORCH = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(21, 5))

        def forward(self, x):
            return self.body(x)

    batch = torch.rand(4, 10)
    sizes = (4, 10)
    Net()(batch)
"""


def opened(record: Record, function: str) -> dict[str, Operand]:
    """The operands of the innermost frame of a function."""
    assert record.post_mortem is not None
    frames = [each for each in record.post_mortem.frames if each.function == function]
    return {each.text: each for each in frames[-1].operands}


def test_tensors_of_the_failing_expression_have_shape_and_dtype(bench: Bench) -> None:
    found = opened(bench.run(TORCH, post_mortem=True), "forward")
    assert (found["x"].shape, found["x"].dtype, found["x"].failing) == ((4, 10), "float32", True)
    assert found["self.body"].type == "Sequential"


def test_the_layer_at_work_is_told_with_path_settings_and_input(bench: Bench) -> None:
    mortem = bench.run(TORCH, post_mortem=True).post_mortem
    assert mortem is not None
    assert mortem.layer is not None
    layer = mortem.layer
    assert (layer.path, layer.type) == ("body.2", "Linear")
    assert (layer.settings["in_features"], layer.settings["out_features"]) == (21, 5)
    assert [each.shape for each in layer.inputs] == [(4, 20)]
    assert {each.text: each.shape for each in layer.parameters}["weight"] == (5, 21)


def test_small_values_of_a_frame_are_told(bench: Bench) -> None:
    assert opened(bench.run(TORCH, post_mortem=True), "<module>")["sizes"].value == "(4, 10)"


@pytest.mark.parametrize(
    ("head", "expression"),
    [
        ("for row in Rows():", "Rows()"),
        ("while Rows().bad:", "Rows().bad"),
        ("with Rows():", "Rows()"),
    ],
)
def test_a_statement_with_a_body_is_shown_without_what_did_not_run(
    bench: Bench, head: str, expression: str
) -> None:
    program = f"""
        import torch

        class Rows:
            bad = property(lambda rows: rows.fail())

            def fail(self, *_):
                raise ValueError("no row")

            __iter__ = __enter__ = __exit__ = fail

        def main():
            later = torch.ones(2, 3)
            try:
                raise KeyError("a frame that has run an except")
            except KeyError:
                pass
            {head}
                print(later)

        main()
    """
    mortem = bench.run(program, post_mortem=True).post_mortem
    assert mortem is not None
    shown = {each.function: each.expression for each in mortem.frames}
    assert shown["main"] == expression


def test_ordinary_records_have_no_post_mortem(bench: Bench) -> None:
    assert bench.run(TORCH).post_mortem is None


def test_a_program_that_runs_through_has_nothing_to_open(bench: Bench) -> None:
    assert bench.run("import torch", post_mortem=True).post_mortem is None


def test_objects_that_do_harm_when_they_are_asked_are_not_asked(bench: Bench) -> None:
    record = bench.run(
        """
        import torch

        class Trap:
            asked = []
            def __getattribute__(self, name):
                Trap.asked.append(name)
                raise SystemExit(3)
            def __repr__(self):
                raise SystemExit(4)
            __len__ = __iter__ = __getitem__ = __repr__

        def use(trap, x):
            return torch.matmul(x, x) + 1

        try:
            use(Trap(), torch.rand(2, 3))
        finally:
            print("asked", object.__getattribute__(Trap, "asked"))
        """,
        post_mortem=True,
    )
    assert record.failure is not None
    assert record.failure.type == "RuntimeError"
    assert "asked []" in record.stdout
    assert opened(record, "use")["x"].shape == (2, 3)


def test_subscripts_and_attributes_are_read_where_that_runs_nothing(bench: Bench) -> None:
    record = bench.run(
        """
        import torch

        class Holder:
            def __init__(self):
                self.left = torch.rand(2, 3)

        batch, holder = {"x": torch.rand(4, 5)}, Holder()
        torch.matmul(holder.left, batch["x"])
        """,
        post_mortem=True,
    )
    found = opened(record, "<module>")
    assert found["holder.left"].shape == (2, 3)
    assert found["batch['x']"].shape == (4, 5)


@pytest.mark.parametrize("stack", [Stack.KERAS_TENSORFLOW])
def test_a_keras_layer_is_told_by_name_and_the_open_batch_stays_open(
    bench: Bench, stack: Stack
) -> None:
    record = bench.run(
        """
        import keras
        import numpy as np

        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.first = keras.layers.Dense(4)

            def call(self, x):
                return keras.ops.concatenate([self.first(x), x[:, :, None]], axis=-1)

        net = Net()
        net.compile("sgd", "mse")
        net.fit(np.zeros((8, 6), "float32"), np.zeros((8, 3), "float32"), verbose=0)
        """,
        post_mortem=True,
        stack=stack,
    )
    assert opened(record, "call")["x"].shape == (-1, 6)
    assert record.post_mortem is not None
    assert record.post_mortem.layer is not None
    assert (record.post_mortem.layer.type, record.post_mortem.layer.own) == ("Net", True)
