"""How much of the framework lies between the user's call and the operation that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Instrument, Record, Score
from debugdiff.score.registry import Better, Scores, metric, of_bug, unjudged

if TYPE_CHECKING:
    from debugdiff.model import Attempt

LINES = metric("depth.lines", "framework lines to the failure", "lines", Better.SHOWN)
FRAMES = metric("depth.frames", "framework frames on the stack", "frames", Better.SHOWN)


@of_bug(LINES, FRAMES)
def depth(attempt: Attempt) -> Scores:
    """Depth of abstraction, of crashes that were traced; nothing where no trial was asked for.

    Shown and not scored: a deep framework may still give a short trace.
    """
    result = attempt.trials.get(Instrument.DEPTH)
    if result is None or not attempt.effective:
        return
    traced = result.record
    if traced.depth is None or not _fails_alike(traced, attempt.record):
        reason = f"Not judged: the traced run did not fail in the same way: {traced.ending}."
        yield unjudged(LINES, reason)
        yield unjudged(FRAMES, reason)
        return
    lines, frames = traced.depth.lines, traced.depth.frames
    text = f"The framework ran {lines} lines of Python between the program's last line and the"
    yield Score(metric=LINES.id, value=float(lines), explanation=f"{text} exception.")
    text = f"{frames} frames of the framework were on the stack when the exception was raised."
    yield Score(metric=FRAMES.id, value=float(frames), explanation=text)


def _fails_alike(traced: Record, bare: Record | None) -> bool:
    if traced.failure is None or bare is None or bare.failure is None:
        return False
    return traced.failure.type == bare.failure.type
