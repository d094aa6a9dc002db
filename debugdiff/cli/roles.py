"""`debugdiff roles`."""

from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli import completion, options
from debugdiff.cli.console import page, print_result
from debugdiff.errors import DebugdiffError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Case
    from debugdiff.report.roles import ProgramRoles


def roles(
    *,
    program: Annotated[
        str | None,
        typer.Argument(
            metavar="PROGRAM",
            help="A Python file, a folder of programs, or a shipped case. Default: list the roles"
            " that exist.",
            show_default=False,
            autocompletion=completion.cases,
        ),
    ] = None,
    implementation: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMPLEMENTATION",
            help="Only these programs. Default: all.",
            autocompletion=completion.programs,
        ),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            "--role", metavar="NAME", help="Only this role. Repeatable.", show_default=False
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Show where a program has its model, head, loss and other roles.

    Bugs are edits at these roles: a bug whose role is missing does not fit. No program is run.

    Examples:
      debugdiff roles
      debugdiff roles train.py
      debugdiff roles gru_sentiment pytorch --role head --role loss-call
      debugdiff roles path/to/my_case --json
    """
    from debugdiff.cases import find_case  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.roles import known, known_json, render, render_json  # noqa: PLC0415

    if program is None:
        wanted = _wanted(role or ())
        print_result(known_json(wanted) if json else known(wanted, page()))
        return
    found = _read(find_case(program), implementation or (), role or ())
    print_result(render_json(found) if json else render(found, page()))
    if any(each.problem for each in found):
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _read(
    case: "Case", implementations: "Sequence[str]", names: "Sequence[str]"
) -> "list[ProgramRoles]":
    from debugdiff.inject.roles import roles_of  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.report.roles import ProgramRoles  # noqa: PLC0415

    wanted = _wanted(names)
    known = [*(one.name for one in case.implementations), *(one.name for one in case.broken)]
    meant = {_known(name, known, "program") for name in implementations} or set(known)
    found = [
        ProgramRoles(
            name=f"{case.name}/{one.name}", file=one.file, roles=roles_of(one), wanted=wanted
        )
        for one in case.implementations
        if one.name in meant
    ]
    broken = [
        ProgramRoles(
            name=f"{case.name}/{one.name}", file=one.path.name, roles=None, problem=one.reason
        )
        for one in case.broken
        if one.name in meant
    ]
    return found + broken


def _wanted(names: "Sequence[str]") -> tuple[str, ...]:
    from debugdiff.source.roles import ROLES  # noqa: PLC0415 - not needed for `--help`

    return tuple(_known(name, tuple(ROLES), "role") for name in names) or tuple(ROLES)


def _known(name: str, names: "Sequence[str]", kind: str) -> str:
    """A name that was typed, if it is one of some."""
    if name in names:
        return name
    raise DebugdiffError(
        f"There is no {kind} `{name}`.",
        hint=f"There are: {', '.join(names)}.",
        slug="role-unknown" if kind == "role" else "implementation-unknown",
    )
