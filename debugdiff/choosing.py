"""Cases and bugs by their names, globs and paths."""

from __future__ import annotations

import difflib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.bugs import load_bug, load_catalogue
from debugdiff.cases import find_case, shipped_cases
from debugdiff.errors import DebugdiffError, StackError
from debugdiff.files import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Bug, Case


def find_cases(names: Sequence[str] | None) -> tuple[Case, ...]:
    """Cases by name or path, each once; all shipped ones if none is named."""
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


def bugs_among(
    bugs: Sequence[Bug], globs: Sequence[str] | None, categories: Sequence[str] | None
) -> tuple[Bug, ...]:
    """Those of some bugs whose id and category match.

    Raises:
        DebugdiffError: a glob that matches none of them.
    """
    _require_matches(globs, [bug.id for bug in bugs], "bug")
    _require_matches(categories, sorted({bug.category for bug in bugs}), "category")
    return tuple(
        bug for bug in bugs if _matches(bug.id, globs) and _matches(bug.category, categories)
    )


def cases_among(cases: Sequence[Case], names: Sequence[str]) -> tuple[Case, ...]:
    """Those of some cases that are named; all of them if none is.

    Raises:
        DebugdiffError: a name that none of them has.
    """
    known = {case.name: case for case in cases}
    for name in names:
        if name not in known:
            raise DebugdiffError(
                f"The bundle has no case `{name}`.",
                hint=f"It has: {', '.join(known)}.",
                slug="case-unknown",
            )
    return tuple(known[name] for name in names) or tuple(cases)


def stacks_among(stacks: Sequence[str], globs: Sequence[str] | None) -> tuple[str, ...]:
    """Those of some stacks that match; all of them if none is asked for.

    Raises:
        StackError: a glob that matches none of them.
    """
    for glob in globs or ():
        if not any(fnmatchcase(name, glob) for name in stacks):
            raise StackError(
                f"The bundle has no trial on the stack `{glob}`.",
                hint=f"It has: {', '.join(stacks)}.",
                slug="nothing-selected",
            )
    return tuple(name for name in stacks if _matches(name, globs))


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
    files = [load_bug(path, path.absolute().parent.parent) for path in paths if not path.is_dir()]
    return (*files, *load_catalogue([path for path in paths if path.is_dir()]))


def _matches(name: str, globs: Sequence[str] | None) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs)


def _require_matches(globs: Sequence[str] | None, names: Sequence[str], kind: str) -> None:
    for glob in globs or ():
        if not any(fnmatchcase(name, glob) for name in names):
            within = [f"{glob}/*"] if any(name.startswith(f"{glob}/") for name in names) else []
            near = within or difflib.get_close_matches(glob, names, n=3, cutoff=0.5)
            meant = f"Did you mean {', '.join(near)}? " if near else ""
            raise DebugdiffError(
                f"No {kind} matches `{glob}`.",
                hint=f"{meant}`debugdiff bugs list` shows them all.",
                slug="bug-unknown",
            )
