"""`debugdiff cases list`, `show`, `new` and `check`."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli import completion
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.help_text import Application
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import Json, ProgressOptions, Selection
from debugdiff.errors import ExitCode
from debugdiff.visible import visible_line

app = Application(
    help="The cases: one problem, written several times.",
)


@app.command("list")
@takes_groups
def list_cases(*, selection: Annotated[Selection, only("case")], json: Json = False) -> None:
    """List cases with their implementations.

    Examples:
      debugdiff cases list
      debugdiff cases list path/to/my_case --json
    """
    from debugdiff.choosing import find_cases  # noqa: PLC0415
    from debugdiff.cli import case_views as views  # noqa: PLC0415 - not needed for `--help`

    cases = find_cases(selection.case)
    print_result(views.cases_json(cases) if json else views.cases_table(cases, page()))


@app.command("show")
def show_case(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE", help="A shipped case, or a path.", autocompletion=completion.cases
        ),
    ],
    implementation: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMPLEMENTATION",
            help="Only these programs, in this order. Default: all.",
            autocompletion=completion.programs,
        ),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Print a case and its programs, side by side if the terminal is wide enough.

    Examples:
      debugdiff cases show gru_sentiment
      debugdiff cases show gru_sentiment pytorch keras_functional
    """
    from debugdiff.cases import find_case  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli import case_views as views  # noqa: PLC0415

    subject = find_case(case)
    text = (
        views.cases_json((subject,))
        if json
        else views.case_page(subject, implementation or (), page())
    )
    print_result(text)


@app.command("new")
def new_case(
    folder: Annotated[
        Path, typer.Argument(metavar="NAME", help="The folder to write, and the case's name.")
    ],
) -> None:
    """Write a working pair of programs to start from: a small classifier, in both frameworks.

    Examples:
      debugdiff cases new my_case
      debugdiff cases check ./my_case
    """
    from debugdiff.case_template import write_case  # noqa: PLC0415 - not needed for `--help`

    written = write_case(folder)
    print_result("".join(f"{visible_line(str(path))}\n" for path in written))
    say(f"Edit them, and check them with: debugdiff cases check {folder}/")


@app.command("check")
@takes_groups
def check_cases(
    *,
    selection: Annotated[
        Selection,
        only(
            *("case", "framework", "stack", "size", "seed", "jobs", "python", "sandbox"),
            "store",
        ),
    ],
    json: Json = False,
    progress: ProgressOptions,
) -> None:
    """Check that cases keep the contract, run clean, repeat bit by bit, and are one model each.

    Every clean program runs twice. With a size above tiny, it must also learn.

    Examples:
      debugdiff cases check gru_sentiment
      debugdiff cases check path/to/my_case --framework pytorch
      debugdiff cases check gru_sentiment --size small --seed 0 --seed 1 --seed 2
    """
    from debugdiff.campaign.case_checks import check_cases as check  # noqa: PLC0415 - as above
    from debugdiff.cli import views  # noqa: PLC0415

    request = selection.request()
    with progress.reporter() as reporter:
        lines = check(request, progress=reporter)
    print_result(views.checks_json(lines) if json else views.checks(lines, page()))
    if not all(line.passed for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)
