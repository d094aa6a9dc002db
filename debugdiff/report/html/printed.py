"""What a program printed, line by line: the lines that name the defect are marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from debugdiff.report.paths import near_paths
from debugdiff.report.source import ACCEPT, DEFECT, USE, is_file
from debugdiff.report.text import LONGEST
from debugdiff.syntax import split_lines
from debugdiff.visible import shortened, uncoloured, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from debugdiff.model import Mutant

_INSTALLED = re.compile(r"/[^\s\"'`<>|]*/site-packages/")
_FRAME = re.compile(r'^(?P<indent>\s*)File "(?P<file>[^"]+)", line (?P<line>\d+)')


def output(text: str, mutant: Mutant | None, folder: Path) -> Markup:
    """An output as it was printed; paths of this machine are cut.

    Args:
        text: the output.
        mutant: tells which lines are the defect's; `None`: nothing is marked.
        folder: the case's.
    """
    shown = visible(relative(uncoloured(shortened(text, LONGEST)).rstrip("\n"), folder))
    escaped = split_lines(str(escape(shown)))
    return Markup("\n".join(map(_written, escaped, _marks(split_lines(shown), mutant))))


def _written(line: str, mark: tuple[str, bool]) -> str:
    name, named = mark
    if not name:
        return line
    shows = f' data-mark="{name}"' if named else ""
    return f'<mark class="{name}"{shows}>{line}</mark>'


def relative(text: str, folder: Path) -> str:
    """A text without the folders of this machine."""
    for name in (f"{folder}/", f"{folder.as_posix()}/"):
        text = text.replace(name, "")
    return near_paths(_INSTALLED.sub("", text))


def _marks(lines: list[str], mutant: Mutant | None) -> Iterator[tuple[str, bool]]:
    """The mark of each line, and whether it says so; it holds for the code below a frame, too."""
    mark, indent = "", 0
    for line in lines:
        frame = _FRAME.match(line)
        if frame is not None:
            indent = len(frame["indent"])
            mark = _mark(frame["file"], int(frame["line"]), mutant)
        elif len(line) - len(line.lstrip()) <= indent:
            mark = ""
        yield mark, bool(mark and frame)


def _mark(file: str, line: int, mutant: Mutant | None) -> str:
    if mutant is None:
        return ""
    for mark, spans in ((DEFECT, mutant.defect), (USE, mutant.use), (ACCEPT, mutant.accept)):
        for span in spans:
            if line in span.lines and is_file(file, span.file or mutant.file):
                return mark
    return ""
