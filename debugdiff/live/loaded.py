"""The program that is loaded: the cells of a session and the user's modules, as files."""

from __future__ import annotations

import ast
import difflib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.programs import reached_names
from debugdiff.scripts.parts import NOTEBOOK, Part, Parts
from debugdiff.syntax import parse
from debugdiff.worker.failure.loaded_files import is_users_file, loaded_files
from debugdiff.worker.failure.source_lines import lines_of
from debugdiff.worker.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PACKAGE_FOLDER = f"{Path(__file__).resolve().parents[1]}{os.sep}"
_AN_EDITED_ONE = 0.6
"""The `ratio` of difflib from which a cell that defines nothing is taken for an edited one."""


def loaded_parts(needed: Sequence[str]) -> Parts:
    """The cells and files that are loaded in this process.

    Args:
        needed: files of frames, which are kept whatever was run after them.
    """
    cells = tuple(_cells(needed))
    return Parts(all=(*cells, *_modules(cells, needed)))


class LoadedWorkplace(Workplace):
    """Of a program that is loaded, everything is the user's that nobody has installed."""

    def __init__(self) -> None:
        here = str(Path.cwd())
        super().__init__(root=Path(here), case_folder=here, temporary_folder=tempfile.gettempdir())

    @property
    def work(self) -> Path:
        """Where the session works."""
        return self.root

    def holds(self, file: str) -> bool:
        """Every file with a path that is not ours; cells may have a name in angle brackets."""
        is_file = Path(file).is_absolute() and not file.startswith(_PACKAGE_FOLDER)
        return is_file or file in cell_numbers()

    def as_seen_by_user(self, text: str) -> str:
        """The text itself: every path in it is real."""
        return text


# --- cells ---------------------------------------------------------------------------------------


def cell_numbers() -> dict[str, int]:
    """The cells that IPython has run, by the name that their frames have; else nothing."""
    shell = session()
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", None)
    return dict(numbers) if isinstance(numbers, dict) else {}


def session() -> Any:
    """The IPython session that runs in this process, if one does."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _cells(needed: Sequence[str]) -> Iterator[Part]:
    """Those whose text is still valid, in the order in which they were run."""
    numbers = cell_numbers()
    texts = {file: "".join(lines_of(file)) for file in numbers}
    order = sorted((file for file in numbers if _is_python(texts[file])), key=numbers.__getitem__)
    first = 0
    for at, file in enumerate(order):
        later = [texts[each] for each in order[at + 1 :]]
        if file in needed or not _is_replaced(texts[file], later):
            label = f"In[{numbers[file]}]"
            part = Part(file=file, name=NOTEBOOK, label=label, text=texts[file], first=first)
            first += part.length
            yield part


def _is_python(text: str) -> bool:
    try:
        return bool(parse(text).body)
    except SyntaxError:
        return False


def _is_replaced(text: str, later: Sequence[str]) -> bool:
    """Whether a later cell makes all of its names again, or is the same with a change."""
    bound = _bound(text)
    if bound:
        return any(bound <= _bound(each) for each in later)
    return any(
        not _bound(each) and difflib.SequenceMatcher(None, text, each).ratio() >= _AN_EDITED_ONE
        for each in later
    )


def _bound(text: str) -> set[str]:
    """The names that a cell makes at its top level; imports do not count."""
    names: set[str] = set()
    for statement in parse(text).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif not isinstance(statement, ast.Import | ast.ImportFrom):
            stored = (each for each in ast.walk(statement) if isinstance(each, ast.Name))
            names |= {each.id for each in stored if isinstance(each.ctx, ast.Store)}
    return names


# --- modules -------------------------------------------------------------------------------------


def _modules(cells: tuple[Part, ...], needed: Sequence[str]) -> Iterator[Part]:
    """The user's modules that the program imports, the one that runs first; then files of frames.

    A session may have loaded much that the program has nothing to do with.
    """
    workplace = LoadedWorkplace()
    names = loaded_files(workplace)
    for file in needed:
        if file not in names and is_users_file(file, workplace):
            names[file] = Path(file).name
    texts = {file: "".join(lines_of(file)) for file in names}
    sources = {**Parts(all=cells).sources, **{names[file]: texts[file] for file in names}}
    first = {cell.name for cell in cells} | {
        name for file, name in names.items() if file in {*needed, _main_file()}
    }
    reached, held = reached_names(sources, first), cell_numbers()
    for file, name in names.items():
        if file not in held and name in reached:
            yield Part(file=file, name=name, label=_label(file), text=texts[file])


def _main_file() -> str:
    """The script that runs, if it is one."""
    file = vars(sys.modules["__main__"]).get("__file__")
    return str(Path(file).absolute()) if isinstance(file, str) else ""


def _label(file: str) -> str:
    here = Path.cwd()
    path = Path(file)
    return str(path.relative_to(here)) if path.is_relative_to(here) else file
