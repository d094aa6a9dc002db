"""What is compared: the metrics of each dimension, and which of them were fixed before the data."""

from __future__ import annotations

from dataclasses import dataclass

from debugdiff.score import METRICS, Better

PREVENTED = "prevented"
READABILITY = "readability"
CRASHES = "crashes"
QUIET = "quiet bugs"
ACCESS = "interim access"
DIMENSIONS = (READABILITY, CRASHES, QUIET, ACCESS)

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
        dimension: what it belongs to; no verdict crosses dimensions.
        best: what a prevented bug counts as; `None` where there is no such value.
    """

    id: str
    title: str
    dimension: str
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
        return self.dimension in {CRASHES, QUIET}


COMPARED: tuple[Compared, ...] = (
    Compared(id="R1", title="lines", dimension=READABILITY),
    Compared(id="R2", title="volume", dimension=READABILITY),
    Compared(id="R3", title="vocabulary", dimension=READABILITY),
    Compared(id="R4", title="complexity", dimension=READABILITY),
    Compared(id="R5", title="API surface", dimension=READABILITY),
    Compared(id=PREVENTED, title="share", dimension=CRASHES, best=1.0),
    Compared(id="D1", title="reveal", dimension=CRASHES, best=-1.0),
    Compared(id="D3.best", title="in trace", dimension=CRASHES, best=1.0),
    Compared(id="D4", title="noise", dimension=CRASHES, best=0.0),
    Compared(id="D5.reachable", title="1/(1 + hops)", dimension=CRASHES, best=1.0),
    Compared(id="D6", title="argument", dimension=CRASHES, best=5.0),
    Compared(id="D7", title="true literals", dimension=CRASHES),
    Compared(id="D8", title="content", dimension=CRASHES, best=9.0),
    Compared(id="Q1", title="sentinel", dimension=QUIET),
    Compared(id="Q2", title="divergence", dimension=QUIET),
    Compared(id="Q3", title="propagation", dimension=QUIET),
    Compared(id="O1", title="numbers", dimension=ACCESS),
    Compared(id="O2", title="reach", dimension=ACCESS),
    Compared(id="O3", title="gradients", dimension=ACCESS),
    Compared(id="O4", title="lines", dimension=ACCESS),
)
