"""The text that takes a match's place, and nothing else of the file.

Replacements are put together as trees, so that the original code behind a metavariable keeps its
comments and quotes, is indented for its new place, and gets parentheses where it needs them.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from debugdiff.inject.build import module_terms, statement_terms
from debugdiff.inject.fill import ATOMS, Filler, statement_line, without_footer
from debugdiff.inject.layout import Emitted, align
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.program import ParsedText, shares_line
from debugdiff.inject.terms import same_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.inject.pattern import Pattern
    from debugdiff.inject.search import Match
    from debugdiff.model import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One stretch of the source, by offsets, and the text that takes its place."""

    start: int
    end: int
    text: str

    def apply(self, source: str) -> str:
        """The source with the edit made."""
        return source[: self.start] + self.text + source[self.end :]


def replace_expression(match: Match, replacement: Pattern, program: ParsedText) -> Edit:
    """The edit that puts an expression in another one's place.

    Raises:
        Unfit: the replacement needs a library that the program does not import.
    """
    template = replacement.expression
    assert template is not None
    text, node = _expression(match, template.node, program)
    start, end = program.offsets(match.span)
    bare = Edit(start=start, end=end, text=text)
    if isinstance(node, ATOMS) or getattr(match.terms[0].node, "lpar", None):
        return bare
    wrapped = Edit(start=start, end=end, text=f"({text})")
    intended = _dump(wrapped.apply(program.source))
    return bare if intended in {"", _dump(bare.apply(program.source))} else wrapped


def _expression(
    match: Match, template: cst.CSTNode, program: ParsedText
) -> tuple[str, cst.BaseExpression]:
    node = _filled(match, template, program, parenthesize=False)
    grouped = node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    if not _read_as_meant([statement_line(cst.Expr(grouped))], program):
        node = _filled(match, template, program, parenthesize=True)
    line = statement_line(cst.Expr(node))
    return _code([line], match.place.indent, program).strip(), node


def _filled(
    match: Match, template: cst.CSTNode, program: ParsedText, *, parenthesize: bool
) -> cst.BaseExpression:
    node = template.visit(Filler(match, program, parenthesize=parenthesize))
    assert isinstance(node, cst.BaseExpression)
    return node


def _dump(source: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(source))
    except SyntaxError:
        return ""


def replace_statements(
    match: Match, pattern: Pattern, replacement: Pattern, program: ParsedText
) -> Edit:
    """The edit that puts zero or more statements in the place of some.

    Statements that the replacement repeats from the pattern are left alone.

    Raises:
        Unfit: the replacement needs a library that the program does not import, or does not fit
            on a line that holds other statements.
    """
    emitted = _statements(match, pattern, replacement, program)
    if any(shares_line(term) for term in match.terms):
        return _within_line(match, emitted, program)
    head, tail = _untouched(emitted, len(match.terms))
    kept = emitted[head : len(emitted) - tail]
    first, last = head, len(match.terms) - tail
    if first == last:
        return _insertion(match, kept, first, program, before=head == 0 and tail > 0)
    if not kept and len(match.terms) - head - tail == len(match.place.term.terms("body")):
        kept = _needed_pass(match)
    span = program.span(match.terms[first].node, match.terms[last - 1].node)
    return _lines(match, kept, span, (first, last), program)


def _statements(
    match: Match, pattern: Pattern, replacement: Pattern, program: ParsedText
) -> tuple[Emitted, ...]:
    emitted = align(match, pattern, replacement, Filler(match, program))
    if _read_as_meant([item.node for item in emitted], program):
        return emitted
    return align(match, pattern, replacement, Filler(match, program, parenthesize=True))


def _read_as_meant(nodes: Sequence[cst.CSTNode], program: ParsedText) -> bool:
    """Whether the text is read as the trees it was written from: parentheses may be missing."""
    try:
        read = cst.parse_module(_code(nodes, "", program))
    except cst.ParserSyntaxError:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return same_run(module_terms(read).statements, statement_terms(nodes))


