"""What is wrong with a rule, shown in its TOML file: the line, a caret, and what there is instead."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, TypeVar

from debugdiff.errors import BugError
from debugdiff.inject.pattern import Pattern, PatternError, parse_pattern
from debugdiff.toml_lines import TomlPlace, find_key, find_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.model import Bug, InjectRule

_Result = TypeVar("_Result")


def rule_error(
    bug: Bug, rule: InjectRule, key: str, reason: str, place: TomlPlace | None, known: str = ""
) -> BugError:
    """What is wrong with a key of a rule; `known` says what could stand there."""
    if place is None:
        shown = (
            ""
            if known
            else "Metavariables are written `$x` (one expression) or `$*args` (any run)."
        )
        where = f"{bug.path}:{rule.line}"
    else:
        shown, where = place.shown, f"{bug.path}:{place.line}:{place.column + 1}"
    hint = "\n".join(filter(None, (shown, known)))
    return BugError(f"{where}: `{key}`: {reason}.", hint=hint, slug="bug-pattern")


def parsed(bug: Bug, rule: InjectRule, key: str, text: str) -> Pattern:
    """A pattern of a rule.

    Raises:
        BugError: it does not parse.
    """
    return read(bug, rule, key, text, parse_pattern)


def read(
    bug: Bug, rule: InjectRule, key: str, text: str, parse: Callable[[str], _Result]
) -> _Result:
    """What a text of a rule is read as.

    Raises:
        BugError: it does not parse.
    """
    try:
        return parse(text)
    except PatternError as error:
        place = _within(bug, rule, key, text, (error.line, error.column))
        reason = f"does not parse: {error.reason}"
        raise rule_error(bug, rule, key, reason, place) from error


def pattern_error(bug: Bug, rule: InjectRule, key: str, reason: str, culprit: str = "") -> BugError:
    """What is wrong with a rule's pattern, shown at the first match of a regular expression."""
    text = {"match": rule.match, "replace": rule.replace}[key]
    found = re.search(culprit, text)
    offset = found.start() if found else 0
    at = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1)
    return rule_error(bug, rule, key, reason, _within(bug, rule, key, text, at))


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
