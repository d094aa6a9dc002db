"""What the elements of one tensor come to, in as few passes over them as it takes.

Sums are in double precision, made of blocks that stay in the processor's cache: a copy of the whole
tensor would cost more than all the arithmetic, and as much memory again. Comparisons need no
doubles and are made in the tensor's own dtype. Small tensors are what a program mostly has, so that
what counts is the number of calls: NumPy's cost a third of PyTorch's, which reads only where NumPy
is missing; and that what is made for every tensor is a tuple, not a frozen class.
"""

from __future__ import annotations

import functools
import math
from operator import methodcaller
from typing import TYPE_CHECKING, Any, NamedTuple

from debugdiff.worker.probes.summary.traits import Bounds, Traits, traits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BLOCK = 8_192
"""Elements in double precision at once: 64 KiB, and BLAS starts no threads for so few."""

CANCELLING = 1e-6
"""A variance below this share of the squared mean would lose ten digits in a difference."""


class Numbers(NamedTuple):
    """What the elements of a tensor come to. The first four are of its finite values only."""

    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    zeros: int = 0
    nan: int = 0
    infinite: int = 0
    traits: Traits = Traits()


class Elements(NamedTuple):
    """The elements of a tensor, flat.

    Attributes:
        native: in single or double precision, of whatever `library` is.
        library: PyTorch or NumPy; they call by one name all that is used here.
        doubles: a new array in double precision of a part of `native`.
    """

    native: Any
    library: Any
    doubles: Callable[[Any], Any]

    def blocks(self) -> Iterator[Any]:
        """All elements in double precision, block by block; each may be overwritten."""
        for start in range(0, len(self.native), BLOCK):
            yield self.doubles(self.native[start : start + BLOCK])


def elements_of_torch(torch: Any, native: Any) -> Elements:
    """The elements of a flat, contiguous tensor in single or double precision."""
    doubles = functools.partial(torch.Tensor.to, dtype=torch.float64, copy=True)
    return Elements(native=native, library=torch, doubles=doubles)


def elements_of_array(np: Any, native: Any) -> Elements:
    """The elements of a flat array in single or double precision."""
    return Elements(native=native, library=np, doubles=methodcaller("astype", np.float64))


def numbers_of(elements: Elements, shape: tuple[int, ...]) -> Numbers:
    """Sum up the elements of a tensor of this shape."""
    native, library = elements.native, elements.library
    if not len(native):
        return Numbers()
    low, high = float(native.min()), float(native.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        return _of_others(elements)
    bounds = Bounds(minimum=low, maximum=high, zeros=_zeros(library, native, low, high))
    moments = _moments(elements, bounds)
    traits = traits_of(library, native, shape, bounds, moments.mean_absolute)
    return _numbers(bounds, moments, traits)


class _Moments(NamedTuple):
    mean: float | None
    standard_deviation: float | None
    mean_absolute: float | None


def _zeros(library: Any, native: Any, low: float, high: float) -> int:
    """Nothing between two numbers of one sign is zero."""
    return 0 if low > 0 or high < 0 else int(library.count_nonzero(native == 0))


def _of_others(elements: Elements) -> Numbers:
    """Numbers of an array that has elements that are not finite."""
    native, library = elements.native, elements.library
    nan = int(library.isnan(native).sum())
    finite = native[library.isfinite(native)]
    infinite = len(native) - nan - len(finite)
    zeros = int(library.count_nonzero(finite == 0))
    if not len(finite):
        return Numbers(zeros=zeros, nan=nan, infinite=infinite)
    bounds = Bounds(minimum=float(finite.min()), maximum=float(finite.max()), zeros=zeros)
    moments = _moments(elements._replace(native=finite), bounds)
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


def _moments(elements: Elements, bounds: Bounds) -> _Moments:
    has_signs = bounds.minimum < 0 < bounds.maximum
    count = len(elements.native)
    total = squares = absolute = 0.0
    for block in elements.blocks():
        total += float(block.sum())
        squares += float(block.dot(block))
        if has_signs:
            absolute += float(elements.library.abs(block, out=block).sum())
    mean = total / count
    return _Moments(
        _finite(mean),
        _finite(math.sqrt(_variance(elements, mean, squares / count))),
        _finite((absolute if has_signs else abs(total)) / count),
    )


def _variance(elements: Elements, mean: float, mean_square: float) -> float:
    """From the mean of the squares, which is known; by the book where that cancels."""
    variance = mean_square - mean * mean
    if not variance > CANCELLING * mean * mean or not math.isfinite(variance):
        variance = _squares_from(elements, mean) / len(elements.native)
    return variance


def _squares_from(elements: Elements, mean: float) -> float:
    squares = 0.0
    for block in elements.blocks():
        block -= mean  # noqa: PLW2901 - in place: the block is ours
        squares += float(block.dot(block))
    return squares


def _finite(number: float) -> float | None:
    """Sums and squares of very large numbers overflow even in double precision."""
    return number if math.isfinite(number) else None
