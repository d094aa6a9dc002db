"""The rows of a store that may be damaged, read from a copy of the file and of its journal."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from debugdiff.errors import StoreError
from debugdiff.model import Record, Trial, TrialResult
from debugdiff.records import read
from debugdiff.store import SCHEMA, SCHEMA_VERSION
from debugdiff.store.problems import SQLITE_FAULTS, explain
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_JOURNAL = "-wal"
_FINDINGS = 20
"""What SQLite says is wrong at most; it goes through the whole file."""
_PREFIXES = [f"{number:02x}" for number in range(256)]
"""Ids are hexadecimal: around a page that is lost, the rows of other beginnings can be read."""

Row = tuple[bytes, ...]


class Table:
    """A table that is read as far as it can be, past the pages that are lost.

    Attributes:
        read: how many rows were read.
        problems: what kept others from being read, each reason once.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self.read = 0
        self.problems: list[str] = []

    def rows(self) -> Iterator[Row]:
        """Every row once, by parts of the table: from its beginning, and around damage its end."""
        if self._is_view():
            self.problems.append(f"{self._name} is a view, and no table")
            return
        for start, end in zip(["", *_PREFIXES], [*_PREFIXES, ""], strict=True):
            yield from self._part(start, end)
            if self._is_gone():
                return

    def _is_view(self) -> bool:
        """Whether the name stands for a query of somebody's, which may have no end."""
        asked = "SELECT type FROM sqlite_master WHERE name = ? COLLATE NOCASE"
        try:
            return (b"view",) in self._connection.execute(asked, (self._name,)).fetchall()
        except SQLITE_FAULTS as error:
            self._note(error)
            return False

    def _part(self, start: str, end: str) -> Iterator[Row]:
        seen: set[bytes] = set()
        for order in ("ASC", "DESC"):
            try:
                for row in self._select(start, end, order):
                    if row[0] not in seen:
                        seen.add(row[0])
                        self.read += 1
                        yield row
            except SQLITE_FAULTS as error:
                self._note(error)
            else:
                return

    def _select(self, start: str, end: str, order: str) -> sqlite3.Cursor:
        key = "id" if self._name == "records" else "key"
        below = f"AND {key} < ?" if end else ""
        return self._connection.execute(
            f"SELECT * FROM {self._name} WHERE {key} >= ? {below} ORDER BY {key} {order}",  # noqa: S608
            (start, end) if end else (start,),
        )

    def _note(self, error: sqlite3.Error | UnicodeDecodeError) -> None:
        problem = f"table {self._name}: {error}"
        if problem not in self.problems:
            self.problems.append(problem)

    def _is_gone(self) -> bool:
        """Whether there is no such table to look further in."""
        return any("no such" in each for each in self.problems)


def result_of(row: Row) -> TrialResult | None:
    """The trial of a row with its record; `None` where they cannot be read, or are no pair."""
    try:
        trial = read(Trial, row[1])
        record = read(Record, row[2])
        return TrialResult(trial=trial, record=record) if trial.id == row[0].decode() else None
    except (ValueError, AttributeError, IndexError):
        return None


def is_text(row: Row) -> bool:
    try:
        row[0].decode()
        row[1].decode()
    except (ValueError, AttributeError, IndexError):
        return False
    return row[1][:1] in b"{[" and row[1][-1:] in b"}]"


def problems_of(connection: sqlite3.Connection) -> tuple[str, ...]:
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        answers = connection.execute(f"PRAGMA integrity_check({_FINDINGS})").fetchall()
    except SQLITE_FAULTS as error:
        return (str(error),)
    found = [line for (text,) in answers for line in text.decode(errors="replace").splitlines()]
    newer = [f"schema {version}, newer than {SCHEMA_VERSION}"] if version > SCHEMA_VERSION else []
    return (*newer, *(line for line in found if line != "ok"))


@contextmanager
def connection_to(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of a store."""
    if not path.is_file():
        raise StoreError(
            f"There is no store at {path}.",
            hint="`debugdiff run` makes one; --store names another file.",
            slug="store-missing",
        )
    with temporary_folder() as folder:
        copy = folder / "store.sqlite3"
        try:
            shutil.copyfile(path, copy)
            journal = path.with_name(path.name + _JOURNAL)
            if journal.is_file():
                shutil.copyfile(journal, copy.with_name(copy.name + _JOURNAL))
            with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
                connection.text_factory = bytes
                # A file that was cut short would not be opened at all otherwise.
                connection.execute("PRAGMA writable_schema = ON")
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version == 0 and _is_empty(connection):
                    connection.executescript(SCHEMA)  # nothing has ever been written into it
                yield connection
        except (*SQLITE_FAULTS, OSError) as error:
            raise explain(path, error) from error


def _is_empty(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,))
    except SQLITE_FAULTS:
        return False
