"""`debugdiff explain`."""

from typing import Annotated

from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import OUTPUT, OutputOptions, option
from debugdiff.cli.scripts import Script, ScriptOptions, leave, run


@takes_groups
def explain(
    *,
    script: Script,
    full: Annotated[
        bool,
        option(
            OUTPUT,
            "--full",
            help="Print the whole traceback as well, as Python would have printed it.",
        ),
    ] = False,
    options: ScriptOptions,
    output: OutputOptions,
) -> None:
    """Run a script of your own, and say which lines to suspect.

    After a crash: your own lines, with shapes and dtypes of what the failing expressions held, the
    layer at work, what was expected and what came. After a run that ends well: the published
    checks that found something. Then the lines to look at, ranked, each with its reason.

    [bold]Examples[/bold]

      debugdiff explain train.py
      debugdiff explain train.py --full -- --epochs 3
      debugdiff explain train.py --json
    """
    destination = output.settle()
    finished = run(options.request(script, post_mortem=True))

    from debugdiff.report.explain import render, render_json  # noqa: PLC0415 - after the script
    from debugdiff.suspects.explaining import explanation_of  # noqa: PLC0415

    result = explanation_of(finished)
    destination.write(lambda: render_json(result), lambda page: render(result, page, full=full))
    leave(finished)
