"""`debugdiff explain`."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.model import Mode


def explain(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    script: options.Script,
    arguments: options.ScriptArguments = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="Print the whole traceback as well, as Python would have printed it.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ] = False,
    stack: options.ScriptStack = None,
    mode: options.ScriptMode = Mode.DEFAULT,
    timeout: options.ScriptTimeout = None,
    json: options.Json = False,
    output: options.OutputFile = None,
) -> None:
    """Run a script of your own, and say which lines to suspect.

    After a crash: your own lines, with shapes and dtypes of what the failing expressions held, the
    layer at work, what was expected and what came. After a run that ends well: the published
    checks that found something. Then the lines to look at, ranked, each with its reason.

    [bold]Examples[/bold]

      debugdiff explain train.py
      debugdiff explain train.py --full -- --epochs 3
      debugdiff explain train.py --json
    """
    from debugdiff.cli.output import Destination  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.scripts import leave, run  # noqa: PLC0415
    from debugdiff.scripts import ScriptRequest  # noqa: PLC0415

    destination = Destination.of(output, json=json)
    request = ScriptRequest(
        path=Path(script),
        arguments=tuple(arguments or ()),
        stack=stack,
        mode=mode,
        seconds=timeout,
        post_mortem=True,
        echo=True,
    )
    finished = run(request)

    from debugdiff.report.explain import render, render_json  # noqa: PLC0415 - after the script
    from debugdiff.suspects.explaining import explanation_of  # noqa: PLC0415

    found = explanation_of(finished)
    destination.write(lambda: render_json(found), lambda page: render(found, page, full=full))
    leave(finished)
