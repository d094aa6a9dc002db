"""Keras or PyTorch: how much the answer owes to weights and definitions that were chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from debugdiff.model import Framework

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np

    from debugdiff.model import Index

    Merits = Mapping[Framework, Sequence[float]]
    """Per framework the parts of an index, in 0-1 or as logarithms; more is better."""
    Choices = tuple[str, ...]
    """In words, in what a definition is another one than the index's own; empty for that."""

WEIGHTINGS = 1_000
ROBUST = 0.95
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How far the order of the frameworks stands without what was chosen.

    Attributes:
        winners: who is first by the index's own definition; both if they tie.
        share: of all definitions and random weightings in which exactly these are first.
        definitions: how many there are.
        changes: choices that put another one first, each by itself and with equal weights.
    """

    winners: tuple[Framework, ...]
    share: float
    definitions: int
    changes: tuple[str, ...]

    @property
    def robust(self) -> bool:
        """Whether the winner stays in at least 95 % and no single choice changes it."""
        return self.share >= ROBUST and not self.changes


def stability_of(merits: Mapping[Choices, Merits]) -> Stability | None:
    """Judge the order of the frameworks over all definitions of an index.

    Args:
        merits: by what was chosen; the empty choice is the index's own definition.

    Returns:
        `None` unless it has values for both frameworks.
    """
    usable = {choices: one for choices, one in merits.items() if len(one) == len(Framework)}
    if () not in usable:
        return None
    winners = _first(usable[()])
    changes = [
        choices[0]
        for choices, one in usable.items()
        if len(choices) == 1 and _first(one) != winners
    ]
    shares = [_share(one, winners) for one in usable.values()]
    return Stability(
        winners=winners,
        share=sum(shares) / len(shares),
        definitions=len(usable),
        changes=tuple(changes),
    )


def with_stability(indices: Iterable[Index], stability: Stability | None) -> Iterator[Index]:
    """Give every index of a comparison the stability of its order."""
    for index in indices:
        if stability is None or index.value is None:
            yield index
        else:
            yield replace(
                index,
                stability=stability.share,
                robust=stability.robust,
                winners=stability.winners,
                decisive=stability.changes,
            )


def _first(merits: Merits) -> tuple[Framework, ...]:
    """Who is first with equal weights."""
    means = {framework: sum(parts) / len(parts) for framework, parts in merits.items()}
    best = max(means.values())
    return tuple(one for one in Framework if means[one] >= best - _EQUAL)


def _share(merits: Merits, winners: tuple[Framework, ...]) -> float:
    """The share of random weightings in which the same ones are first."""
    import numpy as np  # noqa: PLC0415 (late: most commands need none)

    one, other = (np.array(merits[framework], dtype=float) for framework in Framework)
    ahead = _weightings(len(one)) @ (one - other)
    if len(winners) > 1:
        return float((abs(ahead) <= _EQUAL).mean())
    is_one = winners == (next(iter(Framework)),)
    return float((ahead > _EQUAL if is_one else ahead < -_EQUAL).mean())


@lru_cache(maxsize=8)
def _weightings(parts: int) -> np.ndarray[Any, Any]:
    """Dirichlet(1, ..., 1): every weighting is equally likely. The seed is fixed on purpose."""
    import numpy as np  # noqa: PLC0415

    return np.random.default_rng(0).dirichlet(np.ones(parts), size=WEIGHTINGS)
