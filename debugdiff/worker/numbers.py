"""What the elements of one tensor come to, in as few passes over them as it takes.

Sums are in double precision. Comparisons need none and are made in the tensor's own dtype. PyTorch
adds up faster and NumPy compares faster, so that a tensor of PyTorch is read by both; where NumPy
is missing PyTorch does all of it, and where PyTorch is, NumPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from debugdiff.worker.traits import Bounds, Traits, traits_of

CANCELLING = 1e-6
"""A variance below this share of the squared mean would lose ten digits in a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What the elements of a tensor come to. The first four are of its finite values only."""

    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    zeros: int = 0
    nan: int = 0
    infinite: int = 0
    traits: Traits = field(default_factory=Traits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """The elements of a tensor, flat.

    Attributes:
        plain: in their own dtype, in the library that sums.
        doubles: in double precision, in the library that sums.
        native: in their own dtype, in the library that compares.
        seen: in double precision, in the library that compares; shares memory with `doubles`.
        comparing: PyTorch or NumPy, whichever compares.
    """

    plain: Any
    doubles: Any
    native: Any
    seen: Any
    comparing: Any


def elements_of_torch(torch: Any, np: Any | None, plain: Any) -> Elements:
    """The elements of a flat, contiguous tensor of real numbers; `np` if it is there."""
    doubles = plain.to(torch.float64)
    if np is None:
        return Elements(plain=plain, doubles=doubles, native=plain, seen=doubles, comparing=torch)
    seen = doubles.numpy()
    native = plain.numpy() if plain.dtype is torch.float32 else seen
    return Elements(plain=plain, doubles=doubles, native=native, seen=seen, comparing=np)


def elements_of_array(np: Any, plain: Any) -> Elements:
    """The elements of a flat array of real numbers."""
    doubles = plain.astype(np.float64)
    return Elements(plain=plain, doubles=doubles, native=plain, seen=doubles, comparing=np)


def numbers_of(elements: Elements, shape: tuple[int, ...]) -> Numbers:
    """Sum up the elements of a tensor of this shape."""
    native = elements.native
    count = len(native)
    if not count:
        return Numbers()
    low, high = float(native.min()), float(native.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        return _of_others(elements.comparing, elements.seen)
    bounds = Bounds(minimum=low, maximum=high, zeros=_zeros(elements.comparing, native, low, high))
    moments = _moments(elements.doubles, elements.plain, bounds, count)
    traits = traits_of(elements.comparing, elements.seen, shape, bounds, moments.mean_absolute)
    return _numbers(bounds, moments, traits)


@dataclass(frozen=True, slots=True)
class _Moments:
    mean: float | None
    standard_deviation: float | None
    mean_absolute: float | None


def _zeros(library: Any, native: Any, low: float, high: float) -> int:
    """Nothing between two numbers of one sign is zero."""
    return 0 if low > 0 or high < 0 else int(library.count_nonzero(native == 0))


def _of_others(library: Any, seen: Any) -> Numbers:
    """Numbers of an array that has elements that are not finite."""
    nan = int(library.isnan(seen).sum())
    finite = seen[library.isfinite(seen)]
    infinite = len(seen) - nan - len(finite)
    zeros = int(library.count_nonzero(finite == 0))
    if not len(finite):
        return Numbers(zeros=zeros, nan=nan, infinite=infinite)
    bounds = Bounds(minimum=float(finite.min()), maximum=float(finite.max()), zeros=zeros)
    moments = _moments(finite, finite, bounds, len(finite))
    traits = Traits(mean_absolute=moments.mean_absolute)
    return _numbers(bounds, moments, traits, nan=nan, infinite=infinite)


def _numbers(
    bounds: Bounds, moments: _Moments, traits: Traits, *, nan: int = 0, infinite: int = 0
) -> Numbers:
    return Numbers(
        minimum=bounds.minimum,
        maximum=bounds.maximum,
        mean=moments.mean,
        standard_deviation=moments.standard_deviation,
        zeros=bounds.zeros,
        nan=nan,
        infinite=infinite,
        traits=traits,
    )


def _moments(doubles: Any, plain: Any, bounds: Bounds, count: int) -> _Moments:
    mean = float(doubles.sum()) / count
    return _Moments(
        _finite(mean),
        _finite(math.sqrt(_variance(doubles, mean, count))),
        _finite(abs(mean) if _has_one_sign(bounds) else _absolute(doubles, plain) / count),
    )


def _variance(doubles: Any, mean: float, count: int) -> float:
    """From the sum of squares, which needs no further array; by the book where that cancels."""
    variance = float(doubles.dot(doubles)) / count - mean * mean
    if not variance > CANCELLING * mean * mean or not math.isfinite(variance):
        from_mean = doubles - mean
        variance = float(from_mean.dot(from_mean)) / count
    return variance


def _has_one_sign(bounds: Bounds) -> bool:
    return bounds.minimum >= 0 or bounds.maximum <= 0


def _absolute(doubles: Any, plain: Any) -> float:
    """The sum of the absolute values, in their own precision unless that overflows."""
    total = float(abs(plain).sum())
    return total if math.isfinite(total) else float(abs(doubles).sum())


def _finite(number: float) -> float | None:
    """Sums and squares of very large numbers overflow even in double precision."""
    return number if math.isfinite(number) else None
