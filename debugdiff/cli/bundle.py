"""`debugdiff bundle OUT.zip` and `bundle verify`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from debugdiff.archives import SUFFIX, is_zip
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.help_text import Application, Group
from debugdiff.cli.option_groups import takes_groups, without
from debugdiff.cli.options import OUTPUT, WHAT, Json, Quiet, Selection, option
from debugdiff.errors import DebugdiffError, ExitCode

_MAKE = "make"


def _nothing(_text: str) -> None:
    """Say nothing."""


class _MakesByDefault(Group):
    """A group whose first command needs no name: `bundle OUT.zip` is `bundle make OUT.zip`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Also where an option of `make` comes first."""
        help_names = self.get_help_option_names(ctx)
        is_option = args and args[0].startswith("-") and args[0] not in help_names
        return super().parse_args(ctx, [_MAKE, *args] if is_option else args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named; where none is, the first."""
        return super().resolve_command(ctx, args if args[0] in self.commands else [_MAKE, *args])


app = Application(
    cls=_MakesByDefault,
    help="""Write results into one file that can be cited and checked, or check such a file.

    `bundle OUT.zip` is short for `bundle make OUT.zip`.

    Examples:
      debugdiff bundle results.zip gru_sentiment
      debugdiff bundle verify results.zip
    """,
)


@app.command(_MAKE)
@takes_groups
def make(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    output: Annotated[Path, typer.Argument(metavar="OUT.zip", help="The new bundle.")],
    selection: Annotated[Selection, without("depth", "jobs", "fresh", "sandbox")],
    claims: Annotated[
        Path | None,
        option(WHAT, "--claims", metavar="FILE", help="A file of claims. Default: the review's."),
    ] = None,
    author: Annotated[
        list[str] | None,
        option(
            OUTPUT,
            "--author",
            metavar="NAME",
            help="Who should be cited: 'Family, Given', or the name of a group. Repeatable.",
        ),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the stored results of a run into one file that can be cited and checked.

    It has the records, programs, bugs, claims with their verdicts, versions, licences and
    checksums, and can be read without a framework. Use the same options as for the run. The same
    store gives the same bytes.

    Examples:
      debugdiff bundle results.zip gru_sentiment
      debugdiff bundle results.zip gru_sentiment --bug 'shape/*' --author 'Noether, Emmy'
      debugdiff report results.zip
      debugdiff bundle verify results.zip
    """
    from debugdiff.campaign.bundling import write_bundle  # noqa: PLC0415 - not for `--help`
    from debugdiff.cli.bundle_views import written, written_json  # noqa: PLC0415
    from debugdiff.files import require_place  # noqa: PLC0415
    from debugdiff.verdict import review_claims  # noqa: PLC0415

    require_place(output)
    _require_suffix(output)
    request = selection.request()
    bundled = write_bundle(
        output, request, claims or review_claims(), author or (), _nothing if quiet else say
    )
    print_result(written_json(bundled) if json else written(bundled, page()))


def _require_suffix(file: Path) -> None:
    if not is_zip(file.name):
        raise DebugdiffError(
            f"`{file}` is no name for a bundle: it ends in `{SUFFIX}`.",
            hint=f"Write: debugdiff bundle {file}{SUFFIX} CASE.",
            slug="unknown-format",
        )


@app.command("verify")
def verify_bundle(
    file: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The bundle to check.")],
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Check every member of a bundle, and compute every score again from its records.

    No program is run, and no framework is needed. Exit status 1 if a member was altered, or a score
    comes out different.

    Examples:
      debugdiff bundle verify results.zip
      debugdiff bundle verify results.zip --json
    """
    from debugdiff.campaign.verifying import verify  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.bundle_views import checked, checked_json  # noqa: PLC0415

    found = verify(file, _nothing if quiet else say)
    print_result(checked_json(file, found) if json else checked(file, found, page()))
    if not found.holds:
        raise typer.Exit(ExitCode.CHECK_FAILED)
