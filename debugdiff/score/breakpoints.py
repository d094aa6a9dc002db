"""`breakpoint()` in model code: how often it stops, and how often there is a number to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Score, WorkerEnd
from debugdiff.score.registry import Better, Observation, Scores, metric, of_observation, unjudged
from debugdiff.static import lines_of_model

if TYPE_CHECKING:
    from debugdiff.model import StatementValues

STEPS = frozenset({"train_step", "test_step", "predict_step"})
"""Methods of a model class that are training and not model."""

STOPS = metric("O1.stops", "stops of a breakpoint() in model code", "stops", Better.SHOWN)
NUMBERS = metric("O1.stops.numbers", "of these with numbers", "stops", Better.SHOWN)


@of_observation(STOPS, NUMBERS)
def stops(observation: Observation) -> Scores:
    """Mean stops of a `breakpoint()` behind one tensor-valued statement of the model's code.

    A breakpoint stops wherever the line runs: once for each call with numbers in it, or only while
    a graph is traced or a model put together, where a debugger shows symbols.
    """
    record = observation.trial.record
    if record.worker is not WorkerEnd.FINISHED or record.failure is not None:
        reason = "Not judged: the trial with statement probes did not run through."
        return [unjudged(found, reason) for found in (STOPS, NUMBERS)]
    model = lines_of_model(observation.implementation.source)
    inside = [
        each
        for each in record.statements
        if each.executions and each.line in model and each.function.split(".")[-1] not in STEPS
    ]
    if not inside:
        reason = "Not judged: no statement of the model's code has a tensor value to stop after."
        return [unjudged(found, reason) for found in (STOPS, NUMBERS)]
    return _findings(inside, record.steps)


def _findings(inside: list[StatementValues], steps: int) -> Scores:
    executions = sum(each.executions for each in inside)
    concrete = sum(each.concrete for each in inside)
    text = (
        f"{len(inside)} statements of the model's code, {steps} optimizer steps and the evaluation:"
        f" {executions} stops in all, {concrete} of them with numbers."
    )
    return [
        Score(metric=STOPS.id, value=executions / len(inside), explanation=text),
        Score(metric=NUMBERS.id, value=concrete / len(inside), explanation=text),
    ]
