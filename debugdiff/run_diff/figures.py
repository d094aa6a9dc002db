"""The figures that two runs end with: what `main` returns, or what a script prints last.

A fault in `evaluate` changes no value of any layer: a column of predictions that is compared with a
row of labels shows in the metric alone.
"""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

from debugdiff.run_diff.results import FinalFigure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Record

TOLERANCE = 1e-5
"""Relative, as `debugdiff parity` allows it between the metrics of one model."""

_LONGEST = 10_000
"""Characters of a last line that is read."""


def differing_figures(good: Record, bad: Record) -> Iterator[FinalFigure]:
    """The figures that both runs have under one name, and that are not equal."""
    own = _figures(bad)
    for name, value in _figures(good).items():
        if name in own and not _is_equal(value, own[name]):
            yield FinalFigure(name=name, good=value, bad=own[name])


def _is_equal(one: float, other: float) -> bool:
    both_undefined = math.isnan(one) and math.isnan(other)
    return both_undefined or math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-7)


def _figures(record: Record) -> Mapping[str, float]:
    returned = {name: value for name, value in record.metrics.items() if value is not None}
    return returned or _printed(record.stdout)


def _printed(output: str) -> dict[str, float]:
    """The numbers of a dictionary that is the last line, such as `{'accuracy': 0.7}`."""
    last = output.rstrip().rpartition("\n")[2].strip()
    if not last.startswith("{") or len(last) > _LONGEST:
        return {}
    try:
        content = ast.literal_eval(last)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    return dict(_numbers(content)) if isinstance(content, dict) else {}


def _numbers(content: Mapping[object, object]) -> Iterator[tuple[str, float]]:
    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, int | float) and not isinstance(value, bool):
            yield name, float(value)