def _untouched(emitted: Sequence[Emitted], count: int) -> tuple[int, int]:
    """How many matched statements at the beginning and at the end stay as they are."""
    origins = [item.origin for item in emitted]
    head = 0
    while head < min(len(origins), count) and origins[head] == head:
        head += 1
    tail = 0
    limit = min(len(origins), count) - head
    while tail < limit and origins[-1 - tail] == count - 1 - tail:
        tail += 1
    return head, tail


def _needed_pass(match: Match) -> tuple[Emitted, ...]:
    if isinstance(match.place.term.node, cst.Module):
        return ()
    return (Emitted(node=statement_line(cst.Pass()), fresh=False),)


def _lines(
    match: Match,
    kept: Sequence[Emitted],
    span: Span,
    region: tuple[int, int],
    program: ParsedText,
) -> Edit:
    """Whole lines in the place of whole lines; without text the line break goes as well."""
    start = program.line_starts[span.line - 1]
    end = program.line_end(span.end_line)
    if not kept:
        following = program.line_starts[span.end_line : span.end_line + 1]
        return Edit(start=start, end=following[0] if following else end, text="")
    nodes = _dressed(match, kept, region)
    return Edit(start=start, end=end, text=_code(nodes, match.place.indent, program))


def _dressed(match: Match, kept: Sequence[Emitted], region: tuple[int, int]) -> list[cst.CSTNode]:
    """Comments stand once: those above the region and below it are not repeated inside."""
    first, last = region[0], region[1] - 1
    above = getattr(match.terms[first].node, "leading_lines", ())
    nodes = []
    for item in kept:
        node = item.node
        # The program's own statement, as it is or with another body.
        if item.origin == first or (above and getattr(node, "leading_lines", ()) is above):
            node = node.with_changes(leading_lines=())
        if item.origin == last:
            node = without_footer(node)
        nodes.append(node)
    old = match.terms[last].holder
    if kept[-1].fresh and isinstance(old, cst.SimpleStatementLine):
        ending = nodes[-1]
        if isinstance(ending, cst.SimpleStatementLine):
            nodes[-1] = ending.with_changes(trailing_whitespace=old.trailing_whitespace)
    return nodes


def _insertion(
    match: Match, kept: Sequence[Emitted], index: int, program: ParsedText, *, before: bool
) -> Edit:
    if not kept:
        start, _ = program.offsets(match.span)
        return Edit(start=start, end=start, text="")
    text = _code([item.node for item in kept], match.place.indent, program)
    newline = program.module.default_newline
    if before:
        line = program.span(match.terms[index].node).line
        start = program.line_starts[line - 1]
        return Edit(start=start, end=start, text=text + newline)
    start = program.line_end(program.span(match.terms[index - 1].node).end_line)
    return Edit(start=start, end=start, text=newline + text)


def _within_line(match: Match, emitted: Sequence[Emitted], program: ParsedText) -> Edit:
    """Statements that share a line with others are replaced by statements that can do the same."""
    parts: list[str] = []
    for item in emitted:
        if not isinstance(item.node, cst.SimpleStatementLine):
            raise Unfit("the replacement does not fit on a line that holds other statements")
        parts += [_small(small, program) for small in item.node.body]
    start, end = program.offsets(match.span)
    return Edit(start=start, end=end, text="; ".join(parts) or "pass")


def _small(node: cst.BaseSmallStatement, program: ParsedText) -> str:
    alone = node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return program.module.code_for_node(statement_line(alone)).strip()


def _code(nodes: Sequence[cst.CSTNode], indent: str, program: ParsedText) -> str:
    """Statements as text at an indentation, without the last line break.

    libcst itself indents: strings over several lines stay as they are.
    """
    module = program.module.with_changes(
        header=(), footer=(), has_trailing_newline=True, body=list(nodes)
    )
    if not indent:
        return module.code.removesuffix(module.default_newline)
    block = cst.IndentedBlock(body=list(nodes), indent=indent)  # type: ignore[arg-type]
    holder = cst.If(test=cst.Name("_"), body=block)
    _, _, text = module.with_changes(body=[holder]).code.partition(module.default_newline)
    return text.removesuffix(module.default_newline)
