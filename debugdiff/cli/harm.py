"""`debugdiff harm`."""

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from debugdiff.cli.console import page, print_result
from debugdiff.cli.option_groups import takes_groups, without
from debugdiff.cli.options import WHERE, Json, ProgressOptions, Selection, SizeOption, option
from debugdiff.errors import ExitCode
from debugdiff.model import Size

SEEDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selection(Selection):
    """The same, with enough data to learn from."""

    size: SizeOption = Size.SMALL


@takes_groups
def harm(
    *,
    selection: Annotated[_Selection, without("mode", "depth", "seed")],
    seeds: Annotated[
        int,
        option(
            WHERE,
            "--seeds",
            min=2,
            show_default=True,
            help="Number of seeds, which are 0, 1, 2, ...",
        ),
    ] = SEEDS,
    shared: Annotated[
        bool,
        option(
            WHERE,
            "--shared/--own-only",
            show_default=True,
            help="Also start every program from the same initial weights.",
        ),
    ] = True,
    json: Json = False,
    progress: ProgressOptions,
) -> None:
    """Judge silent bugs by what they do to the metric over many seeds.

    Each program is trained with and without the bug, once per seed, and DeepCrime's rule decides.
    This takes long; you can interrupt it, and the same command continues.

    Examples:
      debugdiff harm bag_of_embeddings --bug 'loss/*'
      debugdiff harm name_classifier --bug 'data/*' --seeds 5 --own-only
    """
    from debugdiff.campaign.harm import study_harm  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.harm import render, render_json  # noqa: PLC0415

    request = replace(selection, seed=list(range(seeds))).request()
    with progress.reporter() as reporter:
        study = study_harm(request, shared=shared, progress=reporter)
    print_result(render_json(study) if json else render(study, request.bugs, page(), request.cases))
    if study.not_run:
        raise typer.Exit(ExitCode.SOME_NOT_RUN)
