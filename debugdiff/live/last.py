"""The exception that somebody speaks of who says nothing."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

from debugdiff.worker.failure.exception_fields import field

if TYPE_CHECKING:
    from types import FrameType


def last_error() -> BaseException | None:
    """The one that is being handled; the one at which a debugger stands; the last one shown."""
    handled = _without_lookups(sys.exc_info()[1])
    shown = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    found = handled or _of_debugger(inspect.currentframe()) or shown
    return found if isinstance(found, BaseException) else None


def _without_lookups(error: BaseException | None) -> BaseException | None:
    """What was handled before `cmd`, on which debuggers are built, looked up a command in vain."""
    while error is not None and _is_lookup(error):
        error = field(error, "__context__")
    return error


def _is_lookup(error: BaseException) -> bool:
    traceback = field(error, "__traceback__")
    return traceback is not None and traceback.tb_frame.f_globals.get("__name__") == "cmd"


def _of_debugger(frame: FrameType | None) -> object:
    """What `pdb` keeps in the frame that it shows: `__exception__`, as a pair or as itself."""
    while frame is not None:
        kept = frame.f_locals.get("__exception__")
        if kept is not None:
            return kept[1] if isinstance(kept, tuple) else kept
        frame = frame.f_back
    return None
