"""Why a bug that ran changed nothing: the framework, the program, rounding, or nobody knows."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from math import isclose
from typing import TYPE_CHECKING, NamedTuple

from debugdiff.model import Outcome, Verdict
from debugdiff.score.divergence import HANDED_IN, first_divergence, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.model import Attempt, ValueStatistics

ROUNDING = 1.3e-6
"""The relative tolerance that torch.testing has for float32."""

Values = tuple["ValueStatistics", ...]


class LayerValues(NamedTuple):
    """What layer probes read of a mutant and of its clean run, in the order of execution."""

    mutant: Values
    clean: Values


def verdict_by_values(attempt: Attempt, values: LayerValues) -> Verdict:
    """What became of a bug of which nothing is seen from outside, by the values inside.

    What the program hands to the model or the loss is the fault itself, and no effect of it.
    """
    mutant, clean = _inside(values.mutant), _inside(values.clean)
    divergence = first_divergence(mutant, clean)
    if divergence is not None and not equal_but_for_rounding(mutant, clean):
        return Verdict(Outcome.EFFECTIVE, f"First different value: {divergence}.")
    if divergence is not None:
        text = f"Only last digits or signs of zeros differ, first at {divergence}."
        return Verdict(Outcome.ROUNDING, text)
    sites = len({value.site for value in clean})
    same = f"All {len(clean)} values at {sites} sites equal the clean run's bit by bit."
    return _unchanged(attempt, values, same)


def _inside(values: Iterable[ValueStatistics]) -> Values:
    return tuple(value for value in values if value.kind not in HANDED_IN)


def _unchanged(attempt: Attempt, values: LayerValues, same: str) -> Verdict:
    """Only what the framework put right is a merit of it; that has to be seen, or known."""
    equivalent = _reason(attempt.bug.equivalent, attempt)
    if equivalent:
        return Verdict(Outcome.EQUIVALENT, f"{equivalent} {same}")
    corrected = _reason(attempt.bug.corrected, attempt)
    if corrected:
        return Verdict(Outcome.CORRECTED, f"{corrected} {same}")
    handed_in = first_divergence(values.mutant, values.clean)
    if handed_in is not None:
        text = f"The framework got a different value, {handed_in}, and corrected it."
        return Verdict(Outcome.CORRECTED, f"{text} {same}")
    return Verdict(Outcome.NO_EFFECT, f"{same} At another size it might have an effect.")


def _reason(places: Mapping[str, str], attempt: Attempt) -> str:
    """What a bug says of the first place that means this program; empty if none does."""
    return next((text for place, text in places.items() if _means(place, attempt)), "")


def _means(place: str, attempt: Attempt) -> bool:
    program = attempt.implementation
    kind, _, pattern = place.partition(":")
    if kind in {"has", "lacks"}:
        return bool(re.search(pattern, program.source)) is (kind == "has")
    kinds = (program.framework, f"style:{program.style}", f"training:{program.training}")
    return place in kinds or fnmatchcase(program.key, place)


def equal_but_for_rounding(
    values: Sequence[ValueStatistics], expected: Sequence[ValueStatistics]
) -> bool:
    """Whether no recorded figure of any value differs by more than rounding can make it."""
    clean = {key_of(value): value for value in expected}
    return len(values) == len(clean) and all(
        (other := clean.get(key_of(value))) is not None and _is_close(value, other)
        for value in values
    )


def _is_close(value: ValueStatistics, expected: ValueStatistics) -> bool:
    """Beside the largest number of the tensor: what is left of a sum may be all rounding."""
    if value.digest == expected.digest:
        return True
    same_kind = (value.shape, value.dtype, value.nan, value.infinite) == (
        expected.shape,
        expected.dtype,
        expected.nan,
        expected.infinite,
    )
    scale = max(abs(expected.minimum or 0.0), abs(expected.maximum or 0.0))
    figures = zip(_figures(value), _figures(expected), strict=True)
    return same_kind and all(
        one == other
        or (one is not None and other is not None and abs(one - other) <= ROUNDING * scale)
        for one, other in figures
    )


def _figures(value: ValueStatistics) -> tuple[float | None, ...]:
    return value.minimum, value.maximum, value.mean, value.standard_deviation


def is_rounding(value: float | None, expected: float | None) -> bool:
    """Whether two metrics differ in their last digits at most."""
    if value is None or expected is None:
        return value is expected
    return isclose(value, expected, rel_tol=ROUNDING)
