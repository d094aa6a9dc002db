"""`debugdiff report`."""

from typing import Annotated

from debugdiff.cli.measured import measured
from debugdiff.cli.option_groups import takes_groups, without
from debugdiff.cli.options import OUTPUT, ReportOutput, Selection, TableOptions, option


@takes_groups
def report(
    *,
    selection: Annotated[Selection, without("depth", "jobs", "fresh", "sandbox")],
    tables: TableOptions,
    verbose: Annotated[
        bool, option(OUTPUT, "--verbose", "-v", help="Print every table below the summary.")
    ] = False,
    output: ReportOutput,
) -> None:
    """Print the results of a run again, or the tables behind them.

    Use the same options as for the run: they decide which records belong to it. You can also
    give a bundle (`debugdiff bundle`) in place of a case; it needs none of these options.

    Examples:
      debugdiff report gru_sentiment
      debugdiff report gru_sentiment --table bugs --table comparison
      debugdiff report gru_sentiment --format json
      debugdiff report -o report.svg
      debugdiff report results.zip
      debugdiff report gru_sentiment -o tables.zip
      debugdiff report gru_sentiment -v --format markdown >> "$GITHUB_STEP_SUMMARY"
    """
    from debugdiff import campaign  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.console import say  # noqa: PLC0415

    destination = output.settle()
    with measured(selection) as found:
        stored = campaign.stored(found.request)
        if not stored.results:
            say("The store has no record of this selection yet; `debugdiff run` makes them.")
        destination.write_report(stored, tables, every=verbose)
