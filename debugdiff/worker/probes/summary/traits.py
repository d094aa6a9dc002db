"""What a tensor is like beyond its moments: dead or saturated units, rows that sum to one.

PyTorch and NumPy call by one name all that is used here. Each trait first asks the cheap question
that mostly settles it, so that a reading costs hardly more than its moments.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

ACTIVE_SHARE = 0.01
"""A unit that is active in less of its inputs is inactive (SageMaker, `threshold_inactivity`)."""

TOP_EDGE = 1 - 6e-8
"""What tanh(9.5) and sigmoid(17) come to in single precision (SageMaker, `max_threshold`)."""

BOTTOM_EDGE = 1.1e-10
"""What sigmoid(-23) comes to (SageMaker, `min_threshold`)."""

FIRST_LOOK = 16
"""Elements that are looked at before all of them are."""

ROUNDING = 1e-6
"""How far above one a probability may be rounded."""


class Traits(NamedTuple):
    """See `ValueStatistics`, whose fields these are."""

    mean_absolute: float | None = None
    dead: float | None = None
    saturated: float | None = None
    row_sum_error: float | None = None
    rows_equal: bool = False
    whole: bool = False


class Bounds(NamedTuple):
    """What is known of an array already."""

    minimum: float
    maximum: float
    zeros: int


def traits_of(
    library: Any,
    numbers: Any,
    shape: tuple[int, ...],
    bounds: Bounds,
    mean_absolute: float | None = None,
) -> Traits:
    """The traits of a flat array of finite numbers, single or double, that is not empty.

    Args:
        library: PyTorch or NumPy, whichever the array is of.
        numbers: the elements, flat.
        shape: what they are the elements of.
        bounds: of the elements.
        mean_absolute: of the elements.
    """
    if math.prod(shape) != len(numbers):
        return Traits(mean_absolute=mean_absolute)
    has_units = len(shape) > 1
    head = numbers[:FIRST_LOOK].tolist()
    rows = numbers.reshape(-1, shape[-1]) if shape else numbers.reshape(1, 1)
    return Traits(
        mean_absolute=mean_absolute,
        dead=_dead(rows, bounds) if has_units else None,
        saturated=_saturated(library, rows, bounds) if has_units else None,
        row_sum_error=_row_sum_error(library, rows, bounds) if shape else None,
        rows_equal=has_units and _rows_equal(numbers, shape[0], head[0]),
        whole=all(map(float.is_integer, head)) and _whole(library, numbers),
    )


def _dead(rows: Any, bounds: Bounds) -> float:
    inputs, units = rows.shape
    if bounds.zeros < inputs * (1 - ACTIVE_SHARE):
        return 0.0  # not enough for a single unit
    return _share_of_units((rows != 0).sum(0) < inputs * ACTIVE_SHARE, units)


def _saturated(library: Any, rows: Any, bounds: Bounds) -> float:
    if bounds.minimum < -1 or bounds.maximum > 1:
        return 0.0
    signed = bounds.minimum < 0
    at_top, at_bottom = bounds.maximum >= TOP_EDGE, bounds.minimum <= -TOP_EDGE
    if not (at_top or at_bottom or (not signed and bounds.minimum <= BOTTOM_EDGE)):
        return 0.0
    inputs, units = rows.shape
    edge = library.abs(rows) >= TOP_EDGE
    if not signed:
        edge = edge | (rows <= BOTTOM_EDGE)
    return _share_of_units((~edge).sum(0) < inputs * ACTIVE_SHARE, units)


def _share_of_units(chosen: Any, units: int) -> float:
    return int(chosen.sum()) / units


def _row_sum_error(library: Any, rows: Any, bounds: Bounds) -> float | None:
    if bounds.minimum < 0 or bounds.maximum > 1 + ROUNDING:
        return None
    return float(library.abs(rows.sum(-1, dtype=library.float64) - 1).max())


def _rows_equal(numbers: Any, count: int, first: float) -> bool:
    length = len(numbers) // count
    if count == 1 or float(numbers[length]) != first:
        return False
    examples = numbers.reshape(count, length)
    return bool((examples == examples[0]).all())


def _whole(library: Any, numbers: Any) -> bool:
    return bool((library.floor(numbers) == numbers).all())
