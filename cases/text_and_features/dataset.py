"""IMDB reviews as word ids, padded on the right, and as six figures that are counted by hand."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, reviews, tokenise

__all__ = ["CLASSES", "FEATURES", "PADDING", "VOCABULARY_SIZE", "Data", "Reviews", "load"]

VOCABULARY_SIZE = 1_000  # every size has more words than that
CLASSES = 2
LENGTH = 60  # words, the first of a review; nearly all are longer
FEATURES = ("words", "letters per word", "exclamation marks", "question marks", "doubts", "praise")
DOUBTS = {"but", "however", "although", "not", "no", "nothing", "least", "instead", "why"}
PRAISE = {"also", "and", "always", "both", "very", "well", "love", "loved", "still", "every"}

ROWS = {"tiny": (256, 64), "small": (2_000, 600), "full": (4_000, 1_000)}  # training, test


@dataclass(frozen=True)
class Reviews:
    """`words` is (rows, LENGTH), ids; `features` is (rows, 6), as counted; `labels` is (rows,)."""

    words: np.ndarray
    features: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Reviews
    test: Reviews


def load(size):
    train_rows, test_rows = ROWS[size]
    found = reviews("imdb", limit=train_rows + test_rows)
    texts = [tokenise(text) for text in found.texts]
    vocabulary = Vocabulary.of(
        [words[:LENGTH] for words in texts[:train_rows]], size=VOCABULARY_SIZE
    )
    words = vocabulary.encode(texts, length=LENGTH)
    features = np.array([counted(*each) for each in zip(found.texts, texts, strict=True)])
    features = features.astype("float32")
    labels = np.array(found.labels)
    return Data(
        train=Reviews(
            words=words[:train_rows], features=features[:train_rows], labels=labels[:train_rows]
        ),
        test=Reviews(
            words=words[train_rows:], features=features[train_rows:], labels=labels[train_rows:]
        ),
    )


def counted(text, words):
    """The features of the whole review, in the order of `FEATURES`."""
    return (
        len(words),
        sum(map(len, words)) / len(words),
        text.count("!"),
        text.count("?"),
        100 * sum(word in DOUBTS for word in words) / len(words),
        100 * sum(word in PRAISE for word in words) / len(words),
    )
