"""The environments in the cache folder: where one is, whether it is whole, what is in it."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.errors import StackError
from debugdiff.files import digest, read_text
from debugdiff.model import Interpreter
from debugdiff.own_stacks.declaring import HERE, DeclaredStack
from debugdiff.own_stacks.locking import read_locks
from debugdiff.worker.folders import lock_of, remove_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = "stack.json"
"""Written last: a folder without it was never finished."""
_NOT_LOCKED = frozenset({"pip", "setuptools", "wheel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeStack:
    """The environment of a stack.

    Attributes:
        folder: what was made: an environment, or the packages that extend another one.
        python: the Python that runs it.
        packages: a folder that comes before that Python's own packages; empty for an environment.
        lock: what was installed, one package each, such as `keras==3.10.0`.
    """

    folder: Path
    python: str
    packages: str
    lock: tuple[str, ...]

    @property
    def identity(self) -> str:
        """A short name for exactly these packages."""
        return digest(*self.lock)[:12]


def default_home() -> Path:
    """Where environments are made unless told otherwise: `debugdiff/stacks` in the user cache."""
    import platformdirs  # noqa: PLC0415 - not needed for `--help`

    return Path(platformdirs.user_cache_dir("debugdiff", appauthor=False)) / "stacks"


def folder_of(stack: DeclaredStack, home: Path) -> Path:
    """Where a stack's environment is or will be: it has a name for everything that decides it."""
    facts = (stack.kind, *stack.requirements, "locked", *read_locks(stack), "on", base_of(stack))
    return home / f"{stack.name}-{digest(*facts, platform.python_version())[:12]}"


def base_of(stack: DeclaredStack) -> str:
    """The Python that a stack extends, or that its environment is made with."""
    return sys.executable if stack.extends in {"", HERE} else stack.extends


def find_made(stack: DeclaredStack, home: Path) -> MadeStack | None:
    """What was made for a stack; `None` if nothing was, or not to its end."""
    folder = folder_of(stack, home)
    try:
        facts: Mapping[str, object] = json.loads(read_text(folder / WHOLE))
        lock = tuple(map(str, facts["lock"]))  # type: ignore[call-overload]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return MadeStack(
        folder=folder,
        python=base_of(stack) if stack.extends else str(python_in(folder)),
        packages=str(packages_in(folder)) if stack.extends else "",
        lock=lock,
    )


def python_in(folder: Path) -> Path:
    """The Python of an environment of its own."""
    return folder / "environment" / "bin" / "python"


def packages_in(folder: Path) -> Path:
    """The packages that extend another Python."""
    return folder / "packages"


def installed_in(folder: Path) -> tuple[str, ...]:
    """What is installed in a folder, one package each, without what only installs others."""
    sites = [packages_in(folder), *(folder / "environment" / "lib").glob("python*/site-packages")]
    found = metadata.distributions(path=[str(site) for site in sites])
    names = {(each.metadata["Name"] or "").lower(): each.version for each in found}
    return tuple(f"{name}=={names[name]}" for name in sorted(names.keys() - _NOT_LOCKED) if name)


def interpreter_of(stack: DeclaredStack, home: Path) -> Interpreter:
    """The Python of a stack.

    Raises:
        StackError: `stack-not-made`.
    """
    if not stack.is_made:
        return Interpreter(kind=stack.kind, python=stack.interpreter)
    made = find_made(stack, home)
    if made is None:
        raise StackError(
            f"The environment of the stack `{stack.name}` has not been made yet.",
            hint=f"Make it with: debugdiff stacks create {stack.name}",
            slug="stack-not-made",
        )
    return Interpreter(kind=stack.kind, python=made.python, packages=made.packages, lock=made.lock)


def remove_stack(stack: DeclaredStack, home: Path) -> bool:
    """Remove what was made for a stack; whether there was anything."""
    folder = folder_of(stack, home)
    found = folder.exists()
    remove_tree(folder)
    lock_of(folder).unlink(missing_ok=True)
    return found
