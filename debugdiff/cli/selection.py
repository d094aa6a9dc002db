"""From what was typed to what campaigns take: modes, interpreters, each thing once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from debugdiff.errors import DebugdiffError
from debugdiff.model import Mode, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


def parse_interpreters(texts: Sequence[str] | None) -> Mapping[Stack, str]:
    """`STACK=PATH` texts as a mapping.

    Raises:
        DebugdiffError: no such stack, or nothing behind the `=`.
    """
    return dict(map(_interpreter, texts or ()))


def _interpreter(text: str) -> tuple[Stack, str]:
    stack, _, path = text.partition("=")
    if stack not in set(Stack) or not path:
        raise DebugdiffError(
            f"`{text}` does not name the interpreter of a stack.",
            hint=f"Write STACK=PATH with a stack of: {', '.join(Stack)}.",
            slug="bad-interpreter",
        )
    return Stack(stack), path
