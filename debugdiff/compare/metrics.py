"""What is compared: the metrics of each dimension, and which of them were fixed before the data."""

from __future__ import annotations

from dataclasses import dataclass

from debugdiff.model import Dimension
from debugdiff.score import METRICS, Better

PREVENTED = "prevented"

CONFIRMATORY = frozenset({"R1", "R3", "D1", "D3.best", "D5.reachable", "Q2"})
"""Chosen for a test before there were data; everything else is descriptive."""
_RATIOS = frozenset({"R1", "R2", "R3", "R5"})
"""Never zero for a program that does anything, so that a ratio has a meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A metric of the comparison.

    Attributes:
        id: of the score; `prevented` comes from the outcomes.
        title: what it is, in a word or two.
        dimension: what it belongs to.
        best: what a prevented bug counts as; `None` where there is no such value.
    """

    id: str
    title: str
    dimension: Dimension
    best: float | None = None

    @property
    def better(self) -> Better:
        """Which way is better."""
        return Better.MORE if self.id == PREVENTED else METRICS[self.id].better

    @property
    def by_ratio(self) -> bool:
        """Whether sides are compared by their ratio; by their difference otherwise."""
        return self.id in _RATIOS

    @property
    def confirmatory(self) -> bool:
        """Whether it was chosen for a test before there were data."""
        return self.id in CONFIRMATORY

    @property
    def of_bugs(self) -> bool:
        """Whether it is measured bug by bug, and not of the program alone."""
        return self.dimension in {Dimension.CRASHES, Dimension.SILENT}


COMPARED: tuple[Compared, ...] = (
    Compared(id="R1", title="lines", dimension=Dimension.READABILITY),
    Compared(id="R2", title="volume", dimension=Dimension.READABILITY),
    Compared(id="R3", title="vocabulary", dimension=Dimension.READABILITY),
    Compared(id="R4", title="complexity", dimension=Dimension.READABILITY),
    Compared(id="R5", title="API surface", dimension=Dimension.READABILITY),
    Compared(id=PREVENTED, title="share", dimension=Dimension.CRASHES, best=1.0),
    Compared(id="D1", title="reveal", dimension=Dimension.CRASHES, best=-1.0),
    Compared(id="D3.best", title="in trace", dimension=Dimension.CRASHES, best=1.0),
    Compared(id="D4", title="noise", dimension=Dimension.CRASHES, best=0.0),
    Compared(id="D5.reachable", title="1/(1 + hops)", dimension=Dimension.CRASHES, best=1.0),
    Compared(id="D6", title="argument", dimension=Dimension.CRASHES, best=5.0),
    Compared(id="D7", title="true literals", dimension=Dimension.CRASHES),
    Compared(id="D8", title="content", dimension=Dimension.CRASHES, best=9.0),
    Compared(id="Q1", title="sentinel", dimension=Dimension.SILENT),
    Compared(id="Q2", title="divergence", dimension=Dimension.SILENT),
    Compared(id="Q3", title="propagation", dimension=Dimension.SILENT),
    Compared(id="O1", title="numbers", dimension=Dimension.ACCESS),
    Compared(id="O2", title="reach", dimension=Dimension.ACCESS),
    Compared(id="O3", title="gradients", dimension=Dimension.ACCESS),
    Compared(id="O4", title="lines", dimension=Dimension.ACCESS),
)
