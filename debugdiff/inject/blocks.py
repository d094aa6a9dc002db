"""Statements as lines: where they stand, and how lines are put in, taken out and moved."""

from __future__ import annotations

import ast
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from itertools import groupby
from typing import TYPE_CHECKING

from debugdiff.inject.edits import Draft, Part, Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.tokens import string_lines, token_before
from debugdiff.source.lines import first_line
from debugdiff.source.normal import has_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.source.program import File

_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_INDENT = "    "
"""How code of a rule is indented."""


@dataclass(frozen=True)
class Statement:
    """A statement of a file, with the lines that it takes up."""

    file: File
    node: ast.stmt

    @cached_property
    def start(self) -> int:
        """The offset of its first character, decorators counted."""
        decorators = getattr(self.node, "decorator_list", [])
        if not decorators:
            return self.file.span(self.node)[0]
        at = token_before(self.file.text, self.file.span(decorators[0])[0])
        assert at is not None
        return at.start

    @property
    def end(self) -> int:
        """The offset behind its last character."""
        return self.file.span(self.node)[1]

    @property
    def lines(self) -> range:
        """Its lines, from 1."""
        return range(first_line(self.node), (self.node.end_lineno or self.node.lineno) + 1)

    @property
    def line_start(self) -> int:
        """The offset of the first character of its first line."""
        return self.file.offsets.line_start(self.lines[0])

    @property
    def line_end(self) -> int:
        """The offset behind its last line, comments counted, before the line break."""
        return self.file.offsets.line_end(self.lines[-1])

    @property
    def indent(self) -> str:
        """The white space before it."""
        return self.file.text[self.line_start : self.start]

    @cached_property
    def block(self) -> Sequence[ast.stmt]:
        """The statements of its block, itself among them."""
        parent = self.file.parents[self.node]
        lists = (value for _, value in ast.iter_fields(parent) if isinstance(value, list))
        return next(statements for statements in lists if self.node in statements)

    @property
    def shares_line(self) -> bool:
        """Whether another statement, or the head of its block, stands on one of its lines."""
        if self.indent.strip():
            return True
        others = (Statement(self.file, node) for node in self.block if node is not self.node)
        return any(set(self.lines) & set(other.lines) for other in others)

    def inner(self) -> Sequence[ast.stmt]:
        """The statements of its own block; none if it has no block."""
        return getattr(self.node, "body", [])


def newline_of(text: str) -> str:
    """The line break that a text uses."""
    found = re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"


def indent_of(text: str) -> str:
    """The white space by which a text indents its blocks."""
    for token in tokenize.generate_tokens(StringIO(text, newline="").readline):
        if token.type == tokenize.INDENT:
            return token.string
    return _INDENT


