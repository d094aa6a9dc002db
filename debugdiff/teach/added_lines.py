"""Lines that a run adds to an exercise's files: other rows of data, a watch for an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT_ROWS = 0.8

_OTHER_DATA = '''

_debugdiff_load = load


def load(size, *arguments, **options):
    """Other rows in another order: what is kept from whoever reads the data module."""
    import dataclasses

    import numpy

    generator = numpy.random.default_rng({seed})

    def rows_of(part):
        values = [part] if isinstance(part, numpy.ndarray) else vars(part).values()
        return len(next(value for value in values if isinstance(value, numpy.ndarray)))

    def pick(value, rows):
        if isinstance(value, numpy.ndarray):
            return value[rows]
        if dataclasses.is_dataclass(value):
            picked = {{name: pick(part, rows) for name, part in vars(value).items()}}
            return dataclasses.replace(value, **picked)
        return value

    def vary(part):
        count = rows_of(part)
        return pick(part, generator.permutation(count)[: max(1, int({share} * count))])

    data = _debugdiff_load(size, *arguments, **options)
    return dataclasses.replace(data, **{{name: vary(part) for name, part in vars(data).items()}})
'''

_SWALLOWED = """

_debugdiff_main = main


def main(*arguments, **options):
    import sys

    raised = []

    def inside(frame, event, argument):
        if event == "exception" and argument[0].__name__ == {name!r}:
            raised.append(frame.f_lineno)
        return inside

    def entered(frame, event, argument):
        return inside if frame.f_code.co_filename == __file__ else None

    sys.settrace(entered)
    try:
        result = _debugdiff_main(*arguments, **options)
    finally:
        sys.settrace(None)
    return {{**result, {metric!r}: len(raised)}}
"""
SWALLOWED = "debugdiff_swallowed"
"""A metric of a run that watches for an exception: how often it was raised, and not let out."""


def watching_for(exception: str) -> str:
    """What a program gets at its end, to count how often it swallows an exception of that name."""
    return _SWALLOWED.format(name=exception, metric=SWALLOWED)


def with_other_rows(helpers: Mapping[str, str], seed: int) -> dict[str, str]:
    """The data modules of a case, those that define `load(size)`, with other rows."""
    return {
        name: text + _OTHER_DATA.format(seed=seed, share=_KEPT_ROWS)
        for name, text in helpers.items()
        if any(getattr(each, "name", "") == "load" for each in parse(text).body)
    }
