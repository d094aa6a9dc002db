"""The weights that a program begins with: are they drawn as the healthy program draws them?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.teach.alignment import renamed, site_names

if TYPE_CHECKING:
    from debugdiff.model import Record, ValueStatistics

_STANDARD_ERRORS = 5
_ENOUGH = 100
_SAME_FORM = math.log(1.5)
"""Of the largest value in standard deviations: 1.7 of a uniform, 3 to 4 of a normal one."""

_FEW = 30
"""Of fewer numbers, such as the bias of two classes, only zeros can be told from others."""


def initial_weights_differ(own: Record, healthy: Record) -> str:
    """The first parameter that is drawn from another distribution; empty if there is none.

    By mean, standard deviation, zeros and range, with five standard errors to spare: of two draws
    of one distribution, one in a million parameters is said to differ.
    """
    problem = ""
    for names in site_names(own, healthy):
        mine, others = _initial(renamed(own, healthy, names)), _initial(healthy)
        lone = mine.keys() ^ others.keys()
        problem = next(
            (site for site in others if site in lone or not _drawn_alike(mine[site], others[site])),
            "",
        )
        if not problem:
            break
    return problem


def _initial(record: Record) -> dict[str, ValueStatistics]:
    """The parameters before the first step, by name."""
    return {
        value.site: value
        for value in record.values
        if value.kind is ValueKind.PARAMETER and value.step == value.call == 0
    }


def _drawn_alike(own: ValueStatistics, healthy: ValueStatistics) -> bool:
    if own.count != healthy.count or healthy.mean is None or own.mean is None:
        return own.count == healthy.count and own.mean is healthy.mean
    if healthy.count < _FEW:
        return own.zeros == healthy.zeros
    spread, expected = own.standard_deviation or 0.0, healthy.standard_deviation or 0.0
    if not spread or not expected:
        return spread == expected and own.mean == healthy.mean
    error = _STANDARD_ERRORS / math.sqrt(healthy.count)
    same_mean = abs(own.mean - healthy.mean) <= math.sqrt(2) * error * expected
    zeros = abs(own.zeros - healthy.zeros) <= _STANDARD_ERRORS * math.sqrt(healthy.zeros or 1)
    widest = [
        max(abs(v.minimum or 0), abs(v.maximum or 0)) / s
        for v, s in ((own, spread), (healthy, expected))
    ]
    same_form = healthy.count < _ENOUGH or abs(math.log(widest[0] / widest[1])) <= _SAME_FORM
    return same_mean and zeros and same_form and abs(math.log(spread / expected)) <= error


# --- bit by bit --------------------------------------------------------------------------------
