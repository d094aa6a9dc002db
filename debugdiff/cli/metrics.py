"""`debugdiff metrics`."""

from typing import Annotated

import typer

from debugdiff.cli.console import page, print_result
from debugdiff.cli.options import Json
from debugdiff.errors import ExitCode


def metrics(
    *,
    path: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Python files, notebooks, folders, or names of shipped cases.",
            show_default=False,
        ),
    ],
    json: Json = False,
) -> None:
    """Measure how readable Python files are, without running them.

    Examples:
      debugdiff metrics train.py
      debugdiff metrics gru_sentiment --json
    """
    from debugdiff.cli.measuring import measure_paths  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.metrics import render, render_json  # noqa: PLC0415

    files = measure_paths(path)
    print_result(render_json(files) if json else render(files, page()))
    if any(file.problem for file in files):
        raise typer.Exit(ExitCode.CHECK_FAILED)
