"""Statistics of one tensor, or of many small ones at once.

NumPy sums up, also what a tensor of PyTorch has in memory; PyTorch itself does where there is no
NumPy, which TensorFlow and JAX bring along. Whatever cannot be read (a meta tensor, text, a tensor
without storage) has its shape and dtype and nothing else; nothing here raises for a tensor of any
kind.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from debugdiff.worker.probes.kept_tensors import Copy, Sink, TensorFile
from debugdiff.worker.probes.summary.batch import join, numbers_together
from debugdiff.worker.probes.summary.elements import (
    Numbers,
    elements_of_array,
    elements_of_torch,
    numbers_of,
)
from debugdiff.worker.probes.summary.traits import Traits

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGEST_LENGTH = 16

NO_DIGEST = "-"
"""Stands for the digest of a tensor that was read, where nobody wants to compare any."""


class TensorSummary(NamedTuple):
    """What is kept of a tensor; see `ValueStatistics` for the digest."""

    shape: tuple[int, ...]
    dtype: str
    numbers: Numbers = Numbers()
    digest: str = ""


ROW = ("shape", "dtype", "digest", *Numbers._fields[:-1], *Traits._fields)
"""What a row of `row_of` has: fields of `ValueStatistics`."""

Row = tuple[Any, ...]


def row_of(summary: TensorSummary) -> Row:
    """A summary as one plain tuple."""
    numbers = summary.numbers
    return (summary.shape, summary.dtype, summary.digest, *numbers[:-1], *numbers.traits)


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
    rows = zip(joined.taken, joined.shapes, joined.parts(), numbers, strict=True)
    for index, shape, part, its in rows:
        dtype = _dtype(tensors[index])
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
