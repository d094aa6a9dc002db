"""Statistics of one tensor, and the bounded log that a run's statistics go into.

A PyTorch tensor is summed up by PyTorch, everything else by NumPy, which TensorFlow and JAX bring
along. Whatever cannot be read (a meta tensor, text, a tensor without storage) has its shape and
dtype and nothing else; nothing here raises for a tensor of any kind.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from debugdiff.model import ValueKind, ValueStatistics
from debugdiff.worker.keeping import Copy, Sink, TensorFile
from debugdiff.worker.numbers import Numbers, elements_of_array, elements_of_torch, numbers_of
from debugdiff.worker.sampling import Sampling
from debugdiff.worker.settings import SettingsLog
from debugdiff.worker.together import join, numbers_together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CALLS_PER_STEP = 32
"""How often one site is read within one step; evaluation over many batches is one step."""

MAXIMUM_VALUES = 30_000
"""A run's record never holds more statistics than this."""

DIGEST_LENGTH = 16

NO_DIGEST = "-"
"""Stands for the digest of a tensor that was read, where nobody wants to compare any."""


_Key = tuple[str, ValueKind, int, int]
"""Site, kind, step and call of a value."""


class TensorSummary(NamedTuple):
    """What is kept of a tensor; see `ValueStatistics` for the digest."""

    shape: tuple[int, ...]
    dtype: str
    numbers: Numbers = Numbers()
    digest: str = ""


def summarise(
    tensor: Any, *, digests: bool = True, keep: TensorFile | None = None
) -> TensorSummary:
    """Sum a tensor up, with one copy to the host where it is not there already.

    The standard deviation is the population's (divided by n), in double precision. The numbers of a
    complex tensor are its moduli, of a quantised one what it stands for, of a sparse one all of it.

    Args:
        tensor: of any kind.
        digests: whether its bytes are hashed, which costs as much as the rest.
        keep: where its bytes go, if they are hashed.
    """
    shape, dtype = _shape(tensor), _dtype(tensor)
    digest = _digest(shape, dtype) if digests else None
    copy = Copy(digest) if keep is not None and digest is not None else None
    try:
        numbers = _read(tensor, shape, copy or digest)
    except Exception:  # noqa: BLE001 - a value that cannot be read is a result, whatever the reason
        return TensorSummary(shape=shape, dtype=dtype)
    finally:
        if keep is not None:
            keep.keep(copy.data if copy else b"")
    return TensorSummary(shape=shape, dtype=dtype, numbers=numbers, digest=_short(digest))


def summarise_together(tensors: Sequence[Any], *, digests: bool = True) -> dict[int, TensorSummary]:
    """Sum up those of the tensors that are small and plain, by their index; see `summarise`."""
    try:
        joined = join(tensors)
        numbers = numbers_together(joined) if joined else []
    except Exception:  # noqa: BLE001 - whatever it is: one by one, each says what it can
        return {}
    if joined is None:
        return {}
    summaries = {}
    for index, part, its in zip(joined.taken, joined.parts(), numbers, strict=True):
        shape, dtype = _shape(tensors[index]), _dtype(tensors[index])
        digest = _digest(shape, dtype) if digests else None
        if digest is not None:
            digest.update(memoryview(part).cast("B"))
        summaries[index] = TensorSummary(shape, dtype, its, _short(digest))
    return summaries


def _digest(shape: tuple[int, ...], dtype: str) -> hashlib._Hash:
    # SHA-256 has its own instructions on today's processors: twice as fast as BLAKE2 here.
    return hashlib.sha256(f"{dtype}{shape}".encode())


def _short(digest: hashlib._Hash | None) -> str:
    return NO_DIGEST if digest is None else digest.hexdigest()[:DIGEST_LENGTH]


class Reading(NamedTuple):
    """A tensor that is to be read, and as what."""

    tensor: Any
    site: str
    kind: ValueKind
    step: int


