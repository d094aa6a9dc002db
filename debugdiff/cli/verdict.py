"""`debugdiff verdict`."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli.console import page, print_result
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import WHAT, Json, Selection, option
from debugdiff.errors import DebugdiffError


@takes_groups
def verdict(
    claim: Annotated[
        str | None,
        typer.Argument(
            metavar="[CLAIM | CLAIMS.toml]",
            help="One claim to open, by its id, or a file of claims of your own. Default: the"
            " review's claims, one line each.",
            show_default=False,
        ),
    ] = None,
    *,
    claims: Annotated[
        Path | None,
        option(WHAT, "--claims", metavar="FILE", help="The file in which to look for CLAIM."),
    ] = None,
    selection: Annotated[Selection, only("bug", "category", "bugs", "size", "seed", "store")],
    json: Json = False,
) -> None:
    """Say what the stored evidence says of a claim about frameworks.

    A claim is a sentence with the one figure that decides it. Nothing is executed: sizes of
    programs are measured at once, all else comes from the store, which `debugdiff run` fills.

    [bold]Examples[/bold]

      debugdiff verdict
      debugdiff verdict fit-is-shorter
      debugdiff verdict my_claims.toml --json
    """
    from debugdiff.campaign.claims import decide_claims  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.verdict import render, render_json, render_one  # noqa: PLC0415
    from debugdiff.verdict import read_claims, review_claims  # noqa: PLC0415

    is_file = claim is not None and claim.endswith(".toml")
    known = read_claims(Path(claim or "") if is_file else claims or review_claims())
    if claim is not None and not is_file and claim not in {each.id for each in known}:
        raise DebugdiffError(
            f"No claim has the id `{claim}`.",
            hint=f"Claims: {', '.join(each.id for each in known)}.",
            slug="claim-unknown",
        )
    decided = decide_claims(known, selection.request())
    opened = [each for each in decided.verdicts if each.claim.id == claim]
    if json:
        print_result(render_json(opened or decided.verdicts))
    elif opened:
        print_result(render_one(opened[0], page()))
    else:
        print_result(
            render(decided.verdicts, page(), missing=decided.missing, seconds=decided.seconds)
        )
