"""The indices of an implementation, each with its parts; silent bugs stay a profile.

Readability is a ratio to the reference implementation of the case, prevention a share of bugs,
debuggability of crashes is 0-100. No index crosses dimensions, and none stands without its
stability.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import exp, fsum, log
from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Framework, Index, IndexName, IndexPart, Mode, Part, Style
from debugdiff.score.crashes import crash_indices
from debugdiff.score.groups import NO_CLEAN_RUN
from debugdiff.score.prevention import prevention_indices, prevention_of_styles
from debugdiff.score.readability import API_SURFACE, LLOC, VOCABULARY, figure
from debugdiff.score.silent import silent_profiles
from debugdiff.score.stability import stability_of, with_stability

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Case, Implementation, ProgramReport, StaticMetrics

_METRICS = ((LLOC, "lloc"), (VOCABULARY, "vocabulary"), (API_SURFACE, "api_surface"))


def indices(programs: Sequence[ProgramReport]) -> tuple[Index, ...]:
    """Every index of every program; its attempts are judged.

    A program that may not be compared with the others of its case is judged by its own bugs.
    """
    cases = {program.case.name: program.case for program in programs}
    compared = [program for program in programs if program.case.pairing.compared]
    alone = [program for program in programs if not program.case.pairing.compared]
    together = [attempt for program in compared for attempt in program.attempts]
    groups = [together, *(list(program.attempts) for program in alone)]
    readable = [
        index
        for case in cases.values()
        for index in readability_indices(
            case, [one for one in programs if one.case.name == case.name]
        )
    ]
    of_bugs = [
        index
        for family in (prevention_indices, crash_indices, silent_profiles)
        for attempts in groups
        for index in family(attempts)
    ]
    several = len({program.case.name for program in compared}) > 1
    return (*readable, *of_bugs, *(prevention_of_styles(together) if several else ()))


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
    """Geometric mean of a program's R1, R3 and R5 over the reference's; less is lighter.

    A program that was run, and whose clean run failed, has none: it is no program to read.
    """
    wanted = reference_of(case)
    key = wanted.key if wanted else ""
    reference = next((one for one in programs if one.implementation.key == key), None)
    found = {part: [_readability(one, reference, part) for one in programs] for part in Part}
    stability = stability_of(_merits(programs, reference)) if reference else None
    whole = with_stability(found.pop(Part.WHOLE), stability)
    return (*whole, *(index for of_part in found.values() for index in of_part))


def _readability(program: ProgramReport, reference: ProgramReport | None, part: Part) -> Index:
    index = Index(
        name=IndexName.READABILITY,
        case=program.case.name,
        implementation=program.implementation.name,
        stack=None,
        mode=Mode.DEFAULT,
        analysis=Analysis.SAME_BUGS,
        part=part,
        value=None,
        parts=(),
        explanation="No PyTorch program in this case to compare with."
        if program.case.pairing.compared
        else program.case.pairing.reason,
    )
    if program.fails or (reference and reference.fails):
        return replace(index, explanation=NO_CLEAN_RUN)
    if reference is None:
        return index
    parts = tuple(
        IndexPart(name=one.id, value=_ratio(program.static, reference.static, part, name), count=1)
        for one, name in _METRICS
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
    return replace(index, value=value, count=len(ratios), explanation=text)


# --- Keras or PyTorch, by every definition -------------------------------------------------------

_SCOPES = {Part.WHOLE: "", Part.MODEL: "only the model is read", Part.TRAINING: "only the training"}
_SIZES = {"lloc": "", "volume": "volume takes the place of lines"}


def _merits(
    programs: Sequence[ProgramReport], reference: ProgramReport
) -> Mapping[tuple[str, ...], Mapping[Framework, Sequence[float]]]:
    merits = {}
    for (scope, scope_text), (size, size_text) in product(_SCOPES.items(), _SIZES.items()):
        names = [size, *(name for _, name in _METRICS[1:])]
        for without in ("", *names):
            kept = [name for name in names if name != without]
            left_out = f"{_TITLES[without]} is left out" if without else ""
            choices = tuple(filter(None, (scope_text, size_text, left_out)))
            merits[choices] = dict(_by_framework(programs, reference, scope, kept))
    return merits


_TITLES = {
    "lloc": "R1 (lines)",
    "volume": "R2 (volume)",
    "vocabulary": "R3 (vocabulary)",
    "api_surface": "R5 (API surface)",
}


def _by_framework(
    programs: Sequence[ProgramReport], reference: ProgramReport, scope: Part, names: Sequence[str]
) -> Iterator[tuple[Framework, Sequence[float]]]:
    """Per framework, of each metric the mean logarithm of the ratios, so that more is lighter."""
    for framework in Framework:
        mine = [one for one in programs if one.implementation.framework is framework]
        running = [one for one in mine if not one.fails]
        ratios = [
            [_ratio(one.static, reference.static, scope, name) for one in running] for name in names
        ]
        judged = [[-log(one) for one in of_metric if one] for of_metric in ratios]
        if all(judged):
            yield framework, [fsum(one) / len(one) for one in judged]
