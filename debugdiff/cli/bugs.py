"""`debugdiff bugs list`, `show` and `check`."""

from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result
from debugdiff.cli.lazy import MARKUP
from debugdiff.errors import DebugdiffError, ExitCode

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=MARKUP,
    no_args_is_help=True,
    help="The bugs: one fault, written once per framework.",
)

Globs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="BUG",
        help="Ids or globs, such as 'shape/*'. Default: all bugs.",
        show_default=False,
    ),
]


@app.command("list")
def list_bugs(
    *,
    bug: Globs = None,
    category: options.Categories = None,
    catalogue: options.Catalogues = None,
    json: options.Json = False,
) -> None:
    """List bugs with what they are expected to do in each framework.

    [bold]Examples[/bold]

      debugdiff bugs list
      debugdiff bugs list 'shape/*' --json
    """
    from debugdiff.cli import views  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.selection import find_bugs  # noqa: PLC0415

    found = find_bugs(bug, category, catalogue)
    print_result(views.bugs_json(found) if json else views.bugs(found, page()))


@app.command("show")
def show_bug(
    *,
    bug: Annotated[str, typer.Argument(metavar="BUG", help="The id of a bug.")],
    catalogue: options.Catalogues = None,
    json: options.Json = False,
) -> None:
    """Show one bug: its story, how it is written, its examples and references.

    [bold]Example[/bold]

      debugdiff bugs show shape/concat-wrong-axis
    """
    from debugdiff.cli import views  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.selection import find_bugs  # noqa: PLC0415

    found = find_bugs([bug], None, catalogue)
    if len(found) > 1:
        raise DebugdiffError(
            f"`{bug}` names {len(found)} bugs.",
            hint=f"Choose one of: {', '.join(each.id for each in found)}.",
            slug="bug-ambiguous",
        )
    print_result(views.bugs_json(found) if json else views.bug(found[0], page()))


@app.command("check")
def check_bugs(
    *,
    bug: Globs = None,
    category: options.Categories = None,
    catalogue: options.Catalogues = None,
    case: Annotated[
        list[str] | None,
        typer.Option(
            "--case", help="Try them on these cases. Repeatable. Default: all.", show_default=False
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Check that patterns parse, examples transform, and each bug fits some program.

    Nothing is executed.

    [bold]Examples[/bold]

      debugdiff bugs check
      debugdiff bugs check 'mine/*' --catalogue path/to/my_bugs --case path/to/my_case
    """
    from debugdiff.campaign.bug_checks import check_bugs as check  # noqa: PLC0415 - as above
    from debugdiff.cli import views  # noqa: PLC0415
    from debugdiff.cli.selection import find_bugs, find_cases  # noqa: PLC0415

    lines = check(find_bugs(bug, category, catalogue), find_cases(case))
    print_result(views.checks_json(lines) if json else views.checks(lines, page()))
    if not all(line.passed for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)
