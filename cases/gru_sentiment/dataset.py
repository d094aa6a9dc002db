"""IMDB reviews as word ids: the last words of each review, padded on the left.

With padding on the left the last time step is a word in every row, so the last hidden state is the
reading of the whole review, and no program needs a mask.
"""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import Vocabulary, reviews, tokenise

VOCABULARY_SIZE = 3_000  # every size has more words than that
CLASSES = 2
LENGTH = 80  # words; half of the reviews are longer than 200, and verdicts stand at the end

ROWS = {"tiny": (256, 64), "small": (4_000, 1_000), "full": (20_000, 5_000)}  # training, test


@dataclass(frozen=True)
class Reviews:
    """`words` is (rows, LENGTH), word ids; `labels` is (rows,), 1 for a positive review."""

    words: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Reviews
    test: Reviews


def load(size):
    train_rows, test_rows = ROWS[size]
    found = reviews("imdb", limit=train_rows + test_rows)
    texts = [tokenise(text)[-LENGTH:] for text in found.texts]
    vocabulary = Vocabulary.of(texts[:train_rows], size=VOCABULARY_SIZE)
    words = vocabulary.encode(texts, length=LENGTH, pad="left")
    labels = np.array(found.labels)
    return Data(
        train=Reviews(words=words[:train_rows], labels=labels[:train_rows]),
        test=Reviews(words=words[train_rows:], labels=labels[train_rows:]),
    )
