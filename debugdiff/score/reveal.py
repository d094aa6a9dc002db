"""D1 and D2: when a fault shows itself, and how many optimizer steps after it first ran."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import KILLED, ProgramEnd, Score, Stage, WorkerEnd
from debugdiff.score.outcome import layer_values, new_warnings
from debugdiff.score.places import place_of, user_frames
from debugdiff.score.quiet import in_words, new_alarms
from debugdiff.score.registry import Better, Scores, metric, of_bug
from debugdiff.source.lines import loop_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Attempt, Record


REVEAL = metric("D1", "reveal", "stage -1 to 5", Better.LESS)
LATENCY = metric("D2", "latency", "optimizer steps", Better.LESS)

UNNOTICED = 4.5
"""D1 of a bug that nothing tells: 4 if the case's metric shows it, 5 if not even that does."""

_BEFORE_TRAINING = frozenset({Stage.IMPORT, Stage.BUILD, Stage.COMPILE})
_AFTER_TRAINING = frozenset({Stage.EVALUATION, Stage.DONE})
_UNNOTICED = (
    "No exception, warning or sentinel shows it: 4 or 5. Whether the metric shows it (4) takes"
    " many seeds to tell: `debugdiff harm`."
)
_TRAINER = re.compile(r"\b(?:fit|train_on_batch|evaluate|predict)\(")
_LEVELS = {
    0: "import, build, compile or setting up the training",
    1: "the first step",
    2: "a later step or evaluation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signal:
    """Something that tells the user: at which level of D1, after how many optimizer steps."""

    level: int
    step: int
    text: str


@of_bug(REVEAL)
def reveal(attempt: Attempt) -> Scores:
    """D1, ordinal: -1 prevented, 0 before training, 1 first step, 2 later, 3 only a sentinel.

    A new warning counts like an exception, at the time when it is given. 4.5 stands for "4 or 5":
    only the metric tells, or nothing does. After the RIPR model and Becker et al. 2019.
    """
    value, explanation = _reveal(attempt)
    return [Score(metric=REVEAL.id, value=value, explanation=explanation)]


def _reveal(attempt: Attempt) -> tuple[float | None, str]:
    if attempt.prevented:
        return -1.0, f"Prevented: {attempt.verdict.reason}"
    if not attempt.effective:
        return None, attempt.verdict.reason
    first = min(_signals(attempt), key=lambda signal: signal.level, default=None)
    if first is not None:
        return float(first.level), first.text
    if attempt.record is not None and attempt.record.worker is WorkerEnd.TIMEOUT:
        text = "Not judged: the program timed out without a message."
        return None, text
    values = layer_values(attempt)
    if isinstance(values, str):
        return None, f"Not judged: there is no exception and no warning, and {values}."
    return UNNOTICED, _UNNOTICED


def noticed(attempt: Attempt) -> float | None:
    """1 if an exception, a warning or a sentinel tells of a bug, 0 if nothing does."""
    value = attempt.value(REVEAL.id)
    return None if value is None else float(value < UNNOTICED)


@of_bug(LATENCY)
def latency(attempt: Attempt) -> Scores:
    """D2: optimizer steps from the first execution of the defect to the first signal.

    The trial with layer probes tells when the defect ran; the signal is that of the plain trial.
    """
    value, explanation = _latency(attempt)
    return [Score(metric=LATENCY.id, value=value, explanation=explanation)]


def _latency(attempt: Attempt) -> tuple[float | None, str]:
    record = attempt.record
    if not attempt.effective or record is None:
        return None, attempt.verdict.reason
    began = attempt.layers.record.watched_step if attempt.layers else None
    if began is None:
        return None, "Not judged: no trial saw in which step the defect first ran."
    first = min(_signals(attempt), key=lambda signal: signal.step, default=None)
    if first is None:
        return None, f"No signal within the budget of {record.steps} optimizer steps (censored)."
    return float(max(first.step - began, 0)), f"The defect first ran in step {began}. {first.text}"


def _signals(attempt: Attempt) -> Iterator[_Signal]:
    record = attempt.record
    if record is None:
        return
    if record.failure is not None or record.worker in KILLED:
        early = record.failure is not None and _before_first_batch(attempt, record)
        level = 0 if early else level_of(record.stage, record.step)
        name = (
            record.failure.type if record.failure else f"The death of the process ({record.worker})"
        )
        text = _explanation(name, record.stage, record.step, level)
        yield _Signal(level=level, step=record.step, text=text)
    for warning in new_warnings(record, attempt.clean.record):
        level = level_of(warning.stage, warning.step)
        name = f"A new warning, {warning.category},"
        text = _explanation(name, warning.stage, warning.step, level)
        yield _Signal(level=level, step=warning.step, text=text)
    for alarm in new_alarms(attempt)[:1]:
        text = f"Only a sentinel fires: {in_words(alarm)}."
        yield _Signal(level=3, step=alarm.step, text=text)
    if record.program is ProgramEnd.NON_FINITE:
        text = f"Only a sentinel fires: {', '.join(record.non_finite) or 'a result'} is not finite."
        yield _Signal(level=3, step=record.steps, text=text)


def _explanation(what: str, stage: Stage, step: int, level: int) -> str:
    steps = "before the first update" if step == 0 else f"after {step} optimizer steps"
    return f"{what} shows it in stage {stage}, {steps}: {_LEVELS[level]}."


def _before_first_batch(attempt: Attempt, record: Record) -> bool:
    """Whether training was still being set up: `train` had come to no loop, and called no trainer.

    An optimizer is made there in PyTorch and in `compile` in Keras: the same moment in both.
    """
    if record.stage is not Stage.TRAINING or record.step or record.failure is None:
        return False
    own = user_frames(record.failure)
    places = [place_of(frame, attempt) for frame in own]
    in_loop = any(place.line in loop_lines(attempt.sources.get(place.file, "")) for place in places)
    return bool(own) and not in_loop and not any(_TRAINER.search(frame.code) for frame in own)


def level_of(stage: Stage, step: int) -> int:
    """The level of D1, 0 to 2, of what tells in a stage after so many optimizer steps."""
    if stage in _BEFORE_TRAINING:
        return 0
    return 1 if step == 0 and stage not in _AFTER_TRAINING else 2
