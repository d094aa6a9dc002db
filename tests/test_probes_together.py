"""Small tensors that are read together have the statistics that they have one by one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from debugdiff.model import ValueKind
from debugdiff.worker.probes.sampling import Sampling
from debugdiff.worker.probes.summary.batch import LARGEST
from debugdiff.worker.probes.summary.statistics import summarise, summarise_together
from debugdiff.worker.probes.updates import Updates
from debugdiff.worker.probes.value_log import Reading, ValueLog

if TYPE_CHECKING:
    from debugdiff.worker.probes.summary.elements import Numbers

ARRAYS = st.lists(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
        elements=st.floats(width=32) | st.sampled_from([0.0, 1.0, -1.0]),
    ),
    max_size=6,
)


def close(number: float | None, other: float | None, scale: float) -> bool:
    if number is None or other is None:
        return number is other
    return math.isclose(number, other, rel_tol=1e-12, abs_tol=1e-12 * scale)


def assert_alike(numbers: Numbers, other: Numbers) -> None:
    """The same but for the order of sums in double precision."""
    scale = max(abs(other.minimum or 0.0), abs(other.maximum or 0.0))
    for name in ("mean", "standard_deviation"):
        assert close(getattr(numbers, name), getattr(other, name), scale), name
    assert close(numbers.traits.mean_absolute, other.traits.mean_absolute, scale)
    traits = numbers.traits._replace(mean_absolute=other.traits.mean_absolute)
    exact = numbers._replace(
        mean=other.mean, standard_deviation=other.standard_deviation, traits=traits
    )
    assert exact == other


@pytest.mark.parametrize("digests", [True, False])
@given(given_arrays=ARRAYS)
def test_together_and_one_by_one_are_alike(
    given_arrays: list[np.ndarray], *, digests: bool
) -> None:
    tensors = [torch.from_numpy(array.copy()) for array in given_arrays]
    together = summarise_together(tensors, digests=digests)
    assert list(together) == [index for index, each in enumerate(tensors) if each.numel()]
    for index, summary in together.items():
        alone = summarise(tensors[index], digests=digests)
        assert (summary.shape, summary.dtype, summary.digest) == (
            (alone.shape, alone.dtype, alone.digest)
        )
        assert_alike(summary.numbers, alone.numbers)


def test_only_small_and_plain_tensors_are_joined() -> None:
    plain = torch.ones(LARGEST)
    others = [
        torch.ones(LARGEST + 1),
        torch.ones(2, dtype=torch.float64),
        torch.ones(2, device="meta"),
        torch.eye(2).to_sparse(),
        torch.ones(2).as_subclass(type("Own", (torch.Tensor,), {})),
        emptied(torch.ones(2)),
        torch.ones(0),
        np.ones(2, dtype=np.float32),
    ]
    assert list(summarise_together([*others, plain])) == [len(others)]
    assert summarise_together(others) == {}


def emptied(tensor: torch.Tensor) -> torch.Tensor:
    """As sharded training leaves a parameter between two uses."""
    tensor.untyped_storage().resize_(0)
    return tensor


def test_parameters_and_views_are_read_as_they_look() -> None:
    square = torch.arange(6.0).reshape(2, 3)
    tensors = [torch.nn.Parameter(square), square.T, torch._neg_view(square)]
    assert summarise_together(tensors) == dict(enumerate(map(summarise, tensors)))


def readings(*tensors: torch.Tensor) -> list[Reading]:
    return [
        Reading(each, f"w{index}", ValueKind.PARAMETER, 0) for index, each in enumerate(tensors)
    ]


def test_changes_of_large_and_small_parameters_are_put_beside_their_readings() -> None:
    log = ValueLog(Sampling())
    updates = Updates(log)
    small, large, other = torch.zeros(4), torch.zeros(LARGEST + 4), torch.ones(2, 2)
    updates.before_all(readings(small, large, other))
    small += 1
    large[:9] += 1
    other[0, 0] = math.inf
    updates.after_all({"w0": small, "w1": large, "w2": other})
    assert [value.update for value in log.values()] == [2.0, 3.0, None]
    assert [value.maximum for value in log.values()] == [0.0, 0.0, 1.0]


def test_the_order_of_reading_and_the_calls_are_those_of_reading_one_by_one() -> None:
    tensors = [torch.ones(2), torch.ones(LARGEST + 1), torch.zeros(3)]
    one_by_one, together = ValueLog(), ValueLog()
    for _ in range(2):
        calls = [
            one_by_one.read(each.tensor, site=each.site, kind=each.kind, step=each.step)
            for each in readings(*tensors)
        ]
        assert together.read_all(readings(*tensors)) == calls
    assert together.values() == one_by_one.values()


@pytest.mark.parametrize("after", [{}, {"w0": torch.zeros(3), "w1": torch.zeros(2)}])
def test_a_parameter_that_became_another_one_has_no_change(
    after: dict[str, torch.Tensor],
) -> None:
    log = ValueLog()
    updates = Updates(log)
    updates.before_all(readings(torch.zeros(2), torch.zeros(2)))
    updates.after_all(after)
    assert [value.update for value in log.values()] == [None, None]
