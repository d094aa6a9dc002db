"""From text to rows of token ids: what every `dataset.py` needs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

PADDING = 0
"""The id of the padding that makes rows equally long."""

UNKNOWN = 1
"""The id of every token that the vocabulary does not hold."""

_WORDS = re.compile(r"\w+(?:['\u2019]\w+)*|[^\w\s]")


class RowEnd(StrEnum):
    """An end of a row."""

    LEFT = "left"
    RIGHT = "right"


def tokenise(text: str) -> list[str]:
    """Lower-case words (with inner apostrophes) and punctuation marks, in order."""
    return _WORDS.findall(text.lower())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens by id. Ids 0 and 1 are padding and unknown; `tokens` holds them too.

    A token may be a word, a character or a tag. A `str` is a sequence of characters, so
    `Vocabulary.of(texts)` holds characters and `Vocabulary.of(map(tokenise, texts))` words.
    """

    tokens: tuple[str, ...]
    ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", {token: index for index, token in enumerate(self.tokens)})

    @classmethod
    def of(
        cls,
        sequences: Iterable[Sequence[str]],
        *,
        size: int | None = None,
        reserved: Sequence[str] = (),
    ) -> Vocabulary:
        """The most frequent tokens, at most `size` ids in all; ties go by the alphabet.

        Args:
            sequences: the texts, each a sequence of tokens.
            size: the number of ids, padding, unknown and reserved ones counted.
            reserved: tokens that get the ids from 2 on, whether they occur or not (`<start>`).
        """
        counts = Counter(chain.from_iterable(sequences))
        first = ("<padding>", "<unknown>", *reserved)
        ranked = sorted(counts.keys() - set(first), key=lambda token: (-counts[token], token))
        return cls((*first, *ranked)[:size])

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(
        self,
        sequences: Iterable[Sequence[str]],
        *,
        length: int,
        pad: RowEnd | str = RowEnd.RIGHT,
        truncate: RowEnd | str = RowEnd.RIGHT,
    ) -> NDArray[np.int64]:
        """Rows of ids, shape `(number of sequences, length)`, padded and truncated at a side."""
        rows = [self._row(sequence, length, RowEnd(truncate)) for sequence in sequences]
        encoded = np.full((len(rows), length), PADDING, dtype=np.int64)
        for target, row in zip(encoded, rows, strict=True):
            start = length - len(row) if RowEnd(pad) is RowEnd.LEFT else 0
            target[start : start + len(row)] = row
        return encoded

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The tokens of a row, without its padding."""
        return [self.tokens[index] for index in ids if index != PADDING]

    def _row(self, sequence: Sequence[str], length: int, truncate: RowEnd) -> list[int]:
        kept = sequence[-length:] if truncate is RowEnd.LEFT else sequence[:length]
        return [self.ids.get(token, UNKNOWN) for token in kept]
