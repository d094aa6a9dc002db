"""The rule that tries: which change of which number, form or dtype makes the program fit."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.repairs import Change, makes_data
from debugdiff.suspects.results import Clue, edit_at
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from debugdiff.dryrun import Mismatch
    from debugdiff.suspects.crash import Crash
    from debugdiff.suspects.repairs import Fit


_OWN_CODE = frozenset({"class", "function", "module"})


@of_crash("would-fit")
def would_fit(crash: Crash) -> Clues:
    """A change that takes the program's shapes beyond where it stopped.

    Shapes are run through the program's own layers, as Ariadne (Dolby et al., MAPL 2018) and
    ShapeFlow (Verma and Su, 2020) do, and again after each small change of what decided them.
    """
    fits = crash.fits
    share = len({fit.repair.place.location for fit in fits} or {0}) ** weight("would-fit", "share")
    matched = any(fit.is_whole and fit.repair.change is Change.MATCHED for fit in fits)
    stopped = crash.frames[0].location if fits else None
    inserted = {fit.repair.place.location for fit in fits if fit.repair.inserts}
    for fit in fits:
        reason = f"With {fit.repair.what} here, the program would continue."
        factor = _factor(fit, matched=matched) / share
        if crash.grows and fit.repair.change is Change.NUMBER:
            factor *= weight("would-fit", "grown")
        if fit.repair.is_shared(crash.program):
            factor *= weight("would-fit", "shared")
        location = fit.repair.place.location
        if location == stopped and inserted - {stopped} and fit.repair.inserts:
            factor *= weight("would-fit", "here")
        edit = edit_at(fit.repair.place.file, fit.repair.place.node, fit.repair.text)
        yield Clue(at=location, weight=_number(fit), factor=factor, reason=reason, edit=edit)


@of_crash("decided-the-size")
def decided_the_size(crash: Crash) -> Clues:
    """What in the text decided the two sizes that do not fit.

    A slice through sizes alone: of a program's values only few decide them (ShapeFlow, Verma and
    Su, 2020).
    """
    mismatch = crash.outcome.mismatch if crash.outcome else None
    if mismatch is None or _have_other_axes(mismatch):
        return
    for side in (mismatch.came, mismatch.wanted):
        lines = {place.location: place.node for place in _decisive(crash, side.made)}
        for location, node in lines.items():
            outside = weight("would-fit", "from-outside") if makes_data(node) else 1.0
            yield Clue(
                at=location,
                factor=outside * len(lines) ** -weight("decided-the-size", "share"),
                reason=f"This decides the size {side.value}, which does not fit.",
            )


def _decisive(crash: Crash, made: Iterable[ast.AST]) -> Iterator[Place]:
    """What decided a size itself: not the calls of the user's own code that led there."""
    homes = crash.program.homes
    for place in (Place(homes[node], node) for node in made if node in homes):
        is_call = isinstance(place.node, ast.Call)
        if not is_call or crash.program.flow.callee(place).kind not in _OWN_CODE:
            yield place


def _have_other_axes(mismatch: Mismatch) -> bool:
    """Whether two tensors differ in how many axes they have: then their sizes tell nothing."""
    sides = [each.sizes for each in (mismatch.tensor, mismatch.other) if each is not None]
    axes = {len(sizes) for sizes in sides if sizes is not None}
    return mismatch.kind == "size" and len(axes) > 1


def _number(fit: Fit) -> str:
    repair = fit.repair
    if repair.change is Change.NUMBER and not repair.is_exact:
        return "scanned"
    return repair.change.value


def _factor(fit: Fit, *, matched: bool) -> float:
    """Less for the side that comes, for what helps a step, for a number where an axis would do.

    Some number makes anything fit; axes turned or flattened fit only if the sizes are meant so.
    """
    factor = 1.0
    if fit.repair.change is Change.NUMBER:
        factor *= 1.0 if fit.repair.is_wanted else weight("would-fit", "came")
        factor *= weight("would-fit", "matched-too") if matched else 1.0
        factor *= weight("would-fit", "setting") if fit.repair.is_setting else 1.0
    if fit.repair.inserts and fit.repair.is_source:
        factor *= weight("would-fit", "from-outside")
    return factor if fit.is_whole else factor * weight("would-fit", "further")
