"""Rules for what a model is handed from outside: lone examples, inputs that are not paired."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.syntax import last_name

if TYPE_CHECKING:
    from debugdiff.suspects.crash import Crash

_TOO_FEW = re.compile(r"expects \d+ (?:named )?input\(s\).*?received \d+ input", re.DOTALL)
_BATCHED = re.compile(
    r"[Ee]xpected shape[= ]\(None, ([\d, ]+)\), "
    r"(?:but .* incompatible|found) shape[= ]\(([\d, ]+)\)"
)
_HANDING = {
    **dict.fromkeys(("from_tensor_slices", "from_tensors", "from_generator", "zip"), 0.6),
    **dict.fromkeys(("fit", "train_on_batch", "predict", "evaluate"), 0.35),
}
"""What puts the data of a model together, or hands them over, and how likely it is at fault."""


@of_crash("inputs-not-paired")
def inputs_not_paired(crash: Crash) -> Clues:
    """A model of several inputs wants them in one tuple, before the targets (Keras' guide)."""
    if not _TOO_FEW.search(crash.message):
        return
    for file, call in crash.program.calls:
        weight = _HANDING.get(last_name(call.func))
        if weight is not None:
            reason = "The model has several inputs: they want a tuple of their own here."
            yield Clue(spot=file.spot(call), weight=weight, reason=reason)


@of_crash("example-without-batch", {Kind.FEATURES, Kind.RANK})
def example_without_batch(crash: Crash) -> Clues:
    """One example where a batch was expected (Stack Overflow: `predict` on a single image)."""
    shapes = _BATCHED.search(" ".join(crash.message.split()))
    if shapes and shapes[1] == shapes[2]:
        for frame in crash.frames[:1]:
            reason = "A lone example came: it wants an axis for the batch in front."
            yield Clue(spot=frame.spot, weight=0.74, reason=reason)
