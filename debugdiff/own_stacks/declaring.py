"""What a user's file says of a stack: `stacks.toml`, or `[tool.debugdiff.stacks]`."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from debugdiff.errors import StackError
from debugdiff.files import read_text
from debugdiff.model import Stack
from debugdiff.toml_lines import read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FILE = "stacks.toml"
HERE = "here"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredStack:
    """A stack as its file declares it; one of three ways says which Python it has.

    Attributes:
        kind: its framework and back end.
        interpreter: a Python that is there already.
        requirements: what an environment of its own gets, in the words of pip.
        extends: the Python whose packages these come before, without their dependencies; `here` is
            debugdiff's own.
        file: where it is declared; relative paths count from its folder.
    """

    name: str
    kind: Stack
    file: Path
    interpreter: str = ""
    requirements: tuple[str, ...] = ()
    extends: str = ""

    @property
    def is_made(self) -> bool:
        """Whether debugdiff makes something for it; else the user brings all of it."""
        return bool(self.requirements)


_KEYS = tuple(each.name for each in fields(DeclaredStack) if each.name not in {"name", "file"})


def declared_stacks(start: Path) -> Mapping[str, DeclaredStack]:
    """The stacks of the nearest `stacks.toml` and of the nearest `pyproject.toml`, by their names.

    Args:
        start: the folder that the search begins in and goes up from.

    Raises:
        StackError: a file cannot be read, or declares a stack that cannot be.
    """
    found: dict[str, DeclaredStack] = {}
    for name in ("pyproject.toml", FILE):
        file = next((at / name for at in (start, *start.parents) if (at / name).is_file()), None)
        for stack in read_stacks(file).values() if file else ():
            if stack.name in found:
                raise _wrong(stack.file, stack.name, f"is in {found[stack.name].file}, too")
            found[stack.name] = stack
    return found


def read_stacks(file: Path) -> Mapping[str, DeclaredStack]:
    """The stacks of one file; of a `pyproject.toml` its table `[tool.debugdiff.stacks]`.

    Raises:
        StackError: as `declared_stacks`.
    """
    document = read_stack_file(
        file, hint=f"A stack is a table of {FILE}; docs/stacks.md has examples."
    )
    if file.name != FILE and file.name == "pyproject.toml":
        document = document.get("tool", {}).get("debugdiff", {}).get("stacks", {})
    return {stack.name: stack for stack in _stacks(file, document)}


def read_stack_file(file: Path, *, hint: str) -> dict[str, Any]:
    """A file of TOML that says something of stacks.

    Raises:
        StackError: it cannot be read; with a hint.
    """
    try:
        return read_toml(read_text(file))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StackError(
            f"{file} cannot be read: {error}.", hint=hint, slug="stack-file"
        ) from error


def _stacks(file: Path, tables: Any) -> Iterator[DeclaredStack]:
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if not _NAME.fullmatch(name):
            raise _wrong(file, name, "has a name that is not one", "Use letters, digits and `-._`.")
        if not isinstance(table, dict):
            raise _wrong(file, name, "is not a table", f'Write: ["{name}"], and its keys below.')
        yield _stack(file, name, table)


def _stack(file: Path, name: str, table: dict[str, Any]) -> DeclaredStack:
    for key, value in table.items():
        _require_key(file, name, key, value)
    stack = DeclaredStack(
        name=name,
        kind=_kind(file, name, table.get("kind")),
        file=file,
        interpreter=_path(file, table.get("interpreter", "")),
        requirements=tuple(table.get("requirements", ())),
        extends=_path(file, table.get("extends", "")),
    )
    _require_one_way(stack)
    return stack


def _require_key(file: Path, name: str, key: str, value: Any) -> None:
    if isinstance(value, dict):
        whole = f"{name}.{key}"
        raise _wrong(file, whole, "is a table in a table", f'Quote a name with dots: ["{whole}"].')
    if key not in _KEYS:
        raise _wrong(file, name, f"has an unknown key `{key}`", _meant(key, _KEYS))
    if key == "requirements":
        if not isinstance(value, list) or not value or not all(map(_is_requirement, value)):
            example = 'requirements = ["keras==3.10.0"]'
            raise _wrong(file, name, "needs requirements as a list of texts", f"Write: {example}")
    elif not isinstance(value, str) or not value:
        raise _wrong(file, name, f"needs a text as its `{key}`")


def _is_requirement(value: Any) -> bool:
    """A text that no installer takes for one of its options."""
    return isinstance(value, str) and value.strip() != "" and not value.lstrip().startswith("-")


def _kind(file: Path, name: str, kind: str | None) -> Stack:
    if kind is None and name in set(Stack):
        return Stack(name)
    if kind not in set(Stack):
        problem = f"has an unknown kind `{kind}`" if kind else "has no kind"
        raise _wrong(file, name, problem, _meant(kind or name, Stack))
    if name in set(Stack) and name != kind:
        raise _wrong(file, name, f"is of the kind {kind}", "Give it a name that is not a kind.")
    return Stack(kind)


def _require_one_way(stack: DeclaredStack) -> None:
    if bool(stack.interpreter) is stack.is_made:
        raise _wrong(
            stack.file,
            stack.name,
            "needs either an `interpreter` or `requirements`",
            "An interpreter is a Python that is there; requirements are installed for the stack.",
        )
    if stack.extends and not stack.is_made:
        raise _wrong(
            stack.file, stack.name, "extends a Python by nothing", "Add `requirements` to it."
        )


def _path(file: Path, text: str) -> str:
    """A path that counts from the file's folder; what is no path stays as it is."""
    return text if text in {"", HERE} else str(file.absolute().parent / text)


def _meant(text: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(text, list(known), n=1)
    meant = f"Did you mean `{close[0]}`? " if close else ""
    return f"{meant}There are: {', '.join(known)}."


def _wrong(file: Path, name: str, problem: str, hint: str = "") -> StackError:
    return StackError(
        f"{file}: the stack `{name}` {problem}.",
        hint=hint or "docs/stacks.md has examples.",
        slug="stack-file",
    )