class ValueLog:
    """Statistics of one run in the order in which they were read, within the limits above.

    Args:
        sampling: which steps and sites are read.
        digests: whether the exact bytes are hashed.
        keep: where the tensors themselves go; `None`: nobody compares them.

    Attributes:
        settings: what the layers, the optimizer and the loss were set to.
        keeps_tensors: whether they go anywhere; then the inputs of every layer are read as well.
    """

    def __init__(
        self,
        sampling: Sampling | None = None,
        *,
        digests: bool = True,
        keep: TensorFile | None = None,
    ) -> None:
        self._sampling = sampling or Sampling()
        self._digests = digests
        self._latest = _Latest(digests=digests, keep=keep)
        self.keeps_tensors = keep is not None
        self._updates: dict[_Key, float | None] = {}
        self.settings = SettingsLog()
        self._calls: dict[tuple[str, ValueKind, int], int] = {}
        self._kept: dict[_Key, TensorSummary] = {}
        self._notes: list[str] = []

    def claim(self, site: str, kind: ValueKind, step: int) -> int | None:
        """Count one more call of a site within the step; `None` if it would not be kept.

        Ask before a tensor is read: reading is what costs.
        """
        if not (self.reads_step(step) and self._sampling.wants_site(site, kind)):
            return None
        key = (site, kind, step)
        call = self._calls.get(key, 0)
        self._calls[key] = call + 1
        return call if call < CALLS_PER_STEP and not self.is_full() else None

    def reads_step(self, step: int) -> bool:
        """Whether anything is read during this step; ask this first."""
        return self._sampling.wants_step(step)

    def wants(self, step: int, call: int) -> bool:
        """Whether a value of this step and call is within the limits."""
        return self.reads_step(step) and 0 <= call < CALLS_PER_STEP and not self.is_full()

    def is_full(self) -> bool:
        """Whether the run's record holds as much as it may."""
        return len(self._kept) >= MAXIMUM_VALUES

    def calls(self, site: str, kind: ValueKind, step: int) -> int:
        """How often the site was claimed within a step that is sampled."""
        return self._calls.get((site, kind, step), 0)

    def read(self, tensor: Any, *, site: str, kind: ValueKind, step: int) -> int | None:
        """Claim a call and keep the tensor's statistics; the call, if it was kept."""
        call = self.claim(site, kind, step)
        if call is not None:
            self.add(tensor, site=site, kind=kind, step=step, call=call)
        return call

    def add(self, tensor: Any, *, site: str, kind: ValueKind, step: int, call: int) -> None:
        """Keep the statistics of a tensor whose call is known; the first reading counts."""
        self._keep(Reading(tensor, site, kind, step), call)

    def read_all(self, readings: Sequence[Reading]) -> list[int | None]:
        """Claim a call of each and keep their statistics; small tensors are summed up together."""
        calls = [self.claim(each.site, each.kind, each.step) for each in readings]
        claimed = zip(readings, calls, strict=True)
        wanted = [(each, call) for each, call in claimed if call is not None]
        # What is kept goes to its file in the order of reading.
        together = [] if self.keeps_tensors else [each.tensor for each, _ in wanted]
        known = summarise_together(together, digests=self._digests)
        for index, (each, call) in enumerate(wanted):
            self._keep(each, call, known.get(index))
        return calls

    def _keep(self, reading: Reading, call: int, summary: TensorSummary | None = None) -> None:
        key = (reading.site, reading.kind, reading.step, call)
        if key not in self._kept and not self.is_full():
            self._kept[key] = summary or self._latest.summary(reading.tensor)

    def set_update(self, change: float | None, *, site: str, step: int, call: int) -> None:
        """Put the norm of a parameter's change beside what was read of it before the step."""
        key = (site, ValueKind.PARAMETER, step, call)
        if key in self._kept:
            self._updates[key] = change

    def note(self, sentence: str) -> None:
        """Keep a sentence on something that could not be read; each only once."""
        if sentence not in self._notes:
            self._notes.append(sentence)

    def values(self) -> tuple[ValueStatistics, ...]:
        """Everything that was kept."""
        return tuple(
            _statistics(key, summary, self._updates.get(key)) for key, summary in self._kept.items()
        )

    def notes(self) -> tuple[str, ...]:
        """What could not be read, in sentences."""
        return tuple(self._notes)


def _statistics(key: _Key, summary: TensorSummary, update: float | None) -> ValueStatistics:
    site, kind, step, call = key
    numbers, traits = summary.numbers, summary.numbers.traits
    return ValueStatistics(
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
        update=update,
    )


