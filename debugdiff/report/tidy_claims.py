"""The tidy table of claims, each with the estimate that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from debugdiff.report.tidy import TidyColumn, TidyTable, integer, number, text
from debugdiff.verdict import MEASURES, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.verdict import ClaimVerdict


def _side(side: object) -> str | None:
    return None if side is None else str(side)


def _figure(one: ClaimVerdict) -> str | None:
    if one.estimate is None:
        return None
    return "ratio" if MEASURES[one.claim.measure].by_ratio else "difference"


def _end(one: ClaimVerdict, field: Literal["value", "low", "high"]) -> float | None:
    if one.estimate is None:
        return None
    return shown(MEASURES[one.claim.measure], getattr(one.estimate, field))


_CLAIMS: tuple[TidyColumn[ClaimVerdict], ...] = (
    text("claim", "Id of the claim.", lambda one: one.claim.id),
    text("quote", "The sentence, as its author wrote it.", lambda one: one.claim.quote),
    text("source", "Where it is from.", lambda one: one.claim.source),
    text("outcome", "What the evidence says.", lambda one: one.outcome),
    text("certainty", "How sure the evidence is.", lambda one: one.certainty),
    text("measure", "The figure that decides; empty: none.", lambda one: one.claim.measure or None),
    text("side", "The programs that it is about.", lambda one: _side(one.claim.side)),
    text("beside", "What they are compared with.", lambda one: _side(one.claim.beside)),
    text("expect", "What it says of its side.", lambda one: one.claim.expect),
    number("margin", "Differences up to it do not matter.", lambda one: one.claim.margin),
    text("figure", "ratio or difference; empty: not measured.", _figure),
    number(
        "value",
        "The estimate: side divided by, or minus, the other side.",
        lambda one: _end(one, "value"),
    ),
    number("low", "Lower end of its interval of 95 %.", lambda one: _end(one, "low")),
    number("high", "Upper end of its interval of 95 %.", lambda one: _end(one, "high")),
    integer(
        "units",
        "The number of cases or bugs.",
        lambda one: one.estimate.units if one.estimate else None,
    ),
    integer("analyses", "The number of analyses.", lambda one: len(one.specifications)),
    number("share", "Of the analyses on the claim's side.", lambda one: one.share),
    number(
        "p_adjusted", "By Holm's method, for the claims of the file.", lambda one: one.p_adjusted
    ),
    number("power", "To see twice the margin.", lambda one: one.power),
    integer("needed", "Units for a power of 0.8.", lambda one: one.needed),
    text("depends_on", "The choice that decides.", lambda one: one.depends_on or None),
    text("reasons", "Why it is this outcome.", lambda one: " ".join(one.reasons) or None),
    text("flips", "Without these it would differ.", lambda one: ", ".join(one.flips) or None),
)


def claims(verdicts: Iterable[ClaimVerdict]) -> TidyTable[ClaimVerdict]:
    """A row for each claim."""
    return TidyTable(
        name="claims",
        about="One row for each claim, with the estimate that decides it.",
        columns=_CLAIMS,
        rows=verdicts,
    )
