"""The rule on shapes that fit and can hardly be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.dryrun import dry_run
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import Program

_REASONS = {
    "steps": "This layer takes the first axis for the steps; a loader made it the batch.",
    "column": "A column meets a row of as many numbers here: every one with every other.",
    "range": "These values go up to {}, and the loss expects targets between 0 and 1.",
}


@of_text("fits-by-chance")
def fits_by_chance(program: Program) -> Clues:
    """Shapes and ranges that fit and are not meant, found by a dry run.

    (The documentation of `torch.nn.GRU` on `batch_first`; broadcasting in PyTorch's notes; the
    range of targets in the documentation of `BCELoss`.)
    """
    if program.main not in program.files:
        return
    files = program.homes
    for note in dry_run(program).notes:
        if note.node in files:
            reason = _REASONS[note.kind].format(*note.values)
            yield Clue(at=files[note.node].location(note.node), weight=note.kind, reason=reason)
