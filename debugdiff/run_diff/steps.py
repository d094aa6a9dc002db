"""Two runs of which one takes more optimizer steps, and which are equal up to there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind, WorkerEnd
from debugdiff.run_diff.blame import Blame
from debugdiff.run_diff.sites import INPUT, OPTIMIZER, TARGET_SITE, base_of, model_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.run_diff.comparing import Recorded
    from debugdiff.run_diff.results import Difference


def of_steps(found: Sequence[Difference], good: Recorded, bad: Recorded) -> Blame | None:
    """The training loop, or the data where the longer run goes on with examples of its own."""
    taken, expected = bad.record.steps, good.record.steps
    shared = min(taken, expected)
    if taken == expected or not (_ran_through(good) and _ran_through(bad)):
        return None
    if found and found[0].step < shared:
        return None
    said = f"the bad run takes {_count(taken)}, the good run {expected or 'none'}"
    if not shared:
        return Blame(OPTIMIZER, OPTIMIZER, said)
    said = f"{said}; the first {shared} are equal"
    longer = max(good, bad, key=lambda run: run.record.steps)
    if _has_new_examples(longer, shared):
        return Blame(INPUT, model_of(0, bad), f"{said}, the rest are different examples")
    return Blame(OPTIMIZER, OPTIMIZER, said)


def _ran_through(run: Recorded) -> bool:
    return run.record.failure is None and run.record.worker is WorkerEnd.FINISHED


def _count(steps: int) -> str:
    return f"{steps or 'no'} optimizer step{'s' * (steps != 1)}"


def _has_new_examples(run: Recorded, since: int) -> bool:
    """Whether a later step is given an example that no step before had, with its target."""
    seen = {example for step in range(since) for example in _examples(run, step)}
    later = range(since, run.record.steps)
    return any(example not in seen for step in later for example in _examples(run, step))


def _examples(run: Recorded, step: int) -> Iterator[tuple[bytes, ...]]:
    """What lies along the first axis of the inputs of the model and of the targets of a step.

    Nothing, if one of these tensors was not kept.
    """
    model, columns = model_of(step, run), []
    for order, value in enumerate(run.record.values):
        is_input = value.kind is ValueKind.INPUT and base_of(value.site) == model
        if value.step == step and (is_input or base_of(value.site) == TARGET_SITE):
            content, rows = run.tensors.read(order), value.shape[0] if value.shape else 0
            if not content or not rows:
                return
            size = len(content) // rows
            columns.append([content[at : at + size] for at in range(0, size * rows, size)])
    yield from zip(*columns, strict=False)
