"""Rotten Tomatoes reviews, a sentence each, as word ids, padded on the right."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, reviews, tokenise

__all__ = ["PADDING", "VOCABULARY_SIZE", "Data", "Reviews", "load"]

VOCABULARY_SIZE = 1_000  # every size has more words than that
LENGTH = 40  # words; hardly a review is longer

ROWS = {"tiny": (225, 65), "small": (4_000, 1_000), "full": (7_500, 1_000)}  # training, test


@dataclass(frozen=True)
class Reviews:
    """`words` is (rows, LENGTH), word ids; `labels` is (rows,), 1.0 for a positive review."""

    words: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Reviews
    test: Reviews


def load(size):
    train_rows, test_rows = ROWS[size]
    found = reviews("rotten-tomatoes", limit=train_rows + test_rows)
    texts = [tokenise(text) for text in found.texts]
    vocabulary = Vocabulary.of(texts[:train_rows], size=VOCABULARY_SIZE)
    words = vocabulary.encode(texts, length=LENGTH)
    labels = np.array(found.labels, dtype=np.float32)
    return Data(
        train=Reviews(words=words[:train_rows], labels=labels[:train_rows]),
        test=Reviews(words=words[train_rows:], labels=labels[train_rows:]),
    )
