"""The commands, assembled. This module is all that `--help` loads."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import typer

from debugdiff.cli.help_text import Application
from debugdiff.cli.lazy import LazyGroup

SUMMARIES = {
    "run": "Put bugs into programs, run them, and compare what a user sees.",
    "report": "Print the results of a run again, or the tables behind them.",
    "show": "Show one trial in full, with the reason for every score.",
    "trace": "Run your own script, and show the values of every layer.",
    "explain": "Run your own script, or read its log, and list lines to suspect.",
    "diff": "Find where two scripts diverge: the first layer and step.",
    "compare": "Show what a new version changed in how bugs are reported.",
    "metrics": "Measure how readable Python files are, without running them.",
    "parity": "Check that all implementations of a case are the same model.",
    "harm": "Judge silent bugs by what they do to the metric over many seeds.",
    "speed": "Time programs of the same model, from the import to the evaluation.",
    "verdict": "Test claims about the frameworks against the stored evidence.",
    "bundle": "Write results into one file that can be cited and checked, or check such a file.",
    "cases": "The cases: one problem, written several times.",
    "bugs": "The bugs: one fault, written once per framework.",
    "roles": "Show where a program has its model, head, loss and other roles.",
    "stacks": "Several versions of a framework side by side: stacks of your own.",
    "store": "Check, repair or merge stores of finished trials.",
    "teach": "Learn to debug: courses of exercises, hints, and a judge of fixes.",
    "doctor": "Show what is installed, what is missing, and how to install it.",
    "help": "Explain a command, an error, or a page of the documentation.",
}
"""Every command by name, with the first sentence of its help."""

_HELP = """Measure, by experiment, how readable and how debuggable PyTorch and Keras programs are.

Examples:
  debugdiff run gru_sentiment
  debugdiff run path/to/my_case --bug 'shape/*'
  debugdiff show gru_sentiment shape/classes-off-by-one pytorch
"""
_EPILOG = (
    "Exit status: 0 done, 1 a check failed, 2 usage error, 3 some trials could not run,"
    " 130 interrupted. Most options can also be set by a variable DEBUGDIFF_<NAME>, or by a key"
    " of that name in the table [tool.debugdiff] of the nearest pyproject.toml."
)


class _Commands(LazyGroup):
    summaries: ClassVar[Mapping[str, str]] = SUMMARIES


app = Application(
    name="debugdiff",
    cls=_Commands,
    add_completion=True,
    pretty_exceptions_enable=False,
    help=_HELP,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        from debugdiff import __version__  # noqa: PLC0415 - not needed for `--help`
        from debugdiff.cli.console import print_result  # noqa: PLC0415

        print_result(f"debugdiff {__version__}\n")
        raise typer.Exit


def _settings_of_teach(settings: dict[str, Any]) -> dict[str, Any]:
    """Of a campaign's settings only the sandbox: a course says the rest."""
    own = {name: value for name, value in settings.items() if name == "sandbox"}
    commands = ("check", "why", "check-course", "export", "grade")
    return {**own, **dict.fromkeys(commands, own)}


@app.callback(help=_HELP)
def root(
    context: typer.Context,
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Print the version.",
            show_default=False,
        ),
    ] = False,
) -> None:
    """Read the settings once; a command's own options go over them."""
    del version
    from pathlib import Path  # noqa: PLC0415 - not needed for `--help`

    from debugdiff.config import read_settings  # noqa: PLC0415

    settings = dict(read_settings(Path.cwd()))
    context.default_map = {
        **dict.fromkeys(
            ("run", "report", "show", "parity", "harm", "speed", "verdict", "doctor"), settings
        ),
        "cases": {"check": settings},
        "teach": _settings_of_teach(settings),
        "store": dict.fromkeys(("check", "repair"), settings),
        "bundle": {"make": settings},
        "bugs": dict.fromkeys(("list", "show", "new", "check", "exposure"), settings),
    }
