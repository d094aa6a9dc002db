"""Q1-Q3: what tells of a bug that raises nothing and warns of nothing.

Q1 asks the sentinels that were calibrated on clean runs: published checks that need no clean twin.
Q2 is an oracle: it needs one. Q3 counts the sites between the two.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.model import KILLED, ProgramEnd, Score, WorkerEnd
from debugdiff.score.divergence import HANDED_IN, Divergence, divergences, site_ranking
from debugdiff.score.outcome import layer_values, new_warnings
from debugdiff.score.registry import Better, Scores, metric, of_bug, unjudged
from debugdiff.sentinels import alarms
from debugdiff.sentinels.losses import LOSS, PREDICTION
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Alarm, Attempt, ProgramRun, ValueStatistics
    from debugdiff.score.unchanged import LayerValues

SENTINEL = metric("Q1", "sentinel", "0/1", Better.MORE)
FALSE_ALARMS = metric("Q1.false", "alarms of the clean run", "alarms", Better.SHOWN)
DIVERGENCE = metric("Q2", "divergence (oracle)", "0-1", Better.MORE)
PROPAGATION = metric("Q3", "propagation", "sites", Better.LESS)


_MADE_FOR_THE_LOSS = {"logits": PREDICTION, "loss": LOSS}
"""Sites of bugs that every program has without a name of its own for them."""


def new_alarms(attempt: Attempt) -> tuple[Alarm, ...]:
    """What the sentinels say of the mutant, where they are silent on the clean run."""
    known = {(alarm.sentinel, alarm.site) for alarm in _alarms_of(attempt.clean)}
    found = _alarms_of(attempt)
    return tuple(alarm for alarm in found if (alarm.sentinel, alarm.site) not in known)


@lru_cache(maxsize=64)
def _alarms_of(run: ProgramRun) -> tuple[Alarm, ...]:
    """All bugs of a program are compared with one clean run, by several metrics: ask once."""
    return alarms(run.layers.record.values, run.layers.record.settings) if run.layers else ()


def in_words(alarm: Alarm) -> str:
    """Read as `vanishing-gradient at encoder in step 3 (2e-09)`."""
    return f"{alarm.sentinel} at {alarm.site} in step {alarm.step} ({alarm.value:.3g})"


def _why_not_silent(attempt: Attempt) -> str:
    """Why a bug is not one of the silent ones; empty if it is."""
    record = attempt.record
    if not attempt.effective or record is None:
        return attempt.verdict.reason
    if record.failure is not None or record.worker in KILLED:
        return "Not a silent bug: it ends in an exception."
    if record.worker is WorkerEnd.TIMEOUT:
        return "Not judged: the program timed out."
    if new_warnings(record, attempt.clean.record):
        return "Not a silent bug: there is a new warning."
    return ""


@of_bug(SENTINEL, FALSE_ALARMS)
def sentinel(attempt: Attempt) -> Scores:
    """Q1: 1 if a calibrated sentinel fires on the mutant and not on the clean run.

    `Q1.false` is how many fire on the clean run: none is admitted that does on a shipped case.
    """
    reason = _why_not_silent(attempt)
    if reason:
        return [unjudged(SENTINEL, reason), unjudged(FALSE_ALARMS, reason)]
    return [_sentinel(attempt), _false_alarms(attempt)]


def _sentinel(attempt: Attempt) -> Score:
    found = [in_words(alarm) for alarm in new_alarms(attempt)]
    if not found and attempt.record and attempt.record.program is ProgramEnd.NON_FINITE:
        found = [f"non-finite: {', '.join(attempt.record.non_finite) or 'a result'}"]
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return Score(metric=SENTINEL.id, value=1.0, explanation=f"{found[0]}{more}.")
    values = layer_values(attempt)
    if isinstance(values, str):
        return unjudged(SENTINEL, f"Not judged: {values}.")
    return Score(metric=SENTINEL.id, value=0.0, explanation="No sentinel fires.")


def _false_alarms(attempt: Attempt) -> Score:
    if attempt.clean.layers is None:
        return unjudged(FALSE_ALARMS, "The clean run has no trial with layer probes.")
    found = [in_words(alarm) for alarm in _alarms_of(attempt.clean)]
    text = f"On the clean run: {'; '.join(found) or 'none'}."
    return Score(metric=FALSE_ALARMS.id, value=float(len(found)), explanation=text)


@of_bug(DIVERGENCE)
def divergence(attempt: Attempt) -> Scores:
    """Q2: 1 / rank of the defect's site among sites by first divergence (CRADLE, LEMON)."""
    values = _values(attempt)
    if isinstance(values, str):
        return [unjudged(DIVERGENCE, values)]
    wanted = _sites_of(attempt)
    if not wanted:
        return [unjudged(DIVERGENCE, "Not judged: the case gives the bug's site no name here.")]
    ranking = _ranking(divergences(*values), wanted)
    site = next((site for site in ranking if site in wanted), None)
    if site is None:
        text = f"The site {wanted[0]} does not differ from the clean run; {len(ranking)} others do."
        return [Score(metric=DIVERGENCE.id, value=0.0, explanation=text)]
    rank = ranking.index(site) + 1
    text = f"{site} is number {rank} of {len(ranking)} sites that differ from the clean run."
    return [Score(metric=DIVERGENCE.id, value=1 / rank, explanation=text)]


def _sites_of(attempt: Attempt) -> tuple[str, ...]:
    """Where the bug's effect begins: the layer that the case names, or what the loss is given.

    A function between the last layer and the loss makes other logits, and leaves the layer alone.
    """
    made = _MADE_FOR_THE_LOSS.get(attempt.bug.site, "")
    return tuple(filter(None, (attempt.site, made)))


def _values(attempt: Attempt) -> LayerValues | str:
    """What both runs of a silent bug held, or why there is nothing to compare."""
    reason = _why_not_silent(attempt)
    if reason:
        return reason
    values = layer_values(attempt)
    return f"Not judged: {values}." if isinstance(values, str) else values


def _ranking(found: Sequence[Divergence], wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Sites within the model, and what is handed to the loss where that is asked for."""
    return site_ranking(
        [one for one in found if one.key.kind not in HANDED_IN or one.key.site in wanted]
    )


@of_bug(PROPAGATION)
def propagation(attempt: Attempt) -> Scores:
    """Q3: sites that differ from the clean run before the first alarm of a sentinel."""
    values = _values(attempt)
    if isinstance(values, str):
        return [unjudged(PROPAGATION, values)]
    symptom = next(iter(new_alarms(attempt)), None)
    if symptom is None:
        return [unjudged(PROPAGATION, "Not judged: no sentinel fires.")]
    when = symptom.step, _order_of(symptom, values.mutant)
    before = [one for one in divergences(*values) if (one.key.step, one.order) < when]
    sites = len(_ranking(before))
    text = f"{sites} sites differ from the clean run before {in_words(symptom)}."
    return [Score(metric=PROPAGATION.id, value=float(sites), explanation=text)]


def _order_of(alarm: Alarm, values: tuple[ValueStatistics, ...]) -> int:
    """Where the value stands that an alarm is of; a setting stands before every value."""
    places = (
        order
        for order, value in enumerate(values)
        if (value.step, value.kind) == (alarm.step, alarm.kind)
        and alarm.site in {value.site, layer_of(value.site)}
    )
    return next(places, -1)
