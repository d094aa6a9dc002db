"""`debugdiff bugs list`, `show`, `new`, `check`, `matrix` and `docs`."""

from pathlib import Path
from typing import Annotated

import typer

from debugdiff.cli import options
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.lazy import MARKUP
from debugdiff.errors import ExitCode
from debugdiff.model import Framework, Size, Symptom

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=MARKUP,
    no_args_is_help=True,
    help="The bugs: one fault, written once per framework.",
)

Globs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="BUG",
        help="Ids, globs such as 'shape/*', or paths of bugs. Default: all bugs.",
        show_default=False,
    ),
]
CasesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--case",
        help="Only these cases: names or paths. Repeatable. Default: all shipped cases.",
        rich_help_panel=options.WHAT,
        show_default=False,
    ),
]


@app.command("list")
def list_bugs(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    bug: Globs = None,
    category: options.Categories = None,
    symptom: Annotated[
        list[Symptom] | None,
        typer.Option("--symptom", help="Only bugs of which this is expected.", show_default=False),
    ] = None,
    framework: Annotated[
        list[Framework] | None,
        typer.Option(
            "--framework", help="Only bugs that can be written in it.", show_default=False
        ),
    ] = None,
    taxonomy: Annotated[
        list[str] | None,
        typer.Option(
            "--taxonomy",
            metavar="TEXT",
            help="Only bugs with this in a term of their taxonomy, such as DeepCrime.",
            show_default=False,
        ),
    ] = None,
    difficulty: Annotated[
        list[int] | None,
        typer.Option(
            "--difficulty", min=1, max=5, help="Only bugs this hard to find.", show_default=False
        ),
    ] = None,
    bugs: options.Catalogues = None,
    json: options.Json = False,
) -> None:
    """List bugs with what they are expected to do in each framework.

    Options of one kind add up, options of different kinds narrow. A symptom is that of a named
    framework, if one is named.

    [bold]Examples[/bold]

      debugdiff bugs list
      debugdiff bugs list 'shape/*' --json
      debugdiff bugs list --symptom silent --framework keras --difficulty 4 --difficulty 5
    """
    from debugdiff.cli import views  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli.bug_filter import BugFilter  # noqa: PLC0415
    from debugdiff.cli.selection import find_bugs  # noqa: PLC0415

    wanted = BugFilter(
        symptoms=frozenset(symptom or ()),
        frameworks=frozenset(framework or ()),
        taxonomy=tuple(taxonomy or ()),
        difficulties=frozenset(difficulty or ()),
    )
    found = tuple(filter(wanted.takes, find_bugs(bug, category, bugs)))
    print_result(views.bugs_json(found) if json else views.bugs(found, page()))


@app.command("show")
def show_bug(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    bug: Annotated[
        str, typer.Argument(metavar="BUG", help="The id of a bug, or the path of its file.")
    ],
    case: CasesOption = None,
    bugs: options.Catalogues = None,
    timeout: options.Timeout = None,
    store: options.StoreOption = None,
    json: options.Json = False,
) -> None:
    """Show one bug: its story, what it changes in each framework, and what each framework said.

    The change is that of the first program which it fits; what was said comes from the store.

    [bold]Examples[/bold]

      debugdiff bugs show shape/concat-wrong-axis
      debugdiff bugs show shape/concat-wrong-axis --case answer_matching
    """
    from debugdiff.campaign.bug_story import tell  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.cli import bug_views as views  # noqa: PLC0415
    from debugdiff.cli.selection import Selection, find_one_bug  # noqa: PLC0415

    found = find_one_bug(bug, bugs)
    selection = Selection(cases=case, bugs=[str(found.path)], timeout=timeout, store=store)
    request = selection.request()
    story = tell(found, request)
    print_result(views.story_json(story) if json else views.story(story, page()))


@app.command("new")
def new_bug(
    *,
    bug: Annotated[
        str, typer.Argument(metavar="ID", help="Its category and its name: shape/my-bug.")
    ],
    bugs: options.Catalogues = None,
) -> None:
    """Write a working bug to edit, into the first folder of --bugs or else into ./bugs.

    [bold]Examples[/bold]

      debugdiff bugs new shape/my-bug
      debugdiff bugs check bugs/shape/my-bug.toml --case gru_sentiment
    """
    from debugdiff.bugs.template import write_bug  # noqa: PLC0415 - not needed for `--help`

    path = write_bug(bug, (bugs or [Path("bugs")])[0])
    print_result(f"{path}\n")
    say(f"Edit it, and check it with: debugdiff bugs check {path} --case gru_sentiment")


