"""`debugdiff compare`."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from debugdiff.archives import is_zip
from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import OUTPUT, OutputOptions, file_option, format_option, option
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.report import ANY_RESULT, Format

if TYPE_CHECKING:
    from collections import Counter

    from debugdiff.changes import Kind, SavedReport


COMPARED = "What to compare"
_FORMATS = (*ANY_RESULT, Format.JUNIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output(OutputOptions):
    """The same, and as tests for a CI."""

    offered: ClassVar[tuple[Format, ...]] = _FORMATS

    output: Annotated[Path | None, file_option(_FORMATS)] = None
    format: Annotated[Format | None, format_option(_FORMATS)] = None


class FailOn(StrEnum):
    """Which changes make the command fail."""

    WORSE = "worse"
    SILENT = "silent"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two reports, each perhaps twice, and the stack that counts in each."""

    before: Annotated[
        Path,
        typer.Argument(metavar="BEFORE", help="A report that `run --json` wrote, or a bundle."),
    ]
    after: Annotated[
        Path | None,
        typer.Argument(
            metavar="[AFTER]",
            help="The other report. Default: BEFORE again, with another stack.",
            show_default=False,
        ),
    ] = None
    before_again: Annotated[
        Path | None,
        option(
            COMPARED,
            "--before-again",
            metavar="FILE",
            help="A second run of BEFORE. With one report and two stacks, it is used for both.",
        ),
    ] = None
    after_again: Annotated[
        Path | None,
        option(
            COMPARED,
            "--after-again",
            metavar="FILE",
            help="A second run of AFTER. What differs between two runs of one version varies on its"
            " own, and is not counted as a change.",
        ),
    ] = None
    stack_before: Annotated[
        str | None,
        option(COMPARED, "--stack-before", metavar="STACK", help="The stack to look at in BEFORE."),
    ] = None
    stack_after: Annotated[
        str | None,
        option(COMPARED, "--stack-after", metavar="STACK", help="The stack to look at in AFTER."),
    ] = None

    def reports(self) -> "tuple[list[SavedReport], list[SavedReport]]":
        """The reports of each side; `DebugdiffError` where there are no two sides."""
        _require_two(self.after, self.stack_before, self.stack_after)
        after_again = self.after_again if self.after else self.after_again or self.before_again
        sides = ((self.before, self.before_again), (self.after or self.before, after_again))
        old, new = ([_report(path) for path in side if path is not None] for side in sides)
        return old, new


def _report(path: Path) -> "SavedReport":
    """A report of `run --json`, or that of a bundle, if nothing in this was altered."""
    from debugdiff.changes import parse_report, read_report  # noqa: PLC0415 - not for `--help`

    if not is_zip(path.name):
        return read_report(path)
    from debugdiff.campaign.bundle_form import REPORT  # noqa: PLC0415
    from debugdiff.campaign.unbundling import opened_archive  # noqa: PLC0415

    with opened_archive(path) as archive:
        archive.require_unaltered()
        return parse_report(path, lambda: archive.text(REPORT).encode())


@takes_groups
def compare(
    *,
    sides: Sides,
    fail_on: Annotated[
        FailOn | None,
        option(
            OUTPUT,
            "--fail-on",
            help="Exit status 1 if a fault has become silent (silent), has become silent or is"
            " reported worse (worse), or is reported differently in any way (any).",
        ),
    ] = None,
    every: Annotated[
        bool,
        option(
            OUTPUT, "--all", help="Also list what varies on its own, and what cannot be compared."
        ),
    ] = False,
    output: _Output,
) -> None:
    """Show what a new version changed in how bugs are reported.

    Compares two JSON reports, bug by bug and program by program: which faults are silent now, which
    are reported better or worse by the scores, and which words of the messages changed.

    Examples:
      debugdiff run gru_sentiment --json -o before.json
      debugdiff compare before.json after.json
      debugdiff compare before.json after.json --fail-on silent
      debugdiff compare before.json after.json -o changes.md
      debugdiff compare before.zip after.zip
      debugdiff compare report.json --stack-before keras-3.12-torch --stack-after keras-torch
    """
    from debugdiff.changes import compare_reports  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.changes import render, render_json, render_junit  # noqa: PLC0415

    destination = output.settle()
    found = compare_reports(*sides.reports(), stacks=(sides.stack_before, sides.stack_after))
    destination.write(
        lambda: render_json(found),
        lambda page: render(found, page, every=every),
        {Format.JUNIT: lambda: render_junit(found)},
    )
    if fail_on is not None and _fails(found.counts, fail_on):
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _require_two(after: Path | None, *stacks: str | None) -> None:
    """Refuse one report without two stacks, and one stack alone."""
    named = [stack for stack in stacks if stack is not None]
    if len(named) == 1 or (after is None and len(set(named)) != len(stacks)):
        raise DebugdiffError(
            "There is nothing to compare with.",
            hint="Name two reports; or two stacks, by --stack-before and --stack-after.",
            slug="one-side",
        )


def _fails(counts: "Counter[Kind]", fail_on: FailOn) -> bool:
    from debugdiff.changes import Kind  # noqa: PLC0415 - not needed for `--help`

    worse = {Kind.SILENT, Kind.WORSE, Kind.MIXED}
    kinds = {
        FailOn.SILENT: {Kind.SILENT},
        FailOn.WORSE: worse,
        FailOn.ANY: {*worse, Kind.REPORTED, Kind.BETTER, Kind.TEXT, Kind.NOT_COMPARABLE},
    }
    return any(counts[kind] for kind in kinds[fail_on])
