"""Rules by decorator: a rule is one function that yields clues.

A rule for crashes says which complaints it has something to say about; a rule on the text alone
holds for silent programs too and must stay quiet on every clean one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import Program
    from debugdiff.suspects.complaint import Kind
    from debugdiff.suspects.crash import Crash

Clues = Iterable[Clue]
Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Subject]):
    """A rule for crashes, or on the text alone.

    Attributes:
        kinds: of a rule for crashes, the complaints that it looks at, none for all; of one on the
            text, those that such a fault leads to, where it leads to a crash at all.
    """

    name: str
    kinds: frozenset[Kind]
    find: Callable[[Subject], Clues]


Register = Callable[[Callable[[Subject], Clues]], Callable[[Subject], Clues]]
CRASH_RULES: dict[str, Rule[Crash]] = {}
TEXT_RULES: dict[str, Rule[Program]] = {}


def of_crash(name: str, kinds: Collection[Kind] = ()) -> Register[Crash]:
    """Register a rule for crashes."""
    return _into(CRASH_RULES, name, kinds)


def of_text(name: str, kinds: Collection[Kind] = ()) -> Register[Program]:
    """Register a rule on the text alone."""
    return _into(TEXT_RULES, name, kinds)


def _into(rules: dict[str, Rule[Subject]], name: str, kinds: Collection[Kind]) -> Register[Subject]:
    def register(find: Callable[[Subject], Clues]) -> Callable[[Subject], Clues]:
        rules[name] = Rule(name=name, kinds=frozenset(kinds), find=find)
        return find

    return register


def rules() -> Mapping[str, str]:
    """Every rule by name, with the first line of its docstring."""
    every: list[Rule[Crash] | Rule[Program]] = [*CRASH_RULES.values(), *TEXT_RULES.values()]
    return {each.name: (each.find.__doc__ or "").partition("\n")[0] for each in every}