@app.command("check")
def check_bugs(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    bug: Globs = None,
    category: options.Categories = None,
    bugs: options.Catalogues = None,
    case: CasesOption = None,
    framework: options.Frameworks = None,
    stack: options.Stacks = None,
    size: options.SizeOption = Size.TINY,
    seed: options.Seeds = None,
    jobs: options.Jobs = None,
    timeout: options.Timeout = None,
    interpreter: options.Interpreters = None,
    store: options.StoreOption = None,
    fresh: options.Fresh = False,
    no_run: Annotated[
        bool,
        typer.Option(
            "--no-run", help="Check patterns, examples and places alone.", show_default=False
        ),
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Check what bugs say of themselves: examples, places, and what happens when they run.

    Every program that a bug fits is run with it and without it, unless the store has the record.

    [bold]Examples[/bold]

      debugdiff bugs check shape/concat-wrong-axis
      debugdiff bugs check my_bugs/shape/my-bug.toml --case path/to/my_case
      debugdiff bugs check --no-run
    """
    from debugdiff.campaign.bug_checks import check_bugs as check  # noqa: PLC0415 - as above
    from debugdiff.cli import views  # noqa: PLC0415
    from debugdiff.cli.progress import progress_for  # noqa: PLC0415
    from debugdiff.cli.selection import Selection  # noqa: PLC0415

    selection = Selection(
        cases=case,
        bugs=bug,
        categories=category,
        catalogues=bugs,
        frameworks=framework,
        stacks=stack,
        size=size,
        seeds=seed,
        jobs=jobs,
        timeout=timeout,
        interpreters=interpreter,
        store=store,
        fresh=fresh,
    )
    request = selection.request()
    try:
        with progress_for(quiet=quiet or no_run, verbose=verbose > 0) as progress:
            lines = check(request, executed=not no_run, progress=progress)
    except KeyboardInterrupt:
        say("Interrupted; the records so far are stored, and the same command goes on from there.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    print_result(views.checks_json(lines) if json else views.checks(lines, page()))
    if not all(line.passed for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command("matrix")
def show_matrix(  # noqa: PLR0913 - the parameters of a command are its options
    *,
    bug: Globs = None,
    category: options.Categories = None,
    bugs: options.Catalogues = None,
    case: CasesOption = None,
    framework: options.Frameworks = None,
    style: options.Styles = None,
    seed: Annotated[int, typer.Option("--seed", help="The seed of every run.")] = 0,
    jobs: options.Jobs = None,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    store: options.StoreOption = None,
    fresh: options.Fresh = False,
    page_file: Annotated[
        Path | None,
        typer.Option(
            "--page",
            metavar="FILE",
            help="Write the page of the documentation, such as docs/effects.md.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Run nothing; exit 1 if --page speaks of other bugs or programs than there are.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Run every bug in every program that it fits, and show what each one does.

    The whole catalogue takes about an hour. Interrupt it and run it again, and it goes on. A page
    keeps the rows of the bugs that were not asked for, as long as the programs are the same, and
    the columns of other programs, as long as the bugs are.

    [bold]Examples[/bold]

      debugdiff bugs matrix 'loss/*' --case bag_of_embeddings
      debugdiff bugs matrix --page docs/effects.md
      debugdiff bugs matrix loss/sign-flipped --page docs/effects.md
      debugdiff bugs matrix --case tiny_gpt --page docs/effects.md
      debugdiff bugs matrix --page docs/effects.md --check
    """
    from debugdiff.campaign.effect_matrix import (  # noqa: PLC0415 - as above
        measure_effects,
        programs_of,
    )
    from debugdiff.cases import shipped_cases  # noqa: PLC0415
    from debugdiff.cli.pages import require_fresh_effects, write_effects  # noqa: PLC0415
    from debugdiff.cli.progress import progress_for  # noqa: PLC0415
    from debugdiff.cli.selection import Selection, find_bugs  # noqa: PLC0415
    from debugdiff.report import effects  # noqa: PLC0415

    selection = Selection(
        cases=case,
        bugs=bug,
        categories=category,
        catalogues=bugs,
        frameworks=framework,
        styles=style,
        seeds=[seed],
        jobs=jobs,
        timeout=timeout,
        memory=memory,
        store=store,
        fresh=fresh,
    )
    request = selection.request()
    if check:
        require_fresh_effects(page_file or Path("docs/effects.md"), request)
        return
    with progress_for(quiet=quiet, verbose=verbose > 0) as progress:
        matrix = measure_effects(request, progress=progress)
    if page_file is not None:
        names = {each.id for each in find_bugs(None, catalogues=bugs)}
        write_effects(page_file, matrix, names, programs_of(shipped_cases()))
        say(f"Wrote {page_file}.")
    print_result(effects.render_json(matrix) if json else effects.render(matrix, page()))


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
    """Write the page of the shipped catalogue: every bug, and the operators of the literature.

    [bold]Examples[/bold]

      debugdiff bugs docs
      debugdiff bugs docs --check
    """
    from debugdiff.bugs import load_operators, shipped_bugs  # noqa: PLC0415 - as above
    from debugdiff.cli.pages import is_fresh, write_page  # noqa: PLC0415
    from debugdiff.report.catalogue import render  # noqa: PLC0415

    text = render(shipped_bugs(), load_operators())
    if not check:
        write_page(file, text)
        say(f"Wrote {file}.")
    elif is_fresh(file, text):
        say(f"{file} is up to date.")
    else:
        say(f"{file} is stale. Write it again with: debugdiff bugs docs {file}")
        raise typer.Exit(ExitCode.CHECK_FAILED)
