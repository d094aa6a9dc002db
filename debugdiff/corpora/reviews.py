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
    lines = _lines_by_label(name)
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(len(lines[label])) for label in (0, 1)]
    labels = tuple(range(2)) * (min(map(len, orders)))
    rows = np.stack(orders, axis=1).ravel()[:limit]
    return LabelledTexts(
        texts=tuple(_text(lines[label][row]) for label, row in zip(labels, rows, strict=False)),
        labels=labels[: len(rows)],
        classes=_CLASSES,
        source=source,
    )


def _lines_by_label(name: str) -> list[list[bytes]]:
    """The raw lines per label. No text of this file holds a line break: one line is one record."""
    (path,) = file_paths(name)
    lines = read_file(name, path).split(b"\n")
    endings = [f",{label},{name.replace('-', '_')}".encode() for label in (0, 1)]
    return [[line[: -len(end)] for line in lines if line.endswith(end)] for end in endings]


def _text(field: bytes) -> str:
    """A CSV field as text. Only the rows asked for are decoded: the whole file takes seconds."""
    text = field.decode()
    if text.startswith('"'):
        text = text[1:-1].replace('""', '"')
    return text.replace("<br />", " ")
