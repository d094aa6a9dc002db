"""What the commands for one's own scripts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.model import ProgramEnd

if TYPE_CHECKING:
    from debugdiff.model import ScriptRun
    from debugdiff.scripts import ScriptRequest


def run(request: ScriptRequest) -> ScriptRun:
    """Run the script.

    Raises:
        DebugdiffError: it cannot be run, or ran through without loading a framework.
    """
    from debugdiff.scripts import run_script  # noqa: PLC0415 - not needed for `--help`

    finished = run_script(request)
    if finished.stack is None and finished.record.program is ProgramEnd.OK:
        wanted = f"the stack `{request.stack}`" if request.stack else "PyTorch or Keras"
        raise DebugdiffError(
            f"`{request.path}` ran through (exit status {finished.exit_status}) without loading"
            f" {wanted}: there is nothing to see.",
            hint="Name the script that trains. What runs in another process is not seen.",
            slug="script-no-framework",
        )
    return finished


def leave(finished: ScriptRun) -> None:
    """An interrupted script ends this command as interrupted; other ends were reported."""
    failure = finished.record.failure
    if failure is not None and failure.type == "KeyboardInterrupt":
        raise typer.Exit(ExitCode.INTERRUPTED)
