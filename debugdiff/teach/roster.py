"""Who is in a class: one student per line of a CSV file."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_HEADINGS = ("name", "student", "id", "login", "email")
_UNSAFE = re.compile(r"[^\w.@+ -]+")
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One line of a roster.

    Attributes:
        name: as it stands there.
        folder: the same as the name of a folder.
    """

    name: str
    folder: str


def read_roster(path: Path) -> tuple[Student, ...]:
    """The students of a CSV file, in its order.

    The column is the one called `name`, `student`, `id`, `login` or `email`; without such a heading
    the first one. A name with a comma stands in quotes.

    Raises:
        DebugdiffError: `roster` if there is no name, one stands there twice, or a line has more
            cells than the first one: a comma in a name that stands without quotes.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unusable(path, f"it cannot be read: {error}") from error
    students: dict[str, tuple[int, Student]] = {}
    for line, name in _names(path, rows):
        student = Student(name=name, folder=_folder(name))
        known = students.setdefault(student.folder.casefold(), (line, student))
        if known[1] is not student:
            raise _unusable(path, f"lines {known[0]} and {line} name the same student, `{name}`")
    if not students:
        raise _unusable(path, "nobody stands in it")
    return tuple(student for _, student in students.values())


def _names(path: Path, rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, str]]:
    """Names, each with the line of the file that it ends on."""
    first = rows[0][1] if rows else ()
    headings = [cell.strip().casefold() for cell in first]
    known = next((each for each in _HEADINGS if each in headings), None)
    column = headings.index(known) if known else 0
    for line, row in rows[1:] if known else rows:
        if any(map(str.strip, row[len(first) :])):
            problem = f"line {line} has {len(row)} cells, the first line has {len(first)}"
            raise _unusable(path, f"{problem} (a name with a comma stands in quotes)")
        if len(row) > column and row[column].strip():
            yield line, row[column].strip()


def _folder(name: str) -> str:
    """A name that is safe as a folder: no path, nothing hidden, no option, no formula."""
    safe = _UNSAFE.sub("_", name).strip(" .-+@")
    return safe[:_LONGEST].strip(" .-+@") or "student"


def _unusable(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{path} is no roster: {problem}.",
        hint="One student per line, or a CSV file with a column `name`.",
        slug="roster",
    )
