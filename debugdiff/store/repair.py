"""A damaged store: what is wrong with it, and a new store of all that can be read.

Both work on a copy of the file and of its journal, so that the store itself is never touched.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import StoreError
from debugdiff.model import Record, Trial
from debugdiff.records import read
from debugdiff.store import SCHEMA, SCHEMA_VERSION
from debugdiff.store.problems import SQLITE_FAULTS, explain
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_JOURNAL = "-wal"
_FINDINGS = 20
"""What SQLite says is wrong at most; it goes through the whole file."""
_PREFIXES = [f"{number:02x}" for number in range(256)]
"""Ids are hexadecimal: around a page that is lost, the rows of other beginnings can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """What a store holds.

    Attributes:
        trials: finished trials that can be read.
        cached: values of the cache that look whole.
        damaged: rows of both that cannot be read.
        problems: what is wrong with the file itself, a sentence each.
    """

    trials: int
    cached: int
    damaged: int
    problems: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.damaged or self.problems)


def check(path: Path) -> StoreState:
    """Read a whole store.

    Raises:
        StoreError: there is no such file, or it cannot be read at all.
    """
    with _connection_to(path) as connection:
        records, cache = _Table(connection, "records"), _Table(connection, "cache")
        trials = sum(_is_record(row) for row in records.rows())
        cached = sum(_is_text(row) for row in cache.rows())
        return StoreState(
            trials=trials,
            cached=cached,
            damaged=records.read + cache.read - trials - cached,
            problems=(*_problems(connection), *records.problems, *cache.problems),
        )


def repair(path: Path, new: Path) -> StoreState:
    """Write a new store of all rows of another one that can be read.

    The result counts what was written, and says what was left out.

    Raises:
        StoreError: the old one cannot be read at all, or the new one is there or cannot be written.
    """
    if new.exists():
        raise StoreError(
            f"{new} already exists: a repaired store is a new file.",
            hint="Name a file that does not exist yet.",
            slug="store-exists",
        )
    with _connection_to(path) as connection, _created(new) as target:
        records, cache = _Table(connection, "records"), _Table(connection, "cache")
        trials = _copy(target, "records", filter(_is_record, records.rows()))
        cached = _copy(target, "cache", filter(_is_text, cache.rows()))
        return StoreState(
            trials=trials,
            cached=cached,
            damaged=records.read + cache.read - trials - cached,
            problems=(*_problems(connection), *records.problems, *cache.problems),
        )


_Row = tuple[bytes, ...]


class _Table:
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

    def rows(self) -> Iterator[_Row]:
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

    def _part(self, start: str, end: str) -> Iterator[_Row]:
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


def _is_record(row: _Row) -> bool:
    try:
        return read(Trial, row[1]).id == row[0].decode() and read(Record, row[2]) is not None
    except (ValueError, AttributeError, IndexError):
        return False


def _is_text(row: _Row) -> bool:
    try:
        row[0].decode()
        row[1].decode()
    except (ValueError, AttributeError, IndexError):
        return False
    return row[1][:1] in b"{[" and row[1][-1:] in b"}]"


def _problems(connection: sqlite3.Connection) -> tuple[str, ...]:
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        answers = connection.execute(f"PRAGMA integrity_check({_FINDINGS})").fetchall()
    except SQLITE_FAULTS as error:
        return (str(error),)
    found = [line for (text,) in answers for line in text.decode(errors="replace").splitlines()]
    newer = [f"schema {version}, newer than {SCHEMA_VERSION}"] if version > SCHEMA_VERSION else []
    return (*newer, *(line for line in found if line != "ok"))


def _copy(target: sqlite3.Connection, table: str, rows: Iterable[_Row]) -> int:
    """Write rows as texts, as a store does; the count."""
    count = 0
    for row in rows:
        texts = [part.decode() if isinstance(part, bytes) else part for part in row]
        places = ", ".join("?" * len(texts))
        target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", texts)  # noqa: S608
        count += 1
    return count


@contextmanager
def _connection_to(path: Path) -> Iterator[sqlite3.Connection]:
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


@contextmanager
def _created(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a new store, which is there only if all of it could be written."""
    half = path.with_name(f"{path.name}.half")
    try:
        with closing(sqlite3.connect(half, isolation_level=None)) as connection:
            connection.executescript(
                f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};"
            )
            yield connection
            connection.execute("COMMIT")
        half.replace(path)
    except (*SQLITE_FAULTS, OSError) as error:
        raise explain(path, error) from error
    finally:
        half.unlink(missing_ok=True)
