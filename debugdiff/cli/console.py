"""Where text goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from debugdiff.report.page import DEFAULT_WIDTH, Page

if TYPE_CHECKING:
    from debugdiff.errors import DebugdiffError
    from debugdiff.report.text import Console

ERROR_REFERENCE = "docs/errors.md"


def page() -> Page:
    """The page that stdout offers: the terminal's width, or `COLUMNS`, or 100 columns."""
    size = shutil.get_terminal_size((DEFAULT_WIDTH, 40))
    return Page(width=size.columns, colour=wants_colour(sys.stdout))


def wants_colour(stream: TextIO) -> bool:
    """`NO_COLOR` over `FORCE_COLOR` over what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def print_result(text: str) -> None:
    """Write a result to stdout; a reader that has left (`| head`) is no error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()


def _forget_stdout() -> None:
    """Give the interpreter somewhere to flush to at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stderr_console() -> Console:
    """A rich console on stderr that obeys the same colour rules."""
    from debugdiff.report.text import Console  # noqa: PLC0415 - not needed for `--help`

    colour = wants_colour(sys.stderr)
    return Console(
        stderr=True,
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
    """A sentence, a hint, and where the error is explained."""
    from debugdiff.report.text import Text  # noqa: PLC0415

    console = stderr_console()
    console.print(Text.assemble(("error: ", "bold red"), error.message))
    if error.hint:
        # A hint may quote a line with a caret below it: both start at the margin.
        gap = "\n" if "\n" in error.hint else " "
        console.print(Text.assemble(("hint:", "bold"), gap, error.hint))
    console.print(Text(f"see {ERROR_REFERENCE}#{error.slug}", style="dim"))
