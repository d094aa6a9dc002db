"""The exit status for what a program ended with, by Python's own rules."""

from __future__ import annotations

import contextlib
import sys

from debugdiff.worker.failure.frames import without_worker_frames

_INTERRUPTED = 130


def exit_status(error: BaseException | None, *, reported: bool) -> int:
    """The status; what Python would print of the error is printed.

    Args:
        error: what the program ended with.
        reported: whether somebody else prints the traceback. A hook of the program's own is called
            in any case.
    """
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return _status_of_exit(error)
    if not reported or sys.excepthook is not sys.__excepthook__:
        with contextlib.suppress(BaseException):
            BaseException.with_traceback(error, without_worker_frames(error.__traceback__))
            sys.excepthook(type(error), error, error.__traceback__)
    return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def is_clean_exit(error: BaseException) -> bool:
    """Whether a program left by itself, without anything to complain of."""
    return isinstance(error, SystemExit) and (error.code is None or error.code == 0)


def _status_of_exit(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    with contextlib.suppress(BaseException):
        sys.stderr.write(f"{error.code}\n")
    return 1
