"""From what was typed to what campaigns take: modes, each thing once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from debugdiff.model import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Item = TypeVar("Item")

EVERY_MODE = "all"


def parse_modes(names: Sequence[str] | None) -> tuple[Mode, ...]:
    """Modes by name, each once; `all` is every mode, of which a stack takes those that it has."""
    if EVERY_MODE in (names or ()):
        return tuple(Mode)
    return once(Mode(name) for name in names or ())


def once(items: Iterable[Item] | None) -> tuple[Item, ...]:
    """The items in their order, each once."""
    return tuple(dict.fromkeys(items or ()))


def processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
