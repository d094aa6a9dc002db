"""`debugdiff teach export` and `leak`: what a teacher gives out, and whether it holds an answer."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.teach import CourseName, app
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.model import Sandbox
from debugdiff.teach.model import FrameworkChoice, HandOutForm

if TYPE_CHECKING:
    from debugdiff.teach.leak import Leak


@app.command()
def export(  # noqa: PLR0913 - one parameter per option
    course: CourseName,
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.")],
    *,
    form: Annotated[
        HandOutForm, typer.Option("--as", help="The form in which it is given out.")
    ] = HandOutForm.FOLDER,
    framework: Annotated[
        FrameworkChoice, typer.Option("--framework", help="The framework of the exercises.")
    ] = FrameworkChoice.MIXED,
    roster: Annotated[
        Path | None,
        typer.Option(
            "--seed-per-student",
            metavar="ROSTER.csv",
            help="Write a folder for each student in this file, each with different decoys.",
            show_default=False,
        ),
    ] = None,
    decoys: Annotated[
        bool,
        typer.Option(
            "--decoys/--no-decoys",
            help="Rewrite some lines that are not at fault, so that comparing files shows less.",
        ),
    ] = True,
    sandbox: options.SandboxOption = Sandbox.WRITE,
    json: options.Json = False,
) -> None:
    """Write a course to give to students: without the answers, but so that it can check programs.

    If this fails or is interrupted, nothing is written.

    Exit status: 0 written, 1 written, but an answer was found in it.

    Examples:
      debugdiff teach export silent handout
      debugdiff teach export silent handout --framework pytorch --seed-per-student roster.csv
      debugdiff teach export my-course/course.toml class --as github
    """
    from debugdiff.config import default_store  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.files import to_json, written_whole  # noqa: PLC0415
    from debugdiff.report.layout import count_of  # noqa: PLC0415
    from debugdiff.teach.course import find_course  # noqa: PLC0415
    from debugdiff.teach.exporting import HandOut  # noqa: PLC0415
    from debugdiff.teach.judge import Judge  # noqa: PLC0415
    from debugdiff.teach.leak import search  # noqa: PLC0415
    from debugdiff.teach.new_course import warnings_of  # noqa: PLC0415
    from debugdiff.teach.roster import read_roster  # noqa: PLC0415
    from debugdiff.teach.workspace import require_new, some_exercises  # noqa: PLC0415

    known = find_course(course)
    require_new(folder, "Name a folder that does not exist yet.")
    students = read_roster(roster) if roster else ()
    chosen = some_exercises(known, framework)
    for warning in warnings_of(known):
        say(f"warning: {warning}")
    judging = Judge(cache=default_store(), sandbox=sandbox)
    nothing = "Nothing was written."
    with options.interruptible(nothing), written_whole(folder) as out, judging as judge:
        handout = HandOut(
            course=known, chosen=chosen, choice=framework, judge=judge, with_decoys=decoys
        )
        for exercise in handout.prepare():
            say(f"{exercise.number} of {len(chosen)}: {exercise.folder}")
        for student in students:
            handout.write(form, out / student.folder, student.name)
        if not students:
            handout.write(form, out)
        found = search(out, known)
    facts = {"folder": folder.resolve(), "exercises": len(chosen), "students": students}
    if json:
        print_result(to_json({**facts, "leaks": found.leaks}, indent=2) + "\n")
    else:
        each = f", for each of {len(students)} students" if students else ""
        say(f"{count_of(len(chosen), 'exercise')} in {folder}{each}.")
    _end(found.leaks, quiet=json)


@app.command()
def leak(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="The folder that is given out.")],
    course: Annotated[
        str | None,
        typer.Option(
            "--course",
            metavar="COURSE",
            help="The course whose answers to look for. Default: the folder's built-in course.",
            show_default=False,
        ),
    ] = None,
    *,
    json: options.Json = False,
) -> None:
    """Search a folder for answers before you give it out: names, lines, explanations, paths.

    Exit status: 0 nothing found, 1 something found.

    Examples:
      debugdiff teach leak handout
      debugdiff teach leak handout --course my-course/course.toml
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach.course import find_course, is_built_in  # noqa: PLC0415
    from debugdiff.teach.leak import courses_in, search  # noqa: PLC0415

    if not folder.is_dir():
        raise DebugdiffError(
            f"There is no folder {folder}.",
            hint="debugdiff teach export COURSE OUT writes one.",
            slug="leak-course",
        )
    names = [course] if course else courses_in(folder)
    if not names:
        raise DebugdiffError(
            f"Nothing in {folder} says to which course it belongs.",
            hint="Name it: debugdiff teach leak OUT --course COURSE",
            slug="leak-course",
        )
    unknown = [name for name in names if not course and not is_built_in(name)]
    if unknown:
        raise DebugdiffError(
            f"{folder} belongs to the course {unknown[0]}, which is not built in.",
            hint=f"Name it: debugdiff teach leak {folder} --course PATH/TO/{unknown[0]}",
            slug="leak-course",
        )
    courses = [find_course(name) for name in names]
    found = [search(folder, each) for each in courses]
    leaks = tuple(dict.fromkeys(each for one in found for each in one.leaks))
    if json:
        print_result(to_json({"files": found[0].files, "leaks": leaks}, indent=2) + "\n")
    else:
        say(f"{found[0].files} files were searched.")
    _end(leaks, quiet=json)


def _end(leaks: Sequence["Leak"], *, quiet: bool) -> None:
    """Show what was found, if anything was."""
    from debugdiff.teach.views import leak_parts  # noqa: PLC0415 - not needed for `--help`

    if not quiet:
        print_result(page().write(*leak_parts(leaks)))
    if leaks:
        raise typer.Exit(ExitCode.CHECK_FAILED)
