"""What a role is, and how one is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.source.place import Place
    from debugdiff.source.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The places of a role: with several, the program really has several of the kind."""

    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A role that has no place, or none that can be told for sure, and why, in a clause."""

    reason: str


Answer = Found | Missing
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A part that code plays in a program, found by the flow of values.

    Attributes:
        meaning: what it is, for the author of a bug.
        find: answers for one program.
    """

    name: str
    meaning: str
    find: Callable[[Roles], Answer]


ROLES: dict[str, Role] = {}
FACTS: dict[str, Fact] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A question to a program with a word for an answer, for `needs` of a rule."""

    name: str
    meaning: str
    answers: tuple[str, ...]
    find: Callable[[Roles], str]


def role(
    name: str, meaning: str
) -> Callable[[Callable[[Roles], Answer]], Callable[[Roles], Answer]]:
    """Register a finder as the role of that name."""

    def register(find: Callable[[Roles], Answer]) -> Callable[[Roles], Answer]:
        ROLES[name] = Role(name=name, meaning=meaning, find=find)
        return find

    return register


def fact(
    name: str, meaning: str, answers: tuple[str, ...]
) -> Callable[[Callable[[Roles], str]], Callable[[Roles], str]]:
    """Register a finder as the fact of that name."""

    def register(find: Callable[[Roles], str]) -> Callable[[Roles], str]:
        FACTS[name] = Fact(name=name, meaning=meaning, answers=answers, find=find)
        return find

    return register


class Roles:
    """The roles of one program, each found once when it is asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.flow = program.flow
        self._answers: dict[str, Answer] = {}
        self._facts: dict[str, str] = {}
        self._kept: dict[object, Any] = {}

    def find(self, name: str) -> Answer:
        """The places of a role, or why it has none; `KeyError` for a name that is no role."""
        if name not in self._answers:
            self._answers[name] = Missing(reason="it depends on itself")
            self._answers[name] = self._found(name)
        return self._answers[name]

    def _found(self, name: str) -> Answer:
        try:
            return ROLES[name].find(self)
        except RecursionError:
            return Missing(reason="this program is nested too deeply to be followed")

    def places(self, name: str) -> tuple[Place, ...]:
        """The places of a role; empty if it has none."""
        answer = self.find(name)
        return answer.places if isinstance(answer, Found) else ()

    def fact(self, name: str) -> str:
        """The answer to a question of the facts; `KeyError` for a name that is none."""
        if name not in self._facts:
            self._facts[name] = FACTS[name].find(self)
        return self._facts[name]

    def keep(self, find: Callable[[Roles], _T]) -> _T:
        """What a function finds in this program, found once; it must not ask for roles itself."""
        if find not in self._kept:
            self._kept[find] = find(self)
        kept: _T = self._kept[find]
        return kept


def found_or(places: list[Place] | tuple[Place, ...], reason: str) -> Answer:
    """The places, each once; without any, the reason."""
    unique = tuple(dict.fromkeys(places))
    return Found(places=unique) if unique else Missing(reason=reason)
