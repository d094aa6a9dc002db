"""Who is in a class: one student per line of a CSV file, as spreadsheets and registers write it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.records import describe_damage
from debugdiff.teach.file_names import file_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_NAMES = ("name", "full name", "student name", "student", "display name")
_FIRST = ("first", "first name", "firstname", "given name")
_LAST = ("last", "last name", "lastname", "surname", "family name")
_IDS = (
    *("id", "id number", "student id", "sid", "identifier"),
    *("login", "username", "user name", "email", "e mail", "email address"),
)
_SEPARATORS = (",", ";", "\t")
_EXCEL_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One line of a roster.

    Attributes:
        name: as it stands there; of two with one name, with what tells them apart.
        folder: the same as the name of a folder.
    """

    name: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One student of the file: the line it ends on, name and id, empty if they are not there."""

    line: int
    name: str
    id: str


def read_roster(path: Path) -> tuple[Student, ...]:
    """The students of a CSV file, in its order.

    Columns may be called `name`, or `first` and `last`, and `id`, `login` or `email`, which stands
    for a name that is missing and tells two with one name apart. A file of one column needs no
    heading. A name with a separator is in quotes.

    Raises:
        DebugdiffError: `roster` if there is no name, two lines name the same student, or a line has
            more cells than the first one: a comma in a name that stands without quotes.
    """
    rows = _rows(path, _text(path))
    names = _told_apart(path, list(_entries(path, rows)))
    if not names:
        raise _unusable(path, "it has no names")
    folders = file_names(names)
    return tuple(Student(name=name, folder=folders[name]) for name in names)


def _text(path: Path) -> str:
    """Excel saves UTF-8 with a mark, and UTF-16 as "Unicode text"."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(path, f"it cannot be read: {describe_damage(error)}") from error
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable(path, "it is not UTF-8 text (in Excel: save it as “CSV UTF-8”)") from error
    if "\0" in text:
        raise _unusable(path, "it is not text (in Excel: save it as “CSV UTF-8”)")
    return text


def _rows(path: Path, text: str) -> list[tuple[int, Sequence[str]]]:
    """Rows that hold something, each with the line of the file that it ends on."""
    said = _EXCEL_SEPARATOR.match(text)
    body = "\n" + text[said.end() :] if said else text
    reader = csv.reader(
        io.StringIO(body, newline=""), delimiter=said[1] if said else _separator(text), strict=True
    )
    rows: list[tuple[int, Sequence[str]]] = []
    try:
        rows += (
            (reader.line_num, [" ".join(cell.split()) for cell in row])
            for row in reader
            if any(map(str.strip, row))
        )
    except csv.Error as error:
        raise _unusable(path, f"line {reader.line_num} has quotes that do not match") from error
    return rows


def _separator(text: str) -> str:
    """What divides the first line into most cells; a comma if nothing does."""
    first = next(filter(str.strip, text.splitlines()), "")
    cells = {each: len(next(csv.reader([first], delimiter=each), ())) for each in _SEPARATORS}
    return max(_SEPARATORS, key=cells.__getitem__)


def _entries(path: Path, rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[_Entry]:
    first = rows[0][1] if rows else ()
    columns = _columns(first)
    if not columns and sum(map(bool, first)) > 1:
        raise _unusable(path, "none of its columns is called `name`")
    for line, row in rows[1:] if columns else rows:
        if any(row[len(first) :]):
            problem = f"line {line} has {len(row)} cells, the first line has {len(first)}"
            raise _unusable(path, f"{problem} (put a name with a comma in quotes)")
        name, identity = _of(row, columns or {"name": [first.index(next(filter(None, first)))]})
        if name or identity:
            yield _Entry(line=line, name=name or identity, id=identity)


def _columns(first: Sequence[str]) -> Mapping[str, list[int]]:
    """Where names and ids stand, by the headings; empty if the first line has none."""
    headings = [re.sub(r"[\W_]+", " ", cell.casefold()).strip() for cell in first]

    def at(known: Sequence[str]) -> list[int]:
        return [headings.index(each) for each in known if each in headings][:1]

    found = {"name": at(_NAMES) or [*at(_FIRST), *at(_LAST)], "id": at(_IDS)}
    return found if any(found.values()) else {}


def _of(row: Sequence[str], columns: Mapping[str, list[int]]) -> tuple[str, str]:
    name, identity = (
        " ".join(filter(None, (row[at] for at in columns.get(each, ()) if at < len(row))))
        for each in ("name", "id")
    )
    return name, identity


def _told_apart(path: Path, entries: Sequence[_Entry]) -> list[str]:
    """Names, no two of them the same but for case."""
    count = Counter(each.name.casefold() for each in entries)
    known: dict[str, _Entry] = {}
    names = []
    for each in entries:
        is_one_of_two = count[each.name.casefold()] > 1 and each.id and each.id != each.name
        name = f"{each.name} ({each.id})" if is_one_of_two else each.name
        other = known.setdefault(name.casefold(), each)
        if other is not each:
            problem = f"lines {other.line} and {each.line} name the same student, `{name}`"
            raise _unusable(
                path, f"{problem} (add a column `id` to tell students with the same name apart)"
            )
        names.append(name)
    return names


def _unusable(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{path} is not a roster: {problem}.",
        hint="One student per line, or a CSV file with a column `name`.",
        slug="roster",
    )
