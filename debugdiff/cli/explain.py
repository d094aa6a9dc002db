"""`debugdiff explain`."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import OUTPUT, WHERE, OutputOptions, option
from debugdiff.cli.output import Output
from debugdiff.cli.scripts import ScriptOptions, leave, run
from debugdiff.errors import DebugdiffError


@takes_groups
def explain(
    *,
    script: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCRIPT]",
            help="A Python file, run in place as `python SCRIPT` would run it.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        str | None,
        option(
            WHERE,
            "--log",
            metavar="FILE",
            help="Run nothing: read the traceback in this log (`-`: standard input).",
        ),
    ] = None,
    full: Annotated[
        bool,
        option(
            OUTPUT,
            "--full",
            help="Print the whole traceback as well, as Python would have printed it.",
        ),
    ] = False,
    options: ScriptOptions,
    output: OutputOptions,
) -> None:
    """Run a script of your own, or read a log of it, and say which lines to suspect.

    After a crash: your own lines, with shapes and dtypes of what the failing expressions held, the
    layer at work, what was expected and what came. After a run that ends well: the published
    checks that found something. Then the lines to look at, ranked, each with its reason.

    [bold]Examples[/bold]

      debugdiff explain train.py
      debugdiff explain train.py --full -- --epochs 3
      debugdiff explain train.py --json
      debugdiff explain -m project.train -- --epochs 1
      debugdiff explain --log slurm-1234.out train.py
    """
    destination = output.settle()
    if log is not None:
        _explain_log(log, script, destination, full=full)
        return
    if script is None:
        raise DebugdiffError(
            "There is no script to run, and no log to read.",
            hint="Name a Python file, or a log: `debugdiff explain --log FILE [SCRIPT]`.",
            slug="script-missing",
        )
    finished = run(options.request(script, post_mortem=True))

    from debugdiff.report.explain import render, render_json  # noqa: PLC0415 - after the script
    from debugdiff.suspects.explaining import explanation_of  # noqa: PLC0415

    result = explanation_of(finished)
    destination.write(lambda: render_json(result), lambda page: render(result, page, full=full))
    leave(finished)


def _explain_log(name: str, script: str | None, destination: Output, *, full: bool) -> None:
    from debugdiff.report.explain import render, render_json  # noqa: PLC0415 - not for `--help`
    from debugdiff.scripts.log import read_log  # noqa: PLC0415
    from debugdiff.suspects.explaining import explanation_of_log  # noqa: PLC0415

    text = read_log(None if name == "-" else Path(name))
    shown = "standard input" if name == "-" else Path(name).name
    result = explanation_of_log(text, shown, Path(script) if script else None)
    destination.write(lambda: render_json(result), lambda page: render(result, page, full=full))
