"""`debugdiff report`."""

from typing import Annotated

from debugdiff.cli.option_groups import takes_groups, without
from debugdiff.cli.options import OUTPUT, OutputOptions, Selection, TableOptions, option
from debugdiff.report import Format


@takes_groups
def report(
    *,
    selection: Annotated[Selection, without("depth", "jobs", "fresh", "sandbox")],
    wanted: Annotated[
        Format | None,
        option(
            OUTPUT,
            "--format",
            help="How to write it. Default: table, or what the suffix of -o asks for.",
        ),
    ] = None,
    tables: TableOptions,
    verbose: Annotated[
        bool, option(OUTPUT, "--verbose", "-v", help="Every table, below the answers.")
    ] = False,
    output: OutputOptions,
) -> None:
    """Print the answers of a run again, or the tables behind them; nothing is executed.

    Give the options that the run was given: they decide which records belong to it.

    [bold]Examples[/bold]

      debugdiff report gru_sentiment
      debugdiff report gru_sentiment --table bugs --table comparison
      debugdiff report gru_sentiment --format json
      debugdiff report -o report.svg
    """
    from debugdiff import campaign  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.console import say  # noqa: PLC0415

    destination = output.settle(wanted)
    stored = campaign.stored(selection.request())
    if not stored.results:
        say("The store holds no record of this selection yet; `debugdiff run` makes them.")
    destination.write_report(stored, tables, every=verbose)
