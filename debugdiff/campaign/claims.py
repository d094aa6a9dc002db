"""Claims decided by the records that the store has; nothing is executed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from debugdiff.campaign.running import stored
from debugdiff.files import digest, to_json
from debugdiff.store import Store
from debugdiff.verdict import MEASURES, RUN, decide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.campaign.request import RunRequest
    from debugdiff.model import Report
    from debugdiff.verdict import Claim, ClaimVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The verdicts on the claims of a file, and what is missing for them.

    Attributes:
        missing: trials that the claims use and the store does not have.
        seconds: about how long they take one after the other; `None` if none like them is stored.
    """

    verdicts: tuple[ClaimVerdict, ...]
    missing: int
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWording:
    """A claim as it was when it had its first result."""

    claim: str


def decide_claims(claims: Sequence[Claim], request: RunRequest) -> Decided:
    """Decide claims by what is stored of a request; bugs are left out where no claim needs them.

    Raises:
        as `campaign.stored`.
    """
    report = stored(request if _need_bugs(claims) else replace(request, bugs=()))
    verdicts = decide(claims, report.programs)
    with Store(request.store) as store:
        marked = tuple(_with_amendment(each, store) for each in verdicts)
    return Decided(
        verdicts=marked,
        missing=len(report.not_run) if _need_runs(claims) else 0,
        seconds=_expected_seconds(report),
    )


def _expected_seconds(report: Report) -> float | None:
    known = [result.record.seconds for result in report.results]
    return fmean(known) * len(report.not_run) if known else None


def _need_bugs(claims: Sequence[Claim]) -> bool:
    return any(MEASURES[claim.measure].of_bugs for claim in claims if claim.measure)


def _need_runs(claims: Sequence[Claim]) -> bool:
    return any(MEASURES[claim.measure].command == RUN for claim in claims if claim.measure)


def _with_amendment(verdict: ClaimVerdict, store: Store) -> ClaimVerdict:
    """A claim that had a result with other words says so for good."""
    if verdict.estimate is None:
        return verdict
    text = to_json(verdict.claim)
    key = digest("first wording", verdict.claim.id)
    first = store.cached(FirstWording, key, lambda: FirstWording(claim=text)).claim
    return replace(verdict, amended=_changed_keys(json.loads(first), json.loads(text)))


def _changed_keys(first: dict[str, object], now: dict[str, object]) -> str:
    changed = (key for key in {**first, **now} if first.get(key) != now.get(key))
    return "; ".join(f"{key} was {json.dumps(first.get(key))}" for key in changed)
