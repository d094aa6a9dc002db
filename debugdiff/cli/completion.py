"""Names that a shell completes: of cases, bugs, programs, and what `help` explains.

A shell asks at every press of a key, so nothing is read but names of files and one `case.toml`.
"""

import tomllib
from pathlib import Path
from typing import Any

import typer

from debugdiff.errors import DebugdiffError
from debugdiff.files import read_text, shipped
from debugdiff.model import Stack


def cases() -> list[str]:
    """The shipped cases."""
    return sorted(file.parent.name for file in shipped("cases").glob("*/case.toml"))


def bugs() -> list[str]:
    """The ids of the shipped bugs."""
    files = shipped("injected_bugs").glob("*/*.toml")
    return sorted(f"{file.parent.name}/{file.stem}" for file in files)


def categories() -> list[str]:
    """The categories of the shipped bugs."""
    return sorted({bug.partition("/")[0] for bug in bugs()})


def stacks() -> list[str]:
    """The kinds of stacks, and the stacks that the user's files declare."""
    from debugdiff.own_stacks import declared_stacks  # noqa: PLC0415 - most presses need none

    try:
        return list(dict.fromkeys([*map(str, Stack), *declared_stacks(Path.cwd())]))
    except DebugdiffError:
        return list(Stack)


def programs(context: typer.Context) -> list[str]:
    """The programs of the case that was typed before."""
    return _programs_of(context.params.get("case") or context.params.get("program"))


def subjects(context: typer.Context) -> list[str]:
    """For `show`: a case, then a bug or a program of it, then a program."""
    typed = context.params.get("trial") or ()
    if not typed:
        return cases()
    known = _programs_of(typed[0])
    return [*bugs(), *known] if len(typed) == 1 else known


def topics(context: typer.Context) -> list[str]:
    """What `help` explains: commands and errors, or the commands of a command."""
    from debugdiff.cli.help import known_topics  # noqa: PLC0415 - it completes its own argument

    try:
        return known_topics(context.params.get("topic") or [], context.find_root())
    except DebugdiffError:
        return []


def _programs_of(case: Any) -> list[str]:
    folder = Path(str(case)) if "/" in str(case) else shipped("cases") / str(case)
    try:
        table = tomllib.loads(read_text(folder / "case.toml"))
        return sorted(table["implementations"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
