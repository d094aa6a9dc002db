"""Which words of a message went, came and stayed."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 400
"""Words of a message that are compared; comparing takes time with their square."""


class Words(NamedTuple):
    """A stretch of words: `sign` is `-` for what went, `+` for what came, else a space."""

    sign: str
    text: str


def word_diff(before: str, after: str) -> Iterator[Words]:
    """The stretches of two messages, in the order in which they are read."""
    old, new = before.split()[:_MOST], after.split()[:_MOST]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            yield Words(" ", " ".join(old[start:end]))
            continue
        if start < end:
            yield Words("-", " ".join(old[start:end]))
        if first < last:
            yield Words("+", " ".join(new[first:last]))
