"""Q1-Q3, first form: what tells of a bug that raises nothing and warns of nothing.

Q1 knows one sentinel so far, the number that is not finite; the calibrated ones come later, and
until then its silence is "not judged yet" and not a zero. Q2 is an oracle: it needs a clean twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import Outcome, ProgramEnd, ValueStatistics, WorkerEnd
from debugdiff.score.divergence import Divergence, divergences, site_ranking
from debugdiff.score.outcome import KILLED, new_warnings, why_no_values
from debugdiff.score.registry import Better, Finding, Findings, metric, of_bug, unjudged

if TYPE_CHECKING:
    from debugdiff.score.evidence import Evidence, Verdict

SENTINEL = metric("Q1", "sentinel", "0/1", Better.MORE)
DIVERGENCE = metric("Q2", "divergence (oracle)", "0-1", Better.MORE)
PROPAGATION = metric("Q3", "propagation", "sites", Better.LESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class NonFinite:
    """The first value of a run that is not finite, where the clean run's was."""

    step: int
    order: int
    text: str


def first_non_finite(evidence: Evidence) -> NonFinite | None:
    """The first probed value with NaN or infinity at a site that is finite in the clean run."""
    if evidence.layers is None:
        return None
    clean = evidence.clean_layers.record.values if evidence.clean_layers else ()
    known = {(value.site, value.kind) for value in clean if _is_non_finite(value)}
    found = (
        NonFinite(step=value.step, order=order, text=f"{value.site} ({value.kind})")
        for order, value in enumerate(evidence.layers.record.values)
        if _is_non_finite(value) and (value.site, value.kind) not in known
    )
    return min(found, key=lambda one: (one.step, one.order), default=None)


def _is_non_finite(value: ValueStatistics) -> bool:
    return bool(value.nan or value.infinite)


def _why_not_quiet(evidence: Evidence, verdict: Verdict) -> str:
    """Why a bug is not one of the quiet ones; empty if it is."""
    record = evidence.record
    if verdict.outcome is not Outcome.EFFECTIVE or record is None:
        return verdict.reason
    if record.failure is not None or record.worker in KILLED:
        return "Not a quiet bug: it ends in an exception."
    if record.worker is WorkerEnd.TIMEOUT:
        return "Not judged: the program was still running when its time was up."
    if new_warnings(record, evidence.clean.record if evidence.clean else None):
        return "Not a quiet bug: there is a new warning."
    return ""


@of_bug(SENTINEL)
def sentinel(evidence: Evidence, verdict: Verdict) -> Findings:
    """Q1: 1 if a sentinel fires on the mutant and not on the clean run."""
    reason = _why_not_quiet(evidence, verdict)
    if reason:
        return [unjudged(SENTINEL, reason)]
    found = first_non_finite(evidence)
    if found is not None:
        text = f"Non-finite: {found.text} at step {found.step}."
        return [Finding(metric=SENTINEL.id, value=1.0, explanation=text)]
    if evidence.record is not None and evidence.record.program is ProgramEnd.NON_FINITE:
        text = f"Non-finite: {', '.join(evidence.record.non_finite) or 'a result'}."
        return [Finding(metric=SENTINEL.id, value=1.0, explanation=text)]
    missing = "Not judged yet: nothing is non-finite, and it needs the calibrated sentinels."
    return [unjudged(SENTINEL, missing)]


@of_bug(DIVERGENCE)
def divergence(evidence: Evidence, verdict: Verdict) -> Findings:
    """Q2: 1 / rank of the defect's site among sites by first divergence (CRADLE, LEMON)."""
    reason = _why_not_quiet(evidence, verdict) or _why_no_divergence(evidence)
    if reason:
        return [unjudged(DIVERGENCE, reason)]
    sites = site_ranking(_divergences(evidence))
    if evidence.site not in sites:
        text = (
            f"The site {evidence.site} does not differ from the clean run; {len(sites)} others do."
        )
        return [Finding(metric=DIVERGENCE.id, value=0.0, explanation=text)]
    rank = sites.index(evidence.site) + 1
    text = f"{evidence.site} is number {rank} of {len(sites)} sites that part from the clean run."
    return [Finding(metric=DIVERGENCE.id, value=1 / rank, explanation=text)]


def _why_no_divergence(evidence: Evidence) -> str:
    missing = why_no_values(evidence)
    if missing:
        return f"Not judged: {missing}."
    return "" if evidence.site else "Not judged: the case gives the bug's site no name here."


@of_bug(PROPAGATION)
def propagation(evidence: Evidence, verdict: Verdict) -> Findings:
    """Q3: sites that part from the clean run before the first value that is not finite."""
    reason = _why_not_quiet(evidence, verdict)
    missing = why_no_values(evidence)
    symptom = first_non_finite(evidence)
    if reason or missing:
        return [unjudged(PROPAGATION, reason or f"Not judged: {missing}.")]
    if symptom is None:
        text = "Not judged yet: nothing is non-finite, and it needs the calibrated sentinels."
        return [unjudged(PROPAGATION, text)]
    before = [one for one in _divergences(evidence) if _earlier(one, symptom)]
    sites = len(site_ranking(before))
    text = f"{sites} sites part from the clean run before {symptom.text} is not finite."
    return [Finding(metric=PROPAGATION.id, value=float(sites), explanation=text)]


def _earlier(found: Divergence, symptom: NonFinite) -> bool:
    return (found.key.step, found.order) < (symptom.step, symptom.order)


def _divergences(evidence: Evidence) -> tuple[Divergence, ...]:
    assert evidence.layers is not None
    assert evidence.clean_layers is not None
    return divergences(evidence.layers.record.values, evidence.clean_layers.record.values)
