"""Q1-Q3: what tells of a bug that raises nothing and warns of nothing.

Q1 asks the sentinels that were calibrated on clean runs: published checks that need no clean twin.
Q2 is an oracle: it needs one. Q3 counts the sites between the two.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.model import Outcome, ProgramEnd, WorkerEnd
from debugdiff.score.divergence import HANDED_IN, Divergence, divergences, site_ranking
from debugdiff.score.outcome import KILLED, new_warnings, why_no_values
from debugdiff.score.registry import Better, Finding, Findings, metric, of_bug, unjudged
from debugdiff.sentinels import alarms
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from debugdiff.model import Alarm, TrialResult, ValueStatistics
    from debugdiff.score.evidence import Evidence, Verdict

SENTINEL = metric("Q1", "sentinel", "0/1", Better.MORE)
FALSE_ALARMS = metric("Q1.false", "alarms of the clean run", "alarms", Better.SHOWN)
DIVERGENCE = metric("Q2", "divergence (oracle)", "0-1", Better.MORE)
PROPAGATION = metric("Q3", "propagation", "sites", Better.LESS)


def new_alarms(evidence: Evidence) -> tuple[Alarm, ...]:
    """What the sentinels say of the mutant, where they are silent on the clean run."""
    known = {(alarm.sentinel, alarm.site) for alarm in _alarms_of(evidence.clean_layers)}
    found = _alarms_of(evidence.layers)
    return tuple(alarm for alarm in found if (alarm.sentinel, alarm.site) not in known)


def _alarms_of(result: TrialResult | None) -> tuple[Alarm, ...]:
    return _asked_once(_Same(result)) if result else ()


class _Same:
    """A result as itself, since its equal would have to be compared value by value."""

    def __init__(self, result: TrialResult) -> None:
        self.result = result

    def __hash__(self) -> int:
        return id(self.result)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.result is other.result


@lru_cache(maxsize=64)
def _asked_once(same: _Same) -> tuple[Alarm, ...]:
    """All bugs of a program are compared with one clean run, by several metrics."""
    return alarms(same.result.record.values, same.result.record.settings)


def told(alarm: Alarm) -> str:
    """Read as `vanishing-gradient at encoder in step 3 (2e-09)`."""
    return f"{alarm.sentinel} at {alarm.site} in step {alarm.step} ({alarm.value:.3g})"


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


@of_bug(SENTINEL, FALSE_ALARMS)
def sentinel(evidence: Evidence, verdict: Verdict) -> Findings:
    """Q1: 1 if a calibrated sentinel fires on the mutant and not on the clean run.

    `Q1.false` is how many fire on the clean run: none is admitted that does on a shipped case.
    """
    reason = _why_not_quiet(evidence, verdict)
    if reason:
        return [unjudged(SENTINEL, reason), unjudged(FALSE_ALARMS, reason)]
    return [_sentinel(evidence), _false_alarms(evidence)]


def _sentinel(evidence: Evidence) -> Finding:
    found = [told(alarm) for alarm in new_alarms(evidence)]
    if not found and evidence.record and evidence.record.program is ProgramEnd.NON_FINITE:
        found = [f"non-finite: {', '.join(evidence.record.non_finite) or 'a result'}"]
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return Finding(metric=SENTINEL.id, value=1.0, explanation=f"{found[0]}{more}.")
    missing = why_no_values(evidence)
    if missing:
        return unjudged(SENTINEL, f"Not judged: {missing}.")
    return Finding(metric=SENTINEL.id, value=0.0, explanation="No sentinel fires.")


def _false_alarms(evidence: Evidence) -> Finding:
    if evidence.clean_layers is None:
        return unjudged(FALSE_ALARMS, "The clean run has no trial with layer probes.")
    found = [told(alarm) for alarm in _alarms_of(evidence.clean_layers)]
    text = f"On the clean run: {'; '.join(found) or 'none'}."
    return Finding(metric=FALSE_ALARMS.id, value=float(len(found)), explanation=text)


@of_bug(DIVERGENCE)
def divergence(evidence: Evidence, verdict: Verdict) -> Findings:
    """Q2: 1 / rank of the defect's site among sites by first divergence (CRADLE, LEMON)."""
    reason = _why_not_quiet(evidence, verdict) or _why_no_divergence(evidence)
    if reason:
        return [unjudged(DIVERGENCE, reason)]
    sites = _ranking(_divergences(evidence))
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


def _ranking(found: tuple[Divergence, ...]) -> tuple[str, ...]:
    return site_ranking([one for one in found if one.key.kind not in HANDED_IN])


@of_bug(PROPAGATION)
def propagation(evidence: Evidence, verdict: Verdict) -> Findings:
    """Q3: sites that part from the clean run before the first alarm of a sentinel."""
    reason = _why_not_quiet(evidence, verdict)
    missing = why_no_values(evidence)
    if reason or missing:
        return [unjudged(PROPAGATION, reason or f"Not judged: {missing}.")]
    symptom = next(iter(new_alarms(evidence)), None)
    if symptom is None:
        return [unjudged(PROPAGATION, "Not judged: no sentinel fires.")]
    assert evidence.layers is not None
    when = symptom.step, _order_of(symptom, evidence.layers.record.values)
    before = tuple(one for one in _divergences(evidence) if (one.key.step, one.order) < when)
    sites = len(_ranking(before))
    text = f"{sites} sites part from the clean run before {told(symptom)}."
    return [Finding(metric=PROPAGATION.id, value=float(sites), explanation=text)]


def _order_of(alarm: Alarm, values: tuple[ValueStatistics, ...]) -> int:
    """Where the value stands that an alarm is of; a setting stands before every value."""
    places = (
        order
        for order, value in enumerate(values)
        if (value.step, value.kind) == (alarm.step, alarm.kind)
        and alarm.site in {value.site, layer_of(value.site)}
    )
    return next(places, -1)


def _divergences(evidence: Evidence) -> tuple[Divergence, ...]:
    assert evidence.layers is not None
    assert evidence.clean_layers is not None
    return divergences(evidence.layers.record.values, evidence.clean_layers.record.values)
