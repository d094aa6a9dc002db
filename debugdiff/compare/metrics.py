"""What is compared: per dimension the one metric that it is concluded from, then the others."""

from __future__ import annotations

from dataclasses import dataclass

from debugdiff.model import Dimension
from debugdiff.score import METRICS, Better

READABILITY = "readability"
READABILITY_PARTS = ("R1", "R3", "R5")
PREVENTED = "prevented"
ORIGINS = "prevented.origins"
CRASHES = "crashes"
NOTICED = "noticed"

_RATIOS = frozenset({READABILITY, "R1", "R2", "R3", "R5"})
"""Never zero for a program that does anything, so that a ratio has a meaning."""
_SHARES = frozenset({PREVENTED, NOTICED})
_MADE_HERE = {
    READABILITY: Better.LESS,
    PREVENTED: Better.MORE,
    ORIGINS: Better.MORE,
    CRASHES: Better.MORE,
    NOTICED: Better.MORE,
}
"""Made of scores and outcomes for the comparison alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A metric of the comparison.

    Attributes:
        id: of the score, or of what is made of scores here.
        title: what it is, in a word or two.
        dimension: what it belongs to.
        margin: of the metric that its dimension is concluded from, the largest difference (of a
            ratio: factor) that counts as none; fixed before data. `None`: it is shown alone.
    """

    id: str
    title: str
    dimension: Dimension
    margin: float | None = None

    @property
    def better(self) -> Better:
        """Which way is better."""
        return _MADE_HERE.get(self.id) or METRICS[self.id].better

    @property
    def by_ratio(self) -> bool:
        """Whether sides are compared by their ratio; by their difference otherwise."""
        return self.id in _RATIOS

    @property
    def is_share(self) -> bool:
        """Whether it is a yes or no of each bug."""
        return self.id in _SHARES


_R, _P = Dimension.READABILITY, Dimension.PREVENTION
_C, _S, _A = Dimension.CRASHES, Dimension.SILENT, Dimension.ACCESS
COMPARED: tuple[Compared, ...] = (
    Compared(id=READABILITY, title="mean of R1, R3, R5", dimension=_R, margin=1.1),
    Compared(id="R1", title="lines", dimension=_R),
    Compared(id="R2", title="volume", dimension=_R),
    Compared(id="R3", title="vocabulary", dimension=_R),
    Compared(id="R4", title="complexity", dimension=_R),
    Compared(id="R5", title="API surface", dimension=_R),
    Compared(id=PREVENTED, title="share of bugs", dimension=_P, margin=0.1),
    Compared(id=ORIGINS, title="origins alike", dimension=_P),
    Compared(id=CRASHES, title="index, 0-100", dimension=_C, margin=5.0),
    Compared(id="D1", title="shows at", dimension=_C),
    Compared(id="D3.best", title="in trace", dimension=_C),
    Compared(id="D4", title="noise", dimension=_C),
    Compared(id="D5.reachable", title="1/(1 + hops)", dimension=_C),
    Compared(id="D6", title="argument", dimension=_C),
    Compared(id="D7", title="true literals", dimension=_C),
    Compared(id="D8", title="content", dimension=_C),
    Compared(id=NOTICED, title="share of bugs", dimension=_S, margin=0.1),
    Compared(id="Q1", title="sentinel", dimension=_S),
    Compared(id="Q2", title="divergence", dimension=_S),
    Compared(id="Q3", title="propagation", dimension=_S),
    Compared(id="O2", title="reach", dimension=_A, margin=0.1),
    Compared(id="O1", title="numbers", dimension=_A),
    Compared(id="O3", title="gradients", dimension=_A),
    Compared(id="O4", title="lines", dimension=_A),
)
