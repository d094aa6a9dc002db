"""Pairs of neighbouring words from film reviews, each with words drawn at random against it.

Rare words are left out and frequent ones thinned out before neighbours are looked for, as in
word2vec. The words drawn are part of the data: every program sees the same.
"""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, UNKNOWN, Vocabulary, reviews, tokenise

VOCABULARY_SIZE = 1_000  # every size has more words than that
LENGTH = 200  # words of a review that are read
WINDOW = 1  # how many words to either side are neighbours
NEGATIVES = 4  # words drawn against each neighbour
FREQUENT = 5e-3  # words with a larger share of the text are thinned out

REVIEWS = {"tiny": (200, 50), "small": (2_500, 500), "full": (20_000, 5_000)}  # training, test
PAIRS = {"tiny": (4_096, 512), "small": (200_000, 10_000), "full": (3_000_000, 100_000)}  # at most


@dataclass(frozen=True)
class Pairs:
    """`centre` is (rows,), word ids; `words` is (rows, 1 + NEGATIVES).

    The first of `words` is one that stood beside `centre`, the others were drawn.
    """

    centre: np.ndarray
    words: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Pairs
    test: Pairs


def load(size):
    train_rows, test_rows = REVIEWS[size]
    train_pairs, test_pairs = PAIRS[size]
    found = reviews("imdb", limit=train_rows + test_rows)
    texts = [tokenise(text)[:LENGTH] for text in found.texts]
    vocabulary = Vocabulary.of(texts[:train_rows], size=VOCABULARY_SIZE)
    ids = vocabulary.encode(texts, length=LENGTH)
    shares = word_shares(ids[:train_rows])
    generator = np.random.default_rng(0)
    return Data(
        train=pairs(ids[:train_rows], shares, train_pairs, generator),
        test=pairs(ids[train_rows:], shares, test_pairs, generator),
    )


def word_shares(ids):
    """Each word's share of the text."""
    counts = np.bincount(ids.ravel(), minlength=VOCABULARY_SIZE).astype(float)
    counts[[PADDING, UNKNOWN]] = 0
    return counts / counts.sum()


def pairs(ids, shares, limit, generator):
    kept = [thin_out(row, shares, generator) for row in ids]
    found = np.concatenate([neighbours(row) for row in kept])
    centre, context = generator.permutation(found)[:limit].T
    negatives = draw_negatives(context, shares, generator)
    return Pairs(centre=centre, words=np.column_stack([context, negatives]))


def thin_out(row, shares, generator):
    """Without rare words, and with part of the frequent ones (Mikolov et al. 2013, equation 5)."""
    row = row[(row != PADDING) & (row != UNKNOWN)]
    return row[generator.random(len(row)) < np.sqrt(FREQUENT / shares[row])]


def neighbours(row):
    """Every word with each of its neighbours, as rows of (centre, context)."""
    ahead = [(row[:-step], row[step:]) for step in range(1, WINDOW + 1)]
    one_way = np.concatenate([np.column_stack(words) for words in ahead])
    return np.concatenate([one_way, one_way[:, ::-1]])


def draw_negatives(context, shares, generator):
    """By frequency to the power of 3/4, and never the word that stands there."""
    weights = shares**0.75
    weights /= weights.sum()
    drawn = generator.choice(VOCABULARY_SIZE, size=(len(context), NEGATIVES), p=weights)
    while (same := drawn == context[:, np.newaxis]).any():
        drawn[same] = generator.choice(VOCABULARY_SIZE, size=same.sum(), p=weights)
    return drawn


def score(scores):
    """How often the word that stood there has a higher score than all words drawn."""
    return {"ranked_first": float(np.mean(scores[:, 0] > scores[:, 1:].max(axis=1)))}
