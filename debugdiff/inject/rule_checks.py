"""Whether a rule's edits at roles can be understood: its roles, facts, arguments, verbs, code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from debugdiff.inject.code import IT, parse_code
from debugdiff.inject.role_marks import ROLE
from debugdiff.inject.rule_errors import read, rule_error
from debugdiff.inject.verbs import OPERATORS, RECEIVER
from debugdiff.source import api
from debugdiff.source.roles import FACTS, ROLES
from debugdiff.toml_lines import find_key, find_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from debugdiff.errors import BugError
    from debugdiff.model import Bug, InjectRule, Verb

_MOVES = frozenset({"before", "after"})
_IN_BLOCK = frozenset({"first", "last", "out"})
_CODES = frozenset({"set", "wrap", "replace", "before", "after", "first", "last"})
_OF_ARGUMENTS = frozenset({"drop", "set"})


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
            _check_argument(bug, rule, "has", name)
        for verb in edit.verbs:
            _check_verb(bug, rule, verb)


def _check_need(bug: Bug, rule: InjectRule, name: str, wanted: tuple[str | bool, ...]) -> None:
    if all(isinstance(value, bool) for value in wanted):
        _check_role(bug, rule, "needs", name)
        return
    if name not in FACTS:
        raise _unknown(bug, rule, "needs", name, "fact", FACTS)
    answers = FACTS[name].answers
    for value in wanted:
        if str(value).removeprefix("!") not in answers:
            raise _unknown(bug, rule, "needs", str(value), f"answer to `{name}`", answers)


def _check_role(bug: Bug, rule: InjectRule, key: str, name: str) -> None:
    if name not in ROLES:
        raise _unknown(bug, rule, key, name, "role", ROLES)


def _check_argument(bug: Bug, rule: InjectRule, key: str, name: str) -> None:
    if name not in _arguments():
        raise _unknown(bug, rule, key, name, "argument", _arguments())


@cache
def _arguments() -> frozenset[str]:
    """Every canonical argument of the table of names, and every one that is the framework's own."""
    known = api.known().values()
    return frozenset(name for one in known for name in (*one.args, *one.names, *one.call))


def _check_verb(bug: Bug, rule: InjectRule, verb: Verb) -> None:
    value = verb.value
    if verb.name in _OF_ARGUMENTS or verb.name == "swap":
        for name in value if isinstance(value, (tuple, Mapping)) else ():
            if not (verb.name == "swap" and (name.isdigit() or name in ROLES)):
                _check_argument(bug, rule, verb.name, name)
    if verb.name == "unwrap" and value not in {"", RECEIVER}:
        _check_argument(bug, rule, verb.name, str(value))
    if verb.name == "activate" and not _is_operation(str(value)):
        raise _unknown(bug, rule, verb.name, str(value), "operation", _operations())
    if verb.name == "move":
        _check_move(bug, rule, str(value))
    if verb.name == "enclose":
        _check_code(bug, rule, verb.name, f"{str(value).strip()} pass")
    if verb.name == "become" and value not in OPERATORS:
        _check_code(bug, rule, verb.name, str(value))
    if verb.name in _CODES:
        for text in value.values() if isinstance(value, Mapping) else (str(value),):
            _check_code(bug, rule, verb.name, text)


def _is_operation(name: str) -> bool:
    return name in _operations()


@cache
def _operations() -> frozenset[str]:
    return frozenset(api.operations())


def _check_move(bug: Bug, rule: InjectRule, value: str) -> None:
    kind, _, role = value.partition(":")
    if kind in _MOVES:
        _check_role(bug, rule, "move", role)
    elif kind not in _IN_BLOCK or role:
        known = ["before:ROLE", "after:ROLE", "first", "last", "out"]
        raise _unknown(bug, rule, "move", value, "place", known)


def _check_code(bug: Bug, rule: InjectRule, key: str, text: str) -> None:
    code = read(bug, rule, key, text, parse_code)
    for name in sorted(code.names - {IT}):
        if name.replace("_", "-") not in ROLES:
            raise _unknown(bug, rule, key, f"${name}", "metavariable", [f"${IT}", *_variables()])


def _variables() -> Iterator[str]:
    return (f"${name.replace('-', '_')}" for name in sorted(ROLES))


def _unknown(
    bug: Bug, rule: InjectRule, key: str, name: str, kind: str, known: Iterable[str]
) -> BugError:
    place = find_text(bug.path, rule.line, key, name) or find_key(bug.path, rule.line, key)
    names = f"There are: {', '.join(sorted(known) if not isinstance(known, list) else known)}."
    return rule_error(bug, rule, key, f"there is no {kind} `{name}`", place, names)
