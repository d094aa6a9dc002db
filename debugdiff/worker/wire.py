"""Jobs and records as one line of JSON each, without anything but the standard library."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from debugdiff.model import (
    Budget,
    Instrument,
    Job,
    Mode,
    ProbeChoice,
    Size,
    Stack,
    StatementSite,
)


def encode(value: object) -> str:
    """One line of JSON that any reader accepts: NaN is refused, lone surrogates are replaced."""
    return json.dumps(_plain(value), allow_nan=False)


def decode_job(text: str) -> Job:
    """A job from its line.

    Raises:
        ValueError, KeyError, TypeError: the line is not a job.
    """
    fields: dict[str, Any] = json.loads(text)
    return Job(
        **{
            **fields,
            "stack": Stack(fields["stack"]),
            "mode": Mode(fields["mode"]),
            "instrument": Instrument(fields["instrument"]),
            "size": Size(fields["size"]),
            "budget": Budget(**fields["budget"]),
            "arguments": tuple(fields["arguments"]),
            "watch": tuple(fields["watch"]),
            "choice": ProbeChoice(
                **{**fields["choice"], "sites": tuple(fields["choice"]["sites"])}
            ),
            "statements": {
                probe: StatementSite(**site) for probe, site in fields["statements"].items()
            },
        }
    )


def write_atomically(path: Path, text: str) -> None:
    """Write beside the target and rename, so that nobody ever sees half a file."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    Path(name).replace(path)


def _plain(value: object) -> Any:
    """Exact types only: a program's own `float` or `str` child may do anything when asked."""
    if isinstance(value, str):
        return str.encode(value, "utf-8", "replace").decode()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
