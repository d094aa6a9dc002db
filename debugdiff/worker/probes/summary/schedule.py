"""When tensors are summed up: at once, or a batch of copies at a time.

Code that runs now and then runs slowly: between two layers the processor's caches forget it. Of a
tensor of PyTorch in the middle of a step, summing up takes three times as long as right after
another one; copying it takes a tenth.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

from debugdiff.worker.probes.summary.batch import is_plain
from debugdiff.worker.probes.summary.statistics import TensorSummary, summarise, summarise_together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from debugdiff.worker.probes.kept_tensors import TensorFile

LONGEST_WAIT = 2**22
"""Bytes of copies that wait; a tensor of more than a quarter of that does not."""

_NOTHING = TensorSummary(shape=(), dtype="")


class Summarised:
    """A tensor's summary, as soon as the copy that stands for it is summed up."""

    __slots__ = ("copy", "summary")

    def __init__(self, *, summary: TensorSummary = _NOTHING, copy: Any = None) -> None:
        self.summary = summary
        self.copy = copy


class Summaries:
    """The summaries of one run's tensors.

    Args:
        digests: whether the exact bytes are hashed.
        keep: where the tensors themselves go, in the order of reading: then none of them waits.
    """

    def __init__(self, *, digests: bool, keep: TensorFile | None) -> None:
        self._digests = digests
        self._keep = keep
        self._waiting: list[Summarised] = []
        self._bytes = 0
        self._tensor: Callable[[], Any] = lambda: None
        self._version: int | None = None
        self._latest = Summarised()

    def of(self, tensor: Any) -> Summarised:
        """The summary of a tensor as it is now.

        A container returns what its last layer did: that very tensor, unchanged, is read once.
        """
        version = _version(tensor)
        if version is None or version != self._version or self._tensor() is not tensor:
            self._latest = self._read(tensor)
            self._version = version
            self._tensor = (lambda: None) if version is None else weakref.ref(tensor)
        elif self._keep is not None:
            self._keep.keep_again()
        return self._latest

    def of_all(self, tensors: Sequence[Any]) -> list[Summarised]:
        """The same of several; small ones are summed up together."""
        together = tensors if self._keep is None else ()
        known = summarise_together(together, digests=self._digests)
        return [
            Summarised(summary=known[index]) if index in known else self.of(tensor)
            for index, tensor in enumerate(tensors)
        ]

    def finish(self) -> None:
        """Sum up what waits."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        known = summarise_together([each.copy for each in waiting], digests=self._digests)
        for index, each in enumerate(waiting):
            if index in known and each.copy is not None:
                each.summary, each.copy = known[index], None
            self.summary_of(each)

    def summary_of(self, read: Summarised) -> TensorSummary:
        """The summary of what was read, even if it is still waiting."""
        copy = read.copy
        if copy is not None:
            read.summary, read.copy = summarise(copy, digests=self._digests), None
        return read.summary

    def _read(self, tensor: Any) -> Summarised:
        size = _size_of_plain(tensor) if self._keep is None else None
        if size is None or size > LONGEST_WAIT // 4:
            summary = summarise(tensor, digests=self._digests, keep=self._keep)
            return Summarised(summary=summary)
        read = Summarised(copy=tensor.detach().clone())
        self._waiting.append(read)
        self._bytes += size
        if self._bytes > LONGEST_WAIT:
            self.finish()
        return read


def _size_of_plain(tensor: Any) -> int | None:
    """Bytes of a tensor of PyTorch that a copy can stand for; `None` of any other."""
    torch = sys.modules.get("torch")
    return int(tensor.nbytes) if torch is not None and is_plain(torch, tensor) else None


def _version(tensor: Any) -> int | None:
    """How often a tensor of PyTorch was changed in place; `None` where that is not known."""
    try:
        return int(tensor._version)  # noqa: SLF001 - it has no public name
    except Exception:  # noqa: BLE001 - other kinds of tensors, and tensors of inference
        return None
