"""Debuggability of crashes, 0-100: 100 times the mean of five parts, each in 0-1.

*early* `1 - max(D1, 0)/5`, *located* D3 (best of defect and use line), *reachable* `1/(1 + D5)`,
*clear* `1 - D4`, *explained* `D8/9`. The index is the mean over categories of the mean over bugs
that crash. A bug that is prevented, or does not crash, says nothing about crash reports: both have
figures of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Framework, Index, IndexName, IndexPart, Part
from debugdiff.score.groups import NO_CLEAN_RUN, Bugs, Group, groups, mean, mean_by_category
from debugdiff.score.phrases import CONTENTS
from debugdiff.score.stability import stability_of, with_stability

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from debugdiff.model import Attempt, Condition

PARTS = ("early", "located", "reachable", "clear", "explained")
_LAST_LEVEL = 5

Parts = Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the index might as well be made of; the defaults are its own definition.

    Attributes:
        located: the score that *located* is.
        noise: the score that *clear* is one less of.
        by_category: whether categories weigh alike, and not bugs.
        with_prevented: whether a bug that one program prevents counts there, with 1 in every part.
        without: a part that is left out.
    """

    located: str = "D3.best"
    noise: str = "D4"
    by_category: bool = True
    with_prevented: bool = False
    without: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """In words, in what it is another one than the index's own."""
        words = {
            "only the defect line is looked for": self.located == "D3.defect",
            "hidden frames count as noise": self.noise == "D4.unfiltered",
            "every bug has the same weight, not every category": not self.by_category,
            "a prevented bug counts as 100": self.with_prevented,
            f"{self.without} is left out": bool(self.without),
        }
        return tuple(text for text, is_chosen in words.items() if is_chosen)


DEFINITIONS = tuple(
    Definition(
        located=located,
        noise=noise,
        by_category=by_category,
        with_prevented=with_prevented,
        without=without,
    )
    for located, noise, by_category, with_prevented, without in product(
        ("D3.best", "D3.defect"),
        ("D4", "D4.unfiltered"),
        (True, False),
        (False, True),
        ("", *PARTS),
    )
)


def crash_indices(attempts: Sequence[Attempt]) -> tuple[Index, ...]:
    """The index of every implementation: over the same bugs for all, and over its own ones.

    Only the first can be compared: it has the bugs that end every program here. A program whose
    clean run fails has no index.
    """
    return tuple(index for group in groups(attempts) for index in _of_group(group))


def _of_group(group: Group) -> Iterator[Index]:
    over_same = [
        _index(side, _crashes(bugs, group.crashing), Analysis.SAME_BUGS)
        for side, bugs in group.sides.items()
    ]
    if len(group.sides) > 1:
        yield from with_stability(over_same, stability_of(_merits(group)))
    for side, bugs in group.sides.items():
        yield _index(side, _crashes(bugs), Analysis.OWN_BUGS)
    for side in group.broken:
        yield _index(side, {}, Analysis.OWN_BUGS, explanation=NO_CLEAN_RUN)


def _crashes(bugs: Bugs, wanted: Iterable[str] | None = None) -> Bugs:
    """The runs that crashed, of all bugs or of some."""
    crashes = {bug: [one for one in seeds if one.crashed] for bug, seeds in bugs.items()}
    return {
        bug: seeds for bug, seeds in crashes.items() if seeds and (wanted is None or bug in wanted)
    }


def crash_index(one: Attempt) -> float | None:
    """The index of one bug that crashed, 0-100: the mean of the parts that were judged."""
    value = mean(list(parts_of(one).values()))
    return None if value is None else 100 * value


def parts_of(one: Attempt, definition: Definition = DEFINITIONS[0]) -> Parts:
    """The five parts of one bug that crashed.

    A process that died without printing anything locates, clears and explains nothing.
    """
    early = one.value("D1")
    known = {"early": None if early is None else 1 - max(early, 0) / _LAST_LEVEL}
    if one.failure is None:
        return {**dict.fromkeys(PARTS, 0.0), **known}
    noise, content = one.value(definition.noise), one.value("D8")
    return {
        **known,
        "located": one.value(definition.located),
        "reachable": one.value("D5.reachable"),
        "clear": None if noise is None else 1 - noise,
        "explained": None if content is None else content / len(CONTENTS),
    }


def _index(side: Condition, bugs: Bugs, analysis: Analysis, explanation: str = "") -> Index:
    parts = tuple(_part(name, bugs) for name in PARTS)
    value = mean([part.value for part in parts])
    return Index(
        name=IndexName.CRASHES,
        case=side.case,
        implementation=side.implementation,
        stack=side.stack_name,
        mode=side.mode,
        analysis=analysis,
        part=Part.WHOLE,
        value=None if value is None else 100 * value,
        parts=parts,
        explanation=explanation or _explanation(bugs, analysis),
        count=len(bugs),
    )


def _part(name: str, bugs: Bugs) -> IndexPart:
    values = {bug: mean([parts_of(one)[name] for one in seeds]) for bug, seeds in bugs.items()}
    judged = sum(value is not None for value in values.values())
    return IndexPart(name=name, value=mean_by_category(values), count=judged)


def _explanation(bugs: Bugs, analysis: Analysis) -> str:
    which = (
        "every program of the case here"
        if analysis is Analysis.SAME_BUGS
        else "this program, and maybe no other"
    )
    if not bugs:
        return f"Not judged: no bug ends {which}."
    categories = len({bug.partition("/")[0] for bug in bugs})
    return f"Over {len(bugs)} bugs in {categories} categories that end {which}."


# --- Keras or PyTorch, by every definition -------------------------------------------------------


def _merits(group: Group) -> Mapping[tuple[str, ...], Mapping[Framework, Sequence[float]]]:
    return {each.choices: dict(_by_framework(group, each)) for each in DEFINITIONS}


def _by_framework(
    group: Group, definition: Definition
) -> Iterator[tuple[Framework, Sequence[float]]]:
    """Per framework the parts, each the mean over its programs."""
    for framework in Framework:
        sides = [side for side in group.sides if side.stack.framework is framework]
        parts = [_parts_of_side(group, side, definition) for side in sides]
        values = [
            mean([one[name] for one in parts]) for name in PARTS if name != definition.without
        ]
        judged = [value for value in values if value is not None]
        if judged and len(judged) == len(values):
            yield framework, judged


def _parts_of_side(group: Group, side: Condition, definition: Definition) -> Parts:
    bugs = _counted(group, side, definition)
    average = mean_by_category if definition.by_category else _mean_of_bugs
    return {
        name: average({bug: mean([one[name] for one in seeds]) for bug, seeds in bugs.items()})
        for name in PARTS
    }


def _counted(
    group: Group, side: Condition, definition: Definition
) -> Mapping[str, Sequence[Parts]]:
    """The parts of the bugs that a definition has, each once for each seed."""
    if not definition.with_prevented:
        bugs = _crashes(group.sides[side], group.crashing)
        return {bug: [parts_of(one, definition) for one in seeds] for bug, seeds in bugs.items()}
    return {
        bug: [
            dict.fromkeys(PARTS, 1.0) if one.prevented else parts_of(one, definition)
            for one in seeds
            if one.crashed or one.prevented
        ]
        for bug, seeds in group.sides[side].items()
        if bug in group.crashing_or_prevented
    }


def _mean_of_bugs(values: Mapping[str, float | None]) -> float | None:
    return mean(list(values.values()))
