"""`debugdiff doctor`."""

from typing import Annotated

import typer

from debugdiff.cli.console import page, print_result
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import Json, Selection
from debugdiff.errors import ExitCode


@takes_groups
def doctor(*, selection: Annotated[Selection, only("python", "store")], json: Json = False) -> None:
    """Show what is installed, what is missing, and how to install it."""
    from debugdiff.campaign.doctor import diagnose  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli import views  # noqa: PLC0415
    from debugdiff.config import default_store  # noqa: PLC0415

    store = selection.store or default_store()
    lines = diagnose(store, selection.stacks().interpreters)
    print_result(views.doctor_json(lines) if json else views.doctor(lines, page()))
    if any(line.needed and not line.found for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)
