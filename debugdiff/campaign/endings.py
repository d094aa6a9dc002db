"""How a trial ended, as a clause for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.model import Record


def ending_of(record: Record) -> str:
    """The exception with the first line of its message, else what the worker says of the end.

    A program that leaves by `SystemExit`, as `argparse` does, says why on stderr.
    """
    failure = record.failure
    if failure is None:
        return record.note or f"{record.worker}, {record.program}"
    message = record.stderr if failure.type == "SystemExit" else failure.message
    lines = message.strip().splitlines() or failure.message.splitlines() or [""]
    return f"{failure.type}: {lines[-1 if failure.type == 'SystemExit' else 0]}"
