"""The two indices of an implementation, each with its parts; silent bugs stay a profile.

Readability is a ratio to the reference implementation of the case; debuggability of crashes is
0-100. No index crosses dimensions, and none stands without its stability.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, fsum, log
from typing import TYPE_CHECKING

from debugdiff.model import (
    Case,
    Framework,
    Implementation,
    Index,
    IndexPart,
    Mode,
    StaticMetrics,
    Style,
)
from debugdiff.score.crashes import crash_indices
from debugdiff.score.readability import API_SURFACE, LLOC, PARTS, VOCABULARY, figure
from debugdiff.score.silent import silent_profiles
from debugdiff.score.stability import ranked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.score.judged import ScoredBug

READABILITY = "readability"
_METRICS = ((LLOC, "lloc"), (VOCABULARY, "vocabulary"), (API_SURFACE, "api_surface"))


def static_key(implementation: Implementation) -> str:
    """How `Report.static` names an implementation: `case/implementation`."""
    return f"{implementation.case}/{implementation.name}"


def indices(
    cases: Sequence[Case], static: Mapping[str, StaticMetrics], bugs: Sequence[ScoredBug]
) -> tuple[Index, ...]:
    """Every index of every implementation.

    Args:
        cases: the cases that ran.
        static: by `static_key`; an implementation that is missing gets no readability index.
        bugs: every bug in every implementation, as `judge` returns it.
    """
    readable = [index for case in cases for index in readability_indices(case, static)]
    return (*readable, *crash_indices(bugs), *silent_profiles(bugs))


def reference_of(case: Case) -> Implementation | None:
    """What the others are compared with: PyTorch in module style, else any PyTorch program."""
    pytorch = [one for one in case.implementations if one.framework is Framework.PYTORCH]
    module = [one for one in pytorch if one.style is Style.MODULE]
    return next(iter([*module, *pytorch]), None)


def readability_indices(case: Case, static: Mapping[str, StaticMetrics]) -> tuple[Index, ...]:
    """Geometric mean of an implementation's R1, R3 and R5 over the reference's; less is lighter."""
    reference = reference_of(case)
    known = [one for one in case.implementations if static_key(one) in static]
    found: list[Index] = []
    for part in PARTS:
        of_part = [_readability(one, reference, static, part) for one in known]
        found.extend(ranked(of_part, [one.id for one, _ in _METRICS], _lightness))
    return tuple(found)


def _readability(
    implementation: Implementation,
    reference: Implementation | None,
    static: Mapping[str, StaticMetrics],
    part: str,
) -> Index:
    index = Index(
        name=READABILITY,
        case=implementation.case,
        implementation=implementation.name,
        stack=None,
        mode=Mode.DEFAULT,
        analysis="primary",
        part=part,
        value=None,
        parts=(),
        explanation="No PyTorch program in this case to compare with.",
    )
    if reference is None or static_key(reference) not in static:
        return index
    own, other = static[static_key(implementation)], static[static_key(reference)]
    parts = tuple(
        IndexPart(name=found.id, value=_ratio(own, other, part, name), count=1)
        for found, name in _METRICS
    )
    return _geometric_mean(replace(index, parts=parts), reference.name)


def _ratio(own: StaticMetrics, other: StaticMetrics, part: str, name: str) -> float | None:
    value, base = figure(own, part, name), figure(other, part, name)
    return value / base if value and base else None


def _geometric_mean(index: Index, reference: str) -> Index:
    ratios = [one.value for one in index.parts if one.value]
    if len(ratios) < len(index.parts):
        text = f"One of the two programs has nothing in its {index.part} part: there is no ratio."
        return replace(index, explanation=text)
    value = exp(fsum(map(log, ratios)) / len(ratios))
    where = "whole file" if index.part == "whole" else f"{index.part} part"
    text = f"{value:.2f} times {reference}'s {where}, mean of R1, R3 and R5; less is lighter."
    return replace(index, value=value, explanation=text)


def _lightness(index: Index) -> Sequence[float] | None:
    ratios = [one.value for one in index.parts if one.value]
    return [-log(ratio) for ratio in ratios] if index.value is not None else None
