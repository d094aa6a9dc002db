"""`debugdiff trace`."""

from typing import Annotated

from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import WHAT, FindingOutput, option
from debugdiff.cli.scripts import Script, ScriptOptions, leave, run
from debugdiff.model import ProbeChoice


@takes_groups
def trace(
    *,
    script: Script,
    every: Annotated[
        int | None,
        option(
            WHAT,
            "--every",
            min=1,
            help="Read only every Nth step. Default: the first 64, then every 16th.",
        ),
    ] = None,
    site: Annotated[
        list[str] | None,
        option(
            WHAT,
            "--site",
            metavar="GLOB",
            help="Read only these sites, such as 'encoder.*'. Repeatable.",
        ),
    ] = None,
    options: ScriptOptions,
    output: FindingOutput,
) -> None:
    """Run your own script, and show the values of every layer.

    One row per layer, in the order of execution: its line, shape, statistics, gradient, update and
    its curve over the steps. What a published check finds wrong is marked and explained. The script
    runs in place, as `python SCRIPT ARGS` would run it; its output goes to stderr.

    Examples:
      debugdiff trace train.py
      debugdiff trace train.py --site 'encoder.*' --every 10 -- --epochs 3
      debugdiff trace train.py --json > trace.json
      debugdiff trace train.py --format github
    """
    destination = output.settle()
    choice = ProbeChoice(every=every, sites=tuple(site or ()), digests=False)
    finished = run(options.request(script, choice=choice))

    from debugdiff.report.findings import of_trace  # noqa: PLC0415 - after the script
    from debugdiff.report.trace import render, render_json  # noqa: PLC0415
    from debugdiff.score.tracing import trace_of  # noqa: PLC0415

    result = trace_of(finished)
    destination.write_findings(
        lambda: render_json(result), lambda page: render(result, page), lambda: of_trace(result)
    )
    leave(finished)
