"""How much a winner owes to the weights: random weightings, and leaving one part out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from debugdiff.model import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np

    from debugdiff.model import Index

WEIGHTINGS = 10_000
ROBUST = 0.95
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How far the winner of an index stands without its weights.

    Attributes:
        winners: who is first with equal weights; several if they tie, and then nobody wins.
        share: of random weightings in which exactly these are first.
        changes: parts without which others are first.
    """

    winners: tuple[str, ...]
    share: float
    changes: tuple[str, ...]

    @property
    def robust(self) -> bool:
        """Whether the winners stay in at least 95 % of weightings and without any one part."""
        return self.share >= ROBUST and not self.changes

    def __str__(self) -> str:
        """Read as `pytorch stays first in 97.3 % of 10,000 weightings; robust`."""
        who = " and ".join(self.winners)
        stays = f"{who} stays" if len(self.winners) == 1 else f"{who} tie and stay"
        text = f"{stays} first in {self.share:.1%} of {WEIGHTINGS:,} weightings"
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
    first = _first(values.mean(axis=1))
    stays = (_first(_weightings(len(parts)) @ values.T) == first).all(axis=1)
    changes = [
        part
        for index, part in enumerate(parts)
        if (_first(np.delete(values, index, axis=1).mean(axis=1)) != first).any()
    ]
    winners = tuple(name for name, wins in zip(names, first, strict=True) if wins)
    return Stability(winners=winners, share=float(stays.mean()), changes=tuple(changes))


def ranked(
    indices: Sequence[Index],
    parts: Sequence[str],
    merits: Callable[[Index], Sequence[float] | None],
) -> Iterator[Index]:
    """Tell every index of a comparison how stable its winner is.

    Args:
        indices: what is compared with each other.
        parts: names of the parts, in the order of the merits.
        merits: an index's parts as figures of which more is better; `None` keeps it out.
    """
    candidates = {_name(index): found for index in indices if (found := merits(index))}
    stability = stability_of(parts, candidates)
    for index in indices:
        if stability is None or _name(index) not in candidates:
            yield index
        else:
            yield replace(
                index,
                stability=stability.share,
                robust=stability.robust,
                winners=stability.winners,
                decisive=stability.changes,
                explanation=f"{index.explanation} {stability}.",
            )


def _name(index: Index) -> str:
    usual = index.stack in {None, Stack.PYTORCH, Stack.KERAS_TENSORFLOW}
    return index.implementation if usual else f"{index.implementation} on {index.stack}"


def _first(totals: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Who is first, along the last axis: more than one where they tie."""
    first: np.ndarray[Any, Any] = totals >= totals.max(axis=-1, keepdims=True) - _EQUAL
    return first


@lru_cache(maxsize=8)
def _weightings(parts: int) -> np.ndarray[Any, Any]:
    """Dirichlet(1, ..., 1): every weighting is equally likely. The seed is fixed on purpose."""
    import numpy as np  # noqa: PLC0415

    return np.random.default_rng(0).dirichlet(np.ones(parts), size=WEIGHTINGS)
