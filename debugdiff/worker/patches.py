"""What probes put into a framework and into Python, and how it is taken out again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ABSENT = object()


class Patches:
    """Replaced attributes and registered hooks; `close` undoes them, the last one first.

    Args:
        temporary: whether the process goes on without them, as a notebook does after a cell. Then
            nothing is replaced that Python cannot give back: a class that had a `__new__` of its
            own for a while refuses arguments afterwards.
    """

    def __init__(self, *, temporary: bool = False) -> None:
        self.temporary = temporary
        self._undo = contextlib.ExitStack()
        self._originals: dict[int, tuple[Any, Any]] = {}

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Put `make(original)` in the place of an attribute."""
        original = getattr(owner, name)
        replacement = make(original)
        before = vars(owner).get(name, _ABSENT)
        self._originals[id(replacement)] = (replacement, original)
        # First the way back: an interrupt may come at any line.
        self._undo.callback(_restore, owner, name, replacement, before)
        setattr(owner, name, replacement)

    def register(self, register: Callable[[Any], Any], hook: Any) -> None:
        """Register a hook by a function that returns its handle."""
        self._undo.callback(register(hook).remove)

    def undo_with(self, undo: Callable[[], object]) -> None:
        """Have something else undone, too."""
        self._undo.callback(undo)

    def original_of(self, value: object) -> Any:
        """What a replacement stands for; `None` for anything else."""
        replacement, original = self._originals.get(id(value), (None, None))
        return original if replacement is value else None

    def close(self) -> None:
        """Undo all of it; what was replaced again since then stays."""
        self._undo.close()


def _restore(owner: Any, name: str, replacement: object, before: object) -> None:
    if vars(owner).get(name, _ABSENT) is not replacement:
        return
    if before is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, before)