def indented(parts: Sequence[Part], indent: str, file: File) -> Iterator[Part]:
    """Code of a rule as lines of a block of the program; the first line, too."""
    newline, unit = newline_of(file.text), indent_of(file.text)
    yield indent
    for is_text, run in groupby(parts, key=lambda part: isinstance(part, str)):
        if not is_text:
            yield from run
            continue
        yield re.sub(
            rf"\n((?:{_INDENT})*)(?=[^\n])",
            lambda found: newline + indent + unit * (len(found[1]) // len(_INDENT)),
            "".join(map(str, run)),
        )


def put_before(draft: Draft, statement: Statement, parts: Sequence[Part]) -> None:
    """Put lines before a statement, below the comments above it."""
    _alone(statement)
    lines = indented(parts, statement.indent, statement.file)
    draft.insert(statement.line_start, *lines, newline_of(draft.text))


def put_after(draft: Draft, statement: Statement, parts: Sequence[Part]) -> None:
    """Put lines after a statement."""
    _alone(statement)
    lines = indented(parts, statement.indent, statement.file)
    draft.insert(statement.line_end, newline_of(draft.text), *lines)


def put_first(draft: Draft, block: Sequence[ast.stmt], file: File, parts: Sequence[Part]) -> None:
    """Put lines at the beginning of a block, behind its docstring."""
    first = Statement(file, block[0])
    _alone(first)
    if has_docstring(file.parents[block[0]]):
        put_after(draft, first, parts)
        return
    head = token_before(file.text, first.start)
    if head is None:
        put_before(draft, first, parts)
        return
    offset = file.offsets.line_end(file.offsets.place(head.start)[0])
    draft.insert(offset, newline_of(draft.text), *indented(parts, first.indent, file))


def put_last(draft: Draft, block: Sequence[ast.stmt], file: File, parts: Sequence[Part]) -> None:
    """Put lines at the end of a block, before a `return` or the like."""
    last = Statement(file, block[-1])
    put = put_before if isinstance(last.node, _LEAVING) else put_after
    put(draft, last, parts)


def take_out(draft: Draft, statement: Statement) -> None:
    """Take a statement out with its lines; a block that would be empty gets a `pass`."""
    if statement.shares_line:
        draft.replace(statement.start, statement.end, "pass")
    elif len(statement.block) == 1 and not isinstance(
        statement.file.parents[statement.node], ast.Module
    ):
        draft.replace(statement.start, statement.line_end, "pass")
    else:
        following = statement.file.offsets.line_start(statement.lines[-1] + 1)
        draft.replace(statement.line_start, max(following, statement.line_end))


def shift(draft: Draft, statement: Statement, old: str, new: str) -> None:
    """Give the lines of a statement but the first another indentation."""
    inside = string_lines(draft.text)
    for line in statement.lines[1:]:
        start = statement.file.offsets.line_start(line)
        filled = start < statement.file.offsets.line_end(line)
        if filled and line not in inside and draft.text.startswith(old, start):
            draft.replace(start, start + len(old), new)


def enclose(draft: Draft, statement: Statement, header: Sequence[Part]) -> None:
    """Put a statement into a block of its own, below a header."""
    _alone(statement)
    inner = statement.indent + indent_of(draft.text)
    shift(draft, statement, statement.indent, inner)
    lines = [*indented(header, statement.indent, statement.file), newline_of(draft.text)]
    body = Stretch(statement.start, statement.line_end)
    draft.replace(statement.line_start, statement.line_end, *lines, inner, body)


def take_away_block(draft: Draft, statement: Statement) -> None:
    """Take the header of a block away, and leave its statements where the header stood."""
    _alone(statement)
    first, last = (Statement(statement.file, statement.inner()[index]) for index in (0, -1))
    _alone(first)
    for line in range(first.lines[0], last.lines[-1] + 1):
        start = draft.text.find(first.indent, statement.file.offsets.line_start(line))
        here = start == statement.file.offsets.line_start(line)
        if here and line not in string_lines(draft.text):
            draft.replace(start, start + len(first.indent), statement.indent)
    draft.replace(statement.line_start, below_header(first))


def below_header(first: Statement) -> int:
    """The beginning of the line below the one on which the header of a block ends."""
    head = token_before(first.file.text, first.start)
    assert head is not None
    return first.file.offsets.line_start(first.file.offsets.place(head.start)[0] + 1)


def move(draft: Draft, statement: Statement, offset: int, indent: str) -> None:
    """Put a statement between two lines somewhere else.

    On the way up, the comments and empty lines above it go with it.

    Args:
        draft: the file's edits.
        statement: what is moved.
        offset: of the beginning of a line, or of the end of the text.
        indent: the white space before its lines there.
    """
    _alone(statement)
    if len(statement.block) == 1 and not isinstance(
        statement.file.parents[statement.node], ast.Module
    ):
        raise Unfit("its block would be empty without it")
    shift(draft, statement, statement.indent, indent)
    up = offset <= statement.line_start
    above = _lines_above(statement) if up else statement.lines[0]
    start = statement.file.offsets.line_start(above)
    parts: list[Part] = [
        Stretch(start, statement.line_start),
        indent,
        Stretch(statement.start, statement.line_end),
    ]
    newline = newline_of(draft.text)
    is_open = offset and draft.text[offset - 1] not in "\r\n"  # the text ends without a line break
    draft.insert(offset, *([newline, *parts] if is_open else [*parts, newline]))
    following = statement.file.offsets.line_start(statement.lines[-1] + 1)
    draft.replace(start, max(following, statement.line_end))


def _lines_above(statement: Statement) -> int:
    """The first of the empty lines and comments directly above a statement, or its own line."""
    line = statement.lines[0]
    offsets = statement.file.offsets
    while line > 1:
        text = statement.file.text[
            offsets.line_start(line - 1) : offsets.line_end(line - 1)
        ].strip()
        if text and not text.startswith("#"):
            break
        line -= 1
    return line


def _alone(statement: Statement) -> None:
    if statement.shares_line:
        raise Unfit(f"line {statement.lines[0]} holds other statements, too")
