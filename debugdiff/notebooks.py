"""A notebook as one Python text, cell below cell, with the lines of each cell."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".ipynb"

_MAGIC = re.compile(r"^(?P<indent>\s*)(?P<magic>(?:[%!?]|\w[\w.]*\?).*)$")
_ASSIGNED_MAGIC = re.compile(r"^(?P<indent>\s*)(?P<magic>[\w, ]+=\s*[%!].*)$")
_LABEL = re.compile(r"In\[\d+\]")
_RUN_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")
"""Magics of a cell whose lines are still Python."""


class NotebookError(ValueError):
    """The file is no notebook of Python cells; its text is a clause that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A code cell.

    Attributes:
        number: as a notebook counts when it is run from the top.
        first: how many lines of the whole text stand above it.
    """

    number: int
    first: int
    text: str

    @property
    def label(self) -> str:
        """As a notebook calls it."""
        return f"In[{self.number}]"

    @property
    def length(self) -> int:
        """In lines."""
        return self.text.count("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """The code cells, and the lines of them that only IPython understands."""

    cells: tuple[Cell, ...]
    left_out: tuple[str, ...]

    @property
    def text(self) -> str:
        """All cells, one below the other."""
        return "".join(cell.text for cell in self.cells)


def is_cell(file: str) -> bool:
    """Whether a frame's file is the label of a cell."""
    return bool(_LABEL.fullmatch(file))


def read_notebook(content: bytes) -> Notebook:
    """The code cells of a notebook, version 4 of the format or 3.

    A line that is a magic or a command of the shell is a comment here; lines keep their numbers.

    Raises:
        NotebookError: it is none, or its cells are not Python.
    """
    try:
        book: Any = json.loads(content)
        cells = book["cells"] if "cells" in book else book["worksheets"][0]["cells"]
        sources = [_source(cell) for cell in cells if cell.get("cell_type") == "code"]
        language = _language(book)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise NotebookError("it is not a notebook") from error
    if language not in {"", "python"}:
        raise NotebookError(f"its cells are written in {language}")
    left_out: list[str] = []
    first = 0
    found: list[Cell] = []
    for source in filter(str.strip, sources):
        text = _as_python(source, left_out)
        found.append(Cell(number=len(found) + 1, first=first, text=text))
        first += found[-1].length
    return Notebook(cells=tuple(found), left_out=tuple(left_out))


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"] if "source" in cell else cell["input"]
    return source if isinstance(source, str) else "".join(source)


def _language(book: Any) -> str:
    metadata = book.get("metadata") or {}
    named = (metadata.get("kernelspec") or {}).get("language") or ""
    info = (metadata.get("language_info") or {}).get("name") or named
    return info.lower() if isinstance(info, str) else ""


def _as_python(source: str, left_out: list[str]) -> str:
    """The cell with what only IPython understands as comments; it ends with a line end."""
    lines = source.replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines[0].startswith("%%") and not lines[0].startswith(_RUN_CELLS):
        left_out.append(lines[0])
        return "".join(f"# {line}\n" for line in lines)
    if lines[0].startswith("%%"):
        lines[0] = f"# {lines[0]}"
    if _is_python("\n".join(lines)):
        return "\n".join(lines) + "\n"
    return "".join(f"{line}\n" for line in _without_magics(lines, left_out))


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _without_magics(lines: list[str], left_out: list[str]) -> Iterator[str]:
    for line in lines:
        magic = _MAGIC.match(line) or _ASSIGNED_MAGIC.match(line)
        if magic:
            left_out.append(magic["magic"])
            yield f"{magic['indent']}pass  # {magic['magic']}"
        else:
            yield line
