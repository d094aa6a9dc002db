"""What is wrong with a rule, shown in its TOML file: the line, a caret, what there is instead."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from debugdiff.errors import BugError
from debugdiff.inject.pattern import Pattern, PatternError, parse_pattern
from debugdiff.toml_lines import TomlPlace, find_key, find_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from debugdiff.model import Bug, InjectRule

_Result = TypeVar("_Result")
_METAVARIABLES = "Metavariables are written `$x` (one expression) or `$*args` (any run)."


@dataclass(frozen=True, slots=True)
class RuleKey:
    """A key of a rule in its bug's TOML file."""

    bug: Bug
    rule: InjectRule
    name: str

    def error(self, reason: str, place: TomlPlace | None, known: str = "") -> BugError:
        """What is wrong with the key; `known` says what could stand there."""
        path, line = self.bug.path, self.rule.line
        if place is None:
            hint, where = known or _METAVARIABLES, f"{path}:{line}"
        else:
            hint = "\n".join(filter(None, (place.shown, known)))
            where = f"{path}:{place.line}:{place.column + 1}"
        return BugError(f"{where}: `{self.name}`: {reason}.", hint=hint, slug="bug-pattern")

    def unknown(self, name: str, kind: str, known: Iterable[str]) -> BugError:
        """A name that is none of its kind."""
        place = self.find(name) or find_key(self.bug.path, self.rule.line, self.name)
        return self.error(f"there is no {kind} `{name}`", place, f"There are: {', '.join(known)}.")

    def find(self, text: str) -> TomlPlace | None:
        """Where a text stands behind the key."""
        return find_text(self.bug.path, self.rule.line, self.name, text)

    def pattern(self, text: str) -> Pattern:
        """A text of the key as a pattern.

        Raises:
            BugError: it does not parse.
        """
        return self.read(text, parse_pattern)

    def read(self, text: str, parse: Callable[[str], _Result]) -> _Result:
        """What a text of the key is read as.

        Raises:
            BugError: it does not parse.
        """
        try:
            return parse(text)
        except PatternError as error:
            place = self._within(text, error.line, error.column)
            raise self.error(f"does not parse: {error.reason}", place) from error

    def culprit(self, text: str, reason: str, regex: str = "") -> BugError:
        """What is wrong with a text of the key, shown where a regular expression matches."""
        found = re.search(regex, text)
        offset = found.start() if found else 0
        line, column = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1)
        return self.error(reason, self._within(text, line, column))

    def _within(self, text: str, line: int, column: int) -> TomlPlace | None:
        """A place in the file for a place in a text of it; the key where the text has escapes."""
        start = self.find(text)
        if start is None:
            return find_key(self.bug.path, self.rule.line, self.name)
        offset = start.column if line == 1 else 0
        return dataclasses.replace(start, line=start.line + line - 1, column=offset + column)
