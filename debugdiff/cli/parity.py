"""`debugdiff parity`."""

from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result
from debugdiff.errors import ExitCode

SEEDS = 20


def parity(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    case: options.Cases = None,
    jobs: options.Jobs = None,
    interpreter: options.Interpreters = None,
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds",
            min=0,
            help="With how many seeds the initial weights are drawn, to show their standard"
            " deviation; 0 leaves that out.",
            rich_help_panel=options.WHERE,
        ),
    ] = SEEDS,
    json: options.Json = False,
    lines: Annotated[
        bool,
        typer.Option(
            "--lines",
            help="Print every comparison, not only the worst of each stage.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ] = False,
) -> None:
    """Prove that all implementations of a case are the same model.

    Weights are copied by site, and one batch goes through every implementation with dropout off:
    values, loss, gradients, one optimizer step and the metric must agree. How far the initial
    weights are spread is shown beside it: each framework has its own defaults.

    [bold]Examples[/bold]

      debugdiff parity gru_sentiment
      debugdiff parity path/to/my_case --lines
    """
    from debugdiff.cli.selection import (  # noqa: PLC0415 - not needed for `--help`
        find_cases,
        parse_interpreters,
        processors,
    )
    from debugdiff.parity import check_parity  # noqa: PLC0415
    from debugdiff.report.parity import render, render_json  # noqa: PLC0415

    found = check_parity(
        find_cases(case),
        seeds=seeds,
        slots=jobs or processors(),
        interpreters=parse_interpreters(interpreter),
    )
    print_result(render_json(found) if json else render(found, page(), every_line=lines))
    if not all(each.passed for each in found):
        raise typer.Exit(ExitCode.CHECK_FAILED)
