"""`debugdiff bugs list`, `show`, `new`, `check`, `matrix`, `exposure` and `docs`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli import completion
from debugdiff.cli.bug_filter import BugFilter
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.help_text import Application
from debugdiff.cli.option_groups import only, takes_groups, without
from debugdiff.cli.options import OUTPUT, BugSelection, Json, ProgressOptions, option
from debugdiff.errors import ExitCode
from debugdiff.visible import visible_line

app = Application(
    help="The bugs: one fault, written once per framework.",
)


@app.command("list")
@takes_groups
def list_bugs(
    *,
    selection: Annotated[BugSelection, only("bug", "category", "bugs")],
    wanted: BugFilter,
    json: Json = False,
) -> None:
    """List bugs with what they are expected to do in each framework.

    Repeating an option widens the selection; different options narrow it. With --framework, the
    symptom is the one in that framework.

    Examples:
      debugdiff bugs list
      debugdiff bugs list 'shape/*' --json
      debugdiff bugs list --symptom silent --framework keras --difficulty 4 --difficulty 5
    """
    from debugdiff.choosing import find_bugs  # noqa: PLC0415
    from debugdiff.cli import views  # noqa: PLC0415 - not needed for `--help`

    bugs = find_bugs(selection.bug, selection.category, selection.bugs)
    wanted_bugs = tuple(filter(wanted.takes, bugs))
    print_result(views.bugs_json(wanted_bugs) if json else views.bugs(wanted_bugs, page()))


@app.command("show")
@takes_groups
def show_bug(
    *,
    bug: Annotated[
        str,
        typer.Argument(
            metavar="BUG",
            help="The id of a bug, or the path of its file.",
            autocompletion=completion.bugs,
        ),
    ],
    selection: Annotated[BugSelection, only("case", "bugs", "timeout", "store")],
    json: Json = False,
) -> None:
    """Show one bug: its story, what it changes in each framework, and what each framework reports.

    The change is shown in the first program that the bug fits; the reports come from the store.

    Examples:
      debugdiff bugs show shape/concat-wrong-axis
      debugdiff bugs show shape/concat-wrong-axis --case answer_matching
    """
    from debugdiff.campaign.bug_story import tell  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.choosing import find_one_bug  # noqa: PLC0415
    from debugdiff.cli import bug_views as views  # noqa: PLC0415

    shown_bug = find_one_bug(bug, selection.bugs)
    story = tell(shown_bug, replace(selection, bug=[str(shown_bug.path)]).request())
    print_result(views.story_json(story) if json else views.story(story, page()))


@app.command("new")
@takes_groups
def new_bug(
    *,
    bug: Annotated[
        str, typer.Argument(metavar="ID", help="Its category and its name: shape/my-bug.")
    ],
    selection: Annotated[BugSelection, only("bugs")],
) -> None:
    """Write a working bug to edit, into the first folder of --bugs or, without it, into ./bugs.

    Examples:
      debugdiff bugs new shape/my-bug
      debugdiff bugs check bugs/shape/my-bug.toml --case gru_sentiment
    """
    from debugdiff.bugs.template import write_bug  # noqa: PLC0415 - not needed for `--help`

    path = write_bug(bug, (selection.bugs or [Path("bugs")])[0])
    print_result(visible_line(str(path)) + "\n")
    say(f"Edit it, and check it with: debugdiff bugs check {path} --case gru_sentiment")


@app.command("check")
@takes_groups
def check_bugs(
    *,
    selection: Annotated[BugSelection, without("style", "mode", "depth", "memory")],
    no_run: Annotated[
        bool,
        typer.Option(
            "--no-run", help="Check only patterns, examples and places.", show_default=False
        ),
    ] = False,
    json: Json = False,
    progress: ProgressOptions,
) -> None:
    """Check what bugs claim: their examples, their places, and what happens when they run.

    Every program that a bug fits runs with it and without it, unless the store has the record.

    Examples:
      debugdiff bugs check shape/concat-wrong-axis
      debugdiff bugs check my_bugs/shape/my-bug.toml --case path/to/my_case
      debugdiff bugs check --no-run
    """
    from debugdiff.campaign.bug_checks import check_bugs as check  # noqa: PLC0415 - as above
    from debugdiff.cli import views  # noqa: PLC0415

    request = selection.request()
    progress = replace(progress, quiet=progress.quiet or no_run)
    with progress.reporter() as reporter:
        lines = check(request, executed=not no_run, progress=reporter)
    print_result(views.checks_json(lines) if json else views.checks(lines, page()))
    if not all(line.passed for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command("matrix")
@takes_groups
def show_matrix(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    selection: Annotated[BugSelection, without("stack", "mode", "depth", "size", "seed", "python")],
    seed: Annotated[int, typer.Option("--seed", help="The seed of every run.")] = 0,
    page_file: Annotated[
        Path | None,
        option(
            OUTPUT,
            "--page",
            metavar="FILE",
            help="Write the page for the documentation, such as docs/effects.md.",
        ),
    ] = None,
    check: Annotated[
        bool,
        option(
            OUTPUT,
            "--check",
            help="Run nothing; exit 1 if bugs or programs have changed since --page was written.",
        ),
    ] = False,
    json: Json = False,
    progress: ProgressOptions,
) -> None:
    """Run every bug in every program that it fits, and show what each one does.

    The whole catalogue takes about an hour; you can interrupt it, and the same command continues.
    If the page exists, only those cells run again whose programs have changed.

    Examples:
      debugdiff bugs matrix 'loss/*' --case bag_of_embeddings
      debugdiff bugs matrix --page docs/effects.md
      debugdiff bugs matrix loss/sign-flipped --page docs/effects.md
      debugdiff bugs matrix --case tiny_gpt --page docs/effects.md
      debugdiff bugs matrix --page docs/effects.md --check
    """
    from debugdiff.campaign.effect_matrix import (  # noqa: PLC0415 - as above
        measure_effects,
        without_gone,
    )
    from debugdiff.cases import shipped_cases  # noqa: PLC0415
    from debugdiff.choosing import find_bugs  # noqa: PLC0415
    from debugdiff.cli.pages import (  # noqa: PLC0415
        read_effects,
        require_fresh_effects,
        write_page,
    )
    from debugdiff.report import effects  # noqa: PLC0415

    request = replace(selection, seed=[seed]).request()
    if check:
        require_fresh_effects(page_file or Path("docs/effects.md"), request)
        return
    known = read_effects(page_file) if page_file is not None and not selection.fresh else None
    if known is not None:
        everything = find_bugs(None, catalogues=selection.bugs)
        known = without_gone(known, [*shipped_cases(), *request.cases], everything)
    with progress.reporter() as reporter:
        matrix = measure_effects(request, known=known, progress=reporter)
    if page_file is not None:
        write_page(page_file, effects.render_page(matrix))
        say(f"Wrote {page_file}.")
    print_result(effects.render_json(matrix) if json else effects.render(matrix, page()))


@app.command("exposure")
@takes_groups
def exposure(
    *,
    selection: Annotated[BugSelection, only("bug", "category", "bugs", "case", "store")],
    json: Json = False,
) -> None:
    """Count the places in each program where bugs can be made, without running it.

    Every place of every bug is tried alone. Below the table, a model separates the effect of the
    framework from the effect of the program's length.

    Examples:
      debugdiff bugs exposure
      debugdiff bugs exposure 'shape/*' --case gru_sentiment --json
    """
    from debugdiff.campaign.exposure import measure_exposure  # noqa: PLC0415 - not for `--help`
    from debugdiff.report.exposure import render, render_json  # noqa: PLC0415

    request = selection.request()
    found = measure_exposure(request.cases, request.bugs, request.store)
    print_result(render_json(found) if json else render(found, page()))


@app.command("docs")
def write_docs(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The page to write.")] = Path(
        "docs/bugs.md"
    ),
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; exit 1 if the page is stale.", show_default=False
        ),
    ] = False,
) -> None:
    """Write the page of the shipped catalogue: every bug, and the literature's mutation operators.

    Examples:
      debugdiff bugs docs
      debugdiff bugs docs --check
    """
    from debugdiff.bugs import load_operators, shipped_bugs  # noqa: PLC0415 - as above
    from debugdiff.cli.pages import is_fresh, write_page  # noqa: PLC0415
    from debugdiff.report.catalogue import render  # noqa: PLC0415
    from debugdiff.verdict import shipped_held_out  # noqa: PLC0415

    text = render(shipped_bugs(), load_operators(), shipped_held_out())
    if not check:
        write_page(file, text)
        say(f"Wrote {file}.")
    elif is_fresh(file, text):
        say(f"{file} is up to date.")
    else:
        say(f"{file} is stale. Write it again with: debugdiff bugs docs {file}")
        raise typer.Exit(ExitCode.CHECK_FAILED)
