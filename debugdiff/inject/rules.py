"""Rules of a bug, parsed; what is wrong with one points into its TOML file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import BugError
from debugdiff.inject import codemods
from debugdiff.inject.pattern import Pattern, PatternError, parse_pattern
from debugdiff.toml_lines import TomlPlace, find_text

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


def prepare(bug: Bug, rule: InjectRule) -> PreparedRule:
    """Parse a rule.

    Raises:
        BugError: a pattern is not Python, the replacement has a metavariable that the pattern does
            not bind, or the codemod cannot be loaded.
    """
    accept = tuple(_parse(bug, rule, "accept", text) for text in rule.accept)
    use = _parse(bug, rule, "use", rule.use) if rule.use else None
    if rule.codemod:
        codemods.load(bug, rule)
        return PreparedRule(rule=rule, match=None, replace=None, use=use, accept=accept)
    match = _parse(bug, rule, "match", rule.match)
    replace = _parse(bug, rule, "replace", rule.replace)
    if not match.statements:
        raise _error(bug, rule, "match", "the pattern is empty")
    _check_metavariables(bug, rule, match, replace)
    return PreparedRule(rule=rule, match=match, replace=replace, use=use, accept=accept)


def _check_metavariables(bug: Bug, rule: InjectRule, match: Pattern, replace: Pattern) -> None:
    if replace.anonymous:
        raise _error(bug, rule, "replace", "`$_` has no name to be put back by")
    unknown = sorted(replace.metavariables - match.metavariables)
    if unknown:
        names = ", ".join(f"`${name}`" for name in unknown)
        raise _error(bug, rule, "replace", f"{names} is not in the pattern")


def _parse(bug: Bug, rule: InjectRule, key: str, text: str) -> Pattern:
    try:
        return parse_pattern(text)
    except PatternError as error:
        place = find_text(bug.path, rule.line, key, text)
        raise _pointing(bug, rule, key, error, place) from error


def _pointing(
    bug: Bug, rule: InjectRule, key: str, error: PatternError, place: TomlPlace | None
) -> BugError:
    if place is None:
        return _error(bug, rule, key, f"does not parse: {error.reason}")
    line = place.line + error.line - 1
    column = error.column + (place.column if error.line == 1 else 0)
    return BugError(
        f"{bug.path}:{line}:{column + 1}: `{key}` does not parse: {error.reason}.",
        hint=f"{place.lines[line - 1]}\n{' ' * column}^",
        slug="bug-pattern",
    )


def _error(bug: Bug, rule: InjectRule, key: str, reason: str) -> BugError:
    return BugError(
        f"{bug.path}:{rule.line}: `{key}` of this rule: {reason}.",
        hint="Metavariables are written `$x` (one expression) or `$*args` (any run).",
        slug="bug-pattern",
    )
