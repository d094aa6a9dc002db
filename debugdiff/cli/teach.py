"""`debugdiff teach`: the learner's commands, and the watch mode without one."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result, say, stderr_console
from debugdiff.cli.help_text import Application
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.model import Sandbox
from debugdiff.teach.model import FrameworkChoice, Nearness
from debugdiff.visible import visible

app = Application(
    invoke_without_command=True,
    help="Learn to debug: courses of exercises, hints, and a judge of fixes.",
)


@contextlib.contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say in a terminal that something is going on; elsewhere nothing. Ctrl-C ends the command."""
    console = stderr_console()
    shown = console.status(f"{what} ...") if console.is_terminal else contextlib.nullcontext()
    with options.interruptible("Your files are as they were."), shown:
        yield


Exercise = Annotated[
    str | None,
    typer.Argument(
        metavar="[EX]",
        help="Number, id or folder of an exercise. Default: the one of this folder, or the next.",
        show_default=False,
    ),
]
CourseName = Annotated[
    str, typer.Argument(metavar="COURSE", help="A built-in course, a course.toml or its folder.")
]
Hypothesis = Annotated[
    str,
    typer.Option(
        "--because",
        metavar="TEXT",
        help="What you think is wrong, in one line. It is only noted in the log.",
        show_default=False,
    ),
]


@app.callback()
def teach(context: typer.Context, *, sandbox: options.SandboxOption = Sandbox.WRITE) -> None:
    """Learn to debug: courses of exercises, hints, and a judge of fixes.

    Without a command, in a course's folder: check each program whenever you save it.

    Examples:
      debugdiff teach start first-steps
      debugdiff teach
      debugdiff teach check 3
    """
    if context.invoked_subcommand is None:
        from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
        from debugdiff.teach.watching import watch  # noqa: PLC0415 - not needed for `--help`

        watch(open_workspace(), sandbox)


@app.command()
def start(
    course: Annotated[
        str | None,
        typer.Argument(
            metavar="[COURSE]",
            help="A built-in course, or a course.toml. Default: list the built-in ones.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="A new folder. Default: the course's name.", show_default=False
        ),
    ] = None,
    *,
    framework: Annotated[
        FrameworkChoice, typer.Option("--framework", help="The framework of the exercises.")
    ] = FrameworkChoice.MIXED,
    json: options.Json = False,
) -> None:
    """Copy a course into a new folder. Each exercise is a program with one fault.

    Examples:
      debugdiff teach start
      debugdiff teach start silent --framework pytorch
      debugdiff teach start shapes my-folder
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.layout import count_of  # noqa: PLC0415
    from debugdiff.teach import views  # noqa: PLC0415
    from debugdiff.teach.course import built_in_courses  # noqa: PLC0415
    from debugdiff.teach.workspace import start_course  # noqa: PLC0415

    if course is None:
        known = built_in_courses()
        facts = [{"name": each.name, "title": each.title} for each in known]
        print_result(
            to_json(facts, indent=2) + "\n" if json else page().write(*views.course_parts(known))
        )
        return
    with options.interruptible("Nothing was written."):
        workspace = start_course(course, folder or Path(Path(course).stem), framework)
    if json:
        exercises = workspace.listed
        print_result(to_json({"folder": workspace.folder, "exercises": exercises}, indent=2) + "\n")
        return
    say(f"{count_of(len(workspace.listed), 'exercise')} in {workspace.folder}.")
    say(f"cd {workspace.folder.name}, then: debugdiff teach")


@app.command()
def check(
    exercise: Exercise = None,
    *,
    because: Hypothesis = "",
    junit: Annotated[
        Path | None,
        typer.Option(
            "--junit",
            metavar="FILE",
            help="Write the verdict as JUnit XML, too.",
            show_default=False,
        ),
    ] = None,
    sandbox: options.SandboxOption = Sandbox.WRITE,
    json: options.Json = False,
) -> None:
    """Check whether your program is right, by running it.

    Exit status: 0 fixed, 1 not fixed, 3 it could not be judged.

    Examples:
      debugdiff teach check
      debugdiff teach check 3 --because "the labels are one-hot"
      debugdiff teach check 3 --json
      debugdiff teach check 3 --junit results.xml
    """
    from debugdiff.files import require_place, to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach import views  # noqa: PLC0415
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    if junit is not None:
        require_place(junit)
    with (
        Lesson(workspace=open_workspace(), sandbox=sandbox) as lesson,
        waiting("running the program"),
    ):
        listed = lesson.current(exercise)
        _say_which(listed.folder, exercise, json=json)
        result = lesson.check(listed, because)
    if junit is not None:
        from debugdiff.cli.pages import write_page  # noqa: PLC0415
        from debugdiff.teach.gradebook import junit_of  # noqa: PLC0415

        write_page(junit, junit_of(listed.folder, result))
    print_result(
        to_json(result, indent=2) + "\n" if json else page().write(*views.check_parts(result))
    )
    if result.verdict.is_fixed and not json:
        say(f"How can it be found? `debugdiff teach why {listed.folder}`")
        say("The next exercise: `debugdiff teach next`")
    if not result.verdict.is_fixed:
        judged = result.verdict.credit is not None
        raise typer.Exit(ExitCode.CHECK_FAILED if judged else ExitCode.SOME_NOT_RUN)


def _say_which(folder: str, exercise: str | None, *, json: bool) -> None:
    """Name the exercise that was chosen where none was named."""
    if exercise is None and not json:
        say(f"{folder}:")


@app.command()
def hint(exercise: Exercise = None, *, json: options.Json = False) -> None:
    """Show the next of three hints, from vague to precise.

    Examples:
      debugdiff teach hint
      debugdiff teach hint 3
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach import views  # noqa: PLC0415
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    with Lesson(workspace=open_workspace()) as lesson:
        listed = lesson.current(exercise)
        found = lesson.hint(listed)
    _say_which(listed.folder, exercise, json=json)
    facts = {"number": found.number, "text": found.text}
    print_result(
        to_json(facts, indent=2) + "\n" if json else page().write(*views.hint_parts(found))
    )


