"""`debugdiff verdict`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from debugdiff.archives import is_zip
from debugdiff.cli.measured import measured
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import (
    WHAT,
    OutputOptions,
    Selection,
    file_option,
    format_option,
    option,
)
from debugdiff.errors import DebugdiffError
from debugdiff.report import ANY_RESULT, Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.campaign.claims import Decided
    from debugdiff.cli.output import Output
    from debugdiff.report import Page
    from debugdiff.verdict import Claim, ClaimVerdict

_FORMATS = (*ANY_RESULT, Format.CSV)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output(OutputOptions):
    """The same, and as a table of comma-separated values."""

    offered: ClassVar[tuple[Format, ...]] = _FORMATS

    output: Annotated[Path | None, file_option(_FORMATS)] = None
    format: Annotated[Format | None, format_option(_FORMATS)] = None


@takes_groups
def verdict(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BUNDLE.zip] [CLAIM | CLAIMS.toml]",
            help="The id of one claim, to show it in full, or a file with your own claims. Default:"
            " the claims of the review, one line each; of a bundle, its own.",
            show_default=False,
        ),
    ] = None,
    *,
    claims: Annotated[
        Path | None,
        option(WHAT, "--claims", metavar="FILE", help="The file that holds CLAIM."),
    ] = None,
    selection: Annotated[Selection, only("bug", "category", "bugs", "size", "seed", "store")],
    output: _Output,
) -> None:
    """Test claims about the frameworks against the stored evidence.

    A claim is a sentence with the one figure that decides it. No program is run: program sizes are
    measured now, and everything else comes from the store, which `debugdiff run` fills, or from a
    bundle.

    Examples:
      debugdiff verdict
      debugdiff verdict fit-is-shorter
      debugdiff verdict my_claims.toml --json
      debugdiff verdict -o claims.csv
      debugdiff verdict results.zip
    """
    from debugdiff.campaign.claims import decide_claims  # noqa: PLC0415 - not needed for `--help`

    destination = output.settle()
    bundles, claim = _split(named or ())
    with measured(replace(selection, case=bundles)) as found:
        known, name = _claims(claim, claims or found.claims)
        decided = decide_claims(known, found.request)
        _write(decided, [each for each in decided.verdicts if each.claim.id == name], destination)


def _split(named: "Sequence[str]") -> tuple[list[str], str | None]:
    """Bundles, and the claim or file of claims."""
    bundles = [text for text in named if is_zip(text)]
    claims = [text for text in named if text not in bundles]
    if len(bundles) > 1 or len(claims) > 1:
        raise DebugdiffError(
            "There is more than one bundle, or more than one claim.",
            hint="Name at most one of each: debugdiff verdict BUNDLE.zip CLAIM.",
            slug="claim-unknown",
        )
    return bundles, next(iter(claims), None)


def _claims(claim: str | None, file: Path | None) -> "tuple[tuple[Claim, ...], str]":
    """The claims of the file, and the id of the one that is opened; empty if none is."""
    from debugdiff.verdict import read_claims, review_claims  # noqa: PLC0415 - not for `--help`

    is_file = claim is not None and claim.endswith(".toml")
    known = read_claims(Path(claim or "") if is_file else file or review_claims())
    name = "" if claim is None or is_file else claim
    if name and name not in {each.id for each in known}:
        raise DebugdiffError(
            f"No claim has the id `{name}`.",
            hint=f"Claims: {', '.join(each.id for each in known)}.",
            slug="claim-unknown",
        )
    return known, name


def _write(decided: "Decided", opened: "list[ClaimVerdict]", destination: "Output") -> None:
    from debugdiff.report.csv import claims_text  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.verdict import render, render_json, render_one  # noqa: PLC0415

    def on_page(page: "Page") -> str:
        if opened:
            return render_one(opened[0], page)
        return render(decided.verdicts, page, missing=decided.missing, seconds=decided.seconds)

    chosen = opened or decided.verdicts
    as_csv = {Format.CSV: lambda: claims_text(chosen)}
    destination.write(lambda: render_json(chosen), on_page, as_csv)
