"""Stores of several machines in one: the union of their records."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.errors import StoreError
from debugdiff.store import Store
from debugdiff.store.rows import Table, connection_to, is_text, problems_of, result_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from debugdiff.model import TrialResult


@dataclass(slots=True, kw_only=True)
class Merged:
    """What came of a merge.

    Attributes:
        added: trials that the store did not have.
        known: trials that it had already, with the same outcome.
        different: ids of trials that it had with another outcome; what it had is kept.
        damaged: rows of the parts that cannot be read; they are left out.
        problems: what is wrong with the files of the parts, a sentence each.
    """

    added: int = 0
    known: int = 0
    different: list[str] = field(default_factory=list)
    damaged: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether everything of every part is in the store now."""
        return not (self.different or self.damaged or self.problems)


def merge(into: Path, parts: Sequence[Path]) -> Merged:
    """Put the records of some stores into one, which may be new; all of them or none.

    A trial's id is a hash of all that decides its outcome, so that records of one id should differ
    in times and memory alone. Where they do not, the one that was there is kept.

    Raises:
        StoreError: a part is missing or cannot be read at all, or is the store itself; the store
            cannot be written.
    """
    _require_others(into, parts)
    merged = Merged()
    with ExitStack() as stack:
        sources = [stack.enter_context(connection_to(part)) for part in parts]
        store = stack.enter_context(Store(into))
        stack.enter_context(store.together())
        for part, source in zip(parts, sources, strict=True):
            _add(store, source, merged)
            merged.problems += (f"{part}: {problem}" for problem in problems_of(source))
    return merged


def _require_others(into: Path, parts: Sequence[Path]) -> None:
    if into.resolve() in {part.resolve() for part in parts}:
        raise StoreError(
            f"{into} is both the store to write and one of its parts.",
            hint="Name the store that receives the records first, then the others.",
            slug="store-exists",
        )


def _add(store: Store, source: sqlite3.Connection, merged: Merged) -> None:
    records, cache = Table(source, "records"), Table(source, "cache")
    for row in records.rows():
        result = result_of(row)
        if result is not None:
            _add_result(store, result, merged)
        else:
            merged.damaged += 1
    for row in cache.rows():
        if is_text(row):
            store.keep(row[0].decode(), row[1].decode())
        else:
            merged.damaged += 1
    merged.problems += (*records.problems, *cache.problems)


def _add_result(store: Store, result: TrialResult, merged: Merged) -> None:
    known = store.get(result.trial)
    if known is None:
        store.put(result)
        merged.added += 1
    elif known.record.outcome == result.record.outcome:
        merged.known += 1
    else:
        merged.different.append(result.trial.id)
