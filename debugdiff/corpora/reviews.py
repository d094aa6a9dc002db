"""Film reviews with their sentiment: IMDB (long) and Rotten Tomatoes (one sentence)."""

from __future__ import annotations

import numpy as np

from debugdiff.corpora import stand_ins
from debugdiff.corpora.catalogue import describe, file_paths, read_file
from debugdiff.corpora.shapes import LabelledTexts

_CLASSES = ("negative", "positive")


def reviews(name: str, *, limit: int | None = None, seed: int = 0) -> LabelledTexts:
    """The reviews of `imdb` (25,000) or `rotten-tomatoes` (8,530), in a random order.

    Negative and positive reviews take turns, so that every stretch of rows is balanced.

    Raises:
        DataError: see `read_file`; `data-unknown` for another name.
    """
    source = describe(name)
    if not source.installed:
        return stand_ins.reviews(source, limit=limit, seed=seed)
    records = _records_by_label(name)
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(len(found)) for found in records]
    rows = [
        (label, int(row)) for turn in zip(*orders, strict=True) for label, row in enumerate(turn)
    ]
    return LabelledTexts(
        texts=tuple(_text(records[label][row]) for label, row in rows[:limit]),
        labels=tuple(label for label, _ in rows[:limit]),
        classes=_CLASSES,
        source=source,
    )


def _records_by_label(name: str) -> list[list[bytes]]:
    """The CSV records of each label; no text of this file holds a line break."""
    (path,) = file_paths(name)
    lines = read_file(name, path).split(b"\n")
    endings = [f",{label},{name.replace('-', '_')}".encode() for label in range(len(_CLASSES))]
    return [[line for line in lines if line.endswith(ending)] for ending in endings]


def _text(record: bytes) -> str:
    """The text of a record. Only the rows asked for are decoded: a whole file takes a second."""
    text = record.rsplit(b",", 2)[0].decode()
    if text.startswith('"'):
        text = text[1:-1].replace('""', '"')
    return text.replace("<br />", " ")
