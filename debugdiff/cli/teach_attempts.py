"""`debugdiff teach study` and `log export`: what the log of a learner records, and its tables."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli.console import say
from debugdiff.cli.help_text import Application
from debugdiff.cli.teach import app
from debugdiff.errors import DebugdiffError

log_app = Application(
    help="The log of your attempts.",
)
app.add_typer(log_app, name="log")


@app.command()
def study(
    state: Annotated[
        str, typer.Argument(metavar="on|off", help="Whether the log records all you do.")
    ],
) -> None:
    """Choose whether the log records all you do or only your progress. It stays in this folder.

    Examples:
      debugdiff teach study off
    """
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415 - not needed for `--help`

    if state not in {"on", "off"}:
        raise DebugdiffError(
            f"`{state}` is neither `on` nor `off`.",
            hint="debugdiff teach study off",
            slug="study-state",
        )
    open_workspace().with_study(state == "on").save()
    say("The log records " + ("all you do." if state == "on" else "only your progress."))


@log_app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the tables go.")],
    *,
    progsnap2: Annotated[
        bool, typer.Option("--progsnap2", help="Write ProgSnap2 tables.", show_default=False)
    ] = True,
    subject: Annotated[
        str, typer.Option("--subject", help="The name that stands for you in the tables.")
    ] = "learner",
) -> None:
    """Write the log of your attempts as ProgSnap2 tables, for research.

    Examples:
      debugdiff teach log export tables --progsnap2
    """
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.progsnap import export_progsnap2  # noqa: PLC0415 - not for `--help`

    del progsnap2
    count = export_progsnap2(open_workspace(), folder, subject=subject)
    say(f"{count} events in {folder}.")
