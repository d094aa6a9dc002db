"""Many small tensors of PyTorch read in a few passes over all of them.

Most parameters of a model are small, and reading one costs calls, not arithmetic: 34 of 32 elements
took a quarter of the time together that they take one by one.
"""

from __future__ import annotations

import itertools
import math
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from debugdiff.worker.probes.summary.elements import Numbers, elements_of_array, numbers_of
from debugdiff.worker.probes.summary.traits import Bounds, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LARGEST = 4_096
"""Elements of a tensor that is joined with others; of more, the arithmetic is what costs."""


class Joined(NamedTuple):
    """A copy of small tensors, one after the other.

    Attributes:
        taken: which of the tensors are in it; the others are too large or of an unusual kind.
        elements: of all of them, single precision, in a row: an array of NumPy.
        starts: where each one begins in it.
        shapes: what each one is the elements of.
    """

    taken: tuple[int, ...]
    elements: Any
    starts: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]

    def parts(self) -> Iterator[Any]:
        """The elements of each tensor, flat."""
        for start, shape in zip(self.starts, self.shapes, strict=True):
            yield self.elements[start : start + math.prod(shape)]


def join(tensors: Sequence[Any]) -> Joined | None:
    """Copy those tensors that are small and plain; `None` where that is none of them."""
    torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is None or np is None:
        return None
    taken = tuple(index for index, tensor in enumerate(tensors) if _fits(torch, tensor))
    if not taken:
        return None
    flat = torch.cat([tensors[index].detach().reshape(-1) for index in taken])
    shapes = tuple(tuple(tensors[index].shape) for index in taken)
    ends = itertools.accumulate(map(math.prod, shapes), initial=0)
    # The copy is ours alone, so that it may be lent to NumPy.
    return Joined(taken, flat.numpy(), tuple(ends)[:-1], shapes)


def is_plain(torch: Any, tensor: Any) -> bool:
    """Whether it is a tensor with its numbers in this machine's memory, which a copy stands for."""
    return (
        type(tensor) in (torch.Tensor, torch.nn.Parameter)
        and tensor.layout is torch.strided
        and tensor.device.type == "cpu"
        and tensor.data_ptr() != 0
    )


def _fits(torch: Any, tensor: Any) -> bool:
    return (
        is_plain(torch, tensor) and tensor.dtype is torch.float32 and 0 < tensor.numel() <= LARGEST
    )


def numbers_together(joined: Joined) -> list[Numbers]:
    """What the elements of each tensor come to: see `numbers_of`, which does it one by one."""
    import numpy as np  # noqa: PLC0415 - there, or nothing could have been joined

    with np.errstate(all="ignore"):
        columns = _columns(np, joined)
        return [
            _numbers(np, part, shape, row)
            for part, shape, row in zip(
                joined.parts(), joined.shapes, zip(*columns, strict=True), strict=True
            )
        ]


def _columns(np: Any, joined: Joined) -> list[list[Any]]:
    """Minimum, maximum, zeros, mean, standard deviation and mean of the moduli of each tensor."""
    native, starts = joined.elements, joined.starts
    lengths = np.diff((*starts, len(native)))
    doubles = native.astype(np.float64)
    means = np.add.reduceat(doubles, starts) / lengths
    absolute = np.add.reduceat(np.abs(doubles), starts) / lengths
    doubles -= np.repeat(means, lengths)
    squares = np.add.reduceat(np.square(doubles, out=doubles), starts)
    columns = (
        np.minimum.reduceat(native, starts),
        np.maximum.reduceat(native, starts),
        np.add.reduceat(native == 0, starts, dtype=np.int64),
        means,
        np.sqrt(squares / lengths),
        absolute,
    )
    return [column.tolist() for column in columns]


def _numbers(np: Any, part: Any, shape: tuple[int, ...], row: tuple[Any, ...]) -> Numbers:
    low, high, zeros, mean, deviation, absolute = row
    if not (math.isfinite(low) and math.isfinite(high)):
        return numbers_of(elements_of_array(np, part), shape)
    traits = traits_of(np, part, shape, Bounds(low, high, zeros), absolute)
    return Numbers(low, high, mean, deviation, zeros, traits=traits)


def norms_of_change(before: Joined, after: Joined) -> list[float | None]:
    """The Euclidean norm of `after - before` of each tensor; `None` where it is not finite."""
    import numpy as np  # noqa: PLC0415 - there, or nothing could have been joined

    with np.errstate(all="ignore"):
        change = after.elements.astype(np.float64) - before.elements
        squares = np.add.reduceat(np.square(change, out=change), before.starts)
        norms = np.sqrt(squares).tolist()
    return [norm if math.isfinite(norm) else None for norm in norms]
