"""How much a winner owes to the weights: random weightings, and leaving one part out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

WEIGHTINGS = 10_000
ROBUST = 0.95
_EQUAL = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How far the winner of an index stands without its weights.

    Attributes:
        winner: who is first with equal weights.
        share: of random weightings in which the winner stays first (ties count as staying).
        changes: parts without which somebody else is first.
    """

    winner: str
    share: float
    changes: tuple[str, ...]

    @property
    def robust(self) -> bool:
        """Whether the winner stays in at least 95 % of weightings and without any one part."""
        return self.share >= ROBUST and not self.changes

    def __str__(self) -> str:
        """Read as `pytorch stays first in 97.3 % of 10,000 weightings; robust`."""
        text = f"{self.winner} stays first in {self.share:.1%} of {WEIGHTINGS:,} weightings"
        if self.changes:
            text += f", but not without {' or '.join(self.changes)}"
        return f"{text}; {'robust' if self.robust else 'not robust'}"


def stability_of(
    parts: Sequence[str], candidates: Mapping[str, Sequence[float]]
) -> Stability | None:
    """Judge a ranking by weighted means of parts, where more is better.

    Args:
        parts: names of the parts.
        candidates: who is ranked, with a value for each part.

    Returns:
        `None` for fewer than two candidates: there is nothing to win.
    """
    if len(candidates) < 2:  # noqa: PLR2004
        return None
    import numpy as np  # noqa: PLC0415 (late: most commands need none)

    names = list(candidates)
    values = np.array([candidates[name] for name in names], dtype=float)
    first = int(values.mean(axis=1).argmax())
    totals = _weightings(len(parts)) @ values.T
    share = float((totals[:, first] >= totals.max(axis=1) - _EQUAL).mean())
    changes = [part for index, part in enumerate(parts) if _loses(values, first, without=index)]
    return Stability(winner=names[first], share=share, changes=tuple(changes))


def _loses(values: np.ndarray[Any, Any], first: int, *, without: int) -> bool:
    import numpy as np  # noqa: PLC0415

    means = np.delete(values, without, axis=1).mean(axis=1)
    return bool(means[first] < means.max() - _EQUAL)


@lru_cache(maxsize=8)
def _weightings(parts: int) -> np.ndarray[Any, Any]:
    """Dirichlet(1, ..., 1): every weighting is equally likely. The seed is fixed on purpose."""
    import numpy as np  # noqa: PLC0415

    return np.random.default_rng(0).dirichlet(np.ones(parts), size=WEIGHTINGS)
