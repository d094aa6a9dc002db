"""Turkish sentences as word ids, with a part of speech per word and where each comes from."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, treebank

__all__ = [
    "PADDING",
    "SOURCES",
    "TAGS",
    "VOCABULARY_SIZE",
    "Data",
    "Sentences",
    "load",
    "score",
]

VOCABULARY_SIZE = 1_000  # every size has more words than that
# fmt: off
PARTS_OF_SPEECH = [
    "ADJ", "ADP", "ADV", "AFFIX", "CONJ", "DET", "NOUN", "NUM",
    "ONOM", "PART", "PRON", "PRT", "PUNCT", "VERB", "X",
]
# fmt: on
TAGS = Vocabulary.of([PARTS_OF_SPEECH])
SOURCES = ("turkish-web", "turkish-wiki")
LENGTH = 24  # words; a quarter of the sentences is longer

ROWS = {"tiny": (250, 60), "small": (2_400, 600), "full": (3_900, 600)}  # training, test


@dataclass(frozen=True)
class Sentences:
    """`words` and `tags` are (rows, LENGTH), ids; `source` is (rows,), an index of `SOURCES`."""

    words: np.ndarray
    tags: np.ndarray
    source: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Sentences
    test: Sentences


def load(size):
    train_rows, test_rows = ROWS[size]
    rows = alternating(train_rows + test_rows)
    texts = [[word.lower() for word in sentence] for sentence, _, _ in rows]
    vocabulary = Vocabulary.of(texts[:train_rows], size=VOCABULARY_SIZE)
    words = vocabulary.encode(texts, length=LENGTH)
    tags = TAGS.encode([row[1] for row in rows], length=LENGTH)
    source = np.array([row[2] for row in rows])
    return Data(
        train=Sentences(
            words=words[:train_rows], tags=tags[:train_rows], source=source[:train_rows]
        ),
        test=Sentences(
            words=words[train_rows:], tags=tags[train_rows:], source=source[train_rows:]
        ),
    )


def alternating(rows):
    """Sentences from the web and from the encyclopedia in turn: half of each in every stretch."""
    web, wiki = (treebank(source, limit=rows // len(SOURCES)) for source in SOURCES)
    turns = zip(web.sentences, web.tags, wiki.sentences, wiki.tags, strict=True)
    pairs = [((first, tags, 0), (second, others, 1)) for first, tags, second, others in turns]
    return [row for pair in pairs for row in pair]


def score(predicted_tags, predicted_source, expected):
    """The shares of words, padding apart, and of sentences that got their tag or source."""
    is_word = expected.tags != PADDING
    return {
        "tag_accuracy": float((predicted_tags == expected.tags)[is_word].mean()),
        "source_accuracy": float((predicted_source == expected.source).mean()),
    }
