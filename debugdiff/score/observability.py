"""O1: how much of a program's own statements show numbers while it trains."""

from __future__ import annotations

from debugdiff.model import Score, StatementValues, WorkerEnd
from debugdiff.score.registry import (
    Better,
    Metric,
    Observation,
    Scores,
    metric,
    of_observation,
    unjudged,
)

CONCRETE = metric("O1", "observability", "share of statements", Better.MORE)
PRINTABLE = metric("O1.printable", "print shows digits", "share of statements", Better.MORE)
SITES = metric("O1.sites", "tensor-valued statements", "statements", Better.SHOWN)


@of_observation(CONCRETE, PRINTABLE, SITES)
def observability(observation: Observation) -> Scores:
    """O1: statement probes that gave numbers on every step / tensor-valued statements (Clarke).

    A statement that sometimes ran with symbols (while a graph was traced, or a model built) has to
    have shown numbers on every optimizer step of the run: calling a model once by hand before
    `fit` traces it makes nothing observable.
    """
    record = observation.trial.record
    sites = [site for site in record.statements if site.executions]
    if record.worker is not WorkerEnd.FINISHED or record.failure is not None:
        reason = "Not judged: the trial with statement probes did not run through."
        return [unjudged(found, reason) for found in (CONCRETE, PRINTABLE, SITES)]
    count = Score(
        metric=SITES.id,
        value=float(len(sites)),
        explanation=f"{len(sites)} statements of model and training code had a tensor value.",
    )
    if not sites:
        reason = "Not judged: no statement of model or training code has a tensor value to look at."
        return [unjudged(CONCRETE, reason), unjudged(PRINTABLE, reason), count]
    concrete = [
        site for site in sites if _always(site.concrete, site.concrete_steps, site, record.steps)
    ]
    printable = [
        site for site in sites if _always(site.printable, site.printable_steps, site, record.steps)
    ]
    return [
        _share(CONCRETE, concrete, sites, "gave numbers on every step"),
        _share(PRINTABLE, printable, sites, "show digits when printed, on every step"),
        count,
    ]


def _always(shown: int, shown_steps: int, site: StatementValues, steps: int) -> bool:
    """Whether a statement showed numbers whenever it ran, or else on every step of the run."""
    if shown == site.executions:
        return True
    return shown > 0 and shown_steps == site.steps and shown_steps >= steps


def _share(
    found: Metric, some: list[StatementValues], sites: list[StatementValues], what: str
) -> Score:
    text = f"{len(some)} of {len(sites)} tensor-valued statements {what}.{_others(some, sites)}"
    return Score(metric=found.id, value=len(some) / len(sites), explanation=text)


def _others(some: list[StatementValues], sites: list[StatementValues]) -> str:
    others = [f"`{site.name}` (line {site.line})" for site in sites if site not in some]
    return f" Not so: {', '.join(others)}." if others else ""
