"""Is it the same model in every implementation? The admission gate of a case."""

from debugdiff.parity.checking import check_parity, reference_first, sites_of
from debugdiff.parity.results import CaseParity, PairParity, ParityLine

__all__ = [
    "CaseParity",
    "PairParity",
    "ParityLine",
    "check_parity",
    "reference_first",
    "sites_of",
]