@app.command()
def guess(
    place: Annotated[
        str,
        typer.Argument(
            metavar="FILE:LINE", help="A line of the program, as you have it now: program.py:21."
        ),
    ],
    exercise: Exercise = None,
    *,
    json: options.Json = False,
) -> None:
    """Guess a line: is the fault there? If not, are you closer than before, along the flow of data?

    Exit status: 0 it is there (or the guess is noted, to be graded later), 1 it is not.

    Examples:
      debugdiff teach guess program.py:21
      debugdiff teach guess 21 3
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach import views  # noqa: PLC0415
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    folder, line = _folder_and_line(place)
    with Lesson(workspace=open_workspace()) as lesson:
        found = lesson.guess(lesson.current(exercise or folder), line)
    facts = {"line": found.line, "nearness": found.nearness, "rank": found.rank, "text": found.text}
    print_result(
        to_json(facts, indent=2) + "\n" if json else page().write(*views.guess_parts(found))
    )
    if found.nearness not in {Nearness.FOUND, Nearness.NOTED}:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _folder_and_line(place: str) -> tuple[str | None, int]:
    """`02-names/program.py:21` names its exercise, too."""
    file, _, number = place.rpartition(":")
    if not number.isdecimal() or (file and Path(file).name != "program.py"):
        raise DebugdiffError(
            f"`{place}` is not a line of the program.",
            hint="For example: debugdiff teach guess program.py:21",
            slug="guess-line",
        )
    return Path(file).parent.name or None, int(number)


@app.command()
def why(
    exercise: Exercise = None,
    *,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="Show the answer although the exercise is not solved.",
            show_default=False,
        ),
    ] = False,
    sandbox: options.SandboxOption = Sandbox.WRITE,
    json: options.Json = False,
) -> None:
    """Show what the fault is and how it can be found, with the numbers of this run.

    Examples:
      debugdiff teach why
      debugdiff teach why 3 --anyway
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach import views  # noqa: PLC0415
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    with (
        Lesson(workspace=open_workspace(), sandbox=sandbox) as lesson,
        waiting("running both programs"),
    ):
        found = lesson.why(lesson.current(exercise), anyway=anyway)
    print_result(to_json(found, indent=2) + "\n" if json else page().write(*views.why_parts(found)))


@app.command()
def undo(exercise: Exercise = None, *, json: options.Json = False) -> None:
    """Go back to the previous version of your program. Use it again to go back further.

    Examples:
      debugdiff teach undo
      debugdiff teach undo 3
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    with Lesson(workspace=open_workspace()) as lesson:
        listed = lesson.current(exercise)
        state = lesson.undo(listed)
    if json:
        print_result(to_json({"folder": listed.folder, "state": state}) + "\n")
    else:
        say(
            f"{listed.folder}: "
            + ("one step back." if state else "this is the program as it was given.")
        )


@app.command()
def reset(exercise: Exercise = None, *, json: options.Json = False) -> None:
    """Put an exercise back as it was given. `undo` brings back what you had.

    Examples:
      debugdiff teach reset 3
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    with Lesson(workspace=open_workspace()) as lesson:
        listed = lesson.current(exercise)
        lesson.reset(listed)
    if json:
        print_result(to_json({"folder": listed.folder}) + "\n")
    else:
        say(
            f"{listed.folder} is as it was given."
            f" `debugdiff teach undo {listed.folder}` brings yours back."
        )


@app.command("list")
def list_exercises(*, json: options.Json = False) -> None:
    """List the exercises of this course with your progress.

    Examples:
      debugdiff teach list
      debugdiff teach list --json
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach import views  # noqa: PLC0415
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    with Lesson(workspace=open_workspace()) as lesson:
        rows = lesson.rows()
    print_result(to_json(rows, indent=2) + "\n" if json else page().write(*views.list_parts(rows)))


@app.command("next")
def next_exercise(
    *,
    twin: Annotated[
        bool,
        typer.Option(
            "--twin",
            help="The bug that you just fixed, in the other framework.",
            show_default=False,
        ),
    ] = False,
    json: options.Json = False,
) -> None:
    """Show the next exercise that is not solved, with its task.

    Examples:
      debugdiff teach next
      debugdiff teach next --twin
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach.course_list import open_workspace  # noqa: PLC0415
    from debugdiff.teach.instructions import exercise_readme  # noqa: PLC0415
    from debugdiff.teach.lesson import Lesson  # noqa: PLC0415

    with Lesson(workspace=open_workspace()) as lesson:
        exercise = lesson.twin() if twin else lesson.following()
    if json:
        facts = exercise and {"id": exercise.id, "folder": exercise.folder}
        print_result(to_json(facts) + "\n")
    elif exercise is None:
        say("Every exercise of this course is solved.")
    else:
        say(f"{exercise.folder}/")
        given_out = lesson.workspace.handed_out
        print_result(visible(exercise_readme(exercise, handed_out=given_out)))


from debugdiff.cli import (  # noqa: E402 - their commands need `app`
    teach_attempts,  # noqa: F401
    teach_course,  # noqa: F401
    teach_export,  # noqa: F401
    teach_grade,  # noqa: F401
)
