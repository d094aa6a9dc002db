"""Rules for recurrent layers: which steps they give, and the first state they are given."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.targets import Mismatch, misfit_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Location
    from debugdiff.source.layers import Layer
    from debugdiff.suspects.crash import Crash


RECURRENT = frozenset({"LSTM", "GRU", "RNN", "SimpleRNN"})


def recurrences(crash: Crash) -> Iterator[Location]:
    """Where a PyTorch module calls its recurrent layer."""
    kept = {layer.target for layer in crash.layers if layer.type in RECURRENT and not layer.keras}
    for file, call in crash.program.calls:
        is_self = isinstance(call.func, ast.Attribute) and last_name(call.func.value) == "self"
        if is_self and last_name(call.func) in kept - {""}:
            yield file.location(call)


_SAID = re.compile(r"Expected hidden(?:\[\d\])? size \(([\d, ]+)\), got [\[(]([\d, ]+)[\])]")


_MAKERS = frozenset({"zeros", "ones", "empty", "full", "rand", "randn", "new_zeros", "new_ones"})


@dataclass(frozen=True, slots=True)
class StateSizes:
    """What the message of a recurrent layer says of its state."""

    expected: tuple[int, ...]
    actual: tuple[int, ...]


def state_sizes(message: str) -> StateSizes | None:
    """The sizes of the state that was expected and of the one that came."""
    found = _SAID.search(message)
    return StateSizes(_sizes(found[1]), _sizes(found[2])) if found else None


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(",") if size.strip())


@of_crash("state-of-other-size", {Kind.BROADCAST})
def state_of_other_size(crash: Crash) -> Clues:
    """The state's maker, and the layer whose depth, directions and size it must have.

    (The documentation of `torch.nn.LSTM`; a frequent question on the PyTorch forum, where the other
    half has the batch on the wrong axis: no `batch_first`.)
    """
    state = state_sizes(crash.message)
    if state is None:
        return
    turned = _is_turned(crash, state)
    made = list(_made(crash, len(state.expected)))
    fixed = {location for location, sizes in made if _has_wrong_size(sizes, state)}
    for location, _ in made:
        number = "fixed" if location in fixed and not turned else "line"
        near = crash.near(location, "state-of-other-size")
        reason = f"This makes a tensor of {len(state.expected)} axes, like the state."
        yield Clue(at=location, weight=number, factor=near, reason=reason)
    for layer in crash.failing[:1]:
        reason = f"This `{layer.type}` expects a state of size {state.expected}."
        yield Clue(at=layer.location, weight="layer-turned" if turned else "layer", reason=reason)
    if turned or fixed:
        return
    if state.expected[:1] != state.actual[:1]:
        yield from _of_other_depth(crash)
    else:
        yield from _of_another_batch(crash, state)


def _of_other_depth(crash: Crash) -> Clues:
    """The first axis counts layers and directions: another layer gave the state."""
    for layer in crash.layers:
        settings = (argument_of(layer.call, name, None) for name in ("num_layers", "bidirectional"))
        if layer.type in RECURRENT and any(settings):
            reason = f"This `{layer.type}` says how many layers and directions its state has."
            yield Clue(at=layer.location, weight="depth", reason=reason)


def _of_another_batch(crash: Crash, state: StateSizes) -> Clues:
    """The state of a full batch meets the short one at the end (a forum's classic)."""
    for frame in crash.frames[:1]:
        reason = "The state that came here may be from another batch."
        yield Clue(at=frame.location, weight="frame", reason=reason)
    if not state.actual[1:2] > state.expected[1:2]:
        return
    makers = {
        function.name
        for file, call in crash.program.calls
        if last_name(call.func) in _MAKERS and (function := file.function(call))
    }
    for file, call in crash.program.calls:
        if last_name(call.func) in makers and call.args:
            reason = f"This asks for a state; one for a batch of {state.actual[1]} came."
            yield Clue(at=file.location(call), weight="asked", reason=reason)
        if last_name(call.func) == "DataLoader" and argument_of(call, "drop_last", None) is None:
            reason = "The last batch from here may be smaller than the state is made for."
            yield Clue(at=file.location(call), weight="loader", reason=reason)


def _has_wrong_size(sizes: Sequence[float | None], state: StateSizes) -> bool:
    """Whether one of the sizes that the text tells is one that the message complains about."""
    return any(
        size == actual != expected
        for size, actual, expected in zip(sizes, state.actual, state.expected, strict=True)
    )


def _is_turned(crash: Crash, state: StateSizes) -> bool:
    """Whether the layer takes the steps of its input for the batch: `batch_first` is missing."""
    if state.expected[1:2] == state.actual[1:2]:
        return False
    shapes = [operand.shape for each in crash.frames[:1] for operand in each.operands]
    turned = (*state.actual[1:2], *state.expected[1:2])
    return any(shape is not None and shape[:2] == turned for shape in shapes)


def _made(crash: Crash, axes: int) -> Iterator[tuple[Location, list[float | None]]]:
    """Where a tensor of so many axes is made, with those of its sizes that the text tells."""
    for file, call in crash.program.calls:
        sizes = call.args
        if len(sizes) >= 1 and isinstance(sizes[0], (ast.Tuple, ast.List)):
            sizes = sizes[0].elts
        if last_name(call.func) in _MAKERS and len(sizes) == axes:
            yield file.location(call), [crash.program.number(size, file) for size in sizes]


@of_crash(
    "sequence-kept", {Kind.TARGET, Kind.RANK, Kind.ROWS, Kind.FEATURES, Kind.KIND, Kind.BROADCAST}
)
def sequence_kept(crash: Crash) -> Clues:
    """A recurrent layer whose every step goes on, or whose last step alone does.

    `return_sequences` and `output[:, -1]` (Humbatova et al. 2020, "Wrong type of layer"; a
    frequent question on Stack Overflow).
    """
    if state_sizes(crash.message):
        return
    before = _before_failing(crash)
    every_step = misfit_of(crash) is Mismatch.SEQUENCE
    for layer in crash.layers:
        if layer.keras and layer.type in RECURRENT:
            keeps = argument_of(layer.call, "return_sequences", None)
            kept = isinstance(keeps, ast.Constant) and keeps.value is True
            number = _number(crash, kept=kept, every_step=every_step)
            number = "before" if layer is before and not kept else number
            reason = "This recurrent layer gives " + (
                "every step." if kept else "its last step alone."
            )
            yield Clue(at=layer.location, weight=number, reason=reason)
    for location in recurrences(crash):
        yield Clue(
            at=location,
            weight="steps-kept" if every_step else "steps",
            factor=crash.near(location, "sequence-kept"),
            reason="The output of a recurrent layer has every step.",
        )


def _number(crash: Crash, *, kept: bool, every_step: bool) -> str:
    """Which of the rule's numbers a recurrent layer of Keras gets."""
    if every_step:
        return "sequence-kept" if kept else "sequence"
    if crash.complaint.kind is Kind.BROADCAST:
        near = any(layer.type in RECURRENT for layer in crash.failing)
        return ("broadcast-kept" if kept else "broadcast") if near else "line"
    return "kept" if kept or crash.complaint.kind is Kind.RANK else "line-last"


def _before_failing(crash: Crash) -> Layer | None:
    """The recurrent layer before the one that wanted a sequence and got a single step."""
    wants = crash.complaint.kind is Kind.RANK and crash.complaint.expected[:1] == (3,)
    recurrent = [layer for layer in crash.layers if layer.keras and layer.type in RECURRENT]
    for layer in crash.failing[:1] if wants else ():
        above = [each for each in recurrent if each.location < layer.location and each is not layer]
        return above[-1] if above else None
    return None
