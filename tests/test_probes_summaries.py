"""A tensor is summed up as it was when it was read, however late that happens."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch

from debugdiff.model import ValueKind
from debugdiff.worker.probes.summary import schedule
from debugdiff.worker.probes.summary.schedule import Summaries
from debugdiff.worker.probes.summary.statistics import summarise
from debugdiff.worker.probes.value_log import ValueLog


def test_what_changes_after_it_was_read_is_kept_as_it_was() -> None:
    log = ValueLog()
    state = torch.zeros(3)
    for step in range(3):
        log.read(state, site="state", kind=ValueKind.FORWARD, step=step)
        state += 1
    assert [value.maximum for value in log.values()] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6).reshape(2, 3),
        torch.tensor([True, False]),
        torch.arange(12.0).reshape(3, 4).T,
        torch.tensor([1 + 2j]),
        torch.nn.Parameter(torch.ones(2)),
        torch.eye(3).to_sparse(),
        torch.ones(2, device="meta"),
        torch.randn(100, 100),
        torch.zeros(0),
        np.ones(3),
    ],
    ids=lambda tensor: str(getattr(tensor, "dtype", "")),
)
def test_a_summary_that_waited_is_that_of_the_tensor(tensor: torch.Tensor) -> None:
    waiting = Summaries(digests=True, keep=None)
    found = waiting.of(tensor)
    waiting.finish()
    assert found.summary == summarise(tensor)
    assert found.copy is None


def test_the_very_same_tensor_is_read_once() -> None:
    waiting = Summaries(digests=True, keep=None)
    tensor = torch.ones(2)
    first = waiting.of(tensor)
    assert waiting.of(tensor) is first
    tensor += 1
    assert waiting.of(tensor) is not first


@pytest.fixture
def small_wait(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(schedule, "LONGEST_WAIT", 4_000)
    return 4_000


def test_copies_do_not_pile_up(small_wait: int) -> None:
    waiting = Summaries(digests=False, keep=None)
    read = [waiting.of(torch.full((100,), float(index))) for index in range(40)]
    assert sum(each.copy.nbytes for each in read if each.copy is not None) <= small_wait
    large = waiting.of(torch.ones(small_wait))
    assert large.copy is None
    assert large.summary.numbers.maximum == 1.0
    waiting.finish()
    assert [each.summary.numbers.maximum for each in read] == list(range(40))


def test_a_long_log_leaves_nothing_for_the_garbage_collector_to_look_through() -> None:
    log = ValueLog()
    gc.collect()
    before = len(gc.get_objects())
    for step in range(64):
        for site in range(32):
            log.read(torch.ones(2), site=f"layer{site}", kind=ValueKind.FORWARD, step=step)
    gc.collect()
    assert len(gc.get_objects()) - before < 1_000
    assert len(log.values()) == 2_048


def test_what_is_asked_for_while_a_batch_is_summed_up_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = ValueLog()
    told = []

    def interrupted(*tensors: object, **options: object) -> dict[int, object]:
        if not told:
            told.append(())
            told.append(log.values())
        return {}

    monkeypatch.setattr(schedule, "summarise_together", interrupted)
    for step in range(3):
        log.read(torch.full((2,), float(step)), site="a", kind=ValueKind.FORWARD, step=step)
    assert [value.maximum for value in log.values()] == [0.0, 1.0, 2.0]
    assert told[1] == log.values()
