"""`debugdiff stacks list`, `create`, `check`, `lock` and `remove`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli import completion
from debugdiff.cli.console import page, print_result, say
from debugdiff.cli.help_text import Application
from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import Json, SandboxOption, Selection, interruptible, option
from debugdiff.errors import ExitCode, StackError
from debugdiff.model import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.campaign.checks import CheckLine
    from debugdiff.own_stacks import DeclaredStack

_CASE = "bag_of_embeddings"
"""The case whose parity is checked unless another one is named: a small and quick one."""

app = Application(
    help="""Several versions of a framework side by side: stacks of your own.

    They are declared in a file stacks.toml of the working folder, or of one above it, or in the
    table [tool.debugdiff.stacks] of pyproject.toml.

    Example of a file:
      ["keras-3.10-torch"]
      kind = "keras-torch"
      requirements = ["keras==3.10.0"]
      extends = "here"
    """
)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STACK",
        help="Names of declared stacks, or globs such as 'keras-3.1*'. Default: all declared"
        " stacks.",
        show_default=False,
        autocompletion=completion.stacks,
    ),
]


@app.command("list")
def list_stacks(*, json: Json = False) -> None:
    """List the stacks: debugdiff's own and those that your files declare.

    Examples:
      debugdiff stacks list
      debugdiff stacks list --json
    """
    from debugdiff.own_stacks import declared_stacks  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.own_stacks.listing import listed_stacks  # noqa: PLC0415
    from debugdiff.own_stacks.made import default_home  # noqa: PLC0415
    from debugdiff.report.stacks import render, render_json  # noqa: PLC0415

    found = listed_stacks(declared_stacks(Path.cwd()), default_home())
    print_result(render_json(found) if json else render(found, page()))


@app.command("create")
def create_stacks(*, names: Names = None, json: Json = False) -> None:
    """Make environments of stacks in the cache folder, with uv if it is installed, else with pip.

    Existing environments stay as they are. `debugdiff run` makes what it needs, too.

    Examples:
      debugdiff stacks create
      debugdiff stacks create keras-3.10-torch
      debugdiff stacks create 'keras-3.1*'
    """
    from debugdiff.own_stacks import make_stack  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.own_stacks.listing import listed_stacks  # noqa: PLC0415
    from debugdiff.own_stacks.made import default_home  # noqa: PLC0415
    from debugdiff.report.stacks import render, render_json  # noqa: PLC0415

    wanted = _with_requirements(_declared(names))
    with interruptible("Stacks that are complete stay; the same command makes the others."):
        for stack in wanted.values():
            make_stack(stack, default_home(), say=say)
    found = [each for each in listed_stacks(wanted, default_home()) if each.name in wanted]
    print_result(render_json(found) if json else render(found, page()))


@app.command("check")
@takes_groups
def check_stacks(
    *,
    names: Names = None,
    selection: Annotated[Selection, only("python")],
    case: Annotated[
        str,
        option("What to run", "--case", help="The case that runs.", show_default=True),
    ] = _CASE,
    sandbox: SandboxOption = Sandbox.WRITE,
    json: Json = False,
) -> None:
    """Check that each stack has a Python and its packages, and that a case is one model on it.

    Kinds such as keras-torch can be named, too. Exit status 1 if a check fails.

    Examples:
      debugdiff stacks check
      debugdiff stacks check 'keras-3.1*' --case gru_sentiment
      debugdiff stacks check keras-jax --python /opt/jax/bin/python
    """
    from debugdiff.campaign.stack_checks import check_stack  # noqa: PLC0415 - as above
    from debugdiff.choosing import find_cases  # noqa: PLC0415
    from debugdiff.cli import views  # noqa: PLC0415
    from debugdiff.own_stacks import chosen_stacks, declared_stacks  # noqa: PLC0415
    from debugdiff.own_stacks.made import default_home  # noqa: PLC0415

    declared = declared_stacks(Path.cwd())
    wanted = names or list(declared)
    _require_some(wanted)
    chosen = chosen_stacks(wanted, selection.python or (), declared, default_home())
    (looked_at,) = find_cases([case])
    lines: list[CheckLine] = []
    with interruptible("Nothing was changed."):
        for name in chosen.names:
            say(f"Checking {name}.")
            lines += check_stack(name, chosen.interpreters, looked_at, sandbox)
    print_result(views.checks_json(lines) if json else views.checks(lines, page()))
    if not all(line.passed for line in lines):
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command("lock")
def lock_stacks(*, names: Names = None, json: Json = False) -> None:
    """Write the exact packages of made stacks to stacks.lock, for other machines.

    The file is written beside the one that declares the stacks. `debugdiff stacks create` installs
    exactly what it says, as long as the requirements stay the same.

    Examples:
      debugdiff stacks lock
      debugdiff stacks lock keras-3.10-torch --json
    """
    from debugdiff.own_stacks import interpreter_of, write_locks  # noqa: PLC0415 - as above
    from debugdiff.own_stacks.made import default_home  # noqa: PLC0415
    from debugdiff.report.stacks import locks_json  # noqa: PLC0415

    wanted = _with_requirements(_declared(names))
    locks = {stack: interpreter_of(stack, default_home()).lock for stack in wanted.values()}
    for file in write_locks(locks):
        say(f"Wrote {file}.")
    if json:
        print_result(locks_json({stack.name: lock for stack, lock in locks.items()}))


@app.command("remove")
def remove_stacks(
    *,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="STACK",
            help="Names of declared stacks, or globs; '*': all.",
            autocompletion=completion.stacks,
        ),
    ],
) -> None:
    """Remove the environments of stacks from the cache folder. Finished trials stay.

    Examples:
      debugdiff stacks remove keras-3.10-torch
      debugdiff stacks remove '*'
    """
    from debugdiff.own_stacks import remove_stack  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.own_stacks.made import default_home  # noqa: PLC0415

    for stack in _with_requirements(_declared(names)).values():
        removed = remove_stack(stack, default_home())
        say(f"{'Removed' if removed else 'There is nothing to remove of'} {stack.name}.")


def _declared(names: "Sequence[str] | None") -> "Mapping[str, DeclaredStack]":
    """The declared stacks that are meant; all of them if none is named."""
    from debugdiff.own_stacks import declared_stacks  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.own_stacks.choosing import names_of  # noqa: PLC0415

    declared = declared_stacks(Path.cwd())
    _require_some(declared)
    wanted = names_of(names, declared) if names else declared
    return {name: declared[name] for name in wanted if name in declared}


def _require_some(stacks: "Sequence[str] | Mapping[str, DeclaredStack]") -> None:
    if not stacks:
        raise StackError(
            "No stack is declared in this folder or above it.",
            hint="Write a file stacks.toml; `debugdiff stacks --help` shows one.",
            slug="stack-unknown",
        )


def _with_requirements(
    stacks: "Mapping[str, DeclaredStack]",
) -> "Mapping[str, DeclaredStack]":
    """Those that debugdiff makes; of the others it says so."""
    for stack in stacks.values():
        if not stack.is_made:
            say(f"{stack.name} has an interpreter that is yours: {stack.interpreter}.")
    return {name: stack for name, stack in stacks.items() if stack.is_made}
