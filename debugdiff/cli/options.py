"""The options that commands share. Each is documented once, here."""

# Annotations are read by typer at run time, so these names are values and not only types.
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from debugdiff.config import PREFIX
from debugdiff.model import Framework, Mode, Size, Stack, Style

WHAT = "What to run"
WHERE = "How to run it"
OUTPUT = "Output"
STORE = "Store"


class ModeChoice(StrEnum):
    """A mode, or every mode that the chosen stacks have."""

    ALL = "all"
    DEFAULT = Mode.DEFAULT
    EAGER = Mode.EAGER
    UNFILTERED = Mode.UNFILTERED
    ANOMALY = Mode.ANOMALY
    CHECK_NUMERICS = Mode.CHECK_NUMERICS
    COMPILED = Mode.COMPILED


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


Cases = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CASE",
        help="Names of shipped cases, or paths of folders and scripts. Default: all shipped cases.",
        show_default=False,
    ),
]
Bugs = Annotated[
    list[str] | None,
    typer.Option(
        "--bug",
        envvar=_variable("bug"),
        metavar="GLOB",
        help="Only these bugs, such as 'shape/*'. Repeatable.",
        rich_help_panel=WHAT,
        show_default=False,
    ),
]
Categories = Annotated[
    list[str] | None,
    typer.Option(
        "--category",
        envvar=_variable("category"),
        metavar="GLOB",
        help="Only bugs of these categories, such as 'shape'. Repeatable.",
        rich_help_panel=WHAT,
        show_default=False,
    ),
]
Catalogues = Annotated[
    list[Path] | None,
    typer.Option(
        "--bugs",
        "--catalogue",
        envvar=_variable("bugs"),
        metavar="FOLDER",
        help="A folder of bugs of your own, beside the shipped ones. Repeatable.",
        rich_help_panel=WHAT,
        show_default=False,
    ),
]
Frameworks = Annotated[
    list[Framework] | None,
    typer.Option(
        "--framework",
        envvar=_variable("framework"),
        help="Only programs of this framework. Repeatable.",
        rich_help_panel=WHAT,
        show_default=False,
    ),
]
Styles = Annotated[
    list[Style] | None,
    typer.Option(
        "--style",
        envvar=_variable("style"),
        help="Only programs of this API style. Repeatable.",
        rich_help_panel=WHAT,
        show_default=False,
    ),
]
Stacks = Annotated[
    list[Stack] | None,
    typer.Option(
        "--stack",
        envvar=_variable("stack"),
        help="Framework and back end. Repeatable. Default: pytorch and keras-tensorflow.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
Modes = Annotated[
    list[ModeChoice] | None,
    typer.Option(
        "--mode",
        envvar=_variable("mode"),
        help="How the stack runs a program; all: in every mode it has. Repeatable."
        " Default: default.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
Depth = Annotated[
    bool,
    typer.Option(
        "--depth",
        help="Trace every crash once more: lines of the framework up to the failing operation.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
SizeOption = Annotated[
    Size,
    typer.Option(
        "--size",
        envvar=_variable("size"),
        help="How much data: tiny shows every crash, small learns something real.",
        rich_help_panel=WHERE,
    ),
]
Seeds = Annotated[
    list[int] | None,
    typer.Option(
        "--seed",
        envvar=_variable("seed"),
        min=0,
        help="Seed of a run. Repeatable. Default: 0.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        envvar=_variable("jobs"),
        min=1,
        help="Trials at a time. Default: the number of processors.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        envvar=_variable("timeout"),
        min=0.1,
        metavar="SECONDS",
        help="Wall time of one trial. Default: its case's budget; a bug's, 10 s + 10 clean runs.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        envvar=_variable("memory"),
        metavar="SIZE",
        help="Address space of one trial, such as 8GiB; 0: no limit. Default: 8GiB.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
Interpreters = Annotated[
    list[str] | None,
    typer.Option(
        "--interpreter",
        envvar=_variable("interpreter"),
        metavar="STACK=PATH",
        help="Another Python for a stack, such as keras-jax=/opt/jax/bin/python. Repeatable.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        envvar=_variable("store"),
        metavar="FILE",
        help="Where records are kept. Default: debugdiff/store.sqlite3 in the user's cache folder.",
        rich_help_panel=STORE,
        show_default=False,
    ),
]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh",
        help="Run also what has a record.",
        rich_help_panel=STORE,
        show_default=False,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON object instead of tables.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write there instead of stdout: .json, .txt, .svg or .html.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="No progress, only results and errors.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        help="A line for each trial as it ends.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]

Script = Annotated[
    str,
    typer.Argument(
        metavar="SCRIPT",
        help="A Python file, run in place as `python SCRIPT` would run it.",
        show_default=False,
    ),
]
ScriptArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[-- ARGS]",
        help="What the script gets as arguments; behind `--` also options.",
        show_default=False,
    ),
]
ScriptStack = Annotated[
    Stack | None,
    typer.Option(
        "--stack",
        help="What it is to run on; for Keras the back end. Default: what it loads by itself.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
ScriptMode = Annotated[
    Mode,
    typer.Option(
        "--mode",
        help="How the framework runs it.",
        rich_help_panel=WHERE,
    ),
]
ScriptTimeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        min=0.1,
        metavar="SECONDS",
        help="End it after this long, and show what was read. Default: as long as it takes.",
        rich_help_panel=WHERE,
        show_default=False,
    ),
]
