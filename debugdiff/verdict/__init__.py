"""What the evidence says of a sentence: claims as files, estimates, and rules that decide."""

from debugdiff.verdict.claims import Claim, read_claims, review_claims
from debugdiff.verdict.deciding import Certainty, ClaimOutcome, ClaimVerdict, decide, margin_of
from debugdiff.verdict.estimating import shown, unit_effects
from debugdiff.verdict.measures import MEASURES, RUN

__all__ = [
    "MEASURES",
    "RUN",
    "Certainty",
    "Claim",
    "ClaimOutcome",
    "ClaimVerdict",
    "decide",
    "margin_of",
    "read_claims",
    "review_claims",
    "shown",
    "unit_effects",
]
