"""The rule that tries: which change of which number, form or dtype makes the program fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.repairs import Change
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from debugdiff.suspects.crash import Crash
    from debugdiff.suspects.repairs import Fit


@of_crash("would-fit")
def would_fit(crash: Crash) -> Clues:
    """A change that takes the program's shapes beyond where it stopped.

    Shapes are run through the program's own layers, as Ariadne (Dolby et al., MAPL 2018) and
    ShapeFlow (Verma and Su, 2020) do, and again after each small change of what decided them.
    """
    fits = crash.fits
    lines = {fit.repair.place.location for fit in fits}
    share = len(lines) ** weight("would-fit", "share") if lines else 1.0
    for fit in fits:
        repair = fit.repair
        reason = f"With {repair.what} here the program would go on."
        yield Clue(
            at=repair.place.location,
            weight=_number(fit),
            factor=_factor(fit) / share,
            reason=reason,
        )


def _number(fit: Fit) -> str:
    repair = fit.repair
    if repair.change is Change.NUMBER and not repair.is_exact:
        return "scanned"
    return repair.change.value


def _factor(fit: Fit) -> float:
    factor = 1.0 if fit.repair.is_wanted else weight("would-fit", "came")
    return factor if fit.is_whole else factor * weight("would-fit", "further")
