"""`debugdiff run` and `debugdiff report`."""

from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import say
from debugdiff.cli.selection import Selection
from debugdiff.errors import ExitCode
from debugdiff.model import Size
from debugdiff.report import Format


def run(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    case: options.Cases = None,
    bug: options.Bugs = None,
    category: options.Categories = None,
    bugs: options.Catalogues = None,
    framework: options.Frameworks = None,
    style: options.Styles = None,
    stack: options.Stacks = None,
    mode: options.Modes = None,
    depth: options.Depth = False,
    size: options.SizeOption = Size.TINY,
    seed: options.Seeds = None,
    jobs: options.Jobs = None,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    interpreter: options.Interpreters = None,
    store: options.StoreOption = None,
    fresh: options.Fresh = False,
    json: options.Json = False,
    output: options.OutputFile = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Run bugs against programs, and compare what people would see.

    Only what has no record yet is executed; the rest comes from the store.

    [bold]Examples[/bold]

      debugdiff run gru_sentiment
      debugdiff run gru_sentiment --bug 'shape/*' --mode default --mode unfiltered
      debugdiff run bag_of_embeddings --mode all --stack keras-tensorflow
      debugdiff run path/to/my_case --framework pytorch --seed 0 --seed 1
      debugdiff run my_script.py --timeout 30 --json
      debugdiff run -o report.html
    """
    from debugdiff import campaign  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.output import Output  # noqa: PLC0415
    from debugdiff.cli.progress import progress_for  # noqa: PLC0415

    written = Output.of(output, wanted=Format.JSON if json else None)
    selection = Selection(
        cases=case,
        bugs=bug,
        categories=category,
        catalogues=bugs,
        frameworks=framework,
        styles=style,
        stacks=stack,
        modes=mode,
        depth=depth,
        size=size,
        seeds=seed,
        jobs=jobs,
        timeout=timeout,
        memory=memory,
        interpreters=interpreter,
        store=store,
        fresh=fresh,
    )
    request = selection.request()
    try:
        with progress_for(quiet=quiet, verbose=verbose > 0) as progress:
            report = campaign.run(request, progress=progress)
    except KeyboardInterrupt:
        say("Interrupted. Every finished trial is stored; the same command goes on from here.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    written.write(report)
    if report.not_run or any(each.broken for each in report.cases):
        raise typer.Exit(ExitCode.SOME_NOT_RUN)


def report(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    case: options.Cases = None,
    bug: options.Bugs = None,
    category: options.Categories = None,
    bugs: options.Catalogues = None,
    framework: options.Frameworks = None,
    style: options.Styles = None,
    stack: options.Stacks = None,
    mode: options.Modes = None,
    size: options.SizeOption = Size.TINY,
    seed: options.Seeds = None,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    interpreter: options.Interpreters = None,
    store: options.StoreOption = None,
    wanted: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="How to write it. Default: table, or what the suffix of -o asks for.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ] = None,
    json: options.Json = False,
    output: options.OutputFile = None,
) -> None:
    """Print the tables of a run again; nothing is executed.

    Give the options that the run was given: they decide which records belong to it.

    [bold]Examples[/bold]

      debugdiff report gru_sentiment
      debugdiff report gru_sentiment --format json
      debugdiff report -o report.svg
    """
    from debugdiff import campaign  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.output import Output  # noqa: PLC0415

    written = Output.of(output, wanted=Format.JSON if json else wanted)
    selection = Selection(
        cases=case,
        bugs=bug,
        categories=category,
        catalogues=bugs,
        frameworks=framework,
        styles=style,
        stacks=stack,
        modes=mode,
        size=size,
        seeds=seed,
        timeout=timeout,
        memory=memory,
        interpreters=interpreter,
        store=store,
    )
    found = campaign.stored(selection.request())
    if not found.results:
        say("The store holds no record of this selection yet; `debugdiff run` makes them.")
    written.write(found)
