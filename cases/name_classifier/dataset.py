"""First names from the US Census as letters, padded on the right, with the gender they go with."""

from dataclasses import dataclass

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, first_names

__all__ = ["CLASSES", "PADDING", "VOCABULARY", "Data", "Names", "load", "score"]

VOCABULARY = Vocabulary.of(["abcdefghijklmnopqrstuvwxyz"])
CLASSES = 2  # female, male: three names out of four are female
LENGTH = 12  # letters; the longest name has 11

ROWS = {"tiny": (256, 64), "small": (3_000, 800), "full": (4_000, 800)}  # training, test


@dataclass(frozen=True)
class Names:
    """`letters` is (rows, LENGTH), letter ids; `labels` is (rows,), 1 for a male name."""

    letters: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Names
    test: Names


def load(size):
    train_rows, test_rows = ROWS[size]
    found = first_names(limit=train_rows + test_rows)
    letters = VOCABULARY.encode(found.texts, length=LENGTH)
    labels = np.array(found.labels)
    return Data(
        train=Names(letters=letters[:train_rows], labels=labels[:train_rows]),
        test=Names(letters=letters[train_rows:], labels=labels[train_rows:]),
    )


def score(predicted, labels):
    """Accuracy, and its mean over the two genders: to call every name female is right in half."""
    is_right = predicted == labels
    by_gender = [is_right[labels == label].mean() for label in range(CLASSES)]
    return {"accuracy": float(is_right.mean()), "balanced_accuracy": float(np.mean(by_gender))}
