"""How likely the rules find a true effect: simulated, since a word needs more than an interval."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from debugdiff.compare.statistics import CONFIDENCE, POWER

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

LEAST_UNITS = 15
"""Cases or bugs that a claim needs to be supported or contradicted."""
_DRAWS = 500
_MOST_UNITS = 4_000


@lru_cache(maxsize=256)
def power(units: int, spread: float) -> float:
    """The share of simulated studies that find a true difference of twice the margin.

    A study finds it if its interval of 95 % lies beyond the margin, and still does without any one
    of its units. Effects are normal; the seed is fixed.

    Args:
        units: how many cases or bugs a study has; below 15 there is no word, so that it is 0.
        spread: the standard deviation of the units' effects, in margins.
    """
    if units < LEAST_UNITS:
        return 0.0
    import numpy as np  # noqa: PLC0415 (late)

    effects = np.random.default_rng(0).normal(2.0, spread, (_DRAWS, units))
    total, squares = effects.sum(1, keepdims=True), (effects**2).sum(1, keepdims=True)
    whole = _lows(total, squares, units)
    fewer = _lows(total - effects, squares - effects**2, units - 1)
    return float(((whole[:, 0] > 1) & (fewer > 1).all(1)).mean())


def _lows(total: Numbers, squares: Numbers, units: int) -> Numbers:
    """The lower ends of Student's intervals, from sums and sums of squares."""
    import numpy as np  # noqa: PLC0415 (late)
    from scipy.stats import t  # noqa: PLC0415 (late)

    middle = total / units
    variance = np.maximum(squares - units * middle**2, 0) / (units - 1)
    lows: Numbers = middle - t.ppf((1 + CONFIDENCE) / 2, units - 1) * np.sqrt(variance / units)
    return lows


@lru_cache(maxsize=256)
def units_needed(spread: float) -> int | None:
    """The least number of units with a power of 0.8; `None` if 4,000 do not have it."""
    low, high = LEAST_UNITS - 1, LEAST_UNITS
    while power(high, spread) < POWER:
        low, high = high, 2 * high
        if high > _MOST_UNITS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, spread) >= POWER else (middle, high)
    return high
