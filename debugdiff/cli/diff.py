"""`debugdiff diff`."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import WHAT, FindingOutput, option
from debugdiff.cli.scripts import ScriptOptions
from debugdiff.errors import ExitCode
from debugdiff.model import ProbeChoice

Good = Annotated[
    str,
    typer.Argument(metavar="GOOD", help="The script that works.", show_default=False),
]
Bad = Annotated[
    str,
    typer.Argument(metavar="BAD", help="The script that does not.", show_default=False),
]


@takes_groups
def diff(
    *,
    good: Good,
    bad: Bad,
    site: Annotated[
        list[str] | None,
        option(
            WHAT,
            "--site",
            metavar="GLOB",
            help="Compare only these sites, such as 'encoder.*'. Repeatable.",
        ),
    ] = None,
    options: ScriptOptions,
    output: FindingOutput,
) -> None:
    """Find where two scripts diverge: the first layer and step.

    Runs both scripts in place, without a sandbox and with the same arguments, and compares the
    values of every layer within the tolerance of its dtype. Both must set a seed, or they diverge
    by chance. Exit status 0: equal; 1: they diverge.

    Examples:
      debugdiff diff yesterday.py today.py
      debugdiff diff good.py bad.py --steps 3 -- --epochs 1
      debugdiff diff good.py bad.py --json
      debugdiff diff good.py bad.py -o diff.sarif
    """
    from debugdiff.report.diff import render, render_json  # noqa: PLC0415
    from debugdiff.report.findings import of_diff  # noqa: PLC0415
    from debugdiff.run_diff import diff_scripts  # noqa: PLC0415 - not needed for `--help`

    destination = output.settle()
    choice = ProbeChoice(sites=tuple(site or ()))
    requests = [options.request(script, choice=choice) for script in (good, bad)]
    result = diff_scripts(*requests)
    names = (Path(good).name, Path(bad).name)
    destination.write_findings(
        lambda: render_json(result, names),
        lambda page: render(result, names, page),
        lambda: of_diff(result, *(request.path for request in requests)),
    )
    if result.parted:
        raise typer.Exit(ExitCode.CHECK_FAILED)
