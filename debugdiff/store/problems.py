"""What is wrong with a store, told apart by SQLite's own codes and never by its words."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from debugdiff.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_PRIMARY = 0xFF
"""An extended code of SQLite has the primary one in its last byte."""
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_WRITABLE = {
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)
}
_DISK_REFUSES = {
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_IOERR_CLOSE,
}


SQLITE_FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite's refusals are in Python: their message may quote bytes of a damaged file."""


def explain(path: Path, error: Exception) -> StoreError:
    """The sentence for an error of SQLite or of the system."""
    if path.exists() and not path.is_file():
        return _not_a_file(path)
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code & _PRIMARY in _IN_USE:
        return StoreError(
            f"The store {path} is in use by another program.",
            hint="Wait for the other run to end, or name another file with --store.",
            slug="store-locked",
        )
    if code & _PRIMARY in _NOT_WRITABLE or isinstance(error, OSError):
        return StoreError(
            f"The store {path} cannot be written: {error}.",
            hint="Check the permissions of the file and its folder, or use --store.",
            slug="store-read-only",
        )
    if code & _PRIMARY == sqlite3.SQLITE_FULL or code in _DISK_REFUSES:
        return StoreError(
            f"The store {path} cannot grow: {error}.",
            hint="Free some space. Finished trials are stored, and the same command continues.",
            slug="store-full",
        )
    if code & _PRIMARY == sqlite3.SQLITE_NOTADB:
        return StoreError(
            f"{path} is not a store of debugdiff: {error}.",
            hint="Move the file away, or name another one with --store.",
            slug="store-unusable",
        )
    return StoreError(
        f"The store {path} is damaged: {_reason(error)}.",
        hint=f"`debugdiff store repair NEW --store {path}` saves what can be read into a new one.",
        slug="store-damaged",
    )


def _not_a_file(path: Path) -> StoreError:
    if path.is_dir():
        what, hint = "a folder", f"Name a file, such as {path / 'store.sqlite3'}."
    else:
        what, hint = "no ordinary file", "Name another file with --store."
    return StoreError(f"The store {path} is {what}.", hint=hint, slug="store-unusable")


def _reason(error: Exception) -> str:
    return "its text is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
