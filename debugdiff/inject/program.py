"""A program, analysed once: its terms, the places a pattern may match, and their positions."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, cast

import libcst as cst
from libcst.metadata import CodeRange, PositionProvider

from debugdiff.inject.build import module_terms
from debugdiff.inject.spans import LINE_END
from debugdiff.model import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.inject.terms import Place, Term


class _Positions(PositionProvider):
    """libcst's positions without its wrapper, which would copy and walk the tree as well."""

    def of(self, module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
        self._gen_impl(module)
        return cast("Mapping[cst.CSTNode, CodeRange]", self._computed)


@dataclass(frozen=True)
class Program:
    """One source text with everything that is looked up in it.

    Attributes:
        expressions: places by the kind of their term.
        blocks: the statement lists of modules, functions, loops and so on.
    """

    source: str
    module: cst.Module
    expressions: Mapping[str, tuple[Place, ...]]
    blocks: tuple[Place, ...]

    @cached_property
    def _ranges(self) -> Mapping[cst.CSTNode, CodeRange]:
        return _Positions().of(self.module)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset of every line's first character."""
        return (0, *(match.end() for match in LINE_END.finditer(self.source)))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the text, for cheap filters."""
        return frozenset(re.findall(r"\w+", self.source))

    def offset(self, line: int, column: int) -> int:
        """The offset of a line (from 1) and column (from 0)."""
        return self.line_starts[line - 1] + column

    def span(self, first: cst.CSTNode, last: cst.CSTNode | None = None) -> Span:
        """Where some code stands, its parentheses, comments and line end not counted."""
        decorators = getattr(first, "decorators", ())
        start = self._ranges[decorators[0] if decorators else first].start
        end = self._ranges[last or first].end
        return Span(line=start.line, column=start.column, end_line=end.line, end_column=end.column)

    def offsets(self, span: Span) -> tuple[int, int]:
        """The same as two offsets."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def line_end(self, line: int) -> int:
        """The offset of a line's end, before its line break."""
        match = LINE_END.search(self.source, self.line_starts[line - 1])
        return match.start() if match else len(self.source)


def parse_program(source: str) -> Program:
    """Analyse a source text.

    Raises:
        SyntaxError: the text is not Python.
    """
    try:
        module = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        raise SyntaxError(str(error)) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd escapes in the program's strings are its own affair
        built = module_terms(module)
    expressions: dict[str, list[Place]] = defaultdict(list)
    for place in built.expressions:
        expressions[place.term.kind].append(place)
    return Program(
        source=source,
        module=module,
        expressions={kind: tuple(places) for kind, places in expressions.items()},
        blocks=tuple(built.blocks),
    )


@lru_cache(maxsize=128)
def known_program(source: str) -> Program:
    """`parse_program`, remembered: a campaign puts many bugs into each program."""
    return parse_program(source)


def small_statements(holder: cst.CSTNode | None) -> int:
    """How many statements share a line; compound statements have lines of their own."""
    return len(holder.body) if isinstance(holder, cst.SimpleStatementLine) else 0


def shares_line(term: Term) -> bool:
    """Whether a statement cannot be taken out together with its line."""
    return isinstance(term.holder, cst.SimpleStatementSuite) or small_statements(term.holder) > 1
