"""The program that is loaded: the cells of a session and the user's modules, as files."""

from __future__ import annotations

import ast
import difflib
import linecache
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from debugdiff.model import Location
from debugdiff.syntax import parse, split_lines
from debugdiff.worker.failure.loaded_files import is_users_file, loaded_files
from debugdiff.worker.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOTEBOOK = "notebook.py"
"""All cells, one below the other: what one of them makes the next ones use."""

_PACKAGE_FOLDER = f"{Path(__file__).resolve().parents[1]}{os.sep}"
_AN_EDITED_ONE = 0.6
"""The `ratio` of difflib from which a cell that defines nothing is taken for an edited one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A cell or a file of the program.

    Attributes:
        file: what frames call it.
        name: the file that the rules see it in.
        first: how many lines of that file stand above it.
        label: what the user calls it: `In[3]`, `src/model.py`.
    """

    file: str
    name: str
    label: str
    text: str
    first: int = 0

    @property
    def length(self) -> int:
        """In lines."""
        return len(split_lines(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedProgram:
    """All parts, and the way between the lines that frames name, rules see and users know."""

    parts: tuple[Part, ...]
    main: str

    @classmethod
    def of(cls, needed: Sequence[str]) -> Self:
        """What is loaded in this process.

        Args:
            needed: files of frames, which are kept whatever was run after them.
        """
        cells = tuple(_cells(needed))
        modules = tuple(_modules(needed))
        main = NOTEBOOK if cells else next((each.name for each in modules), "")
        return cls(parts=(*cells, *modules), main=main)

    @property
    def sources(self) -> Mapping[str, str]:
        """The files that the rules see, name to text."""
        found: dict[str, str] = {}
        for part in self.parts:
            found[part.name] = found.get(part.name, "") + _ended(part.text)
        return found

    @property
    def texts(self) -> Mapping[str, str]:
        """The same as the user knows them, label to text."""
        return {part.label: part.text for part in self.parts}

    def location(self, file: str, line: int) -> Location | None:
        """Where the rules see a line of a frame; `None` for a file of somebody else's."""
        part = next((each for each in self.parts if each.file == file), None)
        return Location(part.name, part.first + line) if part else None

    def shown(self, at: Location) -> Location:
        """What the user calls a line that the rules see."""
        for part in self.parts:
            if part.name == at.file and part.first < at.line <= part.first + part.length:
                return Location(part.label, at.line - part.first)
        return at


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
    texts = {file: "".join(linecache.getlines(file)) for file in numbers}
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


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


# --- modules -------------------------------------------------------------------------------------


def _modules(needed: Sequence[str]) -> Iterator[Part]:
    """The user's modules, the one that runs first; then other files that frames name."""
    workplace = LoadedWorkplace()
    names = loaded_files(workplace)
    for file in needed:
        if file not in names and is_users_file(file, workplace):
            names[file] = Path(file).name
    for file, name in names.items():
        if file not in cell_numbers():
            text = "".join(linecache.getlines(file))
            yield Part(file=file, name=name, label=_label(file), text=text)


def _label(file: str) -> str:
    here = Path.cwd()
    path = Path(file)
    return str(path.relative_to(here)) if path.is_relative_to(here) else file
