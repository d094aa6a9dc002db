"""Bugs that no pattern can express: a Python class beside the bug's TOML file."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any, Protocol

from debugdiff.errors import BugError, DebugdiffError
from debugdiff.files import inside

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import Bug, Implementation, InjectRule


class Codemod(Protocol):
    """What a codemod class looks like; it is made without arguments, once per injection.

    Put it beside the bug: `codemod = "file.py:Class"`. It must give the same answer every time,
    change nothing but what the bug is about, and read nothing but its arguments. An attribute
    `missing`, a clause, may say what a program lacks in which the bug has no place.
    """

    def apply(self, source: str, implementation: Implementation) -> str | None:
        """The program with the bug in it, or `None` if the bug has no place in it."""


def missing(bug: Bug, rule: InjectRule) -> str:
    """What a program lacks in which a rule's codemod has no place, in a clause."""
    said = getattr(load(bug, rule), "missing", "")
    return said if isinstance(said, str) and said else f"codemod `{rule.codemod}` found no place"


def load(bug: Bug, rule: InjectRule) -> type[Codemod]:
    """The class that a rule names.

    Raises:
        BugError: the file leaves the bug's folder, is missing or fails, or has no such class.
    """
    name, _, attribute = rule.codemod.partition(":")
    try:
        path = inside(bug.path.parent, name)
        module = _module(path)
        found = getattr(module, attribute, None)
    except DebugdiffError as error:
        raise _error(bug, rule, error.message) from error
    except FileNotFoundError as error:
        raise _error(bug, rule, f"there is no file `{name}` beside the bug") from error
    except BaseException as error:  # somebody else's code may raise anything, and leave
        raise _error(bug, rule, f"importing `{name}` raised {_describe(error)}") from error
    if not isinstance(found, type) or not callable(getattr(found, "apply", None)):
        raise _error(bug, rule, f"`{name}` has no class `{attribute}` with a method `apply`")
    return found


def apply(bug: Bug, rule: InjectRule, source: str, implementation: Implementation) -> str | None:
    """What the codemod makes of one file of a program; `None` if it has no place in it.

    Raises:
        BugError: it raises, or returns something else than a text or `None`.
    """
    codemod = load(bug, rule)
    try:
        result: Any = codemod().apply(source, implementation)
    except BaseException as error:  # somebody else's code may raise anything, and leave
        where = f"{implementation.case}/{implementation.name}"
        raise _error(bug, rule, f"on {where} it raised {_describe(error)}") from error
    if result is None or (type(result) is str and _is_utf8(result)):
        return result
    if isinstance(result, str):
        raise _error(bug, rule, "it returned text that is not UTF-8")
    raise _error(bug, rule, f"it returned {type(result).__name__}, not text or None")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _module(path: Path) -> object:
    """A module from a file, without leaving it in `sys.modules` or byte code beside it."""
    spec = importlib.util.spec_from_file_location(f"debugdiff_codemod_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def _describe(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - also of its own errors
        return type(error).__name__


def _error(bug: Bug, rule: InjectRule, reason: str) -> BugError:
    return BugError(
        f"{bug.path}:{rule.line}: codemod `{rule.codemod}`: {reason}.",
        hint="`apply(self, source, implementation)` must return the changed source or None.",
        slug="bug-codemod",
    )
