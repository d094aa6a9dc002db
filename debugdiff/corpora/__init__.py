"""Text to learn from: real corpora inside PyPI packages, a generated stand-in for each, and dates.

Nothing is downloaded and nothing is copied: a loader reads the file that `pip` installed (extra
`debugdiff[data]`), without importing its package, and checks the SHA-256 of the file first. Where
the package is missing, a generated text of the same kind takes its place: deterministic,
learnable, and named as a stand-in by `describe`. Standard library and NumPy only.

Every loader takes `limit` and `seed`. One seed is one order of the whole corpus, and a limit takes
its beginning: the first 100 rows of `limit=1000` are those of `limit=100`.
"""

from debugdiff.corpora.catalogue import NAMES, CorpusSource, describe
from debugdiff.corpora.conversations import questions, topics
from debugdiff.corpora.dates import dates
from debugdiff.corpora.names import first_names, last_names, surnames
from debugdiff.corpora.reviews import reviews
from debugdiff.corpora.shapes import LabelledTexts, Pairs, TaggedSentences, Texts
from debugdiff.corpora.tagging import entities, treebank
from debugdiff.corpora.text import PADDING, UNKNOWN, Vocabulary, tokenise

__all__ = [
    "NAMES",
    "PADDING",
    "UNKNOWN",
    "CorpusSource",
    "LabelledTexts",
    "Pairs",
    "TaggedSentences",
    "Texts",
    "Vocabulary",
    "dates",
    "describe",
    "entities",
    "first_names",
    "last_names",
    "questions",
    "reviews",
    "surnames",
    "tokenise",
    "topics",
    "treebank",
]
