"""The options that commands share. Each is declared once, as a field of a group.

A command takes a group whole or in part, see `option_groups`. A field has the name of its option,
under which the variable of the environment and the key of `pyproject.toml` stand as well.
"""

# typer reads annotations at run time, so the names in them are values and not only types.
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from debugdiff.cli import completion
from debugdiff.config import PREFIX, default_store, parse_memory
from debugdiff.errors import ExitCode
from debugdiff.model import Framework, Instrument, Mode, Sandbox, Size, Stack, Style
from debugdiff.report import ANY_RESULT, OF_FINDINGS, OF_REPORT, Format, Table, suffixes

if TYPE_CHECKING:
    from debugdiff.campaign import Progress, RunRequest
    from debugdiff.cli.output import Output
    from debugdiff.own_stacks import Chosen

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


def option(panel: str, *names: str, **details: Any) -> Any:
    """An option in one of the panels of the help. Its default is shown only if it is asked for."""
    return typer.Option(*names, rich_help_panel=panel, **{"show_default": False, **details})


def setting(panel: str, name: str, *others: str, **details: Any) -> Any:
    """An option that a variable of the environment sets as well: `--size`, `DEBUGDIFF_SIZE`."""
    variable = f"{PREFIX}{name.removeprefix('--').upper()}"
    return option(panel, name, *others, envvar=variable, **details)


Quiet = Annotated[
    bool, option(OUTPUT, "--quiet", "-q", help="No progress, only the result and errors.")
]
Json = Annotated[bool, option(OUTPUT, "--json", help="Print one JSON object instead of tables.")]
SizeOption = Annotated[
    Size,
    setting(
        WHERE,
        "--size",
        show_default=True,
        help="How much data: tiny shows every crash; with small, the model really learns.",
    ),
]

