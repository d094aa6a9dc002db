"""The table of weights: whole, of known origin, and the only place where a weight stands."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import debugdiff.suspects
from debugdiff.suspects.registry import CRASH_RULES, TEXT_RULES

FOLDER = Path(debugdiff.suspects.__file__).parent
TABLE = tomllib.loads((FOLDER / "weights.toml").read_text())
CONSTANTS = [
    (path.name, node.value)
    for path in FOLDER.rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Constant)
]


def test_every_rule_has_weights_and_every_table_says_where_they_come_from() -> None:
    assert {*CRASH_RULES, *TEXT_RULES} <= TABLE.keys()
    assert all(table["source"] and len(table) > 1 for table in TABLE.values())


def test_no_weight_stands_in_a_rule() -> None:
    fractions = [(name, value) for name, value in CONSTANTS if isinstance(value, float)]
    assert {value for _, value in fractions} <= {0.0, 1.0}, fractions


def test_no_table_and_no_number_is_left_over() -> None:
    said = {value for _, value in CONSTANTS}
    assert TABLE.keys() <= said
    names = {name for table in TABLE.values() for name in table}
    assert names - {"source"} <= said


def test_weights_and_factors_are_shares() -> None:
    numbers = [
        (rule, name, value)
        for rule, table in TABLE.items()
        for name, value in table.items()
        if name != "source" and not rule.endswith("-limits")
    ]
    assert all(0 < value < 1 for _, _, value in numbers), numbers
