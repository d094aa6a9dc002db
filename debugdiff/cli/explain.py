"""`debugdiff explain`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import OUTPUT, WHERE, FindingOutput, format_option, option
from debugdiff.cli.scripts import ScriptOptions, leave, run
from debugdiff.errors import DebugdiffError
from debugdiff.report import ANY_RESULT, OF_FINDINGS, Format

if TYPE_CHECKING:
    from debugdiff.cli.output import Output
    from debugdiff.scripts import ScriptRequest
    from debugdiff.suspects.explaining import Explanation
    from debugdiff.suspects.modes import ModeRun
    from debugdiff.suspects.trying import Experiment


_FORMATS = (*OF_FINDINGS, Format.PROMPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output(FindingOutput):
    """The same, and the evidence as Markdown for whoever is asked next: `prompt`."""

    offered: ClassVar[tuple[Format, ...]] = _FORMATS

    format: Annotated[Format | None, format_option(_FORMATS)] = None


@takes_groups
def explain(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    script: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCRIPT]",
            help="A Python file or a notebook, run in place as `python SCRIPT` would run it,"
            " without a sandbox.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        str | None,
        option(
            WHERE,
            "--log",
            metavar="FILE",
            help="Run nothing; read the traceback in this log (`-`: standard input).",
        ),
    ] = None,
    modes: Annotated[
        bool,
        option(
            WHERE,
            "--modes",
            help="After a crash, run the script again in every mode and on every installed back"
            " end, and show which of them prints the line to suspect.",
        ),
    ] = False,
    try_changes: Annotated[
        bool,
        option(
            WHERE,
            "--try",
            help="After a crash, run a copy of the program with each change that a suspect implies,"
            " in a sandbox, and show which of them end the crash.",
        ),
    ] = False,
    full: Annotated[
        bool,
        option(
            OUTPUT,
            "--full",
            help="Also print the whole traceback, as Python would have printed it.",
        ),
    ] = False,
    options: ScriptOptions,
    output: _Output,
) -> None:
    """Run your own script, or read its log, and list lines to suspect.

    After a crash: your own lines, with the shapes and dtypes in the failing expressions, the layer
    that was running, what it expected and what it got. After a run without a crash: the published
    checks that found something. Then the lines to look at, ranked, each with its reason.

    Examples:
      debugdiff explain train.py
      debugdiff explain train.py --full -- --epochs 3
      debugdiff explain train.py --json
      debugdiff explain -m project.train -- --epochs 1
      debugdiff explain --log slurm-1234.out train.py
      debugdiff explain train.py --modes
      debugdiff explain train.py --try
      debugdiff explain train.py --format prompt > evidence.md
      debugdiff explain train.py -o found.sarif
    """
    destination = output.settle()
    if modes or try_changes:
        wanted = "--modes" if modes else "--try"
        _require_script(wanted, script, nothing_runs=log is not None, output=destination)
    if log is not None:
        _show(_read_log(log, script), destination, full=full)
        return
    if script is None:
        raise DebugdiffError(
            "There is neither a script to run nor a log to read.",
            hint="Give a Python file, or a log: `debugdiff explain --log FILE [SCRIPT]`.",
            slug="script-missing",
        )
    request = options.request(script, post_mortem=True)
    finished = run(request)

    from debugdiff.suspects.explaining import explanation_of  # noqa: PLC0415 - after the script

    found = explanation_of(finished)
    runs = _in_other_modes(found, request) if modes else ()
    experiment = _with_changes(found, request) if try_changes else None
    _show(found, destination, full=full, runs=runs, experiment=experiment)
    leave(finished)


def _require_script(
    wanted: str, script: str | None, *, nothing_runs: bool, output: "Output"
) -> None:
    """Refuse what runs a script again where nothing is run, or where its page has no place."""
    has_no_table = output.format not in ANY_RESULT
    if nothing_runs or has_no_table or (script or "").endswith(".ipynb"):
        raise DebugdiffError(
            f"`{wanted}` runs a script again, and prints what came of it.",
            hint="Leave out --log and --format, and name a Python file.",
            slug="modes-need-script",
        )


def _in_other_modes(found: "Explanation", request: "ScriptRequest") -> "tuple[ModeRun, ...]":
    from debugdiff.cli.console import say  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.suspects.modes import try_modes  # noqa: PLC0415

    runs = try_modes(found, request, say)
    if not runs:
        say("The script did not crash: there is nothing to run again.")
    return runs


def _with_changes(found: "Explanation", request: "ScriptRequest") -> "Experiment":
    from debugdiff.cli.console import say  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.suspects.trying import try_edits  # noqa: PLC0415

    return try_edits(found, request, say)


def _read_log(name: str, script: str | None) -> "Explanation":
    from debugdiff.scripts.log import read_log  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.suspects.explaining import explanation_of_log  # noqa: PLC0415

    text = read_log(None if name == "-" else Path(name))
    shown = "standard input" if name == "-" else Path(name).name
    return explanation_of_log(text, shown, Path(script) if script else None)


def _show(
    found: "Explanation",
    destination: "Output",
    *,
    full: bool,
    runs: "tuple[ModeRun, ...]" = (),
    experiment: "Experiment | None" = None,
) -> None:
    from debugdiff.report.explain import render, render_json  # noqa: PLC0415 - not for `--help`
    from debugdiff.report.findings import of_explanation  # noqa: PLC0415
    from debugdiff.report.prompt import render_prompt  # noqa: PLC0415

    destination.write_findings(
        lambda: render_json(found, runs, experiment),
        lambda page: render(found, page, full=full, runs=runs, experiment=experiment),
        lambda: of_explanation(found),
        {Format.PROMPT: lambda: render_prompt(found)},
    )
