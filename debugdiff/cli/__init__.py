"""The command `debugdiff`. A command parses, calls one function and prints; it decides nothing.

Nothing heavy is imported here: `debugdiff --help` loads no framework, no libcst, no scipy and no
pydantic model. Commands import what they call when they are called.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import NoReturn

from debugdiff.errors import DebugdiffError, ExitCode

__all__ = ["main"]

RECURSION = 8_000
"""Calls in each other: forty for each level of the deepest program that is read."""
TRACEBACK_VARIABLE = "DEBUGDIFF_TRACEBACK"
_NOTHING_LEFT = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}


def main() -> int:
    """Run the command line; the result is the exit status of the process."""
    sys.setrecursionlimit(RECURSION)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        from debugdiff.cli.app import app  # noqa: PLC0415 - an error in it is ours to explain too

        app()
    except KeyboardInterrupt:  # while modules load; a run that is going on says more
        return ExitCode.INTERRUPTED
    except DebugdiffError as error:
        return _explain(error)
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        return _explain(_internal_error(error))
    return ExitCode.DONE


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """A request to end is answered as Ctrl-C is: children are ended, temporary folders go."""
    raise KeyboardInterrupt


def _explain(error: DebugdiffError) -> int:
    from debugdiff.cli.console import print_error  # noqa: PLC0415 - `--help` has no errors

    print_error(error)
    return error.exit_code


def _internal_error(error: Exception) -> DebugdiffError:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DebugdiffError(
            f"Something cannot be written: {error.strerror}.",
            hint="Free some space, or write elsewhere: finished trials are stored.",
            slug="output-unwritable",
        )
    if isinstance(error, OSError) and error.errno in _NOTHING_LEFT:
        return DebugdiffError(
            f"The system gives no more: {error.strerror}.",
            hint="End other programs, or raise the limit: `ulimit -a` shows all.",
            slug="nothing-left",
        )
    if isinstance(error, FileNotFoundError) and _is_folder_gone():
        return DebugdiffError(
            "The current folder does not exist any more.",
            hint="Change to one that exists.",
            slug="folder-gone",
        )
    return DebugdiffError(
        f"debugdiff itself failed: {type(error).__name__}: {error}",
        hint=f"Set {TRACEBACK_VARIABLE}=1 to see where, and report it with the traceback.",
        slug="internal",
    )


def _is_folder_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return True
    return False
