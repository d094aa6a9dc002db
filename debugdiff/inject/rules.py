"""Rules of a bug, parsed; what is wrong with one points into its TOML file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.inject import codemods
from debugdiff.inject.role_marks import ROLE
from debugdiff.inject.rule_checks import check_edits
from debugdiff.inject.rule_errors import RuleKey
from debugdiff.inject.search import Limits
from debugdiff.model import Constraint
from debugdiff.toml_lines import find_key, find_text

if TYPE_CHECKING:
    from debugdiff.inject.pattern import Pattern
    from debugdiff.model import Bug, InjectRule


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRule:
    """A rule with its patterns parsed.

    Attributes:
        statements: whether statements are replaced, or one expression by another.
        match, replace: `None` for a codemod and for edits at roles.
        use, accept: the patterns among them.
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
    patterns = [text for text in rule.accept if not (rule.edits and text.startswith(ROLE))]
    accept = tuple(RuleKey(bug, rule, "accept").pattern(text) for text in patterns)
    is_pattern = rule.use and not (rule.edits and rule.use.startswith(ROLE))
    use = RuleKey(bug, rule, "use").pattern(rule.use) if rule.use and is_pattern else None
    if rule.edits:
        check_edits(bug, rule)
        prepared = PreparedRule(rule=rule, match=None, replace=None, use=use, accept=accept)
    elif rule.codemod:
        codemods.load(bug, rule)
        prepared = PreparedRule(rule=rule, match=None, replace=None, use=use, accept=accept)
    else:
        match = RuleKey(bug, rule, "match").pattern(rule.match)
        replace = RuleKey(bug, rule, "replace").pattern(rule.replace)
        _check_pair(bug, rule, match, replace)
        prepared = PreparedRule(rule=rule, match=match, replace=replace, use=use, accept=accept)
    _check_where(bug, prepared)
    return prepared


def prepare_all(bug: Bug) -> None:
    """Parse every rule of a bug; the first that is wrong raises a `BugError`."""
    for rule in bug.rules:
        prepare(bug, rule)


def _check_pair(bug: Bug, rule: InjectRule, match: Pattern, replace: Pattern) -> None:
    if not match.statements:
        raise RuleKey(bug, rule, "match").culprit(rule.match, "the pattern is empty")
    if replace.anonymous:
        raise RuleKey(bug, rule, "replace").culprit(
            rule.replace, "`$_` has no name to be put back by", r"\$\*?_\b"
        )
    for name in sorted(replace.metavariables - match.metavariables):
        reason = f"`${name}` is not in the pattern"
        raise RuleKey(bug, rule, "replace").culprit(rule.replace, reason, rf"\$\*?{name}\b")


def _check_where(bug: Bug, prepared: PreparedRule) -> None:
    rule = prepared.rule
    patterns = filter(None, (prepared.match, prepared.use, *prepared.accept))
    known = {name for pattern in patterns for name in pattern.metavariables}
    for name, constraint in rule.where.items():
        place = find_key(bug.path, rule.line, "where", name)
        if name not in known:
            raise RuleKey(bug, rule, "where").error(
                f"`${name}` is in no pattern of this rule", place
            )
        if constraint == Constraint():
            raise RuleKey(bug, rule, "where").error(f"`${name}` has no condition", place)
        for regex in (*constraint.regex, *constraint.not_regex):
            _check_regex(bug, rule, regex)


def _check_regex(bug: Bug, rule: InjectRule, regex: str) -> None:
    try:
        re.compile(regex)
    except re.error as error:
        place = find_text(bug.path, rule.line, "where", regex)
        reason = f"`{regex}` is not a regular expression: {error}"
        raise RuleKey(bug, rule, "where").error(reason, place) from error
