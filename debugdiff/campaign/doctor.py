"""What this machine has of what debugdiff needs, and the command that installs the rest."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from debugdiff import __version__, corpora
from debugdiff.campaign.environment import source_of
from debugdiff.campaign.stacks import INSTALL
from debugdiff.execute import stack_versions
from debugdiff.execute.hosts import can_isolate
from debugdiff.model import Sandbox, Stack
from debugdiff.worker.process.landlock import landlock_version
from debugdiff.worker.process.sandbox import describe_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from debugdiff.model import Interpreter

_NEEDED = ("typer", "rich", "libcst", "radon", "pydantic", "numpy", "platformdirs")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorLine:
    """One thing looked for. `needed` is False for what debugdiff works without."""

    name: str
    found: bool
    detail: str
    hint: str = ""
    needed: bool = True


def diagnose(store: Path, interpreters: Mapping[str, Interpreter]) -> tuple[DoctorLine, ...]:
    """Interpreter, packages, stacks, data and the store, each with what to do if it is missing."""
    return (
        DoctorLine(name="debugdiff", found=True, detail=__version__),
        _python(),
        *_packages(),
        *_stacks(interpreters),
        *_data(),
        DoctorLine(name="fork", found=hasattr(os, "fork"), detail=_fork(), needed=False),
        *_sandboxes(),
        DoctorLine(name="sqlite", found=True, detail=sqlite3.sqlite_version),
        DoctorLine(name="store", found=store.exists(), detail=str(store), needed=False),
    )


def _python() -> DoctorLine:
    version = platform.python_version()
    return DoctorLine(name="python", found=sys.version_info >= (3, 11), detail=version)


def _packages() -> Iterator[DoctorLine]:
    for name in _NEEDED:
        try:
            yield DoctorLine(name=name, found=True, detail=metadata.version(name))
        except metadata.PackageNotFoundError:
            yield DoctorLine(name=name, found=False, detail="missing", hint=f"pip install {name}")


def _stacks(interpreters: Mapping[str, Interpreter]) -> Iterator[DoctorLine]:
    for stack in Stack:
        interpreter = interpreters.get(stack)
        versions = stack_versions(stack, interpreter)
        installed = ", ".join(f"{name} {version}" for name, version in (versions or {}).items())
        where = f" ({interpreter.python})" if interpreter else ""
        yield DoctorLine(
            name=f"stack {stack}",
            found=versions is not None,
            detail=(installed or "missing") + where,
            hint="" if versions else INSTALL[stack],
            needed=stack is not Stack.KERAS_JAX,
        )


def _data() -> Iterator[DoctorLine]:
    for name in corpora.NAMES:
        described = corpora.describe(name)
        yield DoctorLine(
            name=f"data {name}",
            found=described.installed,
            detail=source_of(name),
            hint="" if described.installed else "pip install 'debugdiff[data]'",
            needed=False,
        )


def _sandboxes() -> Iterator[DoctorLine]:
    for level in (Sandbox.WRITE, Sandbox.STRICT):
        isolated = level is Sandbox.STRICT and can_isolate()
        yield DoctorLine(
            name=f"sandbox {level}",
            found=bool(landlock_version()),
            detail=f"stops {describe_sandbox(level, isolated=isolated)}",
            needed=False,
        )


def _fork() -> str:
    if hasattr(os, "fork"):
        return "trials are forked from a warm process"
    return "not available: every trial starts a Python of its own"
