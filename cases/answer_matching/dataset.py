"""Questions and their answers from the chatterbot corpus, as word ids."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, questions, tokenise

__all__ = ["PADDING", "VOCABULARY_SIZE", "Data", "Pairs", "load", "score"]

VOCABULARY_SIZE = 1_200  # every size has more words than that
LENGTH = 24  # words; most questions and answers are shorter

ROUNDING = 1e-5  # of the largest similarity; what lies closer together is equal

ROWS = {"tiny": (256, 40), "small": (600, 200), "full": (1_000, 200)}  # training at most, test


@dataclass(frozen=True)
class Pairs:
    """Word ids, (rows, LENGTH); the answer to a question stands in the same row."""

    question: np.ndarray
    answer: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Pairs
    test: Pairs


def load(size):
    train_rows, test_rows = ROWS[size]
    pairs = one_to_one(questions())
    test, train = pairs[:test_rows], pairs[test_rows : test_rows + train_rows]
    texts = [tokenise(text)[:LENGTH] for pair in train for text in pair]
    vocabulary = Vocabulary.of(texts, size=VOCABULARY_SIZE)
    return Data(train=encode(train, vocabulary), test=encode(test, vocabulary))


def one_to_one(found):
    """Each question once and each answer once: every other answer of a batch is a wrong one."""
    question_of = dict(zip(found.targets, found.inputs, strict=True))
    answer_of = {question: answer for answer, question in question_of.items()}
    return list(answer_of.items())


def encode(pairs, vocabulary):
    asked, answered = zip(*pairs, strict=True)
    return Pairs(
        question=vocabulary.encode(map(tokenise, asked), length=LENGTH),
        answer=vocabulary.encode(map(tokenise, answered), length=LENGTH),
    )


def score(similarities):
    """How high each question (row) ranks its own answer (same column) among all answers.

    Ties count against it. Answers of rare words alone are one answer to the model: which of them
    comes out above the other is rounding, and differs between processors.
    """
    own = np.diagonal(similarities)[:, np.newaxis]
    tie = ROUNDING * np.abs(similarities).max()
    ranks = np.sum(similarities >= own - tie, axis=1)
    return {
        "mean_reciprocal_rank": float(np.mean(1 / ranks)),
        "recall_at_1": float(np.mean(ranks == 1)),
        "recall_at_10": float(np.mean(ranks <= 10)),
    }