class _Latest:
    """The summary of the tensor that was read last: a container returns what its last layer did."""

    def __init__(self, *, digests: bool, keep: TensorFile | None) -> None:
        self._digests = digests
        self._keep = keep
        self._tensor: Callable[[], Any] = lambda: None
        self._version: int | None = None
        self._summary = TensorSummary(shape=(), dtype="")

    def summary(self, tensor: Any) -> TensorSummary:
        """The summary of a tensor, which is read unless it is that very one and unchanged."""
        version = _version(tensor)
        if version is None or version != self._version or self._tensor() is not tensor:
            self._summary = summarise(tensor, digests=self._digests, keep=self._keep)
            self._version = version
            self._tensor = (lambda: None) if version is None else weakref.ref(tensor)
        elif self._keep is not None:
            self._keep.keep_again()
        return self._summary


def _version(tensor: Any) -> int | None:
    """How often a tensor of PyTorch was changed in place; `None` where that is not known."""
    try:
        return int(tensor._version)  # noqa: SLF001 - it has no public name
    except Exception:  # noqa: BLE001 - other kinds of tensors, and tensors of inference
        return None


def _shape(tensor: Any) -> tuple[int, ...]:
    try:
        return tuple(int(size) for size in tensor.shape)
    except Exception:  # noqa: BLE001 - nested and ragged tensors have no such shape
        return ()


def _dtype(tensor: Any) -> str:
    dtype = getattr(tensor, "dtype", "")
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")


def _read(tensor: Any, shape: tuple[int, ...], digest: Sink | None) -> Numbers:
    torch, np = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is None or not isinstance(tensor, torch.Tensor):
        return _read_array(tensor, shape, digest)
    plain = _flat_tensor(torch, tensor, digest)
    # `Tensor.numpy` would forbid the program to resize the tensor ever after.
    memory = _memory(plain)
    if np is None:
        return numbers_of(elements_of_torch(torch, plain), shape)
    dtype = np.float32 if plain.dtype is torch.float32 else np.float64
    with np.errstate(all="ignore"):
        return numbers_of(elements_of_array(np, np.frombuffer(memory, dtype)), shape)


def _read_array(array: Any, shape: tuple[int, ...], digest: Sink | None) -> Numbers:
    import numpy as np  # noqa: PLC0415 - TensorFlow and JAX bring it

    with np.errstate(all="ignore"):
        return numbers_of(elements_of_array(np, _flat_array(np, array, digest)), shape)


def _flat_tensor(torch: Any, tensor: Any, digest: Sink | None) -> Any:
    """The elements as real numbers, single or double, in a row on the host."""
    plain = tensor.detach()
    if type(plain) is not torch.Tensor or plain.dtype is not torch.float32 or plain.is_neg():
        plain = _plain_tensor(torch, plain)
    elif plain.layout is not torch.strided:
        plain = plain.to_dense()
    plain = plain.cpu().contiguous().view(-1)
    if digest is not None:
        digest.update(_memory(plain))
    if plain.is_complex():
        plain = plain.abs()
    return plain if plain.dtype is torch.float32 else plain.to(torch.float64)


def _plain_tensor(torch: Any, tensor: Any) -> Any:
    """A tensor of an unusual kind as one with its numbers in memory."""
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    return tensor.as_subclass(torch.Tensor).resolve_conj().resolve_neg()


def _memory(plain: Any) -> memoryview:
    """The bytes of a contiguous tensor: no copy, and no NumPy, which PyTorch can be without.

    The view does not keep the tensor alive.
    """
    size = plain.numel() * plain.element_size()
    address = plain.data_ptr()
    if size and not address:
        raise ValueError("the tensor has no storage")
    return memoryview((ctypes.c_ubyte * size).from_address(address) if size else b"")


def _flat_array(np: Any, tensor: Any, digest: Sink | None) -> Any:
    """The elements as real numbers, single or double, in a row."""
    array = np.ascontiguousarray(tensor.numpy() if hasattr(tensor, "numpy") else tensor).ravel()
    if array.dtype.kind in "OSUM":
        raise TypeError("only numbers have statistics")
    if digest is not None:
        digest.update(array.view(np.uint8).data)
    if array.dtype.kind == "c":
        array = np.abs(array)
    return array if array.dtype == np.float32 else array.astype(np.float64)
