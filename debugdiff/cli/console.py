"""Where text goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from debugdiff.errors import DebugdiffError
from debugdiff.report.page import DEFAULT_WIDTH, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.report.text import Console


def page() -> Page:
    """The page that stdout offers: the terminal's width, or `COLUMNS`, or 100 columns."""
    size = shutil.get_terminal_size((DEFAULT_WIDTH, 40))
    return Page(width=size.columns, colour=wants_colour(sys.stdout))


def wants_colour(stream: TextIO | None) -> bool:
    """`NO_COLOR` over `FORCE_COLOR` over what the stream is; a closed one has none."""
    if stream is None:
        return False
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def print_result(text: str) -> None:
    """Write a result to stdout; a reader that has left (`| head`) is no error.

    Raises:
        DebugdiffError: `output-unwritable`, for a stdout that is closed or on a full disk.
    """
    if sys.stdout is None:
        raise _unwritable("it is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget(sys.stdout)
    except OSError as error:
        _forget(sys.stdout)
        raise _unwritable(error.strerror or str(error)) from error


def _unwritable(reason: str) -> DebugdiffError:
    return DebugdiffError(
        f"The result cannot be written to standard output: {reason}.",
        hint="Trials are stored. Write the result to a file, with `-o FILE` if the command has it.",
        slug="output-unwritable",
    )


def _forget(stream: TextIO) -> None:
    """Give the interpreter somewhere to flush to at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Patient:
    """Stderr, or nothing: that it is closed or full ends no command."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream or io.StringIO()

    def write(self, text: str) -> int:
        """Write a text, if it can be written."""
        return self._tried(lambda: self._stream.write(text))

    def flush(self) -> None:
        """Flush it, if that can be done."""
        self._tried(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _tried(self, act: Callable[[], int | None]) -> int:
        try:
            return act() or 0
        except (OSError, ValueError):
            _forget(self._stream)
            return 0


def stderr_console() -> Console:
    """A rich console on stderr that obeys the same colour rules."""
    from debugdiff.report.text import Console  # noqa: PLC0415 - not needed for `--help`

    colour = wants_colour(sys.stderr)
    return Console(
        file=cast("IO[str]", _Patient(sys.stderr)),
        highlight=False,
        emoji=False,
        no_color=not colour,
        force_terminal=True if colour else None,
        soft_wrap=True,
    )


def say(text: str) -> None:
    """A sentence about what is going on, on stderr."""
    stderr_console().print(text, markup=False)


def print_error(error: DebugdiffError) -> None:
    """A sentence, a hint, and the command that explains the error."""
    from debugdiff.report.text import Text  # noqa: PLC0415

    console = stderr_console()
    console.print(Text.assemble(("error: ", "bold red"), error.message))
    if error.hint:
        # A hint may quote a line with a caret below it: both start at the margin.
        gap = "\n" if "\n" in error.hint else " "
        console.print(Text.assemble(("hint:", "bold"), gap, error.hint))
    console.print(Text(f"more: debugdiff help {error.slug}", style="dim"))
