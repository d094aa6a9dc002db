"""`debugdiff trace`."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.model import Mode


def trace(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    script: options.Script,
    arguments: options.ScriptArguments = None,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            min=1,
            help="Read only the first so many optimizer steps. The script goes on.",
            rich_help_panel=options.WHAT,
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            "--every",
            min=1,
            help="Read only every so many-th step. Default: the first 64, then every 16th.",
            rich_help_panel=options.WHAT,
            show_default=False,
        ),
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(
            "--site",
            metavar="GLOB",
            help="Read only these sites, such as 'encoder.*'. Repeatable.",
            rich_help_panel=options.WHAT,
            show_default=False,
        ),
    ] = None,
    stack: options.ScriptStack = None,
    mode: options.ScriptMode = Mode.DEFAULT,
    timeout: options.ScriptTimeout = None,
    json: options.Json = False,
    output: options.OutputFile = None,
) -> None:
    """Run a script of your own, and show what every layer held.

    One row per layer, in the order of execution: its line, shape, statistics, gradient, update and
    how it went over the steps; what a published check finds wrong is marked and explained. The
    script runs in place, as `python SCRIPT ARGS` would run it; what it prints goes to stderr.

    [bold]Examples[/bold]

      debugdiff trace train.py
      debugdiff trace train.py --site 'encoder.*' --every 10 -- --epochs 3
      debugdiff trace train.py --json > trace.json
    """
    from debugdiff.cli.output import Destination  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.scripts import leave, run  # noqa: PLC0415
    from debugdiff.model import ProbeChoice  # noqa: PLC0415
    from debugdiff.scripts import ScriptRequest  # noqa: PLC0415

    destination = Destination.of(output, json=json)
    request = ScriptRequest(
        path=Path(script),
        arguments=tuple(arguments or ()),
        stack=stack,
        mode=mode,
        choice=ProbeChoice(steps=steps, every=every, sites=tuple(site or ()), digests=False),
        seconds=timeout,
        echo=True,
    )
    finished = run(request)

    from debugdiff.report.trace import render, render_json  # noqa: PLC0415 - after the script
    from debugdiff.score.tracing import trace_of  # noqa: PLC0415

    found = trace_of(finished)
    destination.write(lambda: render_json(found), lambda page: render(found, page))
    leave(finished)
