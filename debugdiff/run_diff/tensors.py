"""The tensors that a run kept, and by how much two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.worker.probes.kept_tensors import INDEX, PLACE, TENSORS

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import ValueStatistics

TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
"""Relative and absolute, by dtype, as in `torch.testing`; all other values must be equal."""

ACROSS_STACKS = 7e-6
"""Ten times what equal models were measured to differ by between frameworks, normalised."""

TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far two tensors are from each other; see `Difference`."""

    parted: bool
    relative: float | None
    largest: float | None
    what: str


class Tensors:
    """The tensors of one run, by the place of their statistics in its record."""

    def __init__(self, folder: Path) -> None:
        index = folder / INDEX
        places = index.read_bytes() if index.exists() else b""
        whole = len(places) - len(places) % PLACE.size
        self._places = list(PLACE.iter_unpack(places[:whole]))
        self._file = folder / TENSORS

    def read(self, order: int) -> bytes | None:
        """The bytes of one tensor; `None` if it was not kept."""
        offset, size = self._places[order] if order < len(self._places) else (-1, 0)
        if offset < 0:
            return None
        if not size:
            return b""
        with self._file.open("rb") as file:
            file.seek(offset)
            return file.read(size)


def distance(
    good: tuple[ValueStatistics, bytes | None],
    bad: tuple[ValueStatistics, bytes | None],
    *,
    across_stacks: bool = False,
) -> Distance:
    """Compare two tensors: statistics and bytes of each.

    Where the bytes are not there, or are of a kind that NumPy does not know, only their digests
    can be compared, and any other bit counts.
    """
    (expected, expected_bytes), (value, value_bytes) = good, bad
    if expected.digest == value.digest:
        return Distance(parted=False, relative=0.0, largest=0.0, what="")
    if expected.shape != value.shape:
        what = f"shape {_shape(expected)} in the good run, {_shape(value)} in the bad one"
        return Distance(parted=True, relative=None, largest=None, what=what)
    if expected.dtype != value.dtype and not across_stacks:
        what = f"{expected.dtype} in the good run, {value.dtype} in the bad one"
        return Distance(parted=True, relative=None, largest=None, what=what)
    left, right = _array(expected, expected_bytes), _array(value, value_bytes)
    if left is None or right is None:
        return Distance(parted=True, relative=None, largest=None, what="other bits")
    return _of_arrays(left, right, None if across_stacks else TOLERANCES.get(value.dtype, (0, 0)))


def _shape(value: ValueStatistics) -> str:
    return "x".join(map(str, value.shape)) or "scalar"


def _array(value: ValueStatistics, content: bytes | None) -> Any:
    """The elements in double precision, flat; `None` where they cannot be told."""
    import numpy as np  # noqa: PLC0415 - not needed for `--help`

    if not content:
        return None
    try:
        if value.dtype == "bfloat16":
            bits = np.frombuffer(content, np.uint16).astype(np.uint32) << 16
            array: Any = bits.view(np.float32)
        else:
            array = np.frombuffer(content, np.dtype(value.dtype))
    except (TypeError, ValueError):
        return None
    if len(array) != value.count:
        return None
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _of_arrays(good: Any, bad: Any, tolerance: tuple[float, float] | None) -> Distance:
    import numpy as np  # noqa: PLC0415

    with np.errstate(all="ignore"):
        same = (good == bad) | (np.isnan(good) & np.isnan(bad))
        gap = np.where(same, 0.0, np.abs(bad - good))
        usable = np.isfinite(gap)
        norm = float(np.linalg.norm(np.where(np.isfinite(good), good, 0.0)))
        relative = float(np.linalg.norm(gap[usable])) / (norm + TINY)
        if tolerance is None:
            parted = not usable.all() or relative > ACROSS_STACKS
        else:
            allowed = usable & (gap <= tolerance[1] + tolerance[0] * np.abs(good))
            parted = not bool((same | allowed).all())
        largest = float(gap[usable].max(initial=0.0))
    what = "values" if usable.all() else "NaN or infinity in only one run"
    return Distance(parted=parted, relative=relative, largest=largest, what=what)
