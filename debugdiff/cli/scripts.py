"""What the commands for a user's own scripts share: their options, the run, and its end."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli.options import WHERE, option
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.model import Mode, ProbeChoice, ProgramEnd, Stack

if TYPE_CHECKING:
    from debugdiff.model import ScriptRun
    from debugdiff.scripts import ScriptRequest

Script = Annotated[
    str,
    typer.Argument(
        metavar="SCRIPT",
        help="A Python file, run in place as `python SCRIPT` would run it, without a sandbox.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptOptions:
    """How a script of the user's own is run."""

    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- ARGS]",
            help="Arguments of the script; options go after `--`.",
            show_default=False,
        ),
    ] = None
    steps: Annotated[
        int | None,
        option(
            WHERE,
            "--steps",
            min=1,
            metavar="N",
            help="End the script cleanly after N optimizer steps. Default: let it run to its end.",
        ),
    ] = None
    module: Annotated[
        bool,
        option(WHERE, "-m", help="SCRIPT is the name of a module: run it like `python -m`."),
    ] = False
    stack: Annotated[
        Stack | None,
        option(
            WHERE,
            "--stack",
            help="What to run it on (for Keras, the back end). Default: what the script loads.",
        ),
    ] = None
    mode: Annotated[
        Mode, option(WHERE, "--mode", show_default=True, help="How the framework runs it.")
    ] = Mode.DEFAULT
    timeout: Annotated[
        float | None,
        option(
            WHERE,
            "--timeout",
            min=0.1,
            metavar="SECONDS",
            help="Stop it after this time, and show what was read. Default: no limit.",
        ),
    ] = None

    def request(
        self, script: str, *, choice: ProbeChoice | None = None, post_mortem: bool = False
    ) -> "ScriptRequest":
        """The run of a script that was asked for.

        Args:
            script: its path, or the name of a module.
            choice: which of the steps, and which sites, the probes read.
            post_mortem: whether the values of a crash are kept.
        """
        from debugdiff.scripts import ScriptRequest, path_of_module  # noqa: PLC0415 - costly

        path, name = path_of_module(script) if self.module else (Path(script), "")
        chosen = choice or ProbeChoice()
        return ScriptRequest(
            path=path,
            module=name,
            arguments=tuple(self.arguments or ()),
            stack=self.stack,
            mode=self.mode,
            choice=replace(chosen, steps=self.steps),
            seconds=self.timeout,
            post_mortem=post_mortem,
            echo=True,
        )


def run(request: "ScriptRequest") -> "ScriptRun":
    """Run the script.

    Raises:
        DebugdiffError: it cannot be run, or ran through without loading a framework.
    """
    from debugdiff.scripts import run_script  # noqa: PLC0415 - not needed for `--help`

    finished = run_script(request)
    if finished.stack is None and finished.record.program is ProgramEnd.OK:
        wanted = f"the stack `{request.stack}`" if request.stack else "PyTorch or Keras"
        raise DebugdiffError(
            f"`{request.path}` ran to its end (exit status {finished.exit_status}) without loading"
            f" {wanted}: there is nothing to show.",
            hint="Name the script that trains the model. Other processes are not watched.",
            slug="script-no-framework",
        )
    return finished


def leave(finished: "ScriptRun") -> None:
    """An interrupted script ends this command as interrupted; other ends were reported."""
    failure = finished.record.failure
    if failure is not None and failure.type == "KeyboardInterrupt":
        raise typer.Exit(ExitCode.INTERRUPTED)
