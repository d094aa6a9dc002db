"""The program's own layout for code that a replacement repeats.

A replacement is written on one line; the call that it takes the place of may have been written
over several, with comments. What both have in common keeps the line breaks and comments that its
author gave it, so that a change of one argument is a change of one line.
"""

from __future__ import annotations

import ast
import io
import textwrap
import tokenize
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER})
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A token with the white space and comments between it and the one before.

    Attributes:
        depth: how many brackets are open around it; a bracket counts as outside of itself.
    """

    before: str
    text: str
    depth: int = 0


def keep_layout(old: str, new: str) -> str:
    """`new` with the white space and comments that `old` has around the same tokens.

    Whether the result is the same code as `new` is for the caller to check.

    Raises:
        SyntaxError, tokenize.TokenError: one of the two is no whole piece of code.
    """
    texts = _statements(new)
    news = [_pieces(text) for text in texts]
    for statement in filter(_is_multiline, _statements(old)):
        pieces = _pieces(statement)
        index = _most_alike(pieces, news)
        texts[index] = _laid_out(pieces, news[index])
    return "\n".join(texts)


def _is_multiline(statement: str) -> bool:
    return "\n" in statement.strip()


def _statements(text: str) -> list[str]:
    """The text cut before each statement but the first; empty lines stay with the one above."""
    lines = text.split("\n")
    found = ast.parse(textwrap.dedent(text)).body
    starts = [0, *(node.lineno - 1 for node in found[1:]), len(lines)]
    return ["\n".join(lines[start:end]) for start, end in pairwise(starts)]


def _most_alike(pieces: Sequence[_Piece], candidates: Sequence[Sequence[_Piece]]) -> int:
    ratios = [_matcher(pieces, candidate).ratio() for candidate in candidates]
    return ratios.index(max(ratios))


def _matcher(old: Sequence[_Piece], new: Sequence[_Piece]) -> SequenceMatcher[tuple[int, str]]:
    """Tokens are the same if they are the same text, as deep in brackets."""
    keys = [[(piece.depth, piece.text) for piece in pieces] for pieces in (old, new)]
    return SequenceMatcher(None, keys[0], keys[1], autojunk=False)


def _laid_out(old: Sequence[_Piece], new: Sequence[_Piece]) -> str:
    origins = {
        block.b + step: block.a + step
        for block in _matcher(old, new).get_matching_blocks()
        for step in range(block.size)
    }
    parts = []
    for index, piece in enumerate(new):
        follows = origins.get(index - 1, len(old)) + 1
        before = old[follows].before if follows < len(old) else piece.before
        if piece.text in _CLOSING and index in origins:  # whatever the last argument is now
            parts += [old[origins[index]].before, piece.text]
            continue
        is_next = origins.get(index) == follows
        is_broken = "\n" in before and "," not in piece.text + before
        parts += [before if is_next or is_broken else piece.before, piece.text]
    return "".join(parts)


def _pieces(text: str) -> list[_Piece]:
    """The tokens of some code; a comma before a closing bracket is layout, as formatters see it."""
    folded: list[_Piece] = []
    for piece in _deepened(_tokens(text)):
        if piece.text in _CLOSING and folded and folded[-1].text == ",":
            comma = folded.pop()
            folded.append(replace(piece, before=f"{comma.before},{piece.before}"))
        else:
            folded.append(piece)
    return folded


def _deepened(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    depth = 0
    for piece in pieces:
        depth -= piece.text in _CLOSING
        yield replace(piece, depth=depth)
        depth += piece.text in _OPENING


def _tokens(text: str) -> list[_Piece]:
    """Inside brackets, so that line breaks and indentation mean nothing to the tokenizer.

    The last piece has no text: it holds what stands behind the last token.
    """
    wrapped = f"(\n{text}\n)"
    starts = [0, *accumulate(len(line) for line in split_lines(wrapped, keep_ends=True))]
    pieces, end = [], 2
    for token in list(tokenize.generate_tokens(io.StringIO(wrapped).readline))[1:]:
        if token.type in _LAYOUT:
            continue
        start = starts[token.start[0] - 1] + token.start[1]
        pieces.append(_Piece(before=wrapped[end:start], text=token.string))
        end = starts[token.end[0] - 1] + token.end[1]
    last = pieces.pop()
    return [*pieces, replace(last, before=last.before.removesuffix("\n"), text="")]
