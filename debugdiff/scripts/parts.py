"""A program in parts: lines as frames name them, as the rules see them, as users know them."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from debugdiff.model import Location
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from debugdiff.model import Record

    Move = Callable[[str, int], Location | None]

NOTEBOOK = "notebook.py"
"""All cells, one below the other: what one of them makes the next ones use."""

_WITH_LINES = ("failure", "post_mortem", "places", "warnings", "stuck")
"""What of a record names lines of the user's."""


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
class Parts:
    """All parts of a program, the main one first."""

    all: tuple[Part, ...]

    @property
    def main(self) -> str:
        """The file that runs, as the rules see it."""
        return next((part.name for part in self.all), "")

    @property
    def sources(self) -> Mapping[str, str]:
        """The files that the rules see, name to text."""
        found: dict[str, str] = {}
        for part in self.all:
            found[part.name] = found.get(part.name, "") + _ended(part.text)
        return found

    @property
    def texts(self) -> Mapping[str, str]:
        """The same as the user knows them, label to text."""
        return {part.label: part.text for part in self.all}

    def seen(self, file: str, line: int) -> Location | None:
        """Where the rules see a line of a frame; `None` for a file of somebody else's."""
        part = next((each for each in self.all if each.file == file), None)
        return Location(part.name, part.first + line) if part else None

    def known(self, file: str, line: int) -> Location | None:
        """What the user calls a line of a frame."""
        part = next((each for each in self.all if each.file == file), None)
        return Location(part.label, line) if part else None

    def shown(self, at: Location) -> Location:
        """What the user calls a line that the rules see."""
        for part in self.all:
            if part.name == at.file and part.first < at.line <= part.first + part.length:
                return Location(part.label, at.line - part.first)
        return at


def moved_record(record: Record, move: Move) -> Record:
    """A record whose lines stand elsewhere, as `move` says; those for which it has none stay."""
    return replace(record, **{name: _moved(getattr(record, name), move) for name in _WITH_LINES})


def _moved(value: Any, move: Move) -> Any:
    if isinstance(value, tuple):
        return tuple(_moved(each, move) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {each.name: _moved(getattr(value, each.name), move) for each in fields(value)}
    if "file" in changes and "line" in changes:
        changes |= _moved_place(changes, move)
    return replace(value, **changes)


def _moved_place(place: Mapping[str, Any], move: Move) -> Mapping[str, Any]:
    at = move(place["file"], place["line"])
    if at is None:
        return {}
    end = place.get("end_line")
    ends = {} if end is None else {"end_line": end + at.line - place["line"]}
    return {"file": at.file, "line": at.line, **ends}


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"
