"""The numbers of the rules: `weights.toml`, which says where each came from."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).with_name("weights.toml")


def weight(rule: str, name: str = "line") -> float:
    """A number of a rule; `KeyError` where the table has none."""
    return numbers(rule)[name]


def numbers(rule: str) -> Mapping[str, float]:
    """Every number of a rule by name; none for a rule without a table."""
    return _table().get(rule, {})


@cache
def _table() -> Mapping[str, Mapping[str, float]]:
    with _FILE.open("rb") as file:
        table = tomllib.load(file)
    return {
        rule: {name: value for name, value in entry.items() if name != "source"}
        for rule, entry in table.items()
    }
