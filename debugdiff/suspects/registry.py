"""Rules by decorator: a rule is one function that yields clues.

A rule for crashes says which complaints it has something to say about; a rule on the text alone
holds for silent programs too and must stay quiet on every clean one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import Program
    from debugdiff.suspects.complaint import Kind
    from debugdiff.suspects.crash import Crash

Clues = Iterable[Clue]
CrashFunction = Callable[["Crash"], Clues]
TextFunction = Callable[["Program"], Clues]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashRule:
    """A rule for crashes; without `kinds` it looks at every one."""

    name: str
    kinds: frozenset[Kind]
    find: CrashFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """A rule on the text alone.

    Attributes:
        kinds: complaints that such a fault leads to, where it leads to a crash at all.
    """

    name: str
    kinds: frozenset[Kind]
    find: TextFunction


CRASH_RULES: dict[str, CrashRule] = {}
TEXT_RULES: dict[str, TextRule] = {}


def of_crash(name: str, kinds: Collection[Kind] = ()) -> Callable[[CrashFunction], CrashFunction]:
    """Register a rule for crashes."""

    def register(function: CrashFunction) -> CrashFunction:
        CRASH_RULES[name] = CrashRule(name=name, kinds=frozenset(kinds), find=function)
        return function

    return register


def of_text(name: str, kinds: Collection[Kind] = ()) -> Callable[[TextFunction], TextFunction]:
    """Register a rule on the text alone."""

    def register(function: TextFunction) -> TextFunction:
        TEXT_RULES[name] = TextRule(name=name, kinds=frozenset(kinds), find=function)
        return function

    return register


def rules() -> Mapping[str, str]:
    """Every rule by name, with the first line of its docstring."""
    every: list[CrashRule | TextRule] = [*CRASH_RULES.values(), *TEXT_RULES.values()]
    return {each.name: (each.find.__doc__ or "").partition("\n")[0] for each in every}
