"""From a program and a bug to a mutant, rule by rule."""

from __future__ import annotations

import difflib
from contextlib import suppress
from typing import TYPE_CHECKING

from debugdiff.inject import codemod_rules, pattern_rules, role_rules
from debugdiff.inject.changes import Change
from debugdiff.inject.marks import marks_of
from debugdiff.inject.misfits import Misfit, no_rule, summary
from debugdiff.inject.not_here import not_here
from debugdiff.inject.program import known_program
from debugdiff.inject.rules import PreparedRule, prepare
from debugdiff.inject.spans import changed_spans
from debugdiff.model import Mutant, NotApplicable, Style, Training
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Bug, Implementation, InjectRule


def inject(implementation: Implementation, bug: Bug) -> Mutant | NotApplicable:
    """See `debugdiff.inject.inject`."""
    rules = [rule for rule in bug.rules if _fits(rule, implementation)]
    if not rules:
        return _without_rule(implementation, bug)
    misfits = []
    for rule in rules:
        prepared = prepare(bug, rule)
        change = _change(prepared, implementation, bug)
        if isinstance(change, Change):
            return _mutant(implementation, bug, prepared, change)
        misfits.append(change)
    reason = not_here(bug, implementation) or summary(misfits)
    return _not_applicable(implementation, bug, reason)


def count_places(implementation: Implementation, bug: Bug) -> int:
    """See `debugdiff.inject.count_places`."""
    return len(
        {
            (change.file, change.after)
            for rule in bug.rules
            if _fits(rule, implementation)
            for change in _everywhere(prepare(bug, rule), implementation, bug)
        }
    )


def _everywhere(
    prepared: PreparedRule, implementation: Implementation, bug: Bug
) -> Iterator[Change]:
    if prepared.rule.edits:
        return role_rules.everywhere(prepared.rule, implementation)
    if prepared.match is not None:
        return pattern_rules.everywhere(prepared, implementation, bug)
    change = codemod_rules.apply(prepared.rule, implementation, bug)
    return iter([change] if isinstance(change, Change) else [])


def read_program(implementation: Implementation) -> None:
    """Read a program ahead, so that it is known to every rule that is tried on it."""
    with suppress(SyntaxError):
        known_program(implementation.source)


def _fits(rule: InjectRule, implementation: Implementation) -> bool:
    """A script's style and training are unknown: every rule of its framework may be tried."""
    style, training = implementation.style, implementation.training
    return (
        implementation.framework in rule.frameworks
        and (not rule.styles or style in {*rule.styles, Style.SCRIPT})
        and (not rule.trainings or training in {*rule.trainings, Training.UNKNOWN})
    )


def _without_rule(implementation: Implementation, bug: Bug) -> NotApplicable:
    framework = implementation.framework
    if framework in bug.not_expressible:
        reason = bug.not_expressible[framework]
        return _not_applicable(implementation, bug, reason, expressible=False)
    reason = not_here(bug, implementation) or no_rule(bug, implementation)
    return _not_applicable(implementation, bug, reason)


def _not_applicable(
    implementation: Implementation, bug: Bug, reason: str, *, expressible: bool = True
) -> NotApplicable:
    return NotApplicable(
        bug=bug.id,
        case=implementation.case,
        implementation=implementation.name,
        reason=reason,
        expressible=expressible,
    )


def _change(prepared: PreparedRule, implementation: Implementation, bug: Bug) -> Change | Misfit:
    """The changed file, or the reason why the rule has no place."""
    if prepared.rule.edits:
        return role_rules.apply(prepared.rule, implementation)
    if prepared.match is None:
        return codemod_rules.apply(prepared.rule, implementation, bug)
    return pattern_rules.apply(prepared, implementation, bug)


def _mutant(
    implementation: Implementation, bug: Bug, prepared: PreparedRule, change: Change
) -> Mutant:
    defect = changed_spans(change.before, change.after)
    marks = marks_of(prepared, change, defect)
    before = implementation.files[change.file]
    return Mutant(
        bug=bug.id,
        case=implementation.case,
        implementation=implementation.name,
        file=change.file,
        source=change.after,
        diff=unified_diff(f"{implementation.case}/{change.file}", before, change.after),
        defect=defect,
        use=marks.use,
        accept=marks.accept,
    )


def unified_diff(name: str, before: str, after: str) -> str:
    """The `diff` of a mutant: `name` is the file's, below the folder of all cases."""
    lines = difflib.unified_diff(
        split_lines(before), split_lines(after), f"a/{name}", f"b/{name}", lineterm=""
    )
    return "\n".join(lines) + "\n"
