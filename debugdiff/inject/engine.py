"""From a program and a bug to a mutant, rule by rule."""

from __future__ import annotations

import ast
import difflib
import tokenize
import warnings
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import libcst as cst

from debugdiff.errors import BugError
from debugdiff.inject import codemods
from debugdiff.inject.keep import keep_layout
from debugdiff.inject.marks import marks_of
from debugdiff.inject.misfits import Misfit, Unfit, no_rule, quoted, summary, unmatched
from debugdiff.inject.pattern import named
from debugdiff.inject.program import Program, known_program
from debugdiff.inject.render import Edit, replace_expression, replace_statements
from debugdiff.inject.role_rules import RoleChange, apply
from debugdiff.inject.rules import PreparedRule, prepare
from debugdiff.inject.search import Limits, Match, find, is_inside
from debugdiff.inject.spans import LINE_END, changed_spans
from debugdiff.model import Mutant, NotApplicable, Style, Training
from debugdiff.source import program as source_program
from debugdiff.source.roles import Roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.inject.unify import Bindings
    from debugdiff.model import Bug, Implementation, InjectRule


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A changed source.

    Attributes:
        bindings: what the metavariables of the rule were.
        at_roles: how a rule at roles made it.
    """

    source: str
    bindings: Bindings = field(default_factory=dict)
    at_roles: RoleChange | None = None


def inject(implementation: Implementation, bug: Bug) -> Mutant | NotApplicable:
    """See `debugdiff.inject.inject`."""
    rules = [rule for rule in bug.rules if _fits(rule, implementation)]
    if not rules:
        return _without_rule(implementation, bug)
    misfits = []
    for rule in rules:
        prepared = prepare(bug, rule)
        change = _change(prepared, implementation, bug)
        if isinstance(change, _Change):
            return _mutant(implementation, bug, prepared, change)
        misfits.append(change)
    return _not_applicable(implementation, bug, summary(misfits))


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
    return _not_applicable(implementation, bug, no_rule(bug, implementation))


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


def _change(prepared: PreparedRule, implementation: Implementation, bug: Bug) -> _Change | Misfit:
    """The changed source, or the reason why the rule has no place."""
    if prepared.rule.edits:
        return _at_roles(prepared.rule, implementation)
    if prepared.match is None:
        return _codemod(prepared.rule, implementation, bug)
    try:
        program = known_program(implementation.source)
    except SyntaxError:
        return Misfit(reason="the program does not parse")
    match = _one_match(prepared, program)
    if isinstance(match, Misfit):
        return match
    try:
        return _replaced(prepared, match, program, bug)
    except Unfit as unfit:
        return Misfit(reason=str(unfit))


def _at_roles(rule: InjectRule, implementation: Implementation) -> _Change | Misfit:
    roles = _known_roles(implementation.source, f"{implementation.name}.py")
    if roles is None:
        return Misfit(reason="the program does not parse")
    change = apply(rule, roles, implementation.framework)
    if isinstance(change, Misfit):
        return change
    after = change.result.text
    if after == change.before:
        lines = ", ".join(str(place.location.line) for place in change.places)
        return Misfit(reason=f"line {lines} is written like that already")
    problem = _problem(after)
    return Misfit(reason=problem) if problem else _Change(source=after, at_roles=change)


@lru_cache(maxsize=64)
def _known_roles(source: str, name: str) -> Roles | None:
    """The roles of a program, remembered: a campaign puts many bugs into each program."""
    program = source_program.Program.of({name: source}, name)
    return Roles(program) if program.files else None


def _one_match(prepared: PreparedRule, program: Program) -> Match | Misfit:
    rule = prepared.rule
    assert prepared.match is not None
    found = find(prepared.match, program, statements=prepared.statements, limits=prepared.limits)
    if not found:
        return _nothing(prepared, program)
    count = f"{len(found)} places match {quoted(rule)}"
    if rule.nth is None:
        lines = ", ".join(str(match.span.line) for match in found)
        several = Misfit(reason=f"{count} (lines {lines}): say `nth`")
        return found[0] if len(found) == 1 else several
    if -len(found) <= rule.nth < len(found):
        return found[rule.nth]
    return Misfit(reason=f"`nth` is {rule.nth}, but {count}")


def _nothing(prepared: PreparedRule, program: Program) -> Misfit:
    """Nothing is found: because of the pattern, or because of `where` alone."""
    rule = prepared.rule
    assert prepared.match is not None
    open_limits = Limits(inside=rule.inside, not_inside=rule.not_inside)
    near = find(prepared.match, program, statements=prepared.statements, limits=open_limits)
    if not near:
        return unmatched(rule)
    lines = ", ".join(str(match.span.line) for match in near)
    return Misfit(reason=f"`where` allows no match of {quoted(rule)} (lines {lines})")


def _replaced(prepared: PreparedRule, match: Match, program: Program, bug: Bug) -> _Change | Misfit:
    assert prepared.match is not None
    assert prepared.replace is not None
    try:
        if prepared.statements:
            edit = replace_statements(match, prepared.match, prepared.replace, program)
        else:
            edit = replace_expression(match, prepared.replace, program)
    except (cst.CSTValidationError, cst.ParserSyntaxError) as error:
        raise _no_python(prepared.rule, bug, str(error)) from error
    source = _laid_out(edit, program.source)
    if source == program.source and prepared.match.text != prepared.replace.text:
        return Misfit(reason=f"line {match.span.line} is written like that already")
    _check_changed(program.source, source, prepared.rule, bug)
    problem = _problem(source)
    if problem:
        return Misfit(reason=problem)
    kept = {name: bound for name, bound in match.bindings.items() if named(name)}
    return _Change(source=source, bindings=kept)


def _laid_out(edit: Edit, source: str) -> str:
    """The changed source, in the program's own layout where that is still the same code."""
    plain = edit.apply(source)
    old = source[edit.start : edit.end]
    if not LINE_END.search(old.strip()):
        return plain
    try:
        kept = keep_layout(old, edit.text)
        laid_out = replace(edit, text=kept).apply(source)
        same = ast.dump(_parse(laid_out)) == ast.dump(_parse(plain))
    except (SyntaxError, tokenize.TokenError):
        return plain
    return laid_out if same else plain


