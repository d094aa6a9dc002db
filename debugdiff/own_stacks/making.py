"""Make the environment of a stack: by uv if it is there, else by venv and pip."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from textwrap import shorten
from typing import TYPE_CHECKING

from debugdiff.errors import StackError
from debugdiff.execute import stack_versions
from debugdiff.execute.stacks import require_python
from debugdiff.files import to_json, write_atomically
from debugdiff.own_stacks.locking import read_locks
from debugdiff.own_stacks.made import (
    WHOLE,
    MadeStack,
    base_of,
    find_made,
    folder_of,
    installed_in,
    interpreter_of,
    packages_in,
    python_in,
)
from debugdiff.worker.folders import lock_of, remove_tree
from debugdiff.worker.versions import packages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from debugdiff.own_stacks.declaring import DeclaredStack

_LOG = "install.log"
_REASONS = 3
"""Lines of an installer's output that are shown if it fails."""
_LONGEST = 400
_FULL = "No space left on device"
_VERSIONS = re.compile(r"\(from versions: .*?((?:[^ ,]+, ){0,2}[^ ,]+)\)")
"""Of the versions that pip lists, the newest three are enough."""
_TRACEBACK = "ERROR: Exception:"
"""What pip prints above a traceback of its own, as on a full disk."""
_NOISE = ("[notice]", "WARNING: ", "hint: See above", "note: This ")


def make_stack(stack: DeclaredStack, home: Path, *, say: Callable[[str], None]) -> MadeStack:
    """The environment of a stack, made unless it is there already.

    Where another process is making it, this one waits for it. What fails or is stopped leaves
    nothing.

    Args:
        stack: one with requirements.
        home: the folder of all environments.
        say: is given a sentence before what takes long.

    Raises:
        StackError: a requirement cannot be resolved, the disk is full, or the Python is none.
        KeyboardInterrupt: the user stopped it.
    """
    require_python(stack.name, base_of(stack))
    folder = folder_of(stack, home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _only_one(stack, lock_of(folder), say):
            made = find_made(stack, home)
            if made is None:
                say(f"Making the stack {stack.name}: {', '.join(_wanted(stack))}.")
                made = _made(stack, folder, home)
    except OSError as error:
        raise _failed(stack, error.strerror or str(error)) from error
    return made


@contextmanager
def _only_one(stack: DeclaredStack, lock: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of an environment; the system takes it away from a process that is gone."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another process is making the stack {stack.name}; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _made(stack: DeclaredStack, folder: Path, home: Path) -> MadeStack:
    remove_tree(folder)  # what somebody began and did not finish
    try:
        folder.mkdir()
        for command in _commands(stack, folder):
            _run(stack, command, folder / _LOG)
        facts = {"name": stack.name, "requirements": stack.requirements, "extends": stack.extends}
        write_atomically(folder / WHOLE, to_json({**facts, "lock": installed_in(folder)}, indent=2))
        _require_packages(stack, home)
    except BaseException:
        remove_tree(folder)
        raise
    made = find_made(stack, home)
    assert made is not None
    return made


def _wanted(stack: DeclaredStack) -> tuple[str, ...]:
    """What is installed: the locked packages, or what the stack requires."""
    return read_locks(stack) or stack.requirements


def _commands(stack: DeclaredStack, folder: Path) -> Iterator[list[str]]:
    """The commands that make an environment, in their order."""
    uv = shutil.which("uv")
    base, wanted = base_of(stack), _wanted(stack)
    alone = ["--no-deps"] if stack.extends or read_locks(stack) else []
    if stack.extends:
        target = ["--target", str(packages_in(folder))]
    else:
        target = []
        environment = str(folder / "environment")
        yield (
            [uv, "venv", "--python", base, environment] if uv else [base, "-m", "venv", environment]
        )
    python = base if stack.extends else str(python_in(folder))
    installer = (
        [uv, "pip", "install", "--compile-bytecode", "--python", python]
        if uv
        else [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    )
    yield [*installer, *alone, *target, *wanted]


def _run(stack: DeclaredStack, command: list[str], log: Path) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=stack.file.absolute().parent,  # what a relative requirement counts from
            env=variables,
            check=False,
        )
    if done.returncode != 0:
        raise _failed(stack, _reason(log.read_text(errors="replace")))


def _reason(log: str) -> str:
    """The last lines that say what is wrong, without advice about the installer itself."""
    if _FULL in log:
        return _FULL
    lines = [
        _VERSIONS.sub(r"(newest: \1)", line.strip()) for line in log.splitlines() if line.strip()
    ]
    telling = [line for line in lines if not line.startswith(_NOISE)]
    errors = [line for line in telling if line.lower().startswith("error")]
    if not errors or _TRACEBACK in errors:
        errors = telling[-1:]
    texts = (line.removeprefix("ERROR: ") for line in errors[-_REASONS:])
    return shorten("; ".join(texts), _LONGEST, placeholder=" ...")


def _require_packages(stack: DeclaredStack, home: Path) -> None:
    if stack_versions(stack.kind, interpreter_of(stack, home)) is None:
        needed = ", ".join(packages_of(stack.kind))
        raise _failed(stack, f"after the installation it lacks one of: {needed}")


def _failed(stack: DeclaredStack, reason: str) -> StackError:
    full = _FULL in reason or "quota" in reason.lower()
    return StackError(
        f"The environment of the stack `{stack.name}` cannot be made: {reason.rstrip('.')}.",
        hint="Free some space, or set XDG_CACHE_HOME to a folder on another disk."
        if full
        else f"Its requirements are in {stack.file}: {', '.join(stack.requirements)}.",
        slug="stack-not-made",
    )
