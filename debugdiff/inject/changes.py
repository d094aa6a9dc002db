"""What a rule made of a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.errors import BugError
from debugdiff.programs import imports_framework

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.inject.role_rules import RoleChange
    from debugdiff.inject.unify import Bindings
    from debugdiff.model import Bug, Implementation, InjectRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed file.

    Attributes:
        file: its name.
        before: its text, with what was added to it that is no defect.
        after: its text with the bug in it.
        bindings: what the metavariables of the rule were.
        at_roles: how a rule at roles made it.
    """

    file: str
    before: str
    after: str
    bindings: Bindings = field(default_factory=dict)
    at_roles: RoleChange | None = None


def framework_files(implementation: Implementation) -> Iterator[str]:
    """The program, and those files that it imports which use a framework themselves."""
    yield implementation.file
    for name, text in implementation.helpers.items():
        if imports_framework(text):
            yield name


def check_changed(before: str, after: str, rule: InjectRule, bug: Bug) -> None:
    """A rule that finds its place has to change something.

    Raises:
        BugError: it does not.
    """
    if before == after:
        raise BugError(
            f"{bug.path}:{rule.line}: this rule changes nothing in a program that it matches.",
            hint="`replace` is the same code as `match`.",
            slug="bug-changes-nothing",
        )


def not_python(rule: InjectRule, bug: Bug, problem: str, text: str = "") -> BugError:
    """A rule whose result can never be Python."""
    return BugError(
        f"{bug.path}:{rule.line}: the result of this rule is not Python: {problem}.",
        hint=text.rstrip() or "See `replace`, or the codemod.",
        slug="bug-result",
    )
