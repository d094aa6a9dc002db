"""Debuggability of crashes, 0-100: 100 times the mean of five parts, each in 0-1.

*early* `1 - max(D1, 0)/5`, *located* D3 (best of defect and use line), *reachable* `1/(1 + D5)`,
*clear* `1 - D4`, *explained* `D8/9`. A prevented bug has 1 in every part. The index is the mean
over categories of the mean over bugs. A bug that stays quiet here and crashes elsewhere belongs to
the profile of silent bugs: a catalogue's mix of crashes and silence must not decide a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Index, IndexName, IndexPart, Part
from debugdiff.score.groups import Group, groups, mean, mean_by_category
from debugdiff.score.phrases import CONTENTS
from debugdiff.score.stability import ranked

if TYPE_CHECKING:
    from debugdiff.model import Attempt, Condition

PARTS = ("early", "located", "reachable", "clear", "explained")
_LAST_LEVEL = 5

Parts = Mapping[str, float | None]


def crash_indices(attempts: Sequence[Attempt]) -> tuple[Index, ...]:
    """The index of every implementation, in the primary and the secondary analysis.

    The primary analysis has every bug that ends some program of the case; the secondary only those
    that end every program of the comparison, so that all of them are judged by the same bugs.
    """
    return tuple(
        index
        for group in groups(attempts)
        for analysis in Analysis
        for index in ranked([_index(group, side, analysis) for side in group.sides], PARTS, _merits)
    )


def parts_of(one: Attempt) -> Parts:
    """The five parts of one bug that was prevented or that crashed.

    A process that died without printing anything locates, clears and explains nothing.
    """
    if one.prevented:
        return dict.fromkeys(PARTS, 1.0)
    early = one.value("D1")
    known = {"early": None if early is None else 1 - max(early, 0) / _LAST_LEVEL}
    if one.failure is None:
        return {**dict.fromkeys(PARTS, 0.0), **known}
    noise, content = one.value("D4"), one.value("D8")
    return {
        **known,
        "located": one.value("D3.best"),
        "reachable": one.value("D5.reachable"),
        "clear": None if noise is None else 1 - noise,
        "explained": None if content is None else content / len(CONTENTS),
    }


def _index(group: Group, side: Condition, analysis: Analysis) -> Index:
    bugs = dict(_counted(group, side, analysis))
    parts = tuple(_part(name, bugs) for name in PARTS)
    value = mean([part.value for part in parts])
    return Index(
        name=IndexName.CRASHES,
        case=side.case,
        implementation=side.implementation,
        stack=side.stack,
        mode=side.mode,
        analysis=analysis,
        part=Part.WHOLE,
        value=None if value is None else 100 * value,
        parts=parts,
        explanation=_explanation(group, side, bugs, analysis),
    )


def _counted(
    group: Group, side: Condition, analysis: Analysis
) -> Iterator[tuple[str, Sequence[Attempt]]]:
    for bug, seeds in group.sides[side].items():
        judged = [one for one in seeds if one.crashed or one.prevented]
        counts = analysis is Analysis.PRIMARY or group.crashes_everywhere(bug)
        if judged and bug in group.crash_bugs and counts:
            yield bug, judged


def _part(name: str, bugs: Mapping[str, Sequence[Attempt]]) -> IndexPart:
    values = {bug: mean([parts_of(one)[name] for one in seeds]) for bug, seeds in bugs.items()}
    judged = sum(value is not None for value in values.values())
    return IndexPart(name=name, value=mean_by_category(values), count=judged)


def _explanation(
    group: Group, side: Condition, bugs: Mapping[str, Sequence[Attempt]], analysis: Analysis
) -> str:
    if not bugs:
        return f"Not judged: no bug counts here in the {analysis} analysis."
    prevented = sum(all(one.prevented for one in seeds) for seeds in bugs.values())
    categories = len({bug.partition("/")[0] for bug in bugs})
    quiet = sum(
        any(one.silent for one in seeds)
        for bug, seeds in group.sides[side].items()
        if bug in group.crash_bugs and bug not in bugs
    )
    crashes = len(bugs) - prevented
    text = f"{crashes} crashes and {prevented} prevented bugs in {categories} categories."
    elsewhere = f" {quiet} more crash elsewhere and stay quiet here." if quiet else ""
    return text + (elsewhere if analysis is Analysis.PRIMARY else "")


def _merits(index: Index) -> Sequence[float] | None:
    values = [part.value for part in index.parts if part.value is not None]
    return values if len(values) == len(PARTS) else None
