"""First names as letters between a start and an end, padded on the right."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, first_names

__all__ = ["PADDING", "VOCABULARY", "Data", "load", "score"]

START, END = "<", ">"
VOCABULARY = Vocabulary.of(["abcdefghijklmnopqrstuvwxyz", START + END])
LENGTH = 13  # letters, start and end; the longest name has 11

ROWS = {"tiny": (256, 64), "small": (3_000, 800), "full": (4_000, 800)}  # training, test


@dataclass(frozen=True)
class Data:
    """Names are (rows, LENGTH), letter ids from the start to the end, then padding."""

    train: np.ndarray
    test: np.ndarray


def load(size):
    train_rows, test_rows = ROWS[size]
    names = first_names(limit=train_rows + test_rows).texts
    letters = VOCABULARY.encode([START + name + END for name in names], length=LENGTH)
    return Data(train=letters[:train_rows], test=letters[train_rows:])


def score(logits, letters):
    """How well names come back, padding apart: the share of letters, and nats per letter.

    Args:
        logits: (rows, LENGTH - 1, letters of the vocabulary), for every place behind the start.
        letters: (rows, LENGTH - 1), those that the names have there.
    """
    is_letter = letters != PADDING
    logits = logits - logits.max(axis=-1, keepdims=True)
    chances = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    right = np.take_along_axis(chances, letters[..., None], axis=-1)[..., 0]
    return {
        "accuracy": float((logits.argmax(axis=-1) == letters)[is_letter].mean()),
        "nats": float(-right[is_letter].mean()),
    }
