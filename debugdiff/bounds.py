"""How much of a program a record keeps: a program says what it likes, and others have to read it.

What is cut says so, "... left out"; nothing of an ordinary record is. It is cut where it is made,
in the program's process, and again where it is read: what comes from there may be forged.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from debugdiff.visible import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.model import ChainedException, Failure, Record

LONGEST_TEXT = 100_000
"""Characters of one text of a record; the longest traceback of TensorFlow has a fifth of it."""
LONGEST_NAME = 200
MOST = {"notes": 200, "chain": 200, "warnings": 1_000, "metrics": 1_000, "frames": 2_000}
"""How many of each a record keeps; of warnings, notes and metrics the first, else the last ones."""
LARGEST_NUMBER = 2**53
"""The largest whole number up to which every one is a float, too."""


def bounded(record: Record) -> Record:
    """A record with a size that everything after it can bear."""
    texts = ("warnings", "failure", "stdout", "stderr", "stuck", "note", "post_mortem")
    failure = record.failure
    short = dataclasses.replace(
        record,
        failure=None if failure is None else _bounded_failure(failure),
        warnings=record.warnings[: MOST["warnings"]],
        stuck=record.stuck[-MOST["frames"] :],
        metrics={
            shortened(name, LONGEST_NAME): value
            for name, value in islice(record.metrics.items(), MOST["metrics"])
        },
        non_finite=tuple(
            shortened(name, LONGEST_NAME) for name in record.non_finite[: MOST["metrics"]]
        ),
    )
    return dataclasses.replace(short, **{name: _cut(getattr(short, name)) for name in texts})


def plain_text(text: str) -> str:
    """A text without the class of the program's own that it may have, cut."""
    return shortened(str.__str__(text), LONGEST_TEXT)


def last(items: Iterable[Any], what: str) -> tuple[Any, ...]:
    """The last ones, as many as are kept of these."""
    return tuple(deque(items, maxlen=MOST[what]))


def is_countable(number: object) -> bool:
    """Whether something is a whole number that every reader of a record can hold."""
    return type(number) is int and -LARGEST_NUMBER <= number <= LARGEST_NUMBER


def bounded_notes(notes: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """The notes of an exception, or the first ones and how many more there are."""
    if len(notes) <= MOST["notes"]:
        return tuple(notes)
    kept = MOST["notes"] - 1
    return (*notes[:kept], f"... {len(notes) - kept:,} notes left out")


def _bounded_failure(failure: Failure) -> Failure:
    return dataclasses.replace(
        failure,
        type=shortened(failure.type, LONGEST_NAME),
        frames=tuple(
            dataclasses.replace(each, code=shortened(each.code, LONGEST_NAME * 10))
            for each in failure.frames[-MOST["frames"] :]
        ),
        chain=tuple(map(_bounded_exception, failure.chain[-MOST["chain"] :])),
    )


def _bounded_exception(one: ChainedException) -> ChainedException:
    return dataclasses.replace(
        one, type=shortened(one.type, LONGEST_NAME), notes=bounded_notes(one.notes)
    )


def _cut(value: Any) -> Any:
    """The same with every text in it cut."""
    if isinstance(value, str):
        return shortened(value, LONGEST_TEXT)
    if isinstance(value, tuple):
        return tuple(map(_cut, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {each.name: _cut(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    return value
