"""Bugs that show themselves in one program in quite another way than in the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Contrast, Mode
from debugdiff.score import reference_of
from debugdiff.score.crashes import crash_index
from debugdiff.score.reveal import REVEAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Attempt, ProgramReport

_EQUAL = 1e-9


def contrasts(programs: Sequence[ProgramReport]) -> tuple[Contrast, ...]:
    """One pair for each bug, of a program beside the reference; those that differ most come first.

    What is compared is when a bug shows itself (D1), and after that how its crash is told. Both
    programs run with the same seed, as they come if they ran so. A bug that differs nowhere is left
    out.
    """
    most: dict[str, Contrast] = {}
    for contrast in _all(programs):
        bug = contrast.other.bug.id
        if bug not in most or _distance(contrast) > _distance(most[bug]):
            most[bug] = contrast
    different = [one for one in most.values() if max(_distance(one)) > _EQUAL]
    return tuple(sorted(different, key=_distance, reverse=True))


def _all(programs: Sequence[ProgramReport]) -> Iterator[Contrast]:
    by_program = {program.implementation.key: program for program in programs}
    for program in programs:
        found = reference_of(program.case)
        reference = by_program.get(found.key) if found else None
        if (
            reference is None
            or reference.implementation.framework is program.implementation.framework
        ):
            continue
        theirs = {(one.bug.id, one.condition.seed): one for one in _usable(reference)}
        for one in _usable(program):
            other = theirs.get((one.bug.id, one.condition.seed))
            if other is not None:
                yield Contrast(reference=other, other=one)


def _usable(program: ProgramReport) -> Iterator[Attempt]:
    """What was judged of a program that runs without a bug."""
    modes = {attempt.mode for attempt in program.attempts}
    for attempt in program.attempts:
        judged = attempt.clean.ran_through and attempt.value(REVEAL.id) is not None
        if judged and (attempt.mode is Mode.DEFAULT or Mode.DEFAULT not in modes):
            yield attempt


def _distance(contrast: Contrast) -> tuple[float, float]:
    one, other = contrast.reference, contrast.other
    levels = abs((one.value(REVEAL.id) or 0.0) - (other.value(REVEAL.id) or 0.0))
    if not (one.crashed and other.crashed):
        return levels, 0.0
    return levels, abs((crash_index(one) or 0.0) - (crash_index(other) or 0.0))
