"""Where records live: one SQLite file, safe against a second process and against being killed.

A record is stored the moment it arrives, under the content id of its trial, so an interrupted run
goes on by itself. Beside the records stands a cache of what is pure but slow (mutants, static
metrics), keyed by the hash of everything it was computed from.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Self, TypeVar

from debugdiff.errors import StoreError
from debugdiff.files import to_json
from debugdiff.model import Record, Trial, TrialResult
from debugdiff.records import read
from debugdiff.store.problems import SQLITE_FAULTS, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

SCHEMA_VERSION = 1
"""History: 1, the first form: `records` and `cache`."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, trial TEXT NOT NULL, record TEXT NOT NULL, stored REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cache (
    key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
_LOCK_SECONDS = 5.0

Shared = TypeVar("Shared")


class Store:
    """The records of finished trials. Use it as a context manager.

    Attributes:
        damaged: rows that were asked for and cannot be read.

    Raises:
        StoreError: the file is no store, comes from a newer version, is read-only or locked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._waiting: deque[TrialResult] = deque()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None)
        self._connection.text_factory = bytes  # what is no UTF-8 is one damaged row
        try:
            with self._explained():
                self._migrate()
        except StoreError:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with nullcontext() if error is None else suppress(StoreError):
                self._write_waiting(_LOCK_SECONDS)
        finally:
            self._connection.close()

    def require_writable(self) -> None:
        """Find out before hours of work whether their records can be kept, or `StoreError`."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            finally:
                self._connection.execute("ROLLBACK")

    def get(self, trial: Trial) -> TrialResult | None:
        """The stored result of a trial, or `None` if it has not run yet.

        A stored record that can no longer be read counts as not run: it is measured again.
        """
        with self._explained():
            row = self._connection.execute(
                "SELECT record FROM records WHERE id = ?", (trial.id,)
            ).fetchone()
        if row is None:
            return None
        record = self._read(Record, row[0])
        return None if record is None else TrialResult(trial=trial, record=record, reused=True)

    def put(self, result: TrialResult) -> None:
        """Keep a result for good, in a transaction of its own.

        As long as the store is in use it waits in memory, at most until this store is closed: a
        program may lock what it can read, and its lock ends with it.
        """
        patience = 0.0 if self._waiting else _LOCK_SECONDS
        self._waiting.append(result)
        try:
            self._write_waiting(patience)
        except StoreError as error:
            if error.slug != "store-locked":
                self._waiting.pop()
                raise

    def _write_waiting(self, patience: float) -> None:
        with self._explained():
            self._connection.execute(f"PRAGMA busy_timeout = {1000 * patience:.0f}")
            try:
                while self._waiting:
                    self._write(self._waiting[0])
                    self._waiting.popleft()
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {1000 * _LOCK_SECONDS:.0f}")

    def _write(self, result: TrialResult) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)",
            (result.trial.id, to_json(result.trial), to_json(result.record), time.time()),
        )

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keep everything that is stored inside of this, or nothing."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def trials(self) -> tuple[Trial, ...]:
        """Every stored trial that can be read, oldest first."""
        with self._explained():
            rows = self._connection.execute("SELECT trial FROM records ORDER BY stored").fetchall()
        trials = tuple(self._read(Trial, text) for (text,) in rows)
        return tuple(trial for trial in trials if trial is not None)

    def find_trial(self, prefix: str) -> Trial:
        """The one stored trial whose id begins with `prefix`.

        Raises:
            StoreError: there is none, or there are several.
        """
        found = [trial for trial in self.trials() if trial.id.startswith(prefix)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise StoreError(
                f"No stored trial has an id that begins with `{prefix}`.",
                hint="Name it by CASE BUG PROGRAM: `debugdiff bugs list` and `debugdiff cases list`"
                " show these. `debugdiff report --format json` lists the ids."
                + self._note_on_damage(),
                slug="trial-unknown",
            )
        shown = ", ".join(f"{trial.id[:10]} ({_described(trial)})" for trial in found[:4])
        raise StoreError(
            f"{len(found)} stored trials have an id that begins with `{prefix}`: {shown} ...",
            hint="Give more characters of the id.",
            slug="trial-ambiguous",
        )

    def _note_on_damage(self) -> str:
        damaged = f" {self.damaged} trials cannot be read: debugdiff store check says more."
        return damaged if self.damaged else ""

    def cached(self, kind: type[Shared], key: str, compute: Callable[[], Shared]) -> Shared:
        """A pure value from the cache, or computed now and kept under `key`."""
        known = self.kept(kind, key)
        if known is not None:
            return known
        value = compute()
        with self._explained():
            self._connection.execute(
                "INSERT OR REPLACE INTO cache VALUES (?, ?)", (key, to_json(value))
            )
        return value

    def keep(self, key: str, text: str) -> None:
        """Put a value of another store's cache into this one, unless it has the key already."""
        with self._explained():
            self._connection.execute("INSERT OR IGNORE INTO cache VALUES (?, ?)", (key, text))

    def kept(self, kind: type[Shared], key: str) -> Shared | None:
        """A value from the cache; `None` if none is kept under `key` that can be read."""
        with self._explained():
            row = self._connection.execute(
                "SELECT value FROM cache WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else self._read(kind, row[0])

    def _read(self, kind: type[Shared], text: bytes) -> Shared | None:
        """A value of a row; a row that is damaged is counted, and is as good as none."""
        try:
            return read(kind, text)
        except ValueError:
            self.damaged += 1
            return None

    def _migrate(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"The store {self.path} has schema {version}, newer than {SCHEMA_VERSION}.",
                hint="Update debugdiff, or name another file with --store.",
                slug="store-newer",
            )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if version < SCHEMA_VERSION:
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (*SQLITE_FAULTS, OSError) as error:
            raise explain(self.path, error) from error


def _described(trial: Trial) -> str:
    return f"{trial.case} {trial.bug or 'clean'} {trial.implementation} {trial.instrument}"
