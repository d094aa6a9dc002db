"""Jobs and records as one line of JSON each, without anything but the standard library."""

from __future__ import annotations

import dataclasses
import json
import os
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
from debugdiff.visible import encodable


def encode(value: object) -> str:
    """One line of JSON that any reader accepts: NaN is refused, lone surrogates are shown."""
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
            "writable": tuple(fields["writable"]),
            "readable": tuple(fields["readable"]),
            "choice": ProbeChoice(
                **{**fields["choice"], "sites": tuple(fields["choice"]["sites"])}
            ),
            "statements": {
                probe: StatementSite(**site) for probe, site in fields["statements"].items()
            },
        }
    )


class Lines:
    """Puts the lines of a stream together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def of(self, piece: bytes) -> list[bytes]:
        """The lines that are whole with this piece, without their ends."""
        first, *others = piece.split(b"\n")
        if not others:
            self._pieces.append(piece)
            return []
        lines = [b"".join([*self._pieces, first]), *others[:-1]]
        self._pieces = [others[-1]]
        return lines


def write_line(descriptor: int, text: str) -> None:
    """Write a text and the end of its line, all of it."""
    rest = text.encode() + b"\n"
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _plain(value: object) -> Any:
    """Exact types only: a program's own `float` or `str` child may do anything when asked."""
    if isinstance(value, str):
        return encodable(str.__str__(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
