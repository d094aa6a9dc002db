"""`debugdiff doctor`."""

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result
from debugdiff.errors import ExitCode


def doctor(
    *,
    interpreter: options.Interpreters = None,
    store: options.StoreOption = None,
    json: options.Json = False,
) -> None:
    """Say what is installed, what is missing, and how to get it."""
    from debugdiff.campaign.doctor import diagnose  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli import views  # noqa: PLC0415
    from debugdiff.cli.selection import parse_interpreters  # noqa: PLC0415
    from debugdiff.config import default_store  # noqa: PLC0415

    lines = diagnose(store or default_store(), parse_interpreters(interpreter))
    print_result(views.doctor_json(lines) if json else views.doctor(lines, page()))
    if any(line.needed and not line.found for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)
