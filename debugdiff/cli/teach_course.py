"""`debugdiff teach`: the teacher's commands that make a course and prove it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.teach import CourseName, app
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.model import Sandbox
from debugdiff.teach.model import FrameworkChoice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.teach.course_check import CheckedExercise
    from debugdiff.teach.model import Course, Exercise


@app.command("new")
def new(  # noqa: PLR0913 - one parameter per option
    course: Annotated[
        str, typer.Argument(metavar="COURSE", help="A new folder; course.toml is written there.")
    ],
    *,
    globs: Annotated[
        list[str] | None,
        typer.Option(
            "--pick", metavar="GLOB", help="Bugs by id, such as shape/*.", show_default=False
        ),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(
            "--category",
            metavar="GLOB",
            help="Only bugs of this category, such as shape.",
            show_default=False,
        ),
    ] = None,
    difficulty: Annotated[
        str,
        typer.Option(
            "--difficulty", metavar="N[-M]", help="How hard the bugs are to find, from 1 to 5."
        ),
    ] = "1-5",
    framework: Annotated[
        FrameworkChoice,
        typer.Option("--framework", help="The framework that each exercise must exist in."),
    ] = FrameworkChoice.MIXED,
    minutes: Annotated[
        int | None,
        typer.Option(
            "--minutes",
            min=1,
            help="The most that all exercises may take together.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="The most exercises.")] = 12,
    case: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            help="Only programs of this case: a name, or a folder of your own.",
            show_default=False,
        ),
    ] = None,
    bugs: Annotated[
        list[Path] | None,
        typer.Option("--bugs", metavar="FOLDER", help="Also bugs of your own.", show_default=False),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="The title of the course.")] = "",
    json: options.Json = False,
) -> None:
    """Write a course.toml with bugs of your choice, each in a program that it fits.

    It overwrites nothing. Then run `check-course`: it proves that each bug shows as promised.

    Examples:
      debugdiff teach new my-course --pick "shape/*" --difficulty 1-3 --minutes 60
      debugdiff teach new my-course --category loss --framework pytorch --count 5
      debugdiff teach new my-course --case my_case --bugs my_bugs
    """
    from debugdiff.choosing import find_bugs, find_cases  # noqa: PLC0415 - not for `--help`
    from debugdiff.files import to_json  # noqa: PLC0415
    from debugdiff.teach.course import COURSE_FILE, exercises, load_course  # noqa: PLC0415
    from debugdiff.teach.course_views import exercise_facts, new_parts  # noqa: PLC0415
    from debugdiff.teach.new_course import Wish, pick, write_course  # noqa: PLC0415

    chosen_bugs = find_bugs(globs, None, bugs)
    wish = Wish(
        bugs=chosen_bugs,
        cases=find_cases(case),
        categories=frozenset(each.category for each in find_bugs(None, category, bugs))
        if category
        else frozenset(),
        difficulty=_range(difficulty),
        framework=framework,
        minutes=minutes,
        count=count,
    )
    path = Path(course).expanduser() / COURSE_FILE
    write_course(path, lambda: pick(wish), title or Path(course).name, bugs or ())
    written = exercises(load_course(path), framework)
    if json:
        facts = [exercise_facts(each) for each in written]
        print_result(to_json({"course": path, "exercises": facts}, indent=2) + "\n")
        return
    print_result(page().write(*new_parts(written)))
    say(f"{path} is written. Say in it what the course is about, under `about`.")
    say(f"Then prove it: debugdiff teach check-course {course}")


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    last = last or first
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise _no_range(text)
    found = range(int(first), int(last) + 1)
    if not found or found[0] < 1 or found[-1] > 5:  # noqa: PLR2004 - difficulties are 1 to 5
        raise _no_range(text)
    return found


def _no_range(text: str) -> DebugdiffError:
    return DebugdiffError(
        f"`{text}` is not a difficulty.",
        hint="Difficulties are 1 (easy) to 5 (hard): `--difficulty 2` or `--difficulty 1-3`.",
        slug="course-difficulty",
    )


@app.command("check-course")
def check_course(
    course: CourseName,
    *,
    framework: Annotated[
        FrameworkChoice | None,
        typer.Option(
            "--framework",
            help="Only exercises in this framework. Default: both.",
            show_default=False,
        ),
    ] = None,
    others: Annotated[
        int,
        typer.Option(
            "--others",
            min=0,
            help="Also put N other bugs into each healthy program: they have to be refused.",
            metavar="N",
        ),
    ] = 2,
    sandbox: options.SandboxOption = Sandbox.WRITE,
    json: options.Json = False,
) -> None:
    """Prove every exercise of a course by running it.

    The healthy program, rewrites of it that change nothing, and the fixes of the course have to be
    accepted; the bug, ways to hide it, and other bugs have to be refused. The bug has to show
    itself as promised, and no hint may contain the fix. Ctrl-C prints what was found so far.

    Exit status: 0 everything is proven, 1 something is not as promised, 3 something was not judged.

    Examples:
      debugdiff teach check-course shapes --framework pytorch
      debugdiff teach check-course my-course --others 6 --json
    """
    from debugdiff.files import to_json  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach.course import find_course  # noqa: PLC0415
    from debugdiff.teach.course_check import exercises_to_check  # noqa: PLC0415
    from debugdiff.teach.course_views import checked_facts, checked_parts, state_of  # noqa: PLC0415
    from debugdiff.teach.new_course import warnings_of  # noqa: PLC0415

    found = find_course(course)
    chosen = exercises_to_check(found, framework)
    for warning in warnings_of(found):
        say(f"warning: {warning}")
    checked: list[CheckedExercise] = []
    try:
        for each in _checked(found, chosen, others, sandbox):
            checked.append(each)
            say(f"{len(checked)} of {len(chosen)}: {_name(each.exercise)}: {state_of(each)}")
    except KeyboardInterrupt:
        say(f"Interrupted: {len(checked)} of {len(chosen)} exercises were checked.")
    if json:
        print_result(to_json({"exercises": list(map(checked_facts, checked))}, indent=2) + "\n")
    else:
        print_result(page().write(*checked_parts(checked)))
    if len(checked) < len(chosen):
        raise typer.Exit(ExitCode.INTERRUPTED)
    if any(each.problems for each in checked):
        raise typer.Exit(ExitCode.CHECK_FAILED)
    if any(each.unjudged for each in checked):
        raise typer.Exit(ExitCode.SOME_NOT_RUN)


def _checked(
    course: "Course", chosen: "Sequence[Exercise]", others: int, sandbox: Sandbox
) -> "Iterator[CheckedExercise]":
    from debugdiff.config import default_store  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach.course_check import check_exercise, drawn_bugs  # noqa: PLC0415
    from debugdiff.teach.judge import Judge  # noqa: PLC0415

    with Judge(cache=default_store(), sandbox=sandbox) as judge:
        for exercise in chosen:
            yield check_exercise(judge, exercise, drawn_bugs(course, exercise, others))


def _name(exercise: "Exercise") -> str:
    from debugdiff.teach.views import clean  # noqa: PLC0415 - not needed for `--help`

    return clean(f"{exercise.folder} in {exercise.framework}, {exercise.bug.id}")
