"""`debugdiff run`."""

import typer

from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import OutputOptions, RunProgressOptions, Selection, TableOptions
from debugdiff.errors import ExitCode


@takes_groups
def run(
    *,
    selection: Selection,
    tables: TableOptions,
    output: OutputOptions,
    progress: RunProgressOptions,
) -> None:
    """Put bugs into programs, run them, and compare what a user would see.

    Only trials without a stored record are run. The summary fits on one screen; -v and --table
    print the tables behind it.

    [bold]Examples[/bold]

      debugdiff run gru_sentiment
      debugdiff run gru_sentiment --bug 'shape/*' --mode default --mode unfiltered
      debugdiff run bag_of_embeddings --mode all --stack keras-tensorflow
      debugdiff run path/to/my_case --framework pytorch --seed 0 --seed 1
      debugdiff run gru_sentiment --table bugs --table access
      debugdiff run my_script.py --timeout 30 --json
      debugdiff run -o report.html
    """
    from debugdiff import campaign  # noqa: PLC0415 - not needed for `--help`

    destination = output.settle()
    request = selection.request()
    with progress.reporter() as reporter:
        report = campaign.run(request, progress=reporter)
    destination.write_report(report, tables, every=progress.verbose > 0)
    if report.not_run or any(case.broken for case in report.cases):
        raise typer.Exit(ExitCode.SOME_NOT_RUN)
