"""`debugdiff parity`."""

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from debugdiff.cli.console import page, print_result
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import (
    OUTPUT,
    WHERE,
    Json,
    Quiet,
    Selection,
    interruptible,
    option,
    setting,
)
from debugdiff.errors import ExitCode
from debugdiff.model import Size

SEEDS = 20
MARGIN = 0.02
"""Of the mean of the first program. Fixed before any program was compared by it."""
FEWEST = 6
"""Seeds that an interval needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selection(Selection):
    """The same, with enough data to learn from."""

    size: Annotated[
        Size,
        setting(WHERE, "--size", show_default=True, help="How much data --trained takes."),
    ] = Size.SMALL


@takes_groups
def parity(  # noqa: PLR0913 - each is a choice of the user's
    *,
    selection: Annotated[_Selection, only("case", "size", "jobs", "python", "sandbox")],
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
    trained: Annotated[
        int,
        option(
            WHERE,
            "--trained",
            metavar="SEEDS",
            min=0,
            show_default=True,
            help="Also train every program with so many seeds, at least 6, and"
            " compare the metrics; 0 leaves that out.",
        ),
    ] = 0,
    margin: Annotated[
        float,
        option(
            WHERE,
            "--margin",
            min=0,
            show_default=True,
            help="By how much the means of a metric may differ after training, as a share.",
        ),
    ] = MARGIN,
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

    With --trained, every program is also trained by its own main over several seeds, all from the
    same weights and with the rows in the same order: two programs are equal only if their metrics
    agree within the margin, too.

    Examples:
      debugdiff parity gru_sentiment
      debugdiff parity bag_of_embeddings --trained 10
      debugdiff parity path/to/my_case --lines
    """
    from debugdiff.campaign.training_parity import with_training  # noqa: PLC0415
    from debugdiff.choosing import find_cases  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.progress import steps_for  # noqa: PLC0415
    from debugdiff.cli.selection import processors  # noqa: PLC0415
    from debugdiff.parity import check_parity  # noqa: PLC0415
    from debugdiff.report.parity import render, render_json  # noqa: PLC0415
    from debugdiff.temporary import temporary_folder  # noqa: PLC0415

    if 0 < trained < FEWEST:
        raise typer.BadParameter(f"0, or at least {FEWEST}: fewer seeds give no interval.")
    cases = find_cases(selection.case)
    total = (1 + trained) * sum(len(case.implementations) for case in cases)
    with (
        interruptible("Nothing is kept of this check."),
        steps_for(total, "runs" if trained else "programs checked", quiet=quiet) as advance,
        temporary_folder() as folder,
    ):
        results = check_parity(
            cases,
            seeds=seeds,
            slots=selection.jobs or processors(),
            interpreters=selection.stacks().interpreters,
            sandbox=selection.sandbox,
            on_checked=lambda case, program: advance(f"{case} {program}"),
        )
        if trained:
            request = replace(selection, seed=list(range(trained))).request()
            results = with_training(
                results,
                replace(request, store=folder / "trained.sqlite3"),
                margin=margin,
                on_trained=lambda case, program: advance(f"{case} {program}"),
            )
    print_result(render_json(results) if json else render(results, page(), every_line=lines))
    if not all(result.passed for result in results):
        raise typer.Exit(ExitCode.CHECK_FAILED)
