"""`debugdiff cases list` and `debugdiff cases check`."""

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.lazy import MARKUP
from debugdiff.errors import ExitCode
from debugdiff.model import Size

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=MARKUP,
    no_args_is_help=True,
    help="The cases: one problem, written several times.",
)


@app.command("list")
def list_cases(*, case: options.Cases = None, json: options.Json = False) -> None:
    """List cases with their implementations.

    [bold]Examples[/bold]

      debugdiff cases list
      debugdiff cases list path/to/my_case --json
    """
    from debugdiff.cli import views  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.selection import find_cases  # noqa: PLC0415

    found = find_cases(case)
    print_result(views.cases_json(found) if json else views.cases(found, page()))


@app.command("check")
def check_cases(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    case: options.Cases = None,
    framework: options.Frameworks = None,
    stack: options.Stacks = None,
    size: options.SizeOption = Size.TINY,
    seed: options.Seeds = None,
    jobs: options.Jobs = None,
    interpreter: options.Interpreters = None,
    store: options.StoreOption = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Check that cases keep the contract, run without a warning, and repeat to the bit.

    Every clean program is run twice.

    [bold]Examples[/bold]

      debugdiff cases check gru_sentiment
      debugdiff cases check path/to/my_case --framework pytorch
    """
    from debugdiff.campaign.checks import check_cases as check  # noqa: PLC0415 - as above
    from debugdiff.cli import views  # noqa: PLC0415
    from debugdiff.cli.progress import progress_for  # noqa: PLC0415
    from debugdiff.cli.selection import Selection  # noqa: PLC0415

    selection = Selection(
        cases=case,
        frameworks=framework,
        stacks=stack,
        size=size,
        seeds=seed,
        jobs=jobs,
        interpreters=interpreter,
        store=store,
    )
    request = selection.request()
    try:
        with progress_for(quiet=quiet, verbose=verbose > 0) as progress:
            lines = check(request, progress=progress)
    except KeyboardInterrupt:
        say("Interrupted; nothing was checked to the end.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    print_result(views.checks_json(lines) if json else views.checks(lines, page()))
    if not all(line.passed for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)
