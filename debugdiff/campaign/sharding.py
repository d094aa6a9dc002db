"""A campaign in parts, for machines that know nothing of each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from debugdiff.errors import DebugdiffError
from debugdiff.plan import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.campaign.planning import PlannedProgram
    from debugdiff.plan import PlannedTrial

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the parts that a campaign is cut into; `number` starts at 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`3/20`.

        Raises:
            DebugdiffError: that is no part of a whole.
        """
        match = re.fullmatch(r"(\d{1,5})/(\d{1,5})", text.strip(), re.ASCII)
        number, of = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= of <= _MOST:
            raise DebugdiffError(
                f"`--shard {text}` is not a part of a campaign.",
                hint=f"Write NUMBER/PARTS, such as 3/20: from 1/20 to 20/20; at most {_MOST:,}.",
                slug="shard-unknown",
            )
        return cls(number, of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def cut(programs: tuple[PlannedProgram, ...], shard: Shard) -> tuple[PlannedProgram, ...]:
    """The programs with the trees that belong to one part; those without any are left out.

    A tree, which is a program with all its bugs under one condition, is never divided: its clean
    run comes first. Trees are taken by stack, then in the order of the cases, so that a machine
    imports few frameworks; every part has about the same number of trials. The parts of a campaign
    depend on nothing but what was asked for.
    """
    trees = [tree for program in programs for tree in program.trees]
    mine = {tree.trial.id for tree in _part(trees, shard)}
    kept = (
        replace(each, trees=tuple(tree for tree in each.trees if tree.trial.id in mine))
        for each in programs
    )
    return tuple(each for each in kept if each.trees)


def _part(trees: Iterable[PlannedTrial], shard: Shard) -> list[PlannedTrial]:
    """The trees whose middle lies in the part's share of all trials."""
    ordered = sorted(trees, key=lambda tree: tree.trial.stack_name)
    sizes = [count([tree]) for tree in ordered]
    total, before, found = sum(sizes), 0, []
    for tree, size in zip(ordered, sizes, strict=True):
        if (2 * before + size) * shard.of // (2 * total) == shard.number - 1:
            found.append(tree)
        before += size
    return found
