"""`debugdiff store check`, `repair` and `merge`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.help_text import Application
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import Json, Selection
from debugdiff.errors import ExitCode

if TYPE_CHECKING:
    from debugdiff.store.repair import StoreState

app = Application(
    help="Check, repair or merge stores of finished trials.",
)


@app.command("check")
@takes_groups
def check_store(*, selection: Annotated[Selection, only("store")], json: Json = False) -> None:
    """Read the whole store, and say what is wrong with it. Nothing is changed.

    Exit status 1 if something is wrong.

    Examples:
      debugdiff store check
      debugdiff store check --store trials.sqlite3 --json
    """
    from debugdiff.config import default_store  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.store.repair import check  # noqa: PLC0415

    path = selection.store or default_store()
    state = check(path)
    _show(path, state, json=json)
    if not state.is_whole:
        say(f"Save what can be read with: debugdiff store repair NEW --store {path}")
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command("repair")
@takes_groups
def repair_store(
    *,
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="The new store: a file that does not exist yet.")
    ],
    selection: Annotated[Selection, only("store")],
    json: Json = False,
) -> None:
    """Write everything that can be read from a damaged store into a new one; the old one is kept.

    The next `debugdiff run --store NEW` runs again what was lost.

    Examples:
      debugdiff store repair saved.sqlite3
      debugdiff store repair saved.sqlite3 --store trials.sqlite3
    """
    from debugdiff.config import default_store  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.store.repair import repair  # noqa: PLC0415

    path = selection.store or default_store()
    _show(new, repair(path, new), json=json)
    say(f"Wrote {new}; {path} is unchanged.")


@app.command("merge")
@takes_groups
def merge_stores(
    *,
    into: Annotated[
        Path,
        typer.Argument(metavar="ALL", help="The store that receives the records; may be new."),
    ],
    parts: Annotated[
        list[Path], typer.Argument(metavar="PART...", help="The stores to read. They stay as is.")
    ],
    json: Json = False,
) -> None:
    """Put the finished trials of several stores into one.

    A trial has the same id on every machine. Where two stores have another outcome under one id,
    the first record is kept and the id is printed. Exit status 1 if there is such an id, or if
    something cannot be read.

    Examples:
      debugdiff store merge all.sqlite3 part1.sqlite3 part2.sqlite3
      debugdiff store merge all.sqlite3 parts/*.sqlite3 --json
    """
    from debugdiff.cli import views  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.store.merging import merge  # noqa: PLC0415

    result = merge(into, parts)
    shown = views.merged_json(into, result) if json else views.merged(into, result, page())
    print_result(shown)
    if not result.is_whole:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _show(path: Path, state: "StoreState", *, json: bool) -> None:
    from debugdiff.cli import views  # noqa: PLC0415 - not needed for `--help`

    print_result(views.store_json(path, state) if json else views.store(path, state, page()))
