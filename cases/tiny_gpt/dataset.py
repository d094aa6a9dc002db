"""First names as letters between a start and an end, padded on the right."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, first_names

__all__ = ["END_ID", "LENGTH", "PADDING", "START_ID", "VOCABULARY", "Data", "load", "score"]

START, END = "<", ">"
VOCABULARY = Vocabulary.of(["abcdefghijklmnopqrstuvwxyz", START + END])
START_ID, END_ID = VOCABULARY.ids[START], VOCABULARY.ids[END]
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


def score(predicted, names, completed):
    """The share of letters foretold from those before, and of names that come to an end.

    Args:
        predicted: (rows, LENGTH - 1), the likeliest letter at every place behind the start.
        names: (rows, LENGTH), the real ones.
        completed: (rows, LENGTH), names that the model wrote on its own from their first letter.
    """
    expected = names[:, 1:]
    is_letter = expected != PADDING
    return {
        "accuracy": float((predicted == expected)[is_letter].mean()),
        "finished": float((completed == END_ID).any(axis=1).mean()),
    }
