"""Reading back what was written as JSON: the shared types, validated at the file's edge."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from debugdiff.model import Record
from debugdiff.visible import shortened

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from debugdiff.model import ChainedException, Failure

Shared = TypeVar("Shared")


def read(kind: type[Shared], text: str | bytes) -> Shared:
    """A value of a shared type from its JSON.

    Raises:
        ValueError: the text is not JSON, or not of that type.
    """
    value: Shared = _validator(cast("Any", kind)).validate_json(text)
    return cast("Shared", bounded(value)) if isinstance(value, Record) else value


LONGEST_TEXT = 100_000
"""Characters of one text of a record; the longest traceback of TensorFlow has a fifth of it."""
LONGEST_NAME = 200
MOST = {"notes": 200, "chain": 200, "warnings": 1_000, "metrics": 1_000, "frames": 2_000}
"""How many of each a record keeps; of warnings and metrics the first, else the last ones."""


def bounded(record: Record) -> Record:
    """A record with a size that everything after it can bear: a program says what it likes.

    What is cut says so, "... left out"; nothing of an ordinary record is.
    """
    failure = record.failure
    return replace(
        record,
        failure=None if failure is None else _bounded_failure(failure),
        warnings=tuple(
            replace(each, message=_text(each.message))
            for each in record.warnings[: MOST["warnings"]]
        ),
        metrics={
            shortened(name, LONGEST_NAME): value
            for name, value in islice(record.metrics.items(), MOST["metrics"])
        },
        non_finite=tuple(
            shortened(name, LONGEST_NAME) for name in record.non_finite[: MOST["metrics"]]
        ),
        stdout=_text(record.stdout),
        stderr=_text(record.stderr),
        note=_text(record.note),
    )


def _bounded_failure(failure: Failure) -> Failure:
    return replace(
        failure,
        type=shortened(failure.type, LONGEST_NAME),
        message=_text(failure.message),
        text=_text(failure.text),
        frames=tuple(
            replace(each, code=shortened(each.code, LONGEST_NAME * 10))
            for each in failure.frames[-MOST["frames"] :]
        ),
        chain=tuple(map(_bounded_exception, failure.chain[-MOST["chain"] :])),
    )


def _bounded_exception(one: ChainedException) -> ChainedException:
    notes = tuple(map(_text, one.notes))
    if len(notes) > MOST["notes"]:
        kept = MOST["notes"] - 1
        notes = (*notes[:kept], f"... {len(notes) - kept:,} notes left out")
    return replace(
        one, type=shortened(one.type, LONGEST_NAME), message=_text(one.message), notes=notes
    )


def _text(text: str) -> str:
    return shortened(text, LONGEST_TEXT)


def describe_damage(error: Exception) -> str:
    """Why a file with JSON cannot be used: a clause for people, without words of Python."""
    match error:
        case json.JSONDecodeError():
            return f"it is damaged in line {error.lineno}"
        case UnicodeDecodeError():
            return "it is not UTF-8 text"
        case KeyError():
            return f"`{error.args[0]}` is missing"
        case RecursionError():
            return "it is nested too deeply"
        case OSError() if error.strerror:
            return f"the system says: {error.strerror}"
    return "it does not have the form that is expected"


@lru_cache(maxsize=32)
def _validator(kind: Any) -> SchemaValidator:
    from pydantic import TypeAdapter  # noqa: PLC0415  (0.1 s that `--help` need not pay)
    from pydantic_core import SchemaValidator  # noqa: PLC0415

    return SchemaValidator(_with_bounds(TypeAdapter(kind).core_schema))


def _with_bounds(schema: Any) -> Any:
    """A schema in which whole numbers are those of a machine: no arithmetic on them can fail."""
    if isinstance(schema, dict):
        bounds = {"ge": -_LARGEST, "le": _LARGEST} if schema.get("type") == "int" else {}
        return {**{key: _with_bounds(part) for key, part in schema.items()}, **bounds}
    return [_with_bounds(part) for part in schema] if isinstance(schema, list) else schema


_LARGEST = 2**53
"""The largest whole number up to which every one is a float, too."""
