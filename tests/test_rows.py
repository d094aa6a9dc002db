"""Rows of the data in an order that a seed decides: pairs stay pairs, test rows stay."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from debugdiff.model import ROWS_NOT_ORDERED
from debugdiff.worker.rows import order_rows_by_seed, take_rows


@dataclass(frozen=True)
class Part:
    inputs: tuple[Any, ...]
    labels: Any
    classes: int = 2


@dataclass(frozen=True)
class Data:
    train: Any
    test: Any


def part(rows: int) -> Part:
    numbers = np.arange(rows)
    return Part(inputs=(numbers, {"squares": numbers**2}), labels=-numbers)


def loaded(monkeypatch: pytest.MonkeyPatch, data: Any, seed: int) -> tuple[Any, list[str]]:
    dataset = ModuleType("dataset")
    dataset.load = lambda _size: data  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dataset", dataset)
    remarks: list[str] = []
    order_rows_by_seed(seed, remarks.append)
    return dataset.load("tiny"), remarks  # type: ignore[attr-defined]


def test_every_array_of_the_training_part_has_the_order_of_the_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = Data(train=part(40), test=part(7))
    orders = []
    for seed in (0, 1, 0):
        given, remarks = loaded(monkeypatch, data, seed)
        numbers, others = given.train.inputs
        assert sorted(numbers) == list(range(40))
        assert (others["squares"] == numbers**2).all()
        assert (given.train.labels == -numbers).all()
        assert given.test is data.test
        assert remarks == []
        orders.append(list(numbers))
    assert orders[0] == orders[2] != orders[1]


@pytest.mark.parametrize(
    "data",
    [
        (part(4), part(2)),
        Data(train=Part(inputs=(np.arange(3),), labels=np.arange(4)), test=None),
        Data(train=[1, 2, 3], test=None),
    ],
    ids=["no part called train", "arrays of two lengths", "no arrays"],
)
def test_data_that_are_not_in_rows_stay_as_they_are_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, data: Any
) -> None:
    given, remarks = loaded(monkeypatch, data, 1)
    assert given is data
    assert remarks == [ROWS_NOT_ORDERED]


def test_a_program_without_a_dataset_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dataset", None)
    remarks: list[str] = []
    order_rows_by_seed(0, remarks.append)
    assert remarks == [ROWS_NOT_ORDERED]


def test_rows_are_taken_of_whatever_holds_arrays() -> None:
    taken = take_rows(part(9), slice(2))
    assert [len(taken.inputs[0]), len(taken.inputs[1]["squares"]), len(taken.labels)] == [2, 2, 2]
    assert taken.classes == 2
