"""Sentences with a tag for each token: Turkish parts of speech, Japanese named entities."""

from __future__ import annotations

import numpy as np

from debugdiff.corpora import stand_ins
from debugdiff.corpora.catalogue import describe, file_paths, read_file
from debugdiff.corpora.shapes import TaggedSentences

_Rows = list[tuple[tuple[str, str], ...]]


def treebank(
    name: str = "turkish-web", *, limit: int | None = None, seed: int = 0
) -> TaggedSentences:
    """The sentences of `turkish-web` or `turkish-wiki`, tagged with 14 universal parts of speech.

    A token is an inflectional group, as the treebank splits words: one word may be several.
    """
    return _tagged(name, token_column=1, tag_column=3, limit=limit, seed=seed)


def entities(*, limit: int | None = None, seed: int = 0) -> TaggedSentences:
    """Japanese sentences with named entities as `B-`, `I-` and `O` tags, one tag for each word."""
    return _tagged("hironsan", token_column=0, tag_column=-1, limit=limit, seed=seed)


def _tagged(
    name: str, *, token_column: int, tag_column: int, limit: int | None, seed: int
) -> TaggedSentences:
    source = describe(name)
    if source.installed:
        (path,) = file_paths(name)
        rows = _blocks(read_file(name, path).decode(), token_column, tag_column)
    else:
        rows = stand_ins.entities() if name == "hironsan" else stand_ins.parts_of_speech()
    order = np.random.default_rng(seed).permutation(len(rows))[:limit]
    return TaggedSentences(
        sentences=tuple(tuple(token for token, _ in rows[index]) for index in order),
        tags=tuple(tuple(tag for _, tag in rows[index]) for index in order),
        source=source,
    )


def _blocks(text: str, token_column: int, tag_column: int) -> _Rows:
    """Sentences apart by an empty line, a token per line, its columns apart by tabs."""
    sentences = []
    for block in text.strip().split("\n\n"):
        lines = [line.split("\t") for line in block.splitlines() if not line.startswith("# ")]
        sentences.append(tuple((line[token_column], line[tag_column]) for line in lines))
    return sentences
