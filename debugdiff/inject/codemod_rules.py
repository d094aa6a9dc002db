"""From a rule with a codemod to the changed text."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from debugdiff.errors import BugError
from debugdiff.inject import codemods
from debugdiff.inject.changes import Change, check_changed, framework_files, not_python
from debugdiff.inject.misfits import Misfit
from debugdiff.inject.search import is_inside
from debugdiff.inject.spans import changed_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Bug, Implementation, InjectRule


def apply(rule: InjectRule, implementation: Implementation, bug: Bug) -> Change | Misfit:
    """What the codemod makes of the first of the program's files that has a place for it.

    Raises:
        BugError: it fails, changes nothing or too much, or its result is not Python.
    """
    for file in framework_files(implementation):
        before = implementation.files[file]
        after = codemods.apply(bug, rule, before, implementation)
        if after is not None:
            _check(rule, bug, before, after)
            return Change(file=file, before=before, after=after)
    return Misfit(reason=codemods.missing(bug, rule))


def _check(rule: InjectRule, bug: Bug, before: str, source: str) -> None:
    check_changed(before, source, rule, bug)
    try:
        _compile(source)
    except SyntaxError as error:
        problem = f"{error.msg}, line {error.lineno}"
        raise not_python(rule, bug, problem, error.text or "") from error
    if rule.inside or rule.not_inside:
        _check_inside(before, source, rule, bug)


def _compile(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(source, "<mutant>", "exec", dont_inherit=True)


def _check_inside(before: str, after: str, rule: InjectRule, bug: Bug) -> None:
    tree = ast.parse(after)
    changed = {line for span in changed_spans(before, after) for line in span.lines}
    allowed = {line for span in _definitions(tree, rule.inside) for line in span}
    outside = sorted(changed - allowed) if rule.inside else []
    if outside:
        raise _too_much(rule, bug, f"line {outside[0]}, which is not inside `{rule.inside}`")
    refused = {line for span in _definitions(tree, rule.not_inside) for line in span}
    within = sorted(changed & refused) if rule.not_inside else []
    if within:
        raise _too_much(rule, bug, f"line {within[0]}, which is inside `{rule.not_inside}`")


def _too_much(rule: InjectRule, bug: Bug, what: str) -> BugError:
    return BugError(
        f"{bug.path}:{rule.line}: codemod `{rule.codemod}` changes {what}.",
        hint="Correct `inside` or `not_inside`, or let the codemod change less.",
        slug="bug-codemod",
    )


def _definitions(node: ast.AST, inside: str, path: tuple[str, ...] = ()) -> Iterator[range]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = (*path, child.name)
            if is_inside(names, inside):
                yield range(child.lineno, (child.end_lineno or child.lineno) + 1)
            yield from _definitions(child, inside, names)
        else:
            yield from _definitions(child, inside, path)
