"""Rules of a bug, parsed; what is wrong with one points into its TOML file."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import BugError
from debugdiff.inject import codemods
from debugdiff.inject.pattern import Pattern, PatternError, parse_pattern
from debugdiff.inject.search import Limits
from debugdiff.model import Constraint
from debugdiff.toml_lines import TomlPlace, find_key, find_text

if TYPE_CHECKING:
    from debugdiff.model import Bug, InjectRule


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRule:
    """A rule with its patterns parsed.

    Attributes:
        statements: whether statements are replaced, or one expression by another.
        match, replace: `None` for a codemod.
    """

    rule: InjectRule
    match: Pattern | None
    replace: Pattern | None
    use: Pattern | None
    accept: tuple[Pattern, ...]

    @property
    def statements(self) -> bool:
        """An expression that is replaced by nothing, or by a statement, is a statement itself."""
        assert self.match is not None
        assert self.replace is not None
        return self.match.expression is None or self.replace.expression is None

    @property
    def limits(self) -> Limits:
        """Which of the places that the pattern matches are meant."""
        rule = self.rule
        return Limits(inside=rule.inside, not_inside=rule.not_inside, where=rule.where)


def prepare(bug: Bug, rule: InjectRule) -> PreparedRule:
    """Parse a rule.

    Raises:
        BugError: a pattern is not Python, the replacement has a metavariable that the pattern does
            not bind, `where` makes no sense, or the codemod cannot be loaded.
    """
    accept = tuple(_parse(bug, rule, "accept", text) for text in rule.accept)
    use = _parse(bug, rule, "use", rule.use) if rule.use else None
    if rule.codemod:
        codemods.load(bug, rule)
        prepared = PreparedRule(rule=rule, match=None, replace=None, use=use, accept=accept)
    else:
        match = _parse(bug, rule, "match", rule.match)
        replace = _parse(bug, rule, "replace", rule.replace)
        _check_pair(bug, rule, match, replace)
        prepared = PreparedRule(rule=rule, match=match, replace=replace, use=use, accept=accept)
    _check_where(bug, prepared)
    return prepared


def _check_pair(bug: Bug, rule: InjectRule, match: Pattern, replace: Pattern) -> None:
    if not match.statements:
        raise _error(bug, rule, "match", "the pattern is empty")
    if replace.anonymous:
        raise _error(bug, rule, "replace", "`$_` has no name to be put back by", r"\$\*?_\b")
    for name in sorted(replace.metavariables - match.metavariables):
        reason = f"`${name}` is not in the pattern"
        raise _error(bug, rule, "replace", reason, rf"\$\*?{name}\b")


def _check_where(bug: Bug, prepared: PreparedRule) -> None:
    rule = prepared.rule
    patterns = filter(None, (prepared.match, prepared.use, *prepared.accept))
    known = {name for pattern in patterns for name in pattern.metavariables}
    for name, constraint in rule.where.items():
        place = find_key(bug.path, rule.line, "where", name)
        if name not in known:
            raise _told(bug, rule, "where", f"`${name}` is in no pattern of this rule", place)
        if constraint == Constraint():
            raise _told(bug, rule, "where", f"nothing is said of `${name}`", place)
        for regex in (*constraint.regex, *constraint.not_regex):
            _check_regex(bug, rule, regex)


def _check_regex(bug: Bug, rule: InjectRule, regex: str) -> None:
    try:
        re.compile(regex)
    except re.error as error:
        place = find_text(bug.path, rule.line, "where", regex)
        reason = f"`{regex}` is no regular expression: {error}"
        raise _told(bug, rule, "where", reason, place) from error


def _parse(bug: Bug, rule: InjectRule, key: str, text: str) -> Pattern:
    try:
        return parse_pattern(text)
    except PatternError as error:
        place = _within(bug, rule, key, text, (error.line, error.column))
        raise _told(bug, rule, key, f"does not parse: {error.reason}", place) from error


def _error(bug: Bug, rule: InjectRule, key: str, reason: str, culprit: str = "") -> BugError:
    """What is wrong with a rule's pattern, shown at the first match of a regular expression."""
    text = {"match": rule.match, "replace": rule.replace}[key]
    found = re.search(culprit, text)
    offset = found.start() if found else 0
    at = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1)
    return _told(bug, rule, key, reason, _within(bug, rule, key, text, at))


def _within(
    bug: Bug, rule: InjectRule, key: str, text: str, at: tuple[int, int]
) -> TomlPlace | None:
    """A place in the file for a place in a text of it; the key where the text has escapes."""
    start = find_text(bug.path, rule.line, key, text)
    if start is None:
        return find_key(bug.path, rule.line, key)
    line, column = at
    offset = start.column if line == 1 else 0
    return dataclasses.replace(start, line=start.line + line - 1, column=offset + column)


def _told(bug: Bug, rule: InjectRule, key: str, reason: str, place: TomlPlace | None) -> BugError:
    if place is None:
        hint = "Metavariables are written `$x` (one expression) or `$*args` (any run)."
        where = f"{bug.path}:{rule.line}"
    else:
        hint, where = place.shown, f"{bug.path}:{place.line}:{place.column + 1}"
    return BugError(f"{where}: `{key}`: {reason}.", hint=hint, slug="bug-pattern")
