"""Mutation operators of the literature, beside the catalogue that covers them or says why not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from debugdiff.errors import BugError
from debugdiff.files import read_text, shipped
from debugdiff.toml_lines import read_toml

if TYPE_CHECKING:
    from pydantic import TypeAdapter

OPERATORS = "operators.toml"
"""The file in the catalogue's own folder; every other TOML file there is a bug."""

_STRICT = {"extra": "forbid", "strict": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One mutation operator.

    Attributes:
        id: its short name in its source: `HLR`.
        name: its long name there: `change_learning_rate`.
        unfit: why it does not apply to text models, or to the programs here; empty if it does.
    """

    __pydantic_config__: ClassVar = _STRICT
    id: str
    name: str
    unfit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSet:
    """The operators of one tool, which `taxonomy` names as `<tool>: <id> <name>`."""

    __pydantic_config__: ClassVar = _STRICT
    tool: str
    source: str
    link: str
    note: str
    operator: list[Operator]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    __pydantic_config__: ClassVar = _STRICT
    set: list[OperatorSet]


def load_operators() -> tuple[OperatorSet, ...]:
    """The operators that the shipped catalogue is held against.

    Raises:
        BugError: the file does not parse or has an unknown key.
    """
    path = shipped("injected_bugs") / OPERATORS
    try:
        data = read_toml(read_text(path))
        return tuple(_adapter().validate_json(json.dumps(data)).set)
    except (OSError, ValueError) as error:  # TOML's and pydantic's errors are values that are wrong
        raise BugError(
            f"{path} cannot be used: {error}.",
            hint="It lists operators by tool; see the shipped one.",
            slug="bug-toml",
        ) from error


@cache
def _adapter() -> TypeAdapter[_File]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import

    return TypeAdapter(_File)
