"""Runs small programs under an instrument, on warm hosts, as a campaign would."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from debugdiff.model import (
    Budget,
    Instrument,
    Job,
    Mode,
    ProgramEnd,
    Record,
    Size,
    ValueKind,
    ValueStatistics,
)

if TYPE_CHECKING:
    from debugdiff.execute.pool import Pool

Run = Callable[..., Record]
"""Takes a program's source, and fields of its job as keywords."""

FINGERPRINT = '''
import hashlib


def fingerprint(arrays):
    """The exact bytes of all arrays, as a number that a float holds exactly."""
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    return float(int(digest[:12], 16))
'''


def run(pool: Pool, source: str, **options: Any) -> Record:
    """The record of one program, whatever became of it; `options` are fields of its job."""
    text = FINGERPRINT + textwrap.dedent(source)
    defaults: dict[str, Any] = {
        "case_folder": "case",
        "files": {"program.py": text},
        "program": "program.py",
        "mode": Mode.DEFAULT,
        "instrument": Instrument.LAYERS,
        "seed": 0,
        "size": Size.TINY,
        "budget": Budget(seconds=90),
    }
    records: list[Record] = []
    pool.run([Job(id="probed", **(defaults | options))], records.append)
    return records[0]


def run_well(pool: Pool, source: str, **options: Any) -> Record:
    """The record of a program that has to run through."""
    record = run(pool, source, **options)
    assert record.program is ProgramEnd.OK, record.failure or record.note
    return record


def values_of(record: Record, kind: ValueKind, site: str | None = None) -> list[ValueStatistics]:
    """What was read of one kind, at one site or at all of them, in the order of reading."""
    return [value for value in record.values if value.kind is kind and site in (None, value.site)]


def sites_of(record: Record, kind: ValueKind) -> list[str]:
    """The sites of one kind, each once, in the order in which they were first read."""
    return list(dict.fromkeys(value.site for value in record.values if value.kind is kind))
