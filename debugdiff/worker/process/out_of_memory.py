"""Out of memory, in every form in which it shows itself: the one mapping."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.model import Failure

_TYPES = re.compile(
    r"(^|\.)(MemoryError|_ArrayMemoryError|ResourceExhaustedError|OutOfMemoryError)$"
)
_TEXTS = re.compile(
    r"can't allocate memory"
    r"|not enough memory: you tried to allocate"
    r"|OOM when allocating"
    r"|RESOURCE_EXHAUSTED"
    r"|Cannot allocate memory"
    r"|std::bad_alloc"
    r"|out of memory",
    re.IGNORECASE,
)
_DEATHS = re.compile(
    r"std::bad_alloc|MemoryError|Cannot allocate memory|failed to allocate|mmap.*failed"
)


def is_out_of_memory(failure: Failure) -> bool:
    """Whether an exception says that the budget's memory was used up."""
    if _TYPES.search(failure.type) or any(_TYPES.search(base) for base in failure.bases):
        return True
    return failure.type in {"RuntimeError", "OSError"} and bool(_TEXTS.search(failure.message))


def died_of_memory(stderr: str) -> bool:
    """Whether a process that was ended by a signal said that an allocation had failed."""
    return bool(_DEATHS.search(stderr[-2_000:]))
