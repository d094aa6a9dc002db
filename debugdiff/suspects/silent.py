"""Suspects of a program that ends well: from sentinels that fired, warnings and the text."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.sentinels.registry import layer_of
from debugdiff.source.syntax import last_name
from debugdiff.suspects.hazards import hazards
from debugdiff.suspects.program import read_program
from debugdiff.suspects.ranking import rank
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules import TEXT_RULES
from debugdiff.suspects.rules.gradients import cuts
from debugdiff.suspects.rules.loops import is_schedule
from debugdiff.suspects.rules.losses import training_losses
from debugdiff.suspects.rules.optimizer import OPTIMIZERS
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import Alarm, CapturedWarning, SitePlace
    from debugdiff.source.program import Program
    from debugdiff.suspects.results import Suspect

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
_COMMON = frozenset({"loss-diverging", "learning-rate-high", "dead-relu", "same-input"})
"""Alarms that programs without a fault have now and then: alone they accuse no line."""
_OF_CUTS = frozenset({"no-gradient", "unchanged-parameter"})
"""Alarms of layers that nothing reaches: a line may cut them off, or freeze them."""
_OF_SCHEDULES = frozenset({"update-too-small", "unchanged-parameter", "learning-rate-low"})
"""Alarms that a schedule of learning rates may be to blame for, after the first step."""
_PARAMETERS = frozenset(
    {"parameters", "named_parameters", "trainable_variables", "trainable_weights"}
)


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
        sources: the user's files, relative name to text.
        main: the one that ran.
        alarms: sentinels that fired, by step.
        places: where the sites of the run stand in the source.
        warnings: what the frameworks warned of.
    """
    program = read_program(sources, main)
    clues = [
        *((rule.name, clue) for rule in TEXT_RULES.values() for clue in rule.find(program)),
        *_warned(program, warnings),
    ]
    if clues or not {alarm.sentinel for alarm in alarms} <= _COMMON:
        clues += _alarmed(program, alarms, places)
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
        yield from ((location, number) for location in _calls(program, OPTIMIZERS))
    if alarm.sentinel in _OF_SCHEDULES and alarm.step > 0:
        steps = program.flow.calls_of("step")
        schedules = [step for step in steps if is_schedule(program.roles, step)]
        yield from ((step.location, "schedule") for step in schedules)
    if alarm.sentinel == "parameter-without-optimizer":
        yield from ((location, "given") for location in _parameters(program))
    if alarm.sentinel in _OF_LOSS:
        yield from ((location, "loss") for location, _ in training_losses(program.roles))
        loss = known.get("loss")
        yield from _spots(program, loss.called if loss else None, "loss-called")
    if alarm.sentinel in _OF_CUTS:
        yield from ((cut.at, "cut") for cut in cuts(program) if cut.is_lasting)


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


def _parameters(program: Program) -> Iterator[Location]:
    """Where the parameters are named that the optimizer gets."""
    return (
        file.location(node)
        for file, node in program.nodes
        if isinstance(node, ast.Attribute) and node.attr in _PARAMETERS
    )


def _warned(program: Program, warnings: Iterable[CapturedWarning]) -> Iterator[tuple[str, Clue]]:
    """A warning that names a line of the user's own, or speaks of the loss's shapes."""
    for warning in warnings:
        said = warning.message.partition("\n")[0][:160]
        reason = f"A warning says: {said}"
        file = program.file_of(warning.file)
        if file is not None and warning.category != "DeprecationWarning":
            location = Location(file.name, warning.line)
            yield "warned-here", Clue(at=location, weight="own", reason=reason)
        if "target size" in warning.message and "different to the input size" in warning.message:
            for location, compares in training_losses(program.roles):
                number = "compares" if compares else "loss"
                yield "warned-here", Clue(at=location, weight=number, reason=reason)
