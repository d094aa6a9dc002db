"""Does a program that is not the healthy one, bit by bit, do the same all the same?"""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from debugdiff.teach.alignment import holders, layers_of, site_names
from debugdiff.teach.beginning import initial_weights_differ
from debugdiff.teach.comparing import compare_closely
from debugdiff.teach.facts import moved
from debugdiff.teach.model import CheckLine, CheckName
from debugdiff.teach.runs import hidden_run
from debugdiff.teach.symptoms import band_of, has_failed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Record
    from debugdiff.run_diff import Recorded
    from debugdiff.teach.runs import RunnableProgram
    from debugdiff.teach.sides import Sides

_ROOM = 1.25
"""Standard deviations of the clean seeds that the mean of paired differences may be from zero."""

_ROUNDING = 1e-6
_HIDDEN_RUNS = 2


def likeness(sides: Sides) -> CheckLine:
    """Compare what a program does with what the healthy one does.

    From the same weights, in two runs that the learner does not see: losses, gradients, the first
    update, metrics; and its own initial weights have to be drawn alike. Where the layers of one
    cannot take the weights of the other, its metric over seeds has to be that of the healthy one.
    """
    ways = _partners(sides)
    if not ways or not _takes_its_own_weights(sides):
        return _over_seeds(sides)
    problem = _other_beginning(sides) or _other_in_every_way(sides, ways)
    return CheckLine(name=CheckName.SAME_WEIGHTS, passed=not problem, detail=problem)


def _partners(sides: Sides) -> list[Mapping[str, str]]:
    """Ways to say which of the learner's layers is to have the weights of which healthy one.

    More than one where names and order of calls disagree: Keras numbers its layers as they are
    made, so that of two alike that are made in another order each has the other's name.
    """
    return _ways(sides.hidden(sides.own()), sides.hidden(sides.healthy))


def _ways(own: Record, healthy: Record) -> list[Mapping[str, str]]:
    ways: list[Mapping[str, str]] = []
    for names in site_names(own, healthy):
        found = holders(own, healthy, names)
        if found is not None and found not in ways:
            ways.append(found)
    return ways


def is_still_broken(sides: Sides) -> bool:
    """Whether a program does what the given one does, both begun with the healthy one's weights.

    It may have other layers, other names or another seed all the same.
    """
    healthy, broken = sides.hidden(sides.healthy), sides.hidden(sides.broken)
    known = _ways(broken, healthy)
    if not known or has_failed(broken) or not _takes_its_own_weights(sides):
        return False
    before = _from_given_weights(sides, replace(sides.broken, holders=known[0]))
    return any(
        all(
            not has_failed(mine.record) and compare_closely(mine, other).equal
            for mine, other in zip(
                _from_given_weights(sides, sides.own(partners)), before, strict=True
            )
        )
        for partners in _partners(sides)
    )


def _other_in_every_way(sides: Sides, ways: Sequence[Mapping[str, str]]) -> str:
    """Empty as soon as the same is computed in one of the ways."""
    problem = ""
    for partners in ways:
        problem = _other_from_same_weights(sides, partners)
        if not problem:
            break
    return problem


def healthy_from_given_weights(sides: Sides) -> list[Recorded]:
    """The healthy program begun from weights that it wrote down, in runs a learner does not see.

    They are the same for every fix, and can be made before there is one.
    """
    return _from_given_weights(sides, _with_weights(sides))


def _with_weights(sides: Sides) -> RunnableProgram:
    """The healthy program with each of its layers as the holder of its own weights."""
    record = sides.hidden(sides.healthy)
    own = holders(record, record, {layer.site: layer.site for layer in layers_of(record)})
    return replace(sides.healthy, holders=own)


def _from_given_weights(sides: Sides, program: RunnableProgram) -> list[Recorded]:
    runs = (hidden_run(sides.exercise, at, weights=True) for at in range(_HIDDEN_RUNS))
    return sides.runner.run(*((program, run) for run in runs))


def _takes_its_own_weights(sides: Sides) -> bool:
    """Whether weights can be exchanged at all: of a layer that is not known they cannot."""
    return not any(has_failed(each.record) for each in healthy_from_given_weights(sides))


def _other_from_same_weights(sides: Sides, partners: Mapping[str, str]) -> str:
    """A sentence on what differs; empty if nothing does."""
    pairs = zip(
        _from_given_weights(sides, sides.own(partners)),
        healthy_from_given_weights(sides),
        strict=True,
    )
    for mine, expected in pairs:
        if has_failed(mine.record):
            return "It cannot start from the healthy program's weights."
        if not compare_closely(mine, expected).equal:
            return "It computes different values."
    return ""


def _other_beginning(sides: Sides) -> str:
    problem = initial_weights_differ(sides.hidden(sides.own()), sides.hidden(sides.healthy))
    return f"The initial weights of {problem} are drawn differently." if problem else ""


def _over_seeds(sides: Sides) -> CheckLine:
    """Where weights cannot be exchanged: as much is trained, and over seeds it learns as well.

    Compared are the first loss and the last one of short runs on hidden data, and every metric of
    runs that learn something: on so few seeds, one figure alone would tell too little.
    """
    problem = _less_is_moved(sides) or _other_losses(sides) or _other_metric(sides)
    return CheckLine(name=CheckName.SEEDS, passed=not problem, detail=problem)


def _less_is_moved(sides: Sides) -> str:
    own, healthy = (moved(sides.hidden(side)) for side in (sides.own(), sides.healthy))
    return "" if own == healthy else f"Training changes {own} numbers, but should change {healthy}."


def _other_losses(sides: Sides) -> str:
    own, healthy = (sides.losses_over_seeds(side) for side in (sides.own(), sides.healthy))
    if own is None or healthy is None:
        return "It does not run with every seed."
    alike = all(_equivalent(*pair) for pair in zip(own, healthy, strict=True))
    return "" if alike else "Its losses differ from the healthy program's."


def _other_metric(sides: Sides) -> str:
    own, healthy = (sides.over_seeds(side, learning=True) for side in (sides.own(), sides.healthy))
    if own is None or healthy is None:
        return "It does not run with every seed."
    return "" if _equivalent(own, healthy) else "It does not reach a healthy program's metric."


def _equivalent(own: Sequence[float], healthy: Sequence[float]) -> bool:
    """Whether paired values differ by no more than healthy seeds do among each other."""
    shift = fmean(mine - other for mine, other in zip(own, healthy, strict=True))
    is_near = abs(shift) <= _ROOM * stdev(healthy) + _ROUNDING
    return is_near and all(map(band_of(healthy).holds, own))
