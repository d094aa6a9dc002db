"""What metrics are called in scores, in tables and in prose."""

from __future__ import annotations

from enum import StrEnum

from debugdiff.score.reveal import UNNOTICED


class MetricId(StrEnum):
    """The metrics that tables look for by name; `show` prints every score there is."""

    REVEAL = "D1"
    LATENCY = "D2"
    DEFECT_IN_TRACE = "D3.defect"
    USE_IN_TRACE = "D3.use"
    NOISE = "D4"
    HOPS = "D5"
    ARGUMENT = "D6"
    CONTENT = "D8"
    DIVERGENCE = "Q2"
    DEPTH = "depth.lines"
    OBSERVABILITY = "O1"
    PRINTABILITY = "O1.printable"
    SITES_SEEN = "O1.canonical"
    STOPS = "O1.stops"
    STOPS_WITH_NUMBERS = "O1.stops.numbers"
    HIDDEN = "O1.hidden"
    REACH = "O2"
    GRADIENT_REACH = "O3"
    PROBE_COST = "O4"
    UNREACHABLE = "O4.unreachable"


SENTINEL = "sentinel"
"""Nothing tells but a check of the values that are read."""

SILENT = "silent"
"""It runs through, and nothing tells."""

_REVEAL = {-1: "prevented", 0: "build", 1: "first step", 2: "later step", 3: SENTINEL}


def shows_at(reveal: float) -> str:
    """D1 in words: when a bug shows itself."""
    return SILENT if reveal >= UNNOTICED else _REVEAL[round(reveal)]
