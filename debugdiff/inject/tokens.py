"""The tokens of a text by their offsets, without what is layout."""

from __future__ import annotations

import io
import keyword
import tokenize
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.source.offsets import Offsets

if TYPE_CHECKING:
    import ast

    from debugdiff.source.program import File

_LAYOUT = frozenset(
    {
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.COMMENT,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)
OPENING = frozenset("([{")
CLOSING = frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Token:
    """One token, from its first character to behind its last."""

    text: str
    start: int
    end: int
    is_string: bool = False


@lru_cache(maxsize=64)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a whole text that parses."""
    offsets = Offsets(text)
    starts = [offsets.line_start(number) for number in range(1, offsets.count + 1)]
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if token.type not in _LAYOUT:
            start = starts[token.start[0] - 1] + token.start[1]
            end = starts[token.end[0] - 1] + token.end[1]
            found.append(Token(token.string, start, end, token.type == tokenize.STRING))
    return tuple(found)


def tokens_between(text: str, start: int, end: int) -> tuple[Token, ...]:
    """The tokens that begin between two offsets."""
    tokens = tokens_of(text)
    return tokens[_index(tokens, start) : _index(tokens, end)]


def token_before(text: str, offset: int) -> Token | None:
    """The last token that begins before an offset."""
    index = _index(tokens_of(text), offset)
    return tokens_of(text)[index - 1] if index else None


def token_after(text: str, offset: int) -> Token | None:
    """The first token that begins at an offset or behind it."""
    tokens = tokens_of(text)
    index = _index(tokens, offset)
    return tokens[index] if index < len(tokens) else None


def in_parentheses(file: File, node: ast.AST) -> bool:
    """Whether parentheses that only group stand directly around a node."""
    start, end = file.span(node)
    before, after = token_before(file.text, start), token_after(file.text, end)
    if before is None or after is None or (before.text, after.text) != ("(", ")"):
        return False
    outer = token_before(file.text, before.start)
    if outer is None or outer.text in _KEYWORDS:
        return True
    return not (outer.text[-1].isalnum() or outer.text[-1] in "_)]}")


_KEYWORDS = frozenset(keyword.kwlist) - {"None", "True", "False"}


def string_lines(text: str) -> frozenset[int]:
    """Lines, from 1, that begin inside of a string."""
    offsets = Offsets(text)
    lines: set[int] = set()
    for token in tokens_of(text):
        if token.is_string and ("\n" in token.text or "\r" in token.text):
            first, last = offsets.place(token.start)[0], offsets.place(token.end)[0]
            lines.update(range(first + 1, last + 1))
    return frozenset(lines)


def _index(tokens: tuple[Token, ...], offset: int) -> int:
    return bisect_left(tokens, offset, key=lambda token: token.start)
