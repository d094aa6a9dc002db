"""Suspects: lines of the user's files that may be at fault, ranked, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.suspects.crash import Crash
from debugdiff.suspects.program import read_program
from debugdiff.suspects.ranking import rank
from debugdiff.suspects.results import Clue, Suspect
from debugdiff.suspects.rules import CRASH_RULES, TEXT_RULES, rules
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Failure, PostMortem

__all__ = ["Location", "Suspect", "rules", "suspects_of_crash", "suspects_of_text"]


def suspects_of_crash(
    sources: Mapping[str, str], main: str, failure: Failure, opened: PostMortem | None = None
) -> tuple[Suspect, ...]:
    """The lines to look at after a crash.

    Args:
        sources: the user's files, relative name to text.
        main: the one that ran.
        failure: the exception that ended it.
        opened: what the failed program held, where it was opened up.
    """
    crash = Crash(program=read_program(sources, main), failure=failure, opened=opened)
    return rank(_crash_clues(crash), distance=crash.depth)


def suspects_of_text(sources: Mapping[str, str], main: str) -> tuple[Suspect, ...]:
    """The lines that the rules on the text alone suspect, without running anything."""
    program = read_program(sources, main)
    clues = ((rule.name, clue) for rule in TEXT_RULES.values() for clue in rule.find(program))
    return rank(clues, distance={})


def _crash_clues(crash: Crash) -> Iterator[tuple[str, Clue]]:
    kind = crash.complaint.kind
    for rule in CRASH_RULES.values():
        if not rule.kinds or kind in rule.kinds:
            yield from ((rule.name, _fitted(crash, clue)) for clue in rule.find(crash))
    for other in TEXT_RULES.values():
        aside = 1.0 if kind in other.kinds else weight("crash", "beside-the-point")
        for clue in other.find(crash.program):
            yield other.name, replace(clue, factor=clue.factor * aside)


def _fitted(crash: Crash, clue: Clue) -> Clue:
    """Less for a line where no change helps while one does elsewhere, or that decides no size.

    What is wrong with the failing expression by its own form is no question of sizes.
    """
    if clue.at in crash.stopped:
        return clue
    factor = clue.factor
    if crash.fits and not crash.grows and clue.at not in crash.fitting_lines:
        whole = any(fit.is_whole for fit in crash.fits)
        factor *= weight("would-fit", "unfitting-whole" if whole else "unfitting")
    if crash.deciding_lines and clue.at not in crash.deciding_lines | crash.fitting_lines:
        factor *= weight("would-fit", "undecided")
    return replace(clue, factor=factor)
