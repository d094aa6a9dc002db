"""What is compared: the metrics of each dimension, and which of them were fixed before the data."""

from __future__ import annotations

from dataclasses import dataclass

from debugdiff.score import METRICS, Better

PREVENTED = "prevented"
READABILITY = "readability"
CRASHES = "crashes"
QUIET = "quiet bugs"
ACCESS = "interim access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A metric of the comparison.

    Attributes:
        id: of the score; `prevented` comes from the outcomes.
        title: what it is, in a few words.
        dimension: what it belongs to; no verdict crosses dimensions.
        better: which way is better.
        best: what a prevented bug counts as; `None` where there is no such value.
        by_ratio: whether sides are compared by their ratio; by their difference otherwise.
        confirmatory: whether it was chosen for a test before there were data.
    """

    id: str
    title: str
    dimension: str
    better: Better
    best: float | None = None
    by_ratio: bool = False
    confirmatory: bool = False


def _scored(
    identifier: str,
    dimension: str,
    *,
    best: float | None = None,
    by_ratio: bool = False,
    confirmatory: bool = False,
) -> Compared:
    known = METRICS[identifier]
    return Compared(
        id=identifier,
        title=known.title,
        dimension=dimension,
        better=known.better,
        best=best,
        by_ratio=by_ratio,
        confirmatory=confirmatory,
    )


COMPARED: tuple[Compared, ...] = (
    _scored("R1", READABILITY, by_ratio=True, confirmatory=True),
    _scored("R2", READABILITY, by_ratio=True),
    _scored("R3", READABILITY, by_ratio=True, confirmatory=True),
    _scored("R4", READABILITY),
    _scored("R5", READABILITY, by_ratio=True),
    Compared(
        id=PREVENTED,
        title="bug prevented",
        dimension=CRASHES,
        better=Better.MORE,
        best=1.0,
    ),
    _scored("D1", CRASHES, best=-1.0, confirmatory=True),
    _scored("D3.best", CRASHES, best=1.0, confirmatory=True),
    _scored("D4", CRASHES, best=0.0),
    _scored("D5.reachable", CRASHES, best=1.0, confirmatory=True),
    _scored("D6", CRASHES, best=5.0),
    _scored("D7", CRASHES),
    _scored("D8", CRASHES, best=9.0),
    _scored("Q1", QUIET),
    _scored("Q2", QUIET, confirmatory=True),
    _scored("Q3", QUIET),
    _scored("O1", ACCESS),
)
DIMENSIONS = (READABILITY, CRASHES, QUIET, ACCESS)
