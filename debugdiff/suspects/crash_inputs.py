"""Rules for what a model is handed from outside: lone examples, inputs that are not paired."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.source.syntax import calls_in, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.suspects.crash import Crash

_TOO_FEW = re.compile(r"expects \d+ (?:named )?input\(s\).*?received \d+ input", re.DOTALL)
_BATCHED = re.compile(
    r"[Ee]xpected shape[= ]\(None, ([\d, ]+)\), "
    r"(?:but .* incompatible|found) shape[= ]\(([\d, ]+)\)"
)
_BATCHES = frozenset({"batch", "padded_batch", "ragged_batch"})
_HANDING = {
    **dict.fromkeys(("from_tensor_slices", "from_tensors", "from_generator", "zip"), "made"),
    **dict.fromkeys(("fit", "train_on_batch", "predict", "evaluate"), "handed"),
}
"""What puts the data of a model together, or hands them over, and how likely it is at fault."""


@of_crash("inputs-not-paired")
def inputs_not_paired(crash: Crash) -> Clues:
    """A model of several inputs wants them in one tuple, before the targets (Keras' guide)."""
    if not _TOO_FEW.search(crash.message):
        return
    for file, call in crash.program.calls:
        number = _HANDING.get(last_name(call.func))
        if number is not None:
            reason = "The model has several inputs: they want a tuple of their own here."
            yield Clue(at=file.location(call), weight=number, reason=reason)


@of_crash("example-without-batch", {Kind.FEATURES, Kind.RANK})
def example_without_batch(crash: Crash) -> Clues:
    """One example where a batch was expected (Stack Overflow: `predict` on a single image)."""
    shapes = _BATCHED.search(" ".join(crash.message.split()))
    if not shapes or shapes[1] != shapes[2]:
        return
    unbatched = list(_without_batches(crash))
    for location in unbatched:
        reason = "These examples come one by one: nothing makes batches of them."
        yield Clue(at=location, weight="unbatched", reason=reason)
    for frame in [] if unbatched else crash.frames[:1]:
        reason = "A lone example came: it wants an axis for the batch in front."
        yield Clue(at=frame.location, weight="frame", reason=reason)


def _without_batches(crash: Crash) -> Iterator[Location]:
    """The links of a `tf.data` pipeline that has no `batch`, neither here nor later by its name."""
    batched = {
        last_name(call.func.value)
        for _, call in crash.program.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _BATCHES
    }
    for file, call in crash.program.calls:
        if last_name(call.func) != "from_tensor_slices":
            continue
        statement = file.statement(call)
        links = [each for each in calls_in(statement) if isinstance(each.func, ast.Attribute)]
        bound = {last_name(each) for each in getattr(statement, "targets", ())}
        if not (bound & batched) and not any(last_name(each.func) in _BATCHES for each in links):
            yield from (Location(file.name, each.func.end_lineno or each.lineno) for each in links)
