"""Statistics of one tensor, and the bounded log that a run's statistics go into.

A PyTorch tensor is summed up by PyTorch, everything else by NumPy, which TensorFlow and JAX bring
along. Whatever cannot be read (a meta tensor, text, a tensor without storage) has its shape and
dtype and nothing else; nothing here raises for a tensor of any kind.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from debugdiff.model import ValueKind, ValueStatistics
from debugdiff.worker.sampling import Sampling
from debugdiff.worker.settings import SettingsLog
from debugdiff.worker.traits import Bounds, Traits, mean_absolute, traits_of

CALLS_PER_STEP = 32
"""How often one site is read within one step; evaluation over many batches is one step."""

MAXIMUM_VALUES = 30_000
"""A run's record never holds more statistics than this."""

DIGEST_LENGTH = 16


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
class TensorSummary:
    """What is kept of a tensor. The digest is empty where the tensor could not be read."""

    shape: tuple[int, ...]
    dtype: str
    numbers: Numbers = field(default_factory=Numbers)
    digest: str = ""


def summarise(tensor: Any) -> TensorSummary:
    """Sum a tensor up, with one copy to the host where it is not there already.

    The standard deviation is the population's (divided by n), in double precision. The numbers of a
    complex tensor are its moduli, of a quantised one what it stands for, of a sparse one all of it.
    """
    shape, dtype = _shape(tensor), _dtype(tensor)
    # SHA-256 has its own instructions on today's processors: twice as fast as BLAKE2 here.
    digest = hashlib.sha256(f"{dtype}{shape}".encode())
    try:
        numbers = _read(tensor, shape, digest)
    except Exception:  # noqa: BLE001 - a value that cannot be read is a result, whatever the reason
        return TensorSummary(shape=shape, dtype=dtype)
    short = digest.hexdigest()[:DIGEST_LENGTH]
    return TensorSummary(shape=shape, dtype=dtype, numbers=numbers, digest=short)


class ValueLog:
    """Statistics of one run in the order in which they were read, within the limits above.

    Args:
        sampling: which steps and sites are read.

    Attributes:
        settings: what the layers, the optimizer and the loss were set to.
    """

    def __init__(self, sampling: Sampling | None = None) -> None:
        self._sampling = sampling or Sampling()
        self.settings = SettingsLog()
        self._values: list[ValueStatistics] = []
        self._calls: Counter[tuple[str, ValueKind, int]] = Counter()
        self._kept: dict[tuple[str, ValueKind, int, int], int] = {}
        self._notes: list[str] = []

    def claim(self, site: str, kind: ValueKind, step: int) -> int | None:
        """Count one more call of a site within the step; `None` if it would not be kept.

        Ask before a tensor is read: reading is what costs.
        """
        if not (self.reads_step(step) and self._sampling.wants_site(site, kind)):
            return None
        call = self.calls(site, kind, step)
        self._calls[site, kind, step] = call + 1
        return call if self.wants(step, call) else None

    def reads_step(self, step: int) -> bool:
        """Whether anything is read during this step; ask this first."""
        return self._sampling.wants_step(step)

    def wants(self, step: int, call: int) -> bool:
        """Whether a value of this step and call is within the limits."""
        return self.reads_step(step) and 0 <= call < CALLS_PER_STEP and not self.is_full()

    def is_full(self) -> bool:
        """Whether the run's record holds as much as it may."""
        return len(self._values) >= MAXIMUM_VALUES

    def calls(self, site: str, kind: ValueKind, step: int) -> int:
        """How often the site was claimed within a step that is sampled."""
        return self._calls[site, kind, step]

    def read(self, tensor: Any, *, site: str, kind: ValueKind, step: int) -> int | None:
        """Claim a call and keep the tensor's statistics; the call, if it was kept."""
        call = self.claim(site, kind, step)
        if call is not None:
            self.add(tensor, site=site, kind=kind, step=step, call=call)
        return call

    def add(self, tensor: Any, *, site: str, kind: ValueKind, step: int, call: int) -> None:
        """Keep the statistics of a tensor whose call is known; the first reading counts."""
        key = (site, kind, step, call)
        if key in self._kept or self.is_full():
            return
        self._kept[key] = len(self._values)
        summary = summarise(tensor)
        numbers, traits = summary.numbers, summary.numbers.traits
        self._values.append(
            ValueStatistics(
                site=site,
                kind=kind,
                step=step,
                call=call,
                shape=summary.shape,
                dtype=summary.dtype,
                minimum=numbers.minimum,
                maximum=numbers.maximum,
                mean=numbers.mean,
                standard_deviation=numbers.standard_deviation,
                zeros=numbers.zeros,
                nan=numbers.nan,
                infinite=numbers.infinite,
                digest=summary.digest,
                mean_absolute=traits.mean_absolute,
                dead=traits.dead,
                saturated=traits.saturated,
                row_sum_error=traits.row_sum_error,
                rows_equal=traits.rows_equal,
                whole=traits.whole,
            )
        )

    def set_update(self, change: float | None, *, site: str, step: int, call: int) -> None:
        """Put the norm of a parameter's change beside what was read of it before the step."""
        index = self._kept.get((site, ValueKind.PARAMETER, step, call))
        if index is not None:
            self._values[index] = replace(self._values[index], update=change)

    def note(self, sentence: str) -> None:
        """Keep a sentence on something that could not be read; each only once."""
        if sentence not in self._notes:
            self._notes.append(sentence)

    def values(self) -> tuple[ValueStatistics, ...]:
        """Everything that was kept."""
        return tuple(self._values)

    def notes(self) -> tuple[str, ...]:
        """What could not be read, in sentences."""
        return tuple(self._notes)


