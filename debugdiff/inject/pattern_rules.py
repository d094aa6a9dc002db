"""From a rule with a pattern to the changed text."""

from __future__ import annotations

import ast
import tokenize
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from debugdiff.inject.changes import Change, check_changed, framework_files, not_python
from debugdiff.inject.fresh import living_names, own_names, used_names
from debugdiff.inject.honest import artefact
from debugdiff.inject.keep import keep_layout
from debugdiff.inject.misfits import Misfit, Unfit, quoted, unmatched
from debugdiff.inject.pattern import named, python_text
from debugdiff.inject.program import ParsedText, known_program
from debugdiff.inject.render import Edit, replace_expression, replace_statements
from debugdiff.inject.roles import roles_of
from debugdiff.inject.search import Limits, Match, find
from debugdiff.inject.spans import LINE_END

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.inject.rules import PreparedRule
    from debugdiff.model import Bug, Implementation, InjectRule


def apply(prepared: PreparedRule, implementation: Implementation, bug: Bug) -> Change | Misfit:
    """The program with the bug in the first of its files that has a place for it.

    Raises:
        BugError: the rule is not usable.
    """
    misfits = []
    for file in framework_files(implementation):
        change = _in_file(prepared, file, implementation, bug)
        if isinstance(change, Change):
            return change
        misfits.append(change)
    return misfits[0]


def _in_file(
    prepared: PreparedRule, file: str, implementation: Implementation, bug: Bug
) -> Change | Misfit:
    try:
        program = known_program(implementation.files[file])
    except SyntaxError:
        return Misfit(reason="the program does not parse")
    match = _one_match(prepared, program)
    if isinstance(match, Misfit):
        return match
    return _at(match, prepared, (file, program), implementation, bug)


def everywhere(
    prepared: PreparedRule, implementation: Implementation, bug: Bug
) -> Iterator[Change]:
    """What a rule can do in a program, one place at a time; `nth` is no part of the fault.

    Raises:
        BugError: the rule is not usable.
    """
    assert prepared.match is not None
    for file in framework_files(implementation):
        try:
            program = known_program(implementation.files[file])
        except SyntaxError:
            continue
        limits, statements = prepared.limits, prepared.statements
        for match in find(prepared.match, program, statements=statements, limits=limits):
            change = _at(match, prepared, (file, program), implementation, bug)
            if isinstance(change, Change):
                yield change


def _at(
    match: Match,
    prepared: PreparedRule,
    of: tuple[str, ParsedText],
    implementation: Implementation,
    bug: Bug,
) -> Change | Misfit:
    taken = _taken(prepared.rule, match, of[0], implementation)
    if taken:
        return Misfit(reason=f"the bug would give `{min(taken)}` of this program another value")
    try:
        return _replaced(prepared, match, of, bug)
    except Unfit as unfit:
        return Misfit(reason=str(unfit))


def _taken(
    rule: InjectRule, match: Match, file: str, implementation: Implementation
) -> frozenset[str]:
    """Names that the replacement alone binds and whose values the program needs there."""
    before, after = (ast.parse(python_text(text)) for text in (rule.match, rule.replace))
    own = own_names(after) - used_names(before)
    roles = roles_of(implementation) if own else None
    if roles is None:
        return frozenset()
    return own & living_names(roles.program.files[file], match.span.line)


def _one_match(prepared: PreparedRule, program: ParsedText) -> Match | Misfit:
    rule = prepared.rule
    assert prepared.match is not None
    found = find(prepared.match, program, statements=prepared.statements, limits=prepared.limits)
    if not found:
        return _nothing(prepared, program)
    count = f"{len(found)} places are like {quoted(rule)}"
    if rule.nth is None:
        lines = ", ".join(str(match.span.line) for match in found)
        several = Misfit(reason=f"{count} (lines {lines}), and the bug has no `nth` to say which")
        return found[0] if len(found) == 1 else several
    if -len(found) <= rule.nth < len(found):
        return found[rule.nth]
    return Misfit(reason=f"only {count}, and the bug is about another one (`nth = {rule.nth}`)")


def _nothing(prepared: PreparedRule, program: ParsedText) -> Misfit:
    """Nothing is found: because of the pattern, or because of `where` alone."""
    rule = prepared.rule
    assert prepared.match is not None
    open_limits = Limits(inside=rule.inside, not_inside=rule.not_inside)
    near = find(prepared.match, program, statements=prepared.statements, limits=open_limits)
    if not near or rule.missing:
        return unmatched(rule)
    lines = ", ".join(str(match.span.line) for match in near)
    word = "line" if len(near) == 1 else "lines"
    return Misfit(
        reason=f"code like {quoted(rule)} ({word} {lines}) is not of the kind that the bug changes"
    )


def _replaced(
    prepared: PreparedRule, match: Match, of: tuple[str, ParsedText], bug: Bug
) -> Change | Misfit:
    file, program = of
    assert prepared.match is not None
    assert prepared.replace is not None
    try:
        if prepared.statements:
            edit = replace_statements(match, prepared.match, prepared.replace, program)
        else:
            edit = replace_expression(match, prepared.replace, program)
    except (cst.CSTValidationError, cst.ParserSyntaxError) as error:
        raise not_python(prepared.rule, bug, str(error)) from error
    source = _laid_out(edit, program.source)
    if source == program.source and prepared.match.text != prepared.replace.text:
        return Misfit(reason=f"line {match.span.line} is written like that already")
    check_changed(program.source, source, prepared.rule, bug)
    problem = artefact(program.source, source, prepared.rule.allow)
    if problem:
        return Misfit(reason=problem)
    kept = {name: bound for name, bound in match.bindings.items() if named(name)}
    return Change(file=file, before=program.source, after=source, bindings=kept)


def _laid_out(edit: Edit, source: str) -> str:
    """The changed source, in the program's own layout where that is still the same code."""
    plain = edit.apply(source)
    old = source[edit.start : edit.end]
    if not LINE_END.search(old.strip()):
        return plain
    try:
        kept = keep_layout(old, edit.text)
        laid_out = replace(edit, text=kept).apply(source)
        same = ast.dump(_parsed(laid_out)) == ast.dump(_parsed(plain))
    except (SyntaxError, tokenize.TokenError):
        return plain
    return laid_out if same else plain


def _parsed(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
