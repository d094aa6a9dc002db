"""`debugdiff show`."""

from typing import Annotated

import typer

from debugdiff.cli import completion
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import OutputOptions, Selection


@takes_groups
def show(
    *,
    trial: Annotated[
        list[str],
        typer.Argument(
            metavar="TRIAL | CASE [BUG] IMPLEMENTATION",
            help="The first characters of a trial's id, or the names of what was run.",
            show_default=False,
            autocompletion=completion.subjects,
        ),
    ],
    selection: Annotated[
        Selection,
        only("bugs", "stack", "mode", "size", "seed", "timeout", "memory", "python", "store"),
    ],
    output: OutputOptions,
) -> None:
    """Show one trial in full, with the reason for every score.

    Without a bug, the clean run is shown. A page (`-o bug.html`) has the bug in every program of
    the case, side by side.

    Examples:
      debugdiff show gru_sentiment shape/classes-off-by-one pytorch
      debugdiff show gru_sentiment keras_sequential
      debugdiff show 3f9a2c
      debugdiff show gru_sentiment shape/classes-off-by-one pytorch -o bug.html
    """
    from debugdiff.cli.finding import find_subject  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.show import render, render_json  # noqa: PLC0415

    destination = output.settle()
    subject = find_subject(trial, selection)
    destination.write(lambda: render_json(subject), lambda page: render(subject, page))
