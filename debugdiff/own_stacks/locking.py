"""`stacks.lock`: exactly which packages the stacks of a file were made with, for other machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from debugdiff.files import write_atomically
from debugdiff.own_stacks.declaring import read_stack_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from debugdiff.own_stacks.declaring import DeclaredStack

_FILE = "stacks.lock"
_HEAD = "# Written by `debugdiff stacks lock`; `stacks create` installs exactly these packages.\n"


def lock_file(stack: DeclaredStack) -> Path:
    """The lock beside the file that declares a stack."""
    return stack.file.with_name(_FILE)


def read_locks(stack: DeclaredStack) -> tuple[str, ...]:
    """The packages that a stack is locked to; none if it is not, or was declared otherwise then.

    Raises:
        StackError: the file cannot be read.
    """
    file = lock_file(stack)
    table = _read(file).get(stack.name, {}) if file.is_file() else {}
    if table.get("requirements") != list(stack.requirements):
        return ()
    packages = table.get("packages")
    return tuple(map(str, packages)) if isinstance(packages, list) else ()


def write_locks(locked: Mapping[DeclaredStack, Sequence[str]]) -> tuple[Path, ...]:
    """Write the packages of some stacks; what the file says of others stays.

    Raises:
        StackError: a file cannot be read.
        OSError: it cannot be written.
    """
    files = {lock_file(stack): None for stack in locked}
    for file in files:
        tables = _read(file) if file.is_file() else {}
        for stack, packages in locked.items():
            if lock_file(stack) == file:
                requirements = list(stack.requirements)
                tables[stack.name] = {"requirements": requirements, "packages": list(packages)}
        write_atomically(file, _HEAD + "".join(map(_table, sorted(tables.items()))))
    return tuple(files)


def _read(file: Path) -> dict[str, dict[str, object]]:
    tables = read_stack_file(
        file, hint="Delete it and run `debugdiff stacks lock` to write it again."
    )
    return {name: table for name, table in tables.items() if isinstance(table, dict)}


def _table(item: tuple[str, Mapping[str, object]]) -> str:
    """One table; a list of texts in TOML is one in JSON."""
    name, table = item
    lines = (f"{key} = {json.dumps(value, indent=2)}\n" for key, value in table.items())
    return f"\n[{json.dumps(name)}]\n{''.join(lines)}"
