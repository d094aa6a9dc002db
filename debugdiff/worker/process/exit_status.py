"""The exit status for what a program ended with, by Python's own rules."""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from typing import TYPE_CHECKING

from debugdiff.worker.failure.exception_fields import field, is_kind
from debugdiff.worker.failure.frames import without_worker_frames
from debugdiff.worker.process.describing import ANYTHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.worker.process.describing import OriginalNames

_INTERRUPTED = 130


def exit_status(error: BaseException | None, names: OriginalNames, *, reported: bool) -> int:
    """The status; what Python would print of the error is printed.

    Args:
        error: what the program ended with.
        names: what its own names are put aside for, but for a hook of its own.
        reported: whether somebody else prints the traceback. A hook of the program's own is called
            in any case.
    """
    with names:
        status = _status(error)
        hook = _hook(error, reported=reported)
    if hook is not None:
        try:
            hook()
        except ANYTHING:
            return status
    return status


def _status(error: BaseException | None) -> int:
    if error is None:
        return 0
    if is_kind(error, SystemExit):
        return _status_of_exit(field(error, "code"))
    return _INTERRUPTED if is_kind(error, KeyboardInterrupt) else 1


def _hook(error: BaseException | None, *, reported: bool) -> Callable[[], object] | None:
    """What prints the error, if anything has to. Of the traceback the worker's frames are gone."""
    if error is None or is_kind(error, SystemExit):
        return None
    if reported and sys.excepthook is sys.__excepthook__:
        return None
    trace = without_worker_frames(field(error, "__traceback__"))
    BaseException.with_traceback(error, trace)
    return partial(sys.excepthook, type(error), error, trace)


def is_clean_exit(error: BaseException) -> bool:
    """Whether a program left by itself, without anything to complain of."""
    return is_kind(error, SystemExit) and _number_of(field(error, "code")) == 0


def _status_of_exit(code: object) -> int:
    number = _number_of(code)
    if number is not None:
        return number
    with contextlib.suppress(BaseException):
        sys.stderr.write(f"{code}\n")
    return 1


def _number_of(code: object) -> int | None:
    """The status that a code is; `None` for what Python prints instead."""
    if code is None:
        return 0
    return int.__add__(code, 0) if issubclass(type(code), int) else None  # type: ignore[operator]
