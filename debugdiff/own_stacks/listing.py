"""All stacks with what they consist of, for a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.execute import stack_versions
from debugdiff.model import Interpreter, Stack
from debugdiff.own_stacks.made import MadeStack, find_made

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from debugdiff.own_stacks.declaring import DeclaredStack


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStack:
    """A stack in a list.

    Attributes:
        versions: of Python and its packages; `None` if one of them is missing.
        declared: what a file says of it; `None` of debugdiff's own.
        made: its environment, if there is one.
    """

    name: str
    kind: Stack
    versions: Mapping[str, str] | None
    declared: DeclaredStack | None = None
    made: MadeStack | None = None


def listed_stacks(declared: Mapping[str, DeclaredStack], home: Path) -> tuple[ListedStack, ...]:
    """Debugdiff's own stacks, then those of the user's files."""
    own = (_own(kind) for kind in Stack if kind not in declared)
    return (*own, *(_listed(stack, home) for stack in declared.values()))


def _own(kind: Stack) -> ListedStack:
    return ListedStack(name=kind, kind=kind, versions=stack_versions(kind))


def _listed(stack: DeclaredStack, home: Path) -> ListedStack:
    made = find_made(stack, home) if stack.is_made else None
    python = made.python if made else stack.interpreter
    packages = made.packages if made else ""
    interpreter = Interpreter(kind=stack.kind, python=python, packages=packages)
    return ListedStack(
        name=stack.name,
        kind=stack.kind,
        versions=stack_versions(stack.kind, interpreter) if python else None,
        declared=stack,
        made=made,
    )
