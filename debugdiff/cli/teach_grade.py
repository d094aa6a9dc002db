"""`debugdiff teach grade`: submissions of a class, judged, into gradebooks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli.console import print_result, say
from debugdiff.cli.option_groups import takes_groups
from debugdiff.cli.options import OUTPUT, WHERE, Json, SandboxOption, option
from debugdiff.cli.teach import app
from debugdiff.errors import ExitCode
from debugdiff.model import Sandbox
from debugdiff.teach.model import FrameworkChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How a class is judged."""

    framework: Annotated[
        FrameworkChoice | None,
        option(
            WHERE,
            "--framework",
            help="The framework that the course was given out in: every student then gets a row for"
            " each exercise. Default: only for those that they were given or handed in.",
        ),
    ] = None
    seconds: Annotated[
        float | None,
        option(
            WHERE,
            "--seconds",
            min=1,
            help="The most that one run may take. Default: 10 s plus ten times the healthy run.",
        ),
    ] = None
    jobs: Annotated[
        int | None,
        option(
            WHERE,
            "--jobs",
            "-j",
            min=1,
            help="Runs at a time. Default: the number of processors.",
        ),
    ] = None
    sandbox: SandboxOption = Sandbox.WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeFiles:
    """Where grades go."""

    output: Annotated[
        Path | None,
        option(
            OUTPUT,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the CSV to this file, as grades come in.",
        ),
    ] = None
    wide: Annotated[
        Path | None,
        option(OUTPUT, "--wide", metavar="FILE", help="A CSV with one row per student."),
    ] = None
    junit: Annotated[
        Path | None,
        option(OUTPUT, "--junit", metavar="FILE", help="JUnit XML, a suite per student."),
    ] = None
    gradescope: Annotated[
        Path | None,
        option(
            OUTPUT,
            "--gradescope",
            metavar="PATH",
            help="Gradescope's results.json: a .json for one student, or a folder of one each.",
        ),
    ] = None
    classroom50: Annotated[
        Path | None,
        option(
            OUTPUT,
            "--classroom50",
            metavar="PATH",
            help="Classroom 50's result.json (classroom50/result/v1), in the same way. The"
            " submission's names come from the variables that its runner sets.",
        ),
    ] = None


@app.command()
@takes_groups
def grade(
    course: Annotated[
        str, typer.Argument(metavar="COURSE", help="A built-in course, or a course.toml.")
    ],
    submissions: Annotated[
        Path,
        typer.Argument(
            metavar="SUBMISSIONS",
            help="A folder with one folder, .zip, .ipynb or answers file (.json) per student.",
        ),
    ],
    *,
    judging: Judging,
    files: GradeFiles,
    json: Json = False,
) -> None:
    """Grade what a class handed in: one row per student and exercise, with verdict and score.

    Programs run in child processes with limits on time and memory, in a sandbox: they can change no
    files and have no network, as far as the system can do that. They can still read the files of
    this machine, except with `--sandbox strict`.

    Ctrl-C keeps what was graded so far: run the same command again to continue.

    Exit status: 0 whatever the grades, 3 if something could not be judged.

    Examples:
      debugdiff teach grade first-steps handed-in -o grades.csv
      debugdiff teach grade silent handed-in --framework pytorch -o grades.csv --wide wide.csv
      debugdiff teach grade my-course/course.toml . --gradescope results.json
    """
    from debugdiff.cli.grades import GradeWriter, grade_all  # noqa: PLC0415 - not for `--help`
    from debugdiff.files import to_json  # noqa: PLC0415
    from debugdiff.teach.gradebook import long_table  # noqa: PLC0415

    graded = grade_all(course, submissions, judging, GradeWriter(files=files))
    grades = graded.grades
    if json:
        print_result(to_json(grades, indent=2) + "\n")
    elif files.output is None:
        print_result(long_table(grades))
    if not graded.is_all:
        raise typer.Exit(ExitCode.INTERRUPTED)
    unjudged = sum(not each.is_judged for each in grades)
    if unjudged:
        say(f"{unjudged} of {len(grades)} could not be judged: the column `reason` says why.")
        raise typer.Exit(ExitCode.SOME_NOT_RUN)
