"""Whether a rule's edits at roles can be understood: its roles, facts, arguments, verbs, code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from debugdiff.inject.argument_verbs import is_number
from debugdiff.inject.code import CLASSES, HEAD_IN_MODEL, IT, LAYER, RECEIVER, parse_code
from debugdiff.inject.role_marks import ROLE
from debugdiff.inject.rule_errors import RuleKey
from debugdiff.inject.value_verbs import PARTS
from debugdiff.inject.verbs import codes_of
from debugdiff.source import api
from debugdiff.source.roles import FACTS, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Bug, InjectRule, Verb

_MOVES = frozenset({"before", "after", "into"})
_IN_BLOCK = frozenset({"first", "last", "out"})


def check_edits(bug: Bug, rule: InjectRule) -> None:
    """Check everything that can be checked without a program.

    Raises:
        BugError: shows the line, the place in it, and what there is.
    """
    for name, wanted in rule.needs.items():
        _check_need(bug, rule, name, wanted)
    for text in filter(None, (rule.use, *rule.accept)):
        if text.startswith(ROLE):
            key = "use" if text == rule.use else "accept"
            _check_role(bug, rule, key, text.removeprefix(ROLE))
    for edit in rule.edits:
        _check_role(bug, rule, "at", edit.at)
        for name in edit.has:
            if name != LAYER:
                _check_argument(bug, rule, "has", name.removeprefix(f"{LAYER}."))
        for verb in edit.verbs:
            _check_verb(bug, rule, verb)


def _check_need(bug: Bug, rule: InjectRule, name: str, wanted: tuple[str | bool, ...]) -> None:
    if all(isinstance(value, bool) for value in wanted):
        _check_role(bug, rule, "needs", name)
        return
    if name not in FACTS:
        raise RuleKey(bug, rule, "needs").unknown(name, "fact", sorted(FACTS))
    answers = FACTS[name].answers
    for value in wanted:
        if str(value).removeprefix("!") not in answers:
            raise RuleKey(bug, rule, "needs").unknown(str(value), f"answer to `{name}`", answers)


def _check_role(bug: Bug, rule: InjectRule, key: str, name: str) -> None:
    if name not in ROLES:
        raise RuleKey(bug, rule, key).unknown(name, "role", sorted(ROLES))


def _check_argument(bug: Bug, rule: InjectRule, key: str, name: str) -> None:
    if name not in _arguments():
        raise RuleKey(bug, rule, key).unknown(name, "argument", sorted(_arguments()))


@cache
def _arguments() -> frozenset[str]:
    """Every canonical argument of the table of names, and every one that is the framework's own."""
    known = api.known().values()
    names = (name for one in known for name in (*one.args, *one.names, *one.call))
    return frozenset((*names, api.CLASSES))


def _check_verb(bug: Bug, rule: InjectRule, verb: Verb) -> None:
    for name in _argument_names(verb):
        _check_argument(bug, rule, verb.name, name)
    value = str(verb.value)
    if verb.name == "activate" and value not in api.operations():
        raise RuleKey(bug, rule, verb.name).unknown(value, "operation", sorted(api.operations()))
    if verb.name == "move":
        _check_move(bug, rule, value)
    for text in codes_of(verb):
        _check_code(bug, rule, verb.name, text)


def _argument_names(verb: Verb) -> Iterator[str]:
    """The canonical arguments that a verb names; `swap` may name roles as well."""
    match verb.name, verb.value:
        case "set" | "drop", Mapping() | tuple() as names:
            yield from names
        case "swap", tuple() as names:
            yield from (name for name in names if not is_number(name) and name not in ROLES)
        case "unwrap", str() as name if name not in {"", *PARTS} and not name.isdigit():
            yield name


def _check_move(bug: Bug, rule: InjectRule, value: str) -> None:
    kind, _, role = value.partition(":")
    if kind in _MOVES:
        _check_role(bug, rule, "move", role)
    elif kind not in _IN_BLOCK or role:
        known = ["before:ROLE", "after:ROLE", "into:ROLE", "first", "last", "out"]
        raise RuleKey(bug, rule, "move").unknown(value, "place", known)


def _check_code(bug: Bug, rule: InjectRule, key: str, text: str) -> None:
    code = RuleKey(bug, rule, key).read(text, parse_code)
    for hole in code.holes(frozenset()):
        if hole.name == LAYER:
            _check_argument(bug, rule, key, hole.argument)
    for name in sorted(code.names - {IT, LAYER, RECEIVER}):
        if name.replace("_", "-") not in {*ROLES, HEAD_IN_MODEL, CLASSES}:
            raise RuleKey(bug, rule, key).unknown(
                f"${name}", "metavariable", [f"${IT}", *_variables()]
            )


def _variables() -> Iterator[str]:
    return (f"${name.replace('-', '_')}" for name in sorted(ROLES))