def _check_changed(before: str, after: str, rule: InjectRule, bug: Bug) -> None:
    if before == after:
        raise BugError(
            f"{bug.path}:{rule.line}: this rule changes nothing in a program that it matches.",
            hint="`replace` is the same code as `match`.",
            slug="bug-changes-nothing",
        )


def _problem(after: str) -> str:
    """Why the result cannot be run at all; empty if it can."""
    try:
        _compile(after)
    except SyntaxError as error:
        twice = error.msg.removeprefix("keyword argument repeated: ")
        if twice != error.msg:
            return f"the argument `{twice}` would be given twice (line {error.lineno})"
        return f"the result would not be Python: {error.msg}, line {error.lineno}"
    return ""


def _no_python(rule: InjectRule, bug: Bug, problem: str, text: str = "") -> BugError:
    return BugError(
        f"{bug.path}:{rule.line}: the result of this rule is not Python: {problem}.",
        hint=text.rstrip() or "See `replace`, or the codemod.",
        slug="bug-result",
    )


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _compile(source: str) -> None:
    """What only the compiler sees: a keyword given twice, a `return` outside of a function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(source, "<mutant>", "exec", dont_inherit=True)


def _codemod(rule: InjectRule, implementation: Implementation, bug: Bug) -> _Change | Misfit:
    source = codemods.apply(bug, rule, implementation)
    if source is None:
        return Misfit(reason=f"codemod `{rule.codemod}` found no place")
    _check_changed(implementation.source, source, rule, bug)
    try:
        _compile(source)
    except SyntaxError as error:
        problem = f"{error.msg}, line {error.lineno}"
        raise _no_python(rule, bug, problem, error.text or "") from error
    if rule.inside or rule.not_inside:
        _check_inside(implementation.source, source, rule, bug)
    return _Change(source=source)


def _check_inside(before: str, after: str, rule: InjectRule, bug: Bug) -> None:
    tree = _parse(after)
    changed = {line for span in changed_spans(before, after) for line in span.lines}
    allowed = {line for span in _named(tree, rule.inside) for line in span}
    outside = sorted(changed - allowed) if rule.inside else []
    if outside:
        raise _too_much(rule, bug, f"line {outside[0]}, which is not inside `{rule.inside}`")
    refused = {line for span in _named(tree, rule.not_inside) for line in span}
    within = sorted(changed & refused) if rule.not_inside else []
    if within:
        raise _too_much(rule, bug, f"line {within[0]}, which is inside `{rule.not_inside}`")


def _too_much(rule: InjectRule, bug: Bug, what: str) -> BugError:
    return BugError(
        f"{bug.path}:{rule.line}: codemod `{rule.codemod}` changes {what}.",
        hint="A codemod changes only what it says; widen `inside` or narrow the codemod.",
        slug="bug-codemod",
    )


def _named(node: ast.AST, inside: str, path: tuple[str, ...] = ()) -> Iterator[range]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = (*path, child.name)
            if is_inside(names, inside):
                yield range(child.lineno, (child.end_lineno or child.lineno) + 1)
            yield from _named(child, inside, names)
        else:
            yield from _named(child, inside, path)


def _mutant(
    implementation: Implementation, bug: Bug, prepared: PreparedRule, change: _Change
) -> Mutant:
    before, after = implementation.source, change.source
    clean = before if change.at_roles is None else change.at_roles.before
    defect = changed_spans(clean, after)
    marks = marks_of(prepared, after, change.bindings, defect, change.at_roles)
    return Mutant(
        bug=bug.id,
        case=implementation.case,
        implementation=implementation.name,
        source=after,
        diff=_diff(f"{implementation.case}/{implementation.name}.py", before, after),
        defect=defect,
        use=marks.use,
        accept=marks.accept,
    )


def _diff(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    return "\n".join(lines) + "\n"
