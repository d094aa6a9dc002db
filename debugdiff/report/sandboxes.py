"""What programs were kept from while they were measured, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Sandbox
from debugdiff.report.layout import count_of
from debugdiff.worker.process.sandbox import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Case, Confinement


def describe_sandboxes(confinements: Sequence[Confinement], cases: Sequence[Case]) -> str:
    """One sentence per level and what it stopped, then the cases that had a network."""
    return " ".join((*map(_sentence, confinements), *_networks(cases)))


def _sentence(found: Confinement) -> str:
    trials = count_of(found.trials, "trial")
    if found.sandbox is None:
        return f"Sandbox not noted: {trials} of an earlier debugdiff."
    if found.sandbox is Sandbox.OFF:
        return f"Sandbox off: {trials} could do all that you can."
    stopped = ", ".join(found.stopped) or NOTHING
    return f"Sandbox {found.sandbox}: {trials}; it stopped {stopped}."


def _networks(cases: Sequence[Case]) -> Iterator[str]:
    names = [case.name for case in cases if case.network]
    if names:
        yield f"With a network, because the case needs one: {', '.join(names)}."
