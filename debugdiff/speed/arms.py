"""The arms of a case: its proven programs, each in the ways in which its framework can run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Style, Training, Way
from debugdiff.parity import reference_first

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from debugdiff.model import Case, Implementation


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A program and how it is run."""

    implementation: Implementation
    way: Way


_WAYS: Mapping[tuple[Framework, Training], tuple[Way, ...]] = {
    (Framework.PYTORCH, Training.LOOP): (Way.EAGER, Way.COMPILED),
    (Framework.KERAS, Training.FIT): (Way.FIT, Way.FIT_JIT),
    (Framework.KERAS, Training.LOOP): (Way.LOOP,),
}
_ABSENT: Mapping[Way, str] = {
    Way.EAGER: "no PyTorch program with a loop",
    Way.COMPILED: "no PyTorch program with a loop",
    Way.FIT: "no Keras program that calls `fit`",
    Way.FIT_JIT: "no Keras program that calls `fit`",
    Way.LOOP: "no Keras program with a loop of its own",
}
_STYLES = (Style.MODULE, Style.FUNCTIONAL, Style.SUBCLASS, Style.SEQUENTIAL, Style.SCRIPT)
"""Those that every case can have come first, so that cases are alike."""


def arms_of(case: Case, proven: Collection[str]) -> tuple[tuple[Arm, ...], Mapping[Way, str]]:
    """The arms in the order of the ways, and why each other way has none, as a clause.

    Of several programs for one way that with the first style counts: a module, else a functional
    model, a subclass, a sequential model.

    Args:
        case: its programs.
        proven: names of those that are the same model as the reference, which is among them.
    """
    programs = sorted(reference_first(case), key=lambda each: _STYLES.index(each.style))
    arms: dict[Way, Arm] = {}
    absent: dict[Way, str] = {}
    for each in programs:
        for way in _WAYS.get((each.framework, each.training), ()):
            if each.name in proven:
                arms.setdefault(way, Arm(implementation=each, way=way))
            else:
                absent[way] = f"{each.name} is not proven to be the same model"
    return (
        tuple(arms[way] for way in Way if way in arms),
        {way: absent.get(way, _ABSENT[way]) for way in Way if way not in arms},
    )
