"""`debugdiff show`."""

from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result
from debugdiff.model import Size


def show(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    trial: Annotated[
        list[str],
        typer.Argument(
            metavar="TRIAL | CASE [BUG] IMPLEMENTATION",
            help="The beginning of a trial's id, or the names of what was run.",
            show_default=False,
        ),
    ],
    bugs: options.Catalogues = None,
    stack: options.Stacks = None,
    mode: options.Modes = None,
    size: options.SizeOption = Size.TINY,
    seed: options.Seeds = None,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    interpreter: options.Interpreters = None,
    store: options.StoreOption = None,
    json: options.Json = False,
) -> None:
    """Show one trial in full, and the reason of every score.

    Without a bug, the clean run is shown.

    [bold]Examples[/bold]

      debugdiff show gru_sentiment shape/classes-off-by-one pytorch
      debugdiff show gru_sentiment keras_sequential
      debugdiff show 3f9a2c
    """
    from debugdiff.cli.finding import find_subject  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.selection import Selection  # noqa: PLC0415
    from debugdiff.report.show import render, render_json  # noqa: PLC0415

    selection = Selection(
        catalogues=bugs,
        stacks=stack,
        modes=mode,
        size=size,
        seeds=seed,
        timeout=timeout,
        memory=memory,
        interpreters=interpreter,
        store=store,
    )
    subject = find_subject(trial, selection)
    print_result(render_json(subject) if json else render(subject, page()))
