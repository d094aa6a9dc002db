"""Metavariables and library names of a replacement, filled in for one match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import libcst as cst

from debugdiff.inject.annotations import clothed, own_function
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.names import expand, is_library, spell
from debugdiff.inject.program import ParsedText, shares_line
from debugdiff.inject.terms import (
    ONE_PREFIX,
    RUN_PREFIX,
    Term,
    dotted_name,
    flat_parameters,
    imported,
    is_run,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.inject.search import Match

ATOMS = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.List,
    cst.Dict,
    cst.Set,
    cst.ListComp,
    cst.DictComp,
    cst.SetComp,
    cst.SimpleString,
    cst.FormattedString,
)
"""Expressions that never need parentheses (numbers do, before a dot)."""

_Any = TypeVar("_Any", bound=cst.CSTNode)
_Node = TypeVar("_Node", cst.List, cst.Tuple, cst.Set)


def statement_line(small: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
    """A small statement on a line of its own."""
    alone = small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return cst.SimpleStatementLine(body=[alone])


class Filler(cst.CSTTransformer):
    """Puts the code of a match into a replacement.

    Args:
        parenthesize: put parentheses around what stands for a metavariable, where that can matter.
    """

    def __init__(self, match: Match, program: ParsedText, *, parenthesize: bool = False) -> None:
        super().__init__()
        self._match = match
        self._program = program
        self._parenthesize = parenthesize
        self._imported: set[str] = set()
        self.repeated: dict[cst.CSTNode, Term] = {}
        """Lines of the replacement that repeat a statement of the pattern: the program's own."""

    def statement(self, term: Term) -> cst.BaseStatement | cst.SimpleStatementLine:
        """A statement of the program as a line of its own, with its comments.

        Comments above the match and below it stay where they are and are not repeated.
        """
        node = statement_node(term)
        if term is self._match.terms[0]:
            node = node.with_changes(leading_lines=())
        if _end(self._program, term.node) == _end(self._program, self._match.terms[-1].node):
            node = without_footer(node)
        return node

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: N802 - libcst's name
        self._imported |= {name for name, _ in imported(node)}
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: N802 - libcst's name
        self._imported |= {name for name, _ in imported(node)}
        return False

    def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802 - libcst's name
        return not is_library(dotted_name(node))

    def leave_Attribute(  # noqa: N802 - libcst's name
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        dotted = dotted_name(original_node)
        root = dotted.partition(".")[0]
        scope = self._match.place.term.scope
        if not is_library(dotted) or root in self._imported or scope.is_variable(root):
            return updated_node
        spelled = spell(dotted, scope)
        if spelled is None:
            raise Unfit(f"the bug needs `{expand(dotted)}`, and no import of this program gives it")
        return cst.parse_expression(spelled)

    def leave_Name(  # noqa: N802 - libcst's name
        self, original_node: cst.Name, updated_node: cst.Name
    ) -> cst.BaseExpression:
        if not original_node.value.startswith(ONE_PREFIX):
            return updated_node
        (term,) = self._terms(original_node.value.removeprefix(ONE_PREFIX))
        node = term.node
        assert isinstance(node, cst.BaseExpression)
        if self._parenthesize and not node.lpar and not isinstance(node, ATOMS):
            return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return node

    def visit_Call(self, node: cst.Call) -> bool:  # noqa: N802 - libcst's name
        return not any(map(_is_run_argument, node.args))

    def leave_Call(  # noqa: N802 - libcst's name
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.BaseExpression:
        if not any(map(_is_run_argument, original_node.args)):
            return updated_node
        # By hand: libcst refuses a call whose arguments are out of order for a moment.
        arguments: list[cst.Arg] = [
            part for argument in original_node.args for part in self._argument(argument)
        ]
        ordered = _with_commas(sorted(arguments, key=_argument_rank), original_node.args[-1].comma)
        return original_node.with_changes(func=original_node.func.visit(self), args=ordered)

    def _argument(self, argument: cst.Arg) -> list[Any]:
        return self._run(argument.value) if _is_run_argument(argument) else [argument.visit(self)]

    def leave_StarredElement(  # noqa: N802 - libcst's name
        self, original_node: cst.StarredElement, updated_node: cst.StarredElement
    ) -> Any:
        if is_run(original_node.value):
            return cst.FlattenSentinel(self._run(original_node.value))
        return updated_node

    def leave_Element(  # noqa: N802 - libcst's name
        self, original_node: cst.Element, updated_node: cst.Element
    ) -> Any:
        if is_run(original_node.value):
            return cst.FlattenSentinel(self._run(original_node.value))
        return updated_node

    def leave_Subscript(  # noqa: N802 - libcst's name
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        last = original_node.slice[-1].comma
        return updated_node.with_changes(slice=_with_commas(updated_node.slice, last))

    def leave_SubscriptElement(  # noqa: N802 - libcst's name
        self, original_node: cst.SubscriptElement, updated_node: cst.SubscriptElement
    ) -> cst.SubscriptElement | cst.FlattenSentinel[cst.SubscriptElement]:
        index = original_node.slice
        if isinstance(index, cst.Index) and is_run(index.value):
            return cst.FlattenSentinel(self._run(index.value))
        return updated_node

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.List:  # noqa: N802
        return self._elements(original_node, updated_node)

    def leave_Tuple(self, original_node: cst.Tuple, updated_node: cst.Tuple) -> cst.Tuple:  # noqa: N802
        return self._elements(original_node, updated_node)

    def leave_Set(self, original_node: cst.Set, updated_node: cst.Set) -> cst.Set:  # noqa: N802
        return self._elements(original_node, updated_node)

    def leave_Parameters(  # noqa: N802 - libcst's name
        self, _original: cst.Parameters, updated_node: cst.Parameters
    ) -> cst.Parameters:
        flat = flat_parameters(updated_node)
        if not any(isinstance(item, cst.Param) and is_run(item.name) for item in flat):
            return updated_node
        texts = [self._parameter_text(item) for node in flat for item in self._parameters(node)]
        function = cst.parse_statement(f"def _({', '.join(texts)}): pass\n")
        assert isinstance(function, cst.FunctionDef)
        return function.params

    def leave_FunctionDef(  # noqa: N802 - libcst's name
        self, _original: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        own = own_function(self._match.terms, updated_node.name.value)
        return updated_node if own is None else clothed(updated_node, own)

    def leave_EmptyLine(  # noqa: N802 - libcst's name
        self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
    ) -> cst.EmptyLine:
        return updated_node if original_node.comment else updated_node.with_changes(indent=False)

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        if original_node in self.repeated:
            return self.statement(self.repeated[original_node])
        small = original_node.body[0]
        if not isinstance(small, cst.Expr) or not is_run(small.value):
            return updated_node
        name = cst.ensure_type(small.value, cst.Name).value.removeprefix(RUN_PREFIX)
        return cst.FlattenSentinel([self.statement(term) for term in self._terms(name)])

    def leave_IndentedBlock(  # noqa: N802 - libcst's name
        self, _original: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        if updated_node.body:
            return updated_node
        return updated_node.with_changes(body=[statement_line(cst.Pass())])

    def _terms(self, name: str) -> tuple[Term, ...]:
        return self._match.bindings[name].terms

    def _run(self, name: cst.BaseExpression) -> list[Any]:
        value = cst.ensure_type(name, cst.Name).value.removeprefix(RUN_PREFIX)
        return [term.node for term in self._terms(value)]

    def _elements(self, original_node: _Node, updated_node: _Node) -> _Node:
        if not any(is_run(element.value) for element in original_node.elements):
            return updated_node
        last = original_node.elements[-1].comma
        return updated_node.with_changes(elements=_with_commas(updated_node.elements, last))

    def _parameters(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Param) and is_run(node.name):
            yield from self._run(node.name)
        else:
            yield node

    def _parameter_text(self, node: cst.CSTNode) -> str:
        return self._program.module.code_for_node(node).strip().removesuffix(",")


def statement_node(term: Term) -> cst.BaseStatement | cst.SimpleStatementLine:
    """The line of a statement; a new one if it shared its line with others."""
    node = term.node
    if isinstance(node, cst.BaseSmallStatement):
        if isinstance(term.holder, cst.SimpleStatementLine) and not shares_line(term):
            return term.holder
        return statement_line(node)
    assert isinstance(node, cst.BaseStatement)
    return node


def without_footer(node: _Any) -> _Any:
    """A statement without the comments after its very last line, which are outside of it."""
    for name in ("finalbody", "orelse", "handlers", "body"):
        part = getattr(node, name, None)
        if isinstance(part, (tuple, list)) and part and isinstance(part[-1], cst.CSTNode):
            return node.with_changes(**{name: [*part[:-1], without_footer(part[-1])]})
        if isinstance(part, cst.IndentedBlock):
            bare = part.with_changes(footer=())
            return node.with_changes(**{name: without_footer(bare)})
        if isinstance(part, cst.CSTNode):
            return node.with_changes(**{name: without_footer(part)})
    return node


def _end(program: ParsedText, node: cst.CSTNode) -> tuple[int, int]:
    span = program.span(node)
    return span.end_line, span.end_column


def _is_run_argument(argument: cst.Arg) -> bool:
    return is_run(argument.value)


def _argument_rank(argument: cst.Arg) -> int:
    if argument.star == "**":
        return 2
    return 0 if argument.keyword is None else 1


def _with_commas(items: Sequence[_Any], last: object) -> list[_Any]:
    """Every item but the last with a comma, the last one as the replacement has it."""
    if not items:
        return []
    if isinstance(last, cst.MaybeSentinel):
        last = cst.MaybeSentinel.DEFAULT
    return [*items[:-1], items[-1].with_changes(comma=last)]
