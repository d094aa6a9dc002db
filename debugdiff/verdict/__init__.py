"""What the evidence says of a sentence: claims as files, estimates, and rules that decide."""

from debugdiff.verdict.claims import Claim, read_claims, review_claims
from debugdiff.verdict.deciding import Certainty, ClaimOutcome, ClaimVerdict, decide, margin_of
from debugdiff.verdict.estimating import shown, unit_effects
from debugdiff.verdict.measures import MEASURES, RUN
from debugdiff.verdict.recall import LEAST_RECALL, HeldOut, recall, shipped_held_out

__all__ = [
    "LEAST_RECALL",
    "MEASURES",
    "RUN",
    "Certainty",
    "Claim",
    "ClaimOutcome",
    "ClaimVerdict",
    "HeldOut",
    "decide",
    "margin_of",
    "read_claims",
    "recall",
    "review_claims",
    "shipped_held_out",
    "shown",
    "unit_effects",
]
