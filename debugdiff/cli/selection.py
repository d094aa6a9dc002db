"""From what was typed to what campaigns take: cases and bugs by name, modes, interpreters."""

from __future__ import annotations

import difflib
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from debugdiff.errors import DebugdiffError
from debugdiff.files import shipped
from debugdiff.model import Mode, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.model import Bug, Case

Item = TypeVar("Item")

EVERY_MODE = "all"


def parse_modes(names: Sequence[str] | None) -> tuple[Mode, ...]:
    """Modes by name, each once; `all` is every mode, of which a stack takes those that it has."""
    if EVERY_MODE in (names or ()):
        return tuple(Mode)
    return once(Mode(name) for name in names or ())


def once(items: Iterable[Item] | None) -> tuple[Item, ...]:
    """The items in their order, each once."""
    return tuple(dict.fromkeys(items or ()))


def processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def find_cases(names: Sequence[str] | None) -> tuple[Case, ...]:
    """Cases by name or path, each once; all shipped ones if none is named."""
    from debugdiff.cases import find_case, shipped_cases  # noqa: PLC0415 - pydantic is slow

    if not names:
        return shipped_cases()
    cases = {case.folder / case.name: case for case in map(find_case, names)}
    return tuple(cases.values())


def find_bugs(
    globs: Sequence[str] | None,
    categories: Sequence[str] | None = None,
    catalogues: Sequence[Path] | None = None,
) -> tuple[Bug, ...]:
    """Bugs of the shipped and the given folders whose id and category match.

    A path in the place of a glob, of one TOML file or of a folder of bugs, means those bugs.

    Raises:
        DebugdiffError: a glob that matches no bug, or a catalogue that is not usable.
    """
    from debugdiff.bugs import load_catalogue  # noqa: PLC0415 - pydantic is slow

    paths = [Path(glob) for glob in globs or () if _is_path(glob)]
    names = [glob for glob in globs or () if not _is_path(glob)]
    of_paths = _bugs_at(paths)
    if paths and not names:
        return tuple(bug for bug in of_paths if _matches(bug.category, categories))
    globs = names
    bugs = load_catalogue([shipped("injected_bugs"), *(catalogues or ())])
    _require_matches(globs, [bug.id for bug in bugs], "bug")
    _require_matches(categories, sorted({bug.category for bug in bugs}), "category")
    known = {bug.path.resolve(): bug for bug in (*of_paths, *bugs)}
    return tuple(
        bug
        for bug in known.values()
        if (bug in of_paths or _matches(bug.id, globs)) and _matches(bug.category, categories)
    )


def find_one_bug(text: str, catalogues: Sequence[Path] | None = None) -> Bug:
    """The bug of an id or a path.

    Raises:
        DebugdiffError: no bug, or several.
    """
    bugs = find_bugs([text], None, catalogues)
    if len(bugs) == 1:
        return bugs[0]
    raise DebugdiffError(
        f"`{text}` names {len(bugs)} bugs.",
        hint=f"Choose one of: {', '.join(bug.id for bug in bugs)}.",
        slug="bug-ambiguous",
    )


def _is_path(text: str) -> bool:
    """`shape` alone is no id of a bug and may be a folder; `shape/name` is an id."""
    path = Path(text)
    return text.endswith(".toml") or (path.is_dir() and not any(map(text.__contains__, "*?[")))


def _bugs_at(paths: Sequence[Path]) -> tuple[Bug, ...]:
    from debugdiff.bugs import load_bug, load_catalogue  # noqa: PLC0415 - pydantic is slow

    files = [load_bug(path, path.absolute().parent.parent) for path in paths if not path.is_dir()]
    return (*files, *load_catalogue([path for path in paths if path.is_dir()]))


def _matches(name: str, globs: Sequence[str] | None) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs)


def _require_matches(globs: Sequence[str] | None, names: Sequence[str], kind: str) -> None:
    for glob in globs or ():
        if not any(fnmatchcase(name, glob) for name in names):
            near = difflib.get_close_matches(glob, names, n=3, cutoff=0.5)
            meant = f"Did you mean {', '.join(near)}? " if near else ""
            raise DebugdiffError(
                f"No {kind} matches `{glob}`.",
                hint=f"{meant}`debugdiff bugs list` shows them all.",
                slug="bug-unknown",
            )


def parse_interpreters(texts: Sequence[str] | None) -> Mapping[Stack, str]:
    """`STACK=PATH` texts as a mapping.

    Raises:
        DebugdiffError: no such stack, or nothing behind the `=`.
    """
    return dict(map(_interpreter, texts or ()))


def _interpreter(text: str) -> tuple[Stack, str]:
    stack, _, path = text.partition("=")
    if stack not in set(Stack) or not path:
        raise DebugdiffError(
            f"`{text}` does not name the interpreter of a stack.",
            hint=f"Write STACK=PATH with a stack of: {', '.join(Stack)}.",
            slug="bad-interpreter",
        )
    return Stack(stack), path
