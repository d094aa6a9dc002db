"""The two indices of an implementation, each with its parts; silent bugs stay a profile.

Readability is a ratio to the reference implementation of the case; debuggability of crashes is
0-100. No index crosses dimensions, and none stands without its stability.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, fsum, log
from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Framework, Index, IndexName, IndexPart, Mode, Part, Style
from debugdiff.score.crashes import crash_indices
from debugdiff.score.readability import API_SURFACE, LLOC, VOCABULARY, figure
from debugdiff.score.silent import silent_profiles
from debugdiff.score.stability import ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Case, Implementation, ProgramReport, StaticMetrics

_METRICS = ((LLOC, "lloc"), (VOCABULARY, "vocabulary"), (API_SURFACE, "api_surface"))


def indices(programs: Sequence[ProgramReport]) -> tuple[Index, ...]:
    """Every index of every program; its attempts are judged.

    A program that may not be compared with the others of its case is judged by its own bugs.
    """
    cases = {program.case.name: program.case for program in programs}
    compared = [program for program in programs if program.case.pairing.compared]
    alone = [program for program in programs if not program.case.pairing.compared]
    groups = [
        [attempt for program in compared for attempt in program.attempts],
        *(list(program.attempts) for program in alone),
    ]
    readable = [
        index
        for case in cases.values()
        for index in readability_indices(
            case, [one for one in programs if one.case.name == case.name]
        )
    ]
    crashes = (index for attempts in groups for index in crash_indices(attempts))
    profiles = (index for attempts in groups for index in silent_profiles(attempts))
    return (*readable, *crashes, *profiles)


def reference_of(case: Case) -> Implementation | None:
    """What the others are compared with: PyTorch in module style, else any PyTorch program.

    `None` without one, and where the programs may not be compared at all.
    """
    if not case.pairing.compared:
        return None
    pytorch = [one for one in case.implementations if one.framework is Framework.PYTORCH]
    module = [one for one in pytorch if one.style is Style.MODULE]
    return next(iter([*module, *pytorch]), None)


def readability_indices(case: Case, programs: Sequence[ProgramReport]) -> tuple[Index, ...]:
    """Geometric mean of a program's R1, R3 and R5 over the reference's; less is lighter."""
    wanted = reference_of(case)
    key = wanted.key if wanted else ""
    reference = next((one for one in programs if one.implementation.key == key), None)
    found: list[Index] = []
    for part in Part:
        of_part = [_readability(one, reference, part) for one in programs]
        found.extend(ranked(of_part, [one.id for one, _ in _METRICS], _lightness))
    return tuple(found)


def _readability(program: ProgramReport, reference: ProgramReport | None, part: Part) -> Index:
    index = Index(
        name=IndexName.READABILITY,
        case=program.case.name,
        implementation=program.implementation.name,
        stack=None,
        mode=Mode.DEFAULT,
        analysis=Analysis.PRIMARY,
        part=part,
        value=None,
        parts=(),
        explanation="No PyTorch program in this case to compare with."
        if program.case.pairing.compared
        else program.case.pairing.reason,
    )
    if reference is None:
        return index
    parts = tuple(
        IndexPart(
            name=found.id, value=_ratio(program.static, reference.static, part, name), count=1
        )
        for found, name in _METRICS
    )
    return _geometric_mean(replace(index, parts=parts), reference.implementation.name)


def _ratio(own: StaticMetrics, other: StaticMetrics, part: Part, name: str) -> float | None:
    value, base = figure(own, part, name), figure(other, part, name)
    return value / base if value and base else None


def _geometric_mean(index: Index, reference: str) -> Index:
    ratios = [one.value for one in index.parts if one.value]
    if len(ratios) < len(index.parts):
        text = f"One of the two programs has nothing in its {index.part} part: there is no ratio."
        return replace(index, explanation=text)
    value = exp(fsum(map(log, ratios)) / len(ratios))
    where = "whole file" if index.part is Part.WHOLE else f"{index.part} part"
    text = f"{value:.2f} times {reference}'s {where}, mean of R1, R3 and R5; less is lighter."
    return replace(index, value=value, explanation=text)


def _lightness(index: Index) -> Sequence[float] | None:
    ratios = [one.value for one in index.parts if one.value]
    return [-log(ratio) for ratio in ratios] if index.value is not None else None
