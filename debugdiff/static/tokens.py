"""R2 volume and R3 vocabulary: Halstead's figures on all tokens of the normal form.

Operators are the punctuation and the keywords, operands the names, numbers and strings, so every
token of the text counts, but line breaks, indentation and comments. An f-string is one operand,
as Python before 3.12 reads it, so that a figure does not depend on the interpreter.
"""

from __future__ import annotations

import io
import math
import tokenize
from collections import Counter

from debugdiff.source.normal import in_plain_letters
from debugdiff.syntax import split_lines

_COUNTED = frozenset({tokenize.OP, tokenize.NAME, tokenize.NUMBER, tokenize.STRING})
_FSTRING_START: int | None = getattr(tokenize, "FSTRING_START", None)
_FSTRING_END: int | None = getattr(tokenize, "FSTRING_END", None)


def count_tokens(normal_source: str) -> Counter[str]:
    """How often each operator and operand of an unparsed source occurs."""
    normal_source = in_plain_letters(normal_source)
    lines = split_lines(normal_source, keep_ends=True)
    counts: Counter[str] = Counter()
    depth = 0
    start = (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(normal_source).readline):
        if token.type == _FSTRING_START:
            start = start if depth else token.start
            depth += 1
        elif token.type == _FSTRING_END:
            depth -= 1
            if not depth:
                counts[_text_between(lines, start, token.end)] += 1
        elif not depth and token.type in _COUNTED:
            counts[token.string] += 1
    return counts


def _text_between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (first, column), (last, end_column) = start, end
    if first == last:
        return lines[first - 1][column:end_column]
    middle = lines[first : last - 1]
    return "".join([lines[first - 1][column:], *middle, lines[last - 1][:end_column]])


def vocabulary(counts: Counter[str]) -> int:
    """R3: distinct tokens, `n` (Halstead 1977; Peitek et al. 2021 for its load on memory)."""
    return len(counts)


def volume(counts: Counter[str]) -> float:
    """R2 in bits: `N * log2(n)` for `N` tokens, `n` of them distinct (Halstead 1977)."""
    return counts.total() * math.log2(len(counts)) if counts else 0.0
