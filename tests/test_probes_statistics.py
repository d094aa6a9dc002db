"""Statistics of single tensors, and the limits of the log they go into."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.model import ValueKind
from debugdiff.worker.probes.sampling import EVERY_STEP_UNTIL, LATER_STEPS_EVERY, Sampling
from debugdiff.worker.probes.summary.statistics import Numbers, TensorSummary, summarise
from debugdiff.worker.probes.updates import Updates
from debugdiff.worker.probes.value_log import CALLS_PER_STEP, MAXIMUM_VALUES, ValueLog

FLOATS = st.lists(st.floats(width=32), min_size=1, max_size=20)


def rounding_of(elements: list[float]) -> float:
    """What the order of a sum in double precision may change."""
    return 1e-12 * max(abs(each) for each in elements if math.isfinite(each))


@given(FLOATS)
def test_pytorch_and_numpy_are_summed_up_alike(elements: list[float]) -> None:
    array = np.array(elements, dtype=np.float32)
    by_torch, by_numpy = summarise(torch.from_numpy(array)), summarise(array)
    assert by_torch.digest == by_numpy.digest
    assert by_torch.numbers.minimum == by_numpy.numbers.minimum
    assert by_torch.numbers.mean == pytest.approx(by_numpy.numbers.mean)
    assert by_torch.numbers.standard_deviation == pytest.approx(by_numpy.numbers.standard_deviation)


@given(FLOATS)
def test_only_finite_values_enter_the_statistics_and_the_rest_is_counted(
    elements: list[float],
) -> None:
    numbers = summarise(np.array(elements, dtype=np.float32)).numbers
    finite = [each for each in elements if math.isfinite(each)]
    assert numbers.nan == sum(map(math.isnan, elements))
    assert numbers.infinite == sum(map(math.isinf, elements))
    assert numbers.zeros == elements.count(0.0)
    assert numbers.minimum == min(finite, default=None)
    assert numbers.maximum == max(finite, default=None)
    if finite:
        assert numbers.mean == pytest.approx(
            math.fsum(finite) / len(finite), abs=rounding_of(elements)
        )


def test_the_standard_deviation_is_the_populations() -> None:
    assert summarise(torch.tensor([1.0, 3.0])).numbers.standard_deviation == 1.0


def test_a_digest_tells_bytes_shape_and_dtype_apart() -> None:
    row = torch.tensor([[0.0, 1.0]])
    assert summarise(row).digest == summarise(row.clone()).digest
    others = [row.T, -row, row.double(), row + 1e-7]
    assert len({summarise(each).digest for each in [row, *others]}) == 5


def test_a_view_that_is_not_contiguous_is_read_as_it_looks() -> None:
    square = torch.arange(6.0).reshape(2, 3)
    assert summarise(square.T).digest == summarise(square.T.contiguous()).digest


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (torch.tensor([2, 0, -2]), (-2.0, 2.0, 0.0, 1)),
        (torch.tensor([True, False]), (0.0, 1.0, 0.5, 1)),
        (torch.tensor(3.0), (3.0, 3.0, 3.0, 0)),
        (torch.tensor([3 + 4j]), (5.0, 5.0, 5.0, 0)),
        (torch.tensor([1.5], dtype=torch.bfloat16), (1.5, 1.5, 1.5, 0)),
        (torch.eye(2).to_sparse(), (0.0, 1.0, 0.5, 2)),
        (torch.ones(2, requires_grad=True), (1.0, 1.0, 1.0, 0)),
        (np.float64(2.0), (2.0, 2.0, 2.0, 0)),
    ],
)
def test_every_kind_of_number_has_statistics(
    tensor: Any, expected: tuple[float, float, float, int]
) -> None:
    numbers = summarise(tensor).numbers
    assert (numbers.minimum, numbers.maximum, numbers.mean, numbers.zeros) == expected


@pytest.mark.parametrize(
    ("value", "shape", "dtype"),
    [
        (torch.empty(2, 3, device="meta"), (2, 3), "float32"),
        (np.array(["a word"]), (1,), "str192"),
        (np.array([object()]), (1,), "object"),
        (None, (), ""),
        ("text", (), ""),
    ],
)
def test_what_cannot_be_read_has_shape_and_dtype_and_nothing_else(
    value: Any, shape: tuple[int, ...], dtype: str
) -> None:
    summary = summarise(value)
    assert summary == TensorSummary(shape=shape, dtype=dtype, numbers=Numbers(), digest="")


def test_an_empty_tensor_can_be_read_and_has_nothing_to_sum_up() -> None:
    summary = summarise(torch.empty(0, 3))
    assert summary.shape == (0, 3)
    assert summary.numbers == Numbers()
    assert summary.digest


def test_a_tensor_inside_a_transform_has_no_bytes_to_read() -> None:
    seen: list[Any] = []
    torch.vmap(lambda row: (seen.append(summarise(row)), row)[1])(torch.ones(2, 3))
    assert seen == [TensorSummary(shape=(3,), dtype="float32")]


def test_numbers_too_large_for_a_mean_have_none() -> None:
    numbers = summarise(torch.full((2,), 1e308, dtype=torch.float64)).numbers
    assert numbers.maximum == 1e308
    assert numbers.mean is None
    assert numbers.standard_deviation is None


def test_early_steps_are_all_read_and_later_ones_now_and_then() -> None:
    assert all(Sampling().wants_step(step) for step in range(EVERY_STEP_UNTIL))
    later = range(EVERY_STEP_UNTIL, EVERY_STEP_UNTIL + 10 * LATER_STEPS_EVERY)
    assert sum(map(Sampling().wants_step, later)) == 10


def test_calls_are_counted_per_step_and_only_so_many_are_kept() -> None:
    log = ValueLog()
    for step in (0, 1, 0):
        log.read(torch.ones(1), site="head", kind=ValueKind.FORWARD, step=step)
    assert [(value.step, value.call) for value in log.values()] == [(0, 0), (1, 0), (0, 1)]
    for _ in range(2 * CALLS_PER_STEP):
        log.read(torch.ones(1), site="head", kind=ValueKind.FORWARD, step=2)
    assert sum(value.step == 2 for value in log.values()) == CALLS_PER_STEP
    assert log.calls("head", ValueKind.FORWARD, 2) == 2 * CALLS_PER_STEP


def test_a_second_reading_of_the_same_call_is_not_kept() -> None:
    log = ValueLog()
    for value in (1.0, 2.0):
        log.add(torch.tensor(value), site="x", kind=ValueKind.GRADIENT, step=0, call=0)
    assert [value.mean for value in log.values()] == [1.0]


def test_a_log_that_is_full_takes_nothing_more() -> None:
    log = ValueLog()
    for site in range(MAXIMUM_VALUES + 5):
        log.read(None, site=str(site), kind=ValueKind.FORWARD, step=0)
    assert log.is_full()
    assert len(log.values()) == MAXIMUM_VALUES


@pytest.mark.parametrize(
    ("rows", "field", "expected"),
    [
        ([[0.0, 1.0], [0.0, 2.0]], "dead", 0.5),
        ([[0.0, 1.0], [3.0, 2.0]], "dead", 0.0),
        ([[1.0, 0.2], [-1.0, 0.3]], "saturated", 0.5),
        ([[0.0, 0.2], [1.0, 0.3]], "saturated", 0.5),
        ([[5.0, 0.2], [1.0, 0.3]], "saturated", 0.0),
        ([[0.25, 0.75], [0.5, 1.0]], "row_sum_error", 0.5),
        ([[0.25, -0.75], [0.5, 1.0]], "row_sum_error", None),
        ([[1.0, 2.0], [1.0, 2.0]], "rows_equal", True),
        ([[1.0, 2.0], [1.0, 2.0], [1.0, 3.0]], "rows_equal", False),
        ([[1.0, 2.0], [-3.0, 0.0]], "whole", True),
        ([[1.0, 2.0], [-3.0, 0.5]], "whole", False),
        ([[1.0, -2.0], [-3.0, 0.0]], "mean_absolute", 1.5),
        ([[-1.0, -2.0]], "mean_absolute", 1.5),
        ([[math.nan, 1.0], [0.0, 1.0]], "dead", None),
        ([[math.nan, -1.0], [0.0, 1.0]], "mean_absolute", 2 / 3),
    ],
)
def test_traits_are_told_alike_by_pytorch_and_numpy(
    rows: list[list[float]], field: str, expected: object
) -> None:
    for tensor in (torch.tensor(rows), np.array(rows, dtype=np.float32)):
        found = getattr(summarise(tensor).numbers.traits, field)
        assert found == (expected if expected is None else pytest.approx(expected))


@given(FLOATS)
def test_the_norm_follows_from_mean_and_deviation(elements: list[float]) -> None:
    log = ValueLog()
    log.read(np.array(elements, np.float32), site="x", kind=ValueKind.FORWARD, step=0)
    finite = [each for each in elements if math.isfinite(each)]
    (value,) = log.values()
    assert (value.norm or 0.0) == pytest.approx(math.hypot(*finite), rel=1e-9)


def test_an_update_is_put_beside_the_reading_from_before_the_step() -> None:
    log = ValueLog()
    updates = Updates(log)
    parameter = torch.zeros(4)
    updates.before(parameter, site="w", step=0)
    parameter += 1
    updates.after(parameter, site="w")
    updates.after(parameter + 7, site="w")
    assert [value.update for value in log.values()] == [2.0]


def test_a_tensor_can_be_resized_after_it_was_read() -> None:
    tensor = torch.zeros(4)
    summarise(tensor)
    assert tensor.resize_(1_000).shape == (1_000,)


def test_a_tensor_of_several_blocks_has_the_statistics_of_all_of_them() -> None:
    array = np.random.default_rng(0).normal(3, 2, (3, 8_193)).astype(np.float32)
    numbers = summarise(torch.from_numpy(array)).numbers
    doubles = array.astype(np.float64)
    assert numbers.mean == pytest.approx(doubles.mean(), rel=1e-12)
    assert numbers.standard_deviation == pytest.approx(doubles.std(), rel=1e-12)
    assert numbers.traits.mean_absolute == pytest.approx(np.abs(doubles).mean(), rel=1e-12)
