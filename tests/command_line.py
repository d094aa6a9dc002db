"""The command line, in this process, which is a second or more cheaper, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from debugdiff.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator


def debugdiff(
    *arguments: str, folder: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """What a command prints, and the status that it would end with.

    It has 100 columns and no colour unless `variables`, of its environment, say otherwise. What
    belongs to the process itself (streams, signals, encodings, modules) is tested in a process.
    """
    output, errors = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder or Path.cwd()),
        mock.patch.dict(os.environ, _environment(variables), clear=True),
        mock.patch.object(sys, "argv", ["debugdiff", *arguments]),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        _as_it_was(),
    ):
        status = _status()
    return subprocess.CompletedProcess(
        arguments, status, stdout=output.getvalue(), stderr=errors.getvalue()
    )


def debugdiff_process(
    *arguments: str, folder: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "debugdiff", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=_environment(variables),
        check=False,
    )


def _environment(variables: dict[str, str]) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if "COLOR" not in name}
    return plain | {"COLUMNS": "100"} | variables


def _status() -> int:
    try:
        return main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """The command sets what holds for its whole process."""
    limit, handler = sys.getrecursionlimit(), signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        signal.signal(signal.SIGTERM, handler)
