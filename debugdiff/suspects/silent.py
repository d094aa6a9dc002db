"""Suspects of a program that ends well: from sentinels that fired, warnings and the text."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.sentinels.registry import layer_of
from debugdiff.source.program import Program
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.hazards import hazards
from debugdiff.suspects.ranking import rank
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules import TEXT_RULES
from debugdiff.suspects.rules.gradients import frozen_spots, turns_off
from debugdiff.suspects.rules.losses import is_loss
from debugdiff.suspects.rules.modes import evaluations
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import Alarm, CapturedWarning, SitePlace
    from debugdiff.source.program import File
    from debugdiff.suspects.results import Suspect

_OPTIMIZERS = frozenset({"SGD", "Adam", "AdamW", "NAdam", "Nadam", "RMSprop", "Adagrad", "Lion"})
_OF_TRAINING = frozenset(
    {
        *("learning-rate-high", "learning-rate-low", "update-too-large", "update-too-small"),
        *("loss-diverging", "loss-rising", "loss-not-decreasing", "loss-slow", "non-finite"),
        *("exploding-gradient", "unchanged-parameter", "parameter-without-optimizer"),
    }
)
"""Alarms that the optimizer may be to blame for."""
_OF_LOSS = frozenset(
    {
        *("loss-at-start", "negative-loss", "loss-rising", "loss-not-decreasing", "non-finite"),
        *("probabilities-as-logits", "logits-as-probabilities", "softmax-axis"),
    }
)
"""Alarms that the loss, or what it is given, may be to blame for."""
_OF_CUTS = frozenset({"no-gradient", "unchanged-parameter"})
"""Alarms of layers that nothing reaches: a line may cut them off, or freeze them."""


def suspects_of_silence(
    sources: Mapping[str, str],
    main: str,
    *,
    alarms: Sequence[Alarm] = (),
    places: Sequence[SitePlace] = (),
    warnings: Sequence[CapturedWarning] = (),
) -> tuple[Suspect, ...]:
    """The lines to look at in a program that runs through, without a clean twin to compare with.

    Args:
        sources: the person's files, relative name to text.
        main: the one that ran.
        alarms: sentinels that fired, by step.
        places: where the sites of the run stand in the source.
        warnings: what the frameworks warned of.
    """
    program = Program.of(sources, main)
    clues = [
        *((rule.name, clue) for rule in TEXT_RULES.values() for clue in rule.find(program)),
        *_alarmed(program, alarms, places),
        *_warned(program, warnings),
    ]
    return rank(clues, distance={})


def _alarmed(
    program: Program, alarms: Sequence[Alarm], places: Sequence[SitePlace]
) -> Iterator[tuple[str, Clue]]:
    """An alarm points at the layer of its site, or at the optimizer or the loss."""
    known = {place.site: place for place in places}
    seen: dict[str, int] = {}
    layers = Counter(name for name, _ in {(each.sentinel, layer_of(each.site)) for each in alarms})
    for alarm in alarms:
        late = weight("sentinel", "late") ** seen.get(alarm.sentinel, 0)
        seen[alarm.sentinel] = seen.get(alarm.sentinel, 0) + 1
        reason = f"{alarm.meaning} (at {alarm.site}, step {alarm.step})"
        is_common = layers[alarm.sentinel] > 1
        for location, number in _lines_of(program, alarm, known, is_common=is_common):
            clue = Clue(at=location, weight=number, factor=late, reason=reason)
            yield f"sentinel:{alarm.sentinel}", clue
    if any(alarm.sentinel == "non-finite" for alarm in alarms):
        for location, reason in hazards(program):
            yield "not-finite-everywhere", Clue(at=location, reason=reason)


def _lines_of(
    program: Program, alarm: Alarm, known: Mapping[str, SitePlace], *, is_common: bool
) -> Iterator[tuple[Location, str]]:
    place = _place_of(alarm.site, known)
    if place is not None and alarm.site != "loss":
        yield from _spots(program, place.made, "made")
        yield from _spots(program, place.called, "called")
    if alarm.sentinel in _OF_TRAINING:
        number = "shared" if is_common else "training"
        yield from ((location, number) for location in _calls(program, _OPTIMIZERS))
    if alarm.sentinel in _OF_LOSS:
        yield from ((location, "loss") for location, _ in _losses(program))
        loss = known.get("loss")
        yield from _spots(program, loss.called if loss else None, "loss-called")
    if alarm.sentinel in _OF_CUTS:
        yield from ((location, "cut") for location in _cuts(program))


def _place_of(site: str, known: Mapping[str, SitePlace]) -> SitePlace | None:
    """The place of a site, or of the layer that a parameter belongs to."""
    while site:
        if site in known:
            return known[site]
        cut = max(site.rfind("."), site.rfind("/"), site.rfind("["))
        site = site[:cut] if cut > 0 else ""
    return None


def _spots(program: Program, line: Location | None, number: str) -> Iterator[tuple[Location, str]]:
    file = program.file_of(line.file) if line else None
    if line is not None and file is not None:
        yield Location(file.name, line.line), number


def _calls(program: Program, names: frozenset[str]) -> Iterator[Location]:
    return (file.location(call) for file, call in program.calls if last_name(call.func) in names)


def _cuts(program: Program) -> Iterator[Location]:
    """Where a value is taken out of the graph for good, or weights are kept from learning."""
    for file, call in program.calls:
        above = file.parents.get(call)
        is_read = isinstance(above, ast.Attribute) and above.attr in _READING
        if last_name(call.func) in {"detach", "stop_gradient"} and not is_read:
            yield file.location(call)
    yield from frozen_spots(program)
    yield from _unrecorded(program)


def _unrecorded(program: Program) -> Iterator[Location]:
    """What turns gradients off on the way of a round of training to its `backward`."""
    for file, call in program.calls:
        loop = file.loop(call)
        if loop is not None and last_name(call.func) == "backward":
            for node in in_order(loop):
                if getattr(node, "lineno", call.lineno) < call.lineno:
                    yield from _switches(program, file, node)


def _switches(program: Program, file: File, node: ast.AST) -> Iterator[Location]:
    """A block without gradients, or a call of a function that is decorated so."""
    match node:
        case ast.With(items=items):
            yield from (file.location(node) for item in items if turns_off(item.context_expr))
        case ast.Call(func=ast.Name(id=name)) if name in program.functions:
            where, function = program.functions[name]
            yield from (where.location(each) for each in function.decorator_list if turns_off(each))


_READING = frozenset({"cpu", "numpy", "item", "tolist"})
"""What follows a `detach` in order to look at the numbers."""


def _losses(program: Program) -> Iterator[tuple[Location, ast.expr]]:
    """Where a loss is chosen or computed for training, told by its name."""
    evaluating = {id(function) for _, function in evaluations(program)}
    for file, call in program.calls:
        if id(file.function(call)) in evaluating:
            continue
        if is_loss(last_name(call.func)) or _is_made_as_loss(program, file, call):
            yield file.location(call), call
        elif last_name(call.func) == "compile":
            chosen = [each.value for each in call.keywords if each.arg == "loss"]
            yield from ((file.location(value), value) for value in chosen)


def _is_made_as_loss(program: Program, file: File, call: ast.Call) -> bool:
    """Whether what is called is an object that was made as a loss, by whatever name."""
    if not isinstance(call.func, ast.Name | ast.Attribute):
        return False
    made = [value for _, value in program.definition(call.func, file) or ()]
    return any(isinstance(each, ast.Call) and is_loss(last_name(each.func)) for each in made)


def _warned(program: Program, warnings: Iterable[CapturedWarning]) -> Iterator[tuple[str, Clue]]:
    """A warning that names a line of the person's own, or speaks of the loss's shapes."""
    for warning in warnings:
        said = warning.message.partition("\n")[0][:160]
        file = program.file_of(warning.file)
        if file is not None and warning.category != "DeprecationWarning":
            location = Location(file.name, warning.line)
            yield (
                "warned-here",
                Clue(at=location, weight="own", reason=f"A warning says: {said}"),
            )
        if "target size" in warning.message and "different to the input size" in warning.message:
            for location, node in _losses(program):
                compares = isinstance(node, ast.Call) and len(node.args) > 1
                number = "compares" if compares else "loss"
                yield (
                    "warned-here",
                    Clue(at=location, weight=number, reason=f"A warning says: {said}"),
                )