SandboxOption = Annotated[
    Sandbox,
    setting(
        WHERE,
        "--sandbox",
        show_default=True,
        help="write: a program can change only the files of its trial, sees no secrets in the"
        " environment, and has no TCP, as far as the kernel supports it. strict: it cannot read"
        " your files either.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to run and how, as it was typed; `None` where nothing was typed."""

    case: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CASE",
            help="Names of shipped cases, or paths of folders and scripts."
            " Default: all shipped cases.",
            show_default=False,
            autocompletion=completion.cases,
        ),
    ] = None
    bug: Annotated[
        list[str] | None,
        setting(
            WHAT,
            "--bug",
            metavar="GLOB",
            help="Only these bugs, such as 'shape/*'. Repeatable.",
            autocompletion=completion.bugs,
        ),
    ] = None
    category: Annotated[
        list[str] | None,
        setting(
            WHAT,
            "--category",
            metavar="GLOB",
            help="Only bugs of these categories, such as 'shape'. Repeatable.",
            autocompletion=completion.categories,
        ),
    ] = None
    bugs: Annotated[
        list[Path] | None,
        setting(
            WHAT,
            "--bugs",
            "--catalogue",
            metavar="FOLDER",
            help="A folder with your own bugs, in addition to the shipped ones. Repeatable.",
        ),
    ] = None
    framework: Annotated[
        list[Framework] | None,
        setting(WHAT, "--framework", help="Only programs of this framework. Repeatable."),
    ] = None
    style: Annotated[
        list[Style] | None,
        setting(WHAT, "--style", help="Only programs of this API style. Repeatable."),
    ] = None
    stack: Annotated[
        list[str] | None,
        setting(
            WHERE,
            "--stack",
            metavar="GLOB",
            autocompletion=completion.stacks,
            help=f"Framework and back end: {', '.join(Stack)}, or stacks of your own, such as"
            " 'keras-3.1*' (`debugdiff stacks --help`). Repeatable. Default: pytorch and"
            " keras-tensorflow.",
        ),
    ] = None
    mode: Annotated[
        list[ModeChoice] | None,
        setting(
            WHERE,
            "--mode",
            help="How the stack runs a program; all: in every mode. Repeatable. Default: default.",
        ),
    ] = None
    depth: Annotated[
        bool,
        option(
            WHERE,
            "--depth",
            help="Run every crash again, and trace the framework's lines up to the failure.",
        ),
    ] = False
    size: SizeOption = Size.TINY
    seed: Annotated[
        list[int] | None,
        setting(WHERE, "--seed", min=0, help="Seed of a run. Repeatable. Default: 0."),
    ] = None
    jobs: Annotated[
        int | None,
        setting(
            WHERE,
            "--jobs",
            "-j",
            min=1,
            help="Trials at a time. Default: the number of processors.",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        setting(
            WHERE,
            "--timeout",
            min=0.1,
            metavar="SECONDS",
            help="Limit of one trial, for processor time and for waiting. Default: the budget of"
            " its case; with a bug, 10 s plus ten times the clean run.",
        ),
    ] = None
    memory: Annotated[
        str | None,
        setting(
            WHERE,
            "--memory",
            metavar="SIZE",
            help="Limit of one trial's address space, such as 8GiB; 0: no limit. Default: 8GiB.",
        ),
    ] = None
    python: Annotated[
        list[str] | None,
        setting(
            WHERE,
            "--python",
            metavar="[STACK=]PATH",
            help="Another Python for the stacks, or for one: keras-jax=/opt/jax/bin/python."
            " Repeatable.",
        ),
    ] = None
    sandbox: SandboxOption = Sandbox.WRITE
    store: Annotated[
        Path | None,
        setting(
            STORE,
            "--store",
            metavar="FILE",
            help="Where records are kept. Default: debugdiff/store.sqlite3 in the user's cache"
            " folder.",
        ),
    ] = None
    fresh: Annotated[
        bool, option(STORE, "--fresh", help="Run again what already has a record.")
    ] = False

    def request(self) -> "RunRequest":
        """The campaign that was asked for.

        Raises:
            DebugdiffError: a name, a size or a path is not usable.
        """
        from debugdiff.campaign import RunRequest  # noqa: PLC0415 - not needed for `--help`
        from debugdiff.choosing import find_bugs, find_cases  # noqa: PLC0415
        from debugdiff.cli import selection  # noqa: PLC0415

        stacks = self.stacks()
        return RunRequest(
            cases=find_cases(self.case),
            bugs=find_bugs(self.bug, self.category, self.bugs),
            store=self.store or default_store(),
            frameworks=selection.once(self.framework),
            styles=selection.once(self.style),
            stacks=stacks.names,
            modes=selection.parse_modes(self.mode),
            instruments=tuple(Instrument) if self.depth else (),
            size=self.size,
            seeds=selection.once(self.seed) or (0,),
            jobs=self.jobs or selection.processors(),
            seconds=self.timeout,
            memory=None if self.memory is None else parse_memory(self.memory),
            fresh=self.fresh,
            interpreters=stacks.interpreters,
            sandbox=self.sandbox,
        )

    def stacks(self) -> "Chosen":
        """The stacks that were asked for, with their Pythons.

        Raises:
            StackError: a name is unknown, or an environment has not been made.
        """
        from debugdiff.own_stacks import chosen_stacks, declared_stacks  # noqa: PLC0415
        from debugdiff.own_stacks.made import default_home  # noqa: PLC0415

        declared = declared_stacks(Path.cwd())
        return chosen_stacks(self.stack or (), self.python or (), declared, default_home())


@dataclass(frozen=True, slots=True, kw_only=True)
class BugSelection(Selection):
    """The same for commands about bugs: these are the arguments, and cases are an option."""

    bug: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="BUG",
            help="Ids, globs such as 'shape/*', or paths of bugs. Default: all bugs.",
            show_default=False,
            autocompletion=completion.bugs,
        ),
    ] = None
    case: Annotated[
        list[str] | None,
        option(
            WHAT,
            "--case",
            help="Only these cases: names or paths. Repeatable. Default: all shipped cases.",
            autocompletion=completion.cases,
        ),
    ] = None