def _shape(tensor: Any) -> tuple[int, ...]:
    try:
        return tuple(int(size) for size in tensor.shape)
    except Exception:  # noqa: BLE001 - nested and ragged tensors have no such shape
        return ()


def _dtype(tensor: Any) -> str:
    dtype = getattr(tensor, "dtype", "")
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")


def _read(tensor: Any, shape: tuple[int, ...], digest: hashlib._Hash) -> Numbers:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(tensor, torch.Tensor):
        with torch.no_grad():
            return _numbers(torch, _read_torch(torch, tensor, digest), shape)
    import numpy as np  # noqa: PLC0415 - TensorFlow and JAX bring it, PyTorch may be without

    with np.errstate(all="ignore"):
        return _numbers(np, _read_array(np, tensor, digest), shape)


def _read_torch(torch: Any, tensor: Any, digest: hashlib._Hash) -> Any:
    """The elements as doubles, flat."""
    plain = tensor.detach()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    if plain.is_quantized:
        plain = plain.dequantize()
    plain = plain.as_subclass(torch.Tensor).resolve_conj().resolve_neg().cpu().contiguous().view(-1)
    digest.update(_memory(plain))
    numbers = plain.abs() if plain.is_complex() else plain
    return numbers.to(torch.float64)


def _memory(plain: Any) -> memoryview:
    """The bytes of a contiguous tensor: no copy, and no NumPy, which PyTorch can be without.

    The view does not keep the tensor alive.
    """
    size = plain.numel() * plain.element_size()
    address = plain.data_ptr()
    if size and not address:
        raise ValueError("the tensor has no storage")
    return memoryview((ctypes.c_ubyte * size).from_address(address) if size else b"")


def _read_array(np: Any, tensor: Any, digest: hashlib._Hash) -> Any:
    """The elements as doubles, flat."""
    array = np.ascontiguousarray(tensor.numpy() if hasattr(tensor, "numpy") else tensor).ravel()
    if array.dtype.kind in "OSUM":
        raise TypeError("only numbers have statistics")
    digest.update(array.view(np.uint8).data)
    numbers = np.abs(array) if array.dtype.kind == "c" else array
    return numbers.astype(np.float64)


def _numbers(library: Any, numbers: Any, shape: tuple[int, ...]) -> Numbers:
    """Sum up a flat array of doubles: what is used here, PyTorch and NumPy call by one name."""
    count = len(numbers)
    if not count:
        return Numbers()
    zeros = count - int(library.count_nonzero(numbers))
    low, high = float(numbers.min()), float(numbers.max())
    nan = infinite = 0
    whole_array = math.isfinite(low) and math.isfinite(high)
    if not whole_array:
        nan = int(library.isnan(numbers).sum())
        numbers = numbers[library.isfinite(numbers)]
        infinite = count - nan - len(numbers)
        if not len(numbers):
            return Numbers(zeros=zeros, nan=nan, infinite=infinite)
        low, high = float(numbers.min()), float(numbers.max())
    mean = float(numbers.mean())
    variance = float(library.square(numbers - mean).mean())
    bounds = Bounds(minimum=low, maximum=high, zeros=zeros)
    return Numbers(
        minimum=low,
        maximum=high,
        mean=_finite(mean),
        standard_deviation=_finite(math.sqrt(variance)),
        zeros=zeros,
        nan=nan,
        infinite=infinite,
        traits=traits_of(library, numbers, shape, bounds)
        if whole_array
        else Traits(mean_absolute=mean_absolute(library, numbers, bounds)),
    )


def _finite(number: float) -> float | None:
    """Sums and squares of very large numbers overflow even in double precision."""
    return number if math.isfinite(number) else None
