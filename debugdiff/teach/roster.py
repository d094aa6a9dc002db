"""Who takes a course: a list of names that become folders."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAMES = ("student", "name", "username", "id", "identifier", "email")
"""What the column with the names may be called; the first of these that a header has."""

_UNSAFE = re.compile(r"[^\w@.+-]+")
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One student.

    Attributes:
        name: as it stands in the roster.
        folder: safe as a folder's name, and nobody else's, whatever case a file system keeps.
        line: of the roster, from 1.
    """

    name: str
    folder: str
    line: int


def read_roster(path: Path) -> tuple[Student, ...]:
    """Read a CSV file with a header, or one name per line.

    With a header, names stand in its column `student`, `name`, `username`, `id`, `identifier` or
    `email`. Without one, the whole line is the name, but for quotes around it. Empty lines are left
    out.

    Raises:
        DebugdiffError: `roster` names the file and the line: it cannot be read, two columns and no
            header, a name that is empty or stands there twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = [(line, row) for line, row in _rows(text) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unusable(path, f"it cannot be read: {error}") from error
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    column = next((header.index(name) for name in _NAMES if name in header), None)
    students: dict[str, Student] = {}
    for line, row in rows if column is None else rows[1:]:
        student = _student(path, line, row, column)
        other = students.setdefault(student.folder.casefold(), student)
        if other is not student:
            raise _unusable(path, _twice(student, other))
    if not students:
        raise _unusable(path, "it names nobody")
    return tuple(students.values())


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _student(path: Path, line: int, row: list[str], column: int | None) -> Student:
    if column is None and len(row) > 1:
        raise _unusable(
            path,
            f"line {line} has {len(row)} columns, and no header says which one is the name;"
            ' a name with a comma is put in quotes: "Doe, Jane"',
        )
    name = row[column or 0].strip() if len(row) > (column or 0) else ""
    folder = folder_of(name)
    if not folder:
        raise _unusable(path, f"line {line} has no name that a folder can have: `{name}`")
    return Student(name=name, folder=folder, line=line)


def folder_of(name: str) -> str:
    """A name as a folder's: letters, digits, `@`, `.`, `+`, `-`; empty if none is left."""
    plain = unicodedata.normalize("NFC", name)
    safe = _UNSAFE.sub("-", plain).replace("_", "-").strip(".-+")[:_LONGEST].rstrip(".-+")
    return re.sub(r"\.{2,}", ".", safe)


def _twice(student: Student, other: Student) -> str:
    same = student.name == other.name
    what = f"`{student.name}`" if same else f"`{other.name}` and `{student.name}`"
    why = "stands in" if same else "would have one folder: they stand in"
    return f"{what} {why} lines {other.line} and {student.line}"


def _unusable(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{path} is no roster: {problem}.",
        hint="One name per line, or a CSV file with a column `student`.",
        slug="roster",
    )
