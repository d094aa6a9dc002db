"""`debugdiff teach check-course`."""

from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import Json, ProgressOptions
from debugdiff.cli.teach import app
from debugdiff.errors import ExitCode
from debugdiff.teach.model import FrameworkChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.teach.course_check import ExerciseCheck
    from debugdiff.teach.model import Course, Exercise


@app.command("check-course")
@takes_groups
def check_course(
    course: Annotated[
        str,
        typer.Argument(
            metavar="COURSE",
            help="A course.toml, its folder, or a built-in course.",
            show_default=False,
        ),
    ],
    *,
    framework: Annotated[
        FrameworkChoice | None,
        typer.Option(
            "--framework",
            help="Only the exercises that learners get with this choice. Default: every exercise"
            " in each framework that it can be had in.",
            show_default=False,
        ),
    ] = None,
    others: Annotated[
        int,
        typer.Option(
            "--others",
            min=0,
            metavar="N",
            help="Also put N other bugs into each healthy program: the judge has to refuse them.",
        ),
    ] = 0,
    json: Json = False,
    progress: Annotated[ProgressOptions, only("quiet")],
) -> None:
    """Prove every exercise of a course by running it.

    The healthy program and every written fix have to be accepted and the bug refused; the bug has
    to show itself as promised; no hint may hold the fix. The judge of fixes is asked about programs
    whose answer is known: fixes, rewrites that change nothing, the bug hidden in several ways.

    Exit status: 0 all is proven, 1 something is not as promised, 3 something could not be judged.

    [bold]Examples[/bold]

      debugdiff teach check-course course.toml
      debugdiff teach check-course shapes --framework pytorch --others 5
      debugdiff teach check-course course.toml --json
    """
    from debugdiff.cli import course_views  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.teach.course import find_course  # noqa: PLC0415
    from debugdiff.teach.course_check import exercises_to_check  # noqa: PLC0415

    found = find_course(course)
    chosen = exercises_to_check(found, framework)
    checks: list[ExerciseCheck] = []
    try:
        for check in _checks(found, chosen, others):
            checks.append(check)
            if not progress.quiet:
                say(f"{len(checks)} of {len(chosen)}  {course_views.line_of(check)}")
    except KeyboardInterrupt:
        say(f"Interrupted: {len(checks)} of {len(chosen)} exercises were checked.")
    print_result(
        course_views.checks_json(found, checks) if json else course_views.checks(checks, page())
    )
    if len(checks) < len(chosen):
        raise typer.Exit(ExitCode.INTERRUPTED)
    if any(each.problems for each in checks):
        raise typer.Exit(ExitCode.CHECK_FAILED)
    if not all(each.is_proven for each in checks):
        raise typer.Exit(ExitCode.SOME_NOT_RUN)


def _checks(
    course: "Course", chosen: "tuple[Exercise, ...]", others: int
) -> "Iterator[ExerciseCheck]":
    from debugdiff.teach.course_check import check_exercise, drawn_bugs  # noqa: PLC0415 - as above
    from debugdiff.teach.judge import Judge  # noqa: PLC0415

    with Judge() as judge:
        for exercise in chosen:
            yield check_exercise(judge, exercise, drawn_bugs(course, exercise, others))
