"""`debugdiff run`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import (
    WHERE,
    ReportOutput,
    RunProgressOptions,
    Selection,
    TableOptions,
    interruptible,
    setting,
)
from debugdiff.errors import DebugdiffError, ExitCode

if TYPE_CHECKING:
    from debugdiff.campaign import RunRequest
    from debugdiff.campaign.sharding import Shard
    from debugdiff.cli.output import Output
    from debugdiff.cluster import Cluster


@takes_groups
def run(  # noqa: PLR0913 - each is a choice of the user's
    *,
    selection: Selection,
    shard: Annotated[
        str | None,
        setting(
            WHERE,
            "--shard",
            metavar="NUMBER/PARTS",
            help="Only one part of the trials, such as 3/20, and no report: for several machines,"
            " whose stores `debugdiff store merge` puts together.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        setting(
            WHERE,
            "--cluster",
            metavar="CLUSTER",
            help="Run trials on workers of dask.distributed: local:4, tcp://127.0.0.1:8786,"
            " tls://HOST:8786 or slurm:PROFILE.toml. Their threads, and not --jobs, say how many"
            " trials run at once.",
        ),
    ] = None,
    tables: TableOptions,
    output: ReportOutput,
    progress: RunProgressOptions,
) -> None:
    """Put bugs into programs, run them, and compare what a user sees.

    Only trials without a stored record are run. The summary fits on one screen; -v and --table
    print the tables behind it.

    Examples:
      debugdiff run gru_sentiment
      debugdiff run gru_sentiment --bug 'shape/*' --mode default --mode unfiltered
      debugdiff run bag_of_embeddings --mode all --stack keras-tensorflow
      debugdiff run path/to/my_case --framework pytorch --seed 0 --seed 1
      debugdiff run gru_sentiment --table bugs --table access
      debugdiff run my_script.py --timeout 30 --json
      debugdiff run -o report.html
      debugdiff run --shard 3/20 --store part3.sqlite3
      debugdiff run --cluster tls://scheduler.example.org:8786
    """
    from debugdiff import campaign  # noqa: PLC0415 - not needed for `--help`

    destination = output.settle()
    _make_stacks(selection)
    request = replace(selection.request(), cluster=_cluster(cluster))
    if shard is not None:
        _run_part(replace(request, shard=_part_of(shard, tables)), destination, progress)
        return
    with progress.reporter() as reporter:
        report = campaign.run(request, progress=reporter)
    destination.write_report(report, tables, every=progress.verbose > 0)
    if report.not_run or any(case.broken for case in report.cases):
        raise typer.Exit(ExitCode.SOME_NOT_RUN)


def _make_stacks(selection: Selection) -> None:
    """Make the environments that the chosen stacks lack."""
    from debugdiff.cli.console import say  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.own_stacks import declared_stacks, make_stack  # noqa: PLC0415
    from debugdiff.own_stacks.choosing import names_of  # noqa: PLC0415
    from debugdiff.own_stacks.made import default_home  # noqa: PLC0415

    declared = declared_stacks(Path.cwd())
    with interruptible("Stacks that are complete stay; the same command makes the others."):
        for name in names_of(selection.stack or (), declared):
            if name in declared and declared[name].is_made:
                make_stack(declared[name], default_home(), say=say)


def _cluster(text: str | None) -> "Cluster | None":
    """The machines that were asked for; `DebugdiffError` if they cannot be, or need a package."""
    if text is None:
        return None
    from debugdiff.cluster import Cluster  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cluster.starting import require_dask  # noqa: PLC0415

    require_dask()
    return Cluster.parse(text)


def _part_of(text: str, tables: TableOptions) -> "Shard":
    """The part that was asked for; `DebugdiffError` for none, and for tables of a part."""
    from debugdiff.campaign.sharding import Shard  # noqa: PLC0415 - not needed for `--help`

    if tables.table:
        raise DebugdiffError(
            "A part of a campaign has no report, and so no tables.",
            hint="Merge the stores of all parts, and run the same command without --shard.",
            slug="shard-report",
        )
    return Shard.parse(text)


def _run_part(request: "RunRequest", output: "Output", progress: RunProgressOptions) -> None:
    from debugdiff.campaign.running import measure  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli import views  # noqa: PLC0415

    with progress.reporter() as reporter:
        part = measure(request, progress=reporter)
    output.write(
        lambda: views.part_json(request, part), lambda page: views.part(request, part, page)
    )
    if part.not_run:
        raise typer.Exit(ExitCode.SOME_NOT_RUN)
