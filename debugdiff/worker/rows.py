"""Rows of a part of the data: some of them, or all of them in another order."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from debugdiff.model import ROWS_NOT_ORDERED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def take_rows(value: Any, which: Any) -> Any:
    """These rows of every array of a part of the data, whatever holds the arrays.

    Args:
        value: arrays, (rows, ...) each, in dataclasses, mappings, tuples and lists.
        which: a slice, or an array of row numbers.
    """
    if _is_array(value):
        return value[which]
    if isinstance(value, Mapping):
        return {name: take_rows(item, which) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(take_rows(item, which) for item in value)
    if _is_record(value):
        fields = {name: take_rows(item, which) for name, item in _fields(value)}
        return dataclasses.replace(value, **fields)
    return value


def order_rows_by_seed(seed: int, remark: Callable[[str], None]) -> None:
    """Make the case's own `dataset.load` give its training rows in an order that the seed decides.

    The order is the same in every framework, since no framework draws it. What `load` gives has to
    have a part `train` whose arrays have the same number of rows; other data keep their order.

    Args:
        seed: of the trial.
        remark: called with `ROWS_NOT_ORDERED` if the rows keep their order.
    """
    dataset = None
    with contextlib.suppress(Exception):  # the program imports it, too, and fails by itself
        dataset = importlib.import_module("dataset")
    load = getattr(dataset, "load", None)
    if not callable(load):
        remark(ROWS_NOT_ORDERED)
        return

    @functools.wraps(load)
    def load_in_order(*args: Any, **kwargs: Any) -> Any:
        data = load(*args, **kwargs)
        ordered = _ordered(data, seed)
        if ordered is None:
            remark(ROWS_NOT_ORDERED)
            return data
        return ordered

    dataset.load = load_in_order  # type: ignore[union-attr]


def _ordered(data: Any, seed: int) -> Any:
    """The data with other rows first in `train`; `None` if nothing there is in rows."""
    import numpy as np  # noqa: PLC0415 - the worker starts without it

    train = dict(_fields(data)).get("train") if _is_record(data) else None
    lengths = set(_lengths(train))
    if len(lengths) != 1:
        return None
    order = np.random.default_rng(seed).permutation(lengths.pop())
    return dataclasses.replace(data, train=take_rows(train, order))


def _lengths(value: Any) -> Iterator[int]:
    """Of every array in a part of the data."""
    if _is_array(value):
        yield len(value)
    elif isinstance(value, Mapping):
        yield from (length for item in value.values() for length in _lengths(item))
    elif isinstance(value, tuple | list):
        yield from (length for item in value for length in _lengths(item))
    elif _is_record(value):
        yield from (length for _, item in _fields(value) for length in _lengths(item))


def _is_array(value: Any) -> bool:
    import numpy as np  # noqa: PLC0415 - the worker starts without it

    return isinstance(value, np.ndarray) and value.ndim > 0


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(value):
        yield field.name, getattr(value, field.name)
