"""Dates as people write them, character by character, and the same dates in ISO form."""

from dataclasses import dataclass
from datetime import date
from string import ascii_lowercase, digits

import numpy as np

from debugdiff.corpora import PADDING, Vocabulary, dates

START, END = "<start>", "<end>"
SOURCE_VOCABULARY = Vocabulary.of([ascii_lowercase + digits + " ,./'"])
TARGET_VOCABULARY = Vocabulary.of([digits + "-"], reserved=[START, END])
START_ID, END_ID = TARGET_VOCABULARY.ids[START], TARGET_VOCABULARY.ids[END]
SOURCE_LENGTH = 30
TARGET_LENGTH = 12  # <start>, at most ten characters, <end>

ROWS = {"tiny": (256, 32), "small": (3_000, 500), "full": (40_000, 4_000)}  # training, test
MONTH_FORMS = ("%B %Y", "%b %Y", "%m/%Y")


@dataclass(frozen=True)
class Dates:
    """Character ids: `source` is (rows, SOURCE_LENGTH), `target` (rows, TARGET_LENGTH)."""

    source: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class Data:
    train: Dates
    test: Dates


def load(size):
    train_rows, test_rows = ROWS[size]
    pairs = list(written_dates(train_rows + test_rows).items())
    return Data(train=encode(pairs[test_rows:]), test=encode(pairs[:test_rows]))


def written_dates(rows):
    """Texts and their ISO forms; some days are known by their month only, as in `2019-03`."""
    known = dates(limit=2 * rows)
    written = {}
    for index, (text, iso) in enumerate(zip(known.inputs, known.targets, strict=True)):
        if index % 4:
            written[text] = iso
        else:
            form = MONTH_FORMS[index // 4 % len(MONTH_FORMS)]
            written[date.fromisoformat(iso).strftime(form).lower()] = iso[:7]
    return dict(list(written.items())[:rows])


def encode(pairs):
    texts, isos = zip(*pairs, strict=True)
    return Dates(
        source=SOURCE_VOCABULARY.encode(texts, length=SOURCE_LENGTH),
        target=TARGET_VOCABULARY.encode(([START, *iso, END] for iso in isos), length=TARGET_LENGTH),
    )


def score(predicted, expected):
    """Share of dates that are right in every character, and of characters that are right."""
    counted = expected != PADDING
    right = (predicted == expected) & counted
    return {
        "exact_match": float(np.mean(right.sum(axis=1) == counted.sum(axis=1))),
        "token_accuracy": float(right.sum() / counted.sum()),
    }