def file_option(offered: Collection[Format]) -> Any:
    """The option for a file, whose suffix names one of these formats."""
    listed = ", ".join(suffixes(offered))
    return option(
        OUTPUT,
        "--output",
        "-o",
        metavar="FILE",
        help=f"Write to this file instead of stdout; its suffix names the format: {listed}.",
    )


def format_option(offered: Collection[Format]) -> Any:
    """The option for one of these formats."""
    return option(
        OUTPUT,
        "--format",
        metavar="FORMAT",
        help=f"Write it as: {', '.join(offered)}. Default: table, or the format of -o's suffix.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """Where a result goes, and as what.

    Attributes:
        offered: the formats that there are for it.
    """

    offered: ClassVar[tuple[Format, ...]] = ANY_RESULT

    json: Json = False
    output: Annotated[Path | None, file_option(ANY_RESULT)] = None
    format: Annotated[Format | None, format_option(ANY_RESULT)] = None

    def settle(self) -> "Output":
        """The output, looked at before anything runs.

        Raises:
            DebugdiffError: no format that this command offers is named, or the folder does not
                exist.
        """
        from debugdiff.cli.output import Output  # noqa: PLC0415 - not needed for `--help`

        wanted = Format.JSON if self.json else self.format
        return Output.of(self.output, wanted=wanted, offered=self.offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOutput(OutputOptions):
    """Where a report goes."""

    offered: ClassVar[tuple[Format, ...]] = OF_REPORT

    output: Annotated[Path | None, file_option(OF_REPORT)] = None
    format: Annotated[Format | None, format_option(OF_REPORT)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingOutput(OutputOptions):
    """Where findings in the user's own files go: `lines` for editors, `sarif`, `github`."""

    offered: ClassVar[tuple[Format, ...]] = OF_FINDINGS

    output: Annotated[Path | None, file_option(OF_FINDINGS)] = None
    format: Annotated[Format | None, format_option(OF_FINDINGS)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """Which parts of a report are printed, and for whom."""

    table: Annotated[
        list[Table] | None,
        option(
            OUTPUT,
            "--table",
            metavar="TABLE",
            help=f"Print only this table: {', '.join(Table)}. Repeatable.",
        ),
    ] = None
    plain: Annotated[
        bool,
        setting(
            OUTPUT,
            "--plain",
            help="For a screen reader: no bars and no columns, one statement per line.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressOptions:
    """How much a long command says while it works."""

    quiet: Annotated[
        bool, option(OUTPUT, "--quiet", "-q", help="No progress, only results and errors.")
    ] = False
    verbose: Annotated[
        int, option(OUTPUT, "--verbose", "-v", count=True, help="Print a line as each trial ends.")
    ] = 0

    @contextmanager
    def reporter(self) -> Iterator["Progress"]:
        """The progress of a campaign. One that is interrupted ends the command with a sentence."""
        from debugdiff.cli.progress import progress_for  # noqa: PLC0415 - not for `--help`

        what_is_kept = "Every finished trial is stored; the same command continues from here."
        with (
            interruptible(what_is_kept),
            progress_for(quiet=self.quiet, verbose=self.verbose > 0) as progress,
        ):
            yield progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgressOptions(ProgressOptions):
    """The same for `run`, which has more to print at its end."""

    verbose: Annotated[
        int,
        option(
            OUTPUT,
            "--verbose",
            "-v",
            count=True,
            help="Print a line for each trial as it ends, and every table below the summary.",
        ),
    ] = 0


@contextmanager
def interruptible(what_is_kept: str) -> Iterator[None]:
    """Ctrl-C ends the command with a sentence, in which `what_is_kept` says what there is."""
    from debugdiff.cli.console import say  # noqa: PLC0415 - not needed for `--help`

    try:
        yield
    except KeyboardInterrupt:
        say(f"Interrupted. {what_is_kept}")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
