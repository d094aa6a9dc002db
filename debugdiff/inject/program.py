"""A program, analysed once: its terms, the places a pattern may match, and their positions."""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, cast

import libcst as cst
from libcst.metadata import CodeRange, PositionProvider

from debugdiff.inject.build import module_terms
from debugdiff.inject.spans import LINE_END
from debugdiff.model import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.inject.terms import Term, TermPlace


class _Positions(PositionProvider):
    """libcst's positions without its wrapper, which would copy and walk the tree as well."""

    def of(self, module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
        self._gen_impl(module)
        return cast("Mapping[cst.CSTNode, CodeRange]", self._computed)


@dataclass(frozen=True)
class _Chunk:
    """A statement of the module, with positions that are worked out when they are asked for.

    Attributes:
        name: of the function or class that it is.
        line: where it begins, decorators not counted.
    """

    node: cst.CSTNode
    name: str
    line: int

    @cached_property
    def ranges(self) -> Mapping[cst.CSTNode, CodeRange]:
        return _Positions().of(cst.Module(body=[self.node]))  # type: ignore[list-item]

    @cached_property
    def shift(self) -> int:
        """How many lines further down it stands than its own positions say."""
        return self.line - self.ranges[self.node].start.line


@dataclass(frozen=True)
class ParsedText:
    """One source text with everything that is looked up in it.

    Attributes:
        expressions: places by the kind of their term.
        blocks: the statement lists of modules, functions, loops and so on.
    """

    source: str
    module: cst.Module
    expressions: Mapping[str, tuple[TermPlace, ...]]
    blocks: tuple[TermPlace, ...]

    @cached_property
    def _chunks(self) -> tuple[_Chunk, ...]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lines = [node.lineno for node in ast.parse(self.source).body]
        chunks = []
        position = 0
        for node in self.module.body:
            name = node.name.value if isinstance(node, (cst.FunctionDef, cst.ClassDef)) else ""
            chunks.append(_Chunk(node=node, name=name, line=lines[position]))
            position += len(node.body) if isinstance(node, cst.SimpleStatementLine) else 1
        return tuple(chunks)

    def _range(self, node: cst.CSTNode, within: str) -> Span:
        """Where a node stands; quick for one that stands in the function or class of a name."""
        chunks = sorted(self._chunks, key=lambda chunk: chunk.name != within)
        chunk = next(chunk for chunk in chunks if node in chunk.ranges)
        start, end = chunk.ranges[node].start, chunk.ranges[node].end
        return Span(
            line=start.line + chunk.shift,
            column=start.column,
            end_line=end.line + chunk.shift,
            end_column=end.column,
        )

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

    def span(
        self, first: cst.CSTNode, last: cst.CSTNode | None = None, *, within: str = ""
    ) -> Span:
        """Where some code stands, its parentheses, comments and line end not counted.

        `within` is the function or class of the module that holds it, if that is known.
        """
        decorators = getattr(first, "decorators", ())
        start = self._range(decorators[0] if decorators else first, within)
        end = self._range(last or first, within)
        return replace(start, end_line=end.end_line, end_column=end.end_column)

    def offsets(self, span: Span) -> tuple[int, int]:
        """The same as two offsets."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def line_end(self, line: int) -> int:
        """The offset of a line's end, before its line break."""
        match = LINE_END.search(self.source, self.line_starts[line - 1])
        return match.start() if match else len(self.source)


def parse_program(source: str) -> ParsedText:
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
    expressions: dict[str, list[TermPlace]] = defaultdict(list)
    for place in built.expressions:
        expressions[place.term.kind].append(place)
    return ParsedText(
        source=source,
        module=module,
        expressions={kind: tuple(places) for kind, places in expressions.items()},
        blocks=tuple(built.blocks),
    )


@lru_cache(maxsize=128)
def known_program(source: str) -> ParsedText:
    """`parse_program`, remembered: a campaign puts many bugs into each program."""
    return parse_program(source)


def small_statements(holder: cst.CSTNode | None) -> int:
    """How many statements share a line; compound statements have lines of their own."""
    return len(holder.body) if isinstance(holder, cst.SimpleStatementLine) else 0


def shares_line(term: Term) -> bool:
    """Whether a statement cannot be taken out together with its line."""
    return isinstance(term.holder, cst.SimpleStatementSuite) or small_statements(term.holder) > 1
