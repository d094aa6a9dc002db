"""What a program says of a bug, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.debuggability import shows
from debugdiff.report.names import SENTINEL, shows_at
from debugdiff.report.quiet import facts
from debugdiff.score.prose import first_sentence
from debugdiff.score.reveal import REVEAL, UNNOTICED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Attempt


def said(attempt: Attempt, *, when: bool) -> str:
    """`build: ValueError: Kernel shape must ...`, or without the time when it shows itself."""
    level = attempt.value(REVEAL.id)
    if level is not None and level >= UNNOTICED:
        return "silent"
    if level is not None and shows_at(level) == SENTINEL:
        return "silent, only a check of its values fires"
    words = (shows(attempt).plain if when else "", *_details(attempt))
    return ": ".join(" ".join(text.split()) for text in words if text)


def _details(attempt: Attempt) -> Iterator[str]:
    """What the user read: an exception, a warning, or why there is nothing to read."""
    if attempt.record is None or not attempt.effective:
        yield attempt.verdict.reason.partition(";")[0]
    elif attempt.failure is None:
        yield facts(attempt, attempt.record)
    else:
        yield attempt.failure.type.rpartition(".")[2]
        yield first_sentence(attempt.failure)
