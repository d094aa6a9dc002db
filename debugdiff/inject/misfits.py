"""Why a bug has no place in a program, in one clause however many rules it has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Bug, Implementation, InjectRule


class Unfit(Exception):  # noqa: N818 - no error: a rule that has no place here
    """A rule has its place, but the change cannot be made in this program; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Why one rule has no place; `unmatched` is its pattern, if nothing matches that."""

    reason: str
    unmatched: str = ""


def unmatched(rule: InjectRule) -> Misfit:
    """Nothing in the program matches a rule, whose own words for that come first."""
    if rule.missing:
        return Misfit(reason=rule.missing)
    pattern = quoted(rule)
    return Misfit(reason=f"no code of this program is like {pattern}", unmatched=pattern)


def quoted(rule: InjectRule) -> str:
    """The first line of a rule's pattern, and where it is looked for, as code for any reader."""
    first, *more = split_lines(_plain(rule.match).strip())
    where = f" inside `{rule.inside}`" if rule.inside else ""
    where += f" outside `{rule.not_inside}`" if rule.not_inside else ""
    return f"`{first.strip()}{' ...' if more else ''}`{where}"


def _plain(pattern: str) -> str:
    """A pattern without the signs of its metavariables: `$model.fit($*how)` is `model.fit(...)`."""
    return re.sub(r"\$(\w+)", r"\1", re.sub(r"\$(\*\w+|_\b)", "...", pattern))


def summary(misfits: Sequence[Misfit]) -> str:
    """One clause for all rules: near misses first, since they say what to do, and the rest counted.

    A pattern that two rules share counts once.
    """
    near = list(dict.fromkeys(each.reason for each in misfits if not each.unmatched))
    missed = list(dict.fromkeys(each.unmatched for each in misfits if each.unmatched))
    clauses = []
    if near:
        clauses.append(near[0] + (f" (and {len(near) - 1} more)" if near[1:] else ""))
    if missed:
        clauses.append(f"no code of this program is like {missed[0]}{_nor(len(missed) - 1)}")
    return "; ".join(clauses)


def no_rule(bug: Bug, implementation: Implementation) -> str:
    """No rule is meant for the framework, or for the style and training, of a program."""
    framework = implementation.framework
    if framework not in bug.frameworks:
        return f"the bug has no {framework} rule"
    kind = f"{implementation.style} with {implementation.training}"
    return f"its {framework} rules are for other styles or trainings than {kind}"


def _nor(others: int) -> str:
    if not others:
        return ""
    return f", nor like {others} other {'pattern' if others == 1 else 'patterns'} of the bug"
