"""A damaged store: what is wrong with it, and a new store of all that can be read.

Both read a copy of the file and of its journal, so that the store itself is never touched.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import StoreError
from debugdiff.store import SCHEMA, SCHEMA_VERSION
from debugdiff.store.problems import SQLITE_FAULTS, explain
from debugdiff.store.rows import Table, connection_to, is_text, problems_of, result_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from debugdiff.store.rows import Row


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
    with connection_to(path) as connection:
        records, cache = Table(connection, "records"), Table(connection, "cache")
        trials = sum(result_of(row) is not None for row in records.rows())
        cached = sum(is_text(row) for row in cache.rows())
        return StoreState(
            trials=trials,
            cached=cached,
            damaged=records.read + cache.read - trials - cached,
            problems=(*problems_of(connection), *records.problems, *cache.problems),
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
    with connection_to(path) as connection, _created(new) as target:
        records, cache = Table(connection, "records"), Table(connection, "cache")
        trials = _copy(target, "records", filter(result_of, records.rows()))
        cached = _copy(target, "cache", filter(is_text, cache.rows()))
        return StoreState(
            trials=trials,
            cached=cached,
            damaged=records.read + cache.read - trials - cached,
            problems=(*problems_of(connection), *records.problems, *cache.problems),
        )


def _copy(target: sqlite3.Connection, table: str, rows: Iterable[Row]) -> int:
    """Write rows as texts, as a store does; the count."""
    count = 0
    for row in rows:
        texts = [part.decode() if isinstance(part, bytes) else part for part in row]
        places = ", ".join("?" * len(texts))
        target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", texts)  # noqa: S608
        count += 1
    return count


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
