"""`debugdiff harm`."""

from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result
from debugdiff.cli.selection import Selection
from debugdiff.errors import ExitCode
from debugdiff.model import Size

SEEDS = 20


def harm(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    case: options.Cases = None,
    bug: options.Bugs = None,
    category: options.Categories = None,
    bugs: options.Catalogues = None,
    framework: options.Frameworks = None,
    style: options.Styles = None,
    stack: options.Stacks = None,
    size: options.SizeOption = Size.SMALL,
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds",
            min=2,
            help="How many seeds: 0, 1, 2, ...",
            rich_help_panel=options.WHERE,
        ),
    ] = SEEDS,
    shared: Annotated[
        bool,
        typer.Option(
            "--shared/--own-only",
            help="Run also from the same initial weights in every program.",
            rich_help_panel=options.WHERE,
        ),
    ] = True,
    jobs: options.Jobs = None,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    interpreter: options.Interpreters = None,
    store: options.StoreOption = None,
    fresh: options.Fresh = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Judge silent bugs by what they do to the metric over many seeds.

    Each program learns with and without the bug, once per seed, and DeepCrime's rule decides. That
    takes long: interrupt it and run it again, and it goes on.

    [bold]Examples[/bold]

      debugdiff harm bag_of_embeddings --bug 'loss/*'
      debugdiff harm name_classifier --bug 'data/*' --seeds 5 --own-only
    """
    from debugdiff.campaign.harm import study_harm  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.progress import progress_for  # noqa: PLC0415
    from debugdiff.report.harm import render, render_json  # noqa: PLC0415

    selection = Selection(
        cases=case,
        bugs=bug,
        categories=category,
        catalogues=bugs,
        frameworks=framework,
        styles=style,
        stacks=stack,
        size=size,
        seeds=range(seeds),
        jobs=jobs,
        timeout=timeout,
        memory=memory,
        interpreters=interpreter,
        store=store,
        fresh=fresh,
    )
    request = selection.request()
    with progress_for(quiet=quiet, verbose=bool(verbose)) as progress:
        study = study_harm(request, shared=shared, progress=progress)
    print_result(render_json(study) if json else render(study, request.bugs, page()))
    if study.not_run:
        raise typer.Exit(ExitCode.SOME_NOT_RUN)
