"""`debugdiff parity`."""

from typing import Annotated

import typer

from debugdiff.cli.console import page, print_result
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import OUTPUT, WHERE, Json, Quiet, Selection, interruptible, option
from debugdiff.errors import ExitCode

SEEDS = 20


@takes_groups
def parity(
    *,
    selection: Annotated[Selection, only("case", "jobs", "python", "sandbox")],
    seeds: Annotated[
        int,
        option(
            WHERE,
            "--seeds",
            min=0,
            show_default=True,
            help="Number of seeds with which the initial weights are drawn, to show their standard"
            " deviation; 0 leaves that out.",
        ),
    ] = SEEDS,
    json: Json = False,
    quiet: Quiet = False,
    lines: Annotated[
        bool,
        option(
            OUTPUT, "--lines", help="Print every comparison, not only the worst one of each stage."
        ),
    ] = False,
) -> None:
    """Check that all implementations of a case are the same model.

    Weights are copied by site, and one batch goes through every implementation with dropout off:
    values, loss, gradients, one optimizer step and the metric must agree. The spread of the initial
    weights is also shown, because each framework has its own defaults.

    Examples:
      debugdiff parity gru_sentiment
      debugdiff parity path/to/my_case --lines
    """
    from debugdiff.choosing import find_cases  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.progress import steps_for  # noqa: PLC0415
    from debugdiff.cli.selection import processors  # noqa: PLC0415
    from debugdiff.parity import check_parity  # noqa: PLC0415
    from debugdiff.report.parity import render, render_json  # noqa: PLC0415

    cases = find_cases(selection.case)
    total = sum(len(case.implementations) for case in cases)
    with (
        interruptible("Nothing is kept of this check."),
        steps_for(total, "programs checked", quiet=quiet) as advance,
    ):
        results = check_parity(
            cases,
            seeds=seeds,
            slots=selection.jobs or processors(),
            interpreters=selection.stacks().interpreters,
            sandbox=selection.sandbox,
            on_checked=lambda case, program: advance(f"{case} {program}"),
        )
    print_result(render_json(results) if json else render(results, page(), every_line=lines))
    if not all(result.passed for result in results):
        raise typer.Exit(ExitCode.CHECK_FAILED)
