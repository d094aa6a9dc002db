"""Turkish sentences from the web as padded word ids, with a part of speech per word."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, treebank

__all__ = ["PADDING", "TAGS", "VOCABULARY_SIZE", "Data", "Sentences", "load", "score"]

VOCABULARY_SIZE = 1_000  # every size has more words than that
# fmt: off
PARTS_OF_SPEECH = [
    "ADJ", "ADP", "ADV", "AFFIX", "CONJ", "DET", "NOUN", "NUM",
    "ONOM", "PART", "PRON", "PRT", "PUNCT", "VERB", "X",
]
# fmt: on
TAGS = Vocabulary.of([PARTS_OF_SPEECH])
LENGTH = 20  # words; a tenth of the sentences is longer

ROWS = {"tiny": (256, 64), "small": (1_600, 400), "full": (2_100, 400)}  # training, test


@dataclass(frozen=True)
class Sentences:
    """`words` and `tags` are (rows, LENGTH), ids; both end in the same padding."""

    words: np.ndarray
    tags: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Sentences
    test: Sentences


def load(size):
    train_rows, test_rows = ROWS[size]
    found = treebank("turkish-web", limit=train_rows + test_rows)
    texts = [[word.lower() for word in sentence] for sentence in found.sentences]
    vocabulary = Vocabulary.of(texts[:train_rows], size=VOCABULARY_SIZE)
    words = vocabulary.encode(texts, length=LENGTH)
    tags = TAGS.encode(found.tags, length=LENGTH)
    return Data(
        train=Sentences(words=words[:train_rows], tags=tags[:train_rows]),
        test=Sentences(words=words[train_rows:], tags=tags[train_rows:]),
    )


def score(predicted, expected):
    """The share of words, padding apart, that got their tag."""
    is_word = expected != PADDING
    return {"accuracy": float((predicted == expected)[is_word].mean())}
