"""Lines of a mutant that `use` and `accept` mark."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.inject.program import parse_program
from debugdiff.inject.role_marks import ROLE, at_role, default_use
from debugdiff.inject.search import Limits, find
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.inject.changes import Change
    from debugdiff.inject.pattern import Pattern
    from debugdiff.inject.rules import PreparedRule
    from debugdiff.model import Span

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Where a defect bites, and where else it could be mended."""

    use: tuple[Span, ...]
    accept: tuple[Span, ...]


def marks_of(prepared: PreparedRule, change: Change, defect: tuple[Span, ...]) -> Marks:
    """The spans that `use` and `accept` of a rule mark in a mutant."""
    spans = dict(_of_patterns(prepared, change, defect))
    rule = prepared.rule
    if change.at_roles is None:
        use = spans.get(rule.use or "", ())
        return Marks(use=use, accept=tuple(span for text in rule.accept for span in spans[text]))
    wanted = [text for text in (rule.use, *rule.accept) if text and text not in spans]
    spans |= {text: at_role(text.removeprefix(ROLE), change.at_roles) for text in wanted}
    use = default_use(change.at_roles) if rule.use is None else spans.get(rule.use, ())
    lines = {line for span in defect for line in span.lines}
    return Marks(
        use=tuple(span for span in use if span.file or not lines.issuperset(span.lines)),
        accept=tuple(span for text in rule.accept for span in spans[text]),
    )


def _of_patterns(
    prepared: PreparedRule, change: Change, defect: tuple[Span, ...]
) -> Mapping[str, tuple[Span, ...]]:
    """The spans that each pattern marks, by its text."""
    patterns = [pattern for pattern in (prepared.use, *prepared.accept) if pattern is not None]
    if not patterns:
        return {}
    tree = _parse(change.after)
    program = parse_program(_of_interest(change.after, tree, patterns))
    limits = Limits(where=prepared.rule.where)
    found = {}
    for pattern in patterns:
        matches = find(pattern, program, limits=limits, bound=change.bindings)
        spans = tuple(match.span for match in matches)
        found[pattern.text] = _of_own_class(spans, tree, defect) if _on_self(pattern) else spans
    return found


def _of_interest(source: str, tree: ast.Module, patterns: Sequence[Pattern]) -> str:
    """The source with a stub for each function and class in which no pattern can match.

    Lines stay where they are. What is left is analysed in half of the time.
    """
    if any(len(pattern.statements) > 1 for pattern in patterns):
        return source  # they might match across two functions
    lines = split_lines(source)
    definitions = [node for node in tree.body if isinstance(node, _Definition)]
    inside = {line for node in definitions for line in _lines(node)}
    outside = [text for number, text in enumerate(lines) if number not in inside]
    known = _words("\n".join(outside))
    for node in definitions:
        words = known | _words("\n".join(lines[line] for line in _lines(node)))
        if not any(pattern.words <= words for pattern in patterns):
            stub = f"def {node.name}(): pass"
            lines[_lines(node).start : _lines(node).stop] = [stub, *[""] * (len(_lines(node)) - 1)]
    return "\n".join(lines)


def _lines(node: _Definition) -> range:
    """The lines of a definition with its decorators, from 0."""
    first = min(each.lineno for each in (node, *node.decorator_list))
    return range(first - 1, node.end_lineno or node.lineno)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _on_self(pattern: Pattern) -> bool:
    return "self." in pattern.text


def _of_own_class(
    spans: tuple[Span, ...], tree: ast.Module, defect: tuple[Span, ...]
) -> tuple[Span, ...]:
    """The spans in the defect's class, if there are any: elsewhere `self` is another object."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    lines = [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in classes]
    own = [each for each in lines if any(span.line in each for span in defect)]
    meant = tuple(span for span in spans if any(span.line in each for each in own))
    return meant or spans


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
