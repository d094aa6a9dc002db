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
            help="The id of one claim, to show it in full, or a file with your own claims. Default:"
            " the claims of the review, one line each.",
            show_default=False,
        ),
    ] = None,
    *,
    claims: Annotated[
        Path | None,
        option(WHAT, "--claims", metavar="FILE", help="The file that holds CLAIM."),
    ] = None,
    selection: Annotated[Selection, only("bug", "category", "bugs", "size", "seed", "store")],
    json: Json = False,
) -> None:
    """Test claims about the frameworks against the stored evidence.

    A claim is a sentence with the one figure that decides it. No program is run: program sizes are
    measured now, and everything else comes from the store, which `debugdiff run` fills.

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
