"""Generated texts that take the place of a corpus that is not installed.

Each is deterministic, of the same kind as the real one, and learnable: what decides the label is in
the text, among a long tail of rarer words that decide nothing.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from debugdiff.corpora.shapes import LabelledTexts

if TYPE_CHECKING:
    from debugdiff.corpora.catalogue import CorpusSource


def _words(text: str) -> list[str]:
    return text.split()


_POSITIVE = _words("wonderful moving superb funny charming gripping beautiful fresh great bright")
_NEGATIVE = _words("dreadful boring awful clumsy dull annoying tedious ugly stale terrible")
_NEUTRAL = _words("the film a story of and actor scene music its with this plot was director it")
_ONSETS = _words("b d f g k l m n p r s t v z br dr kl pl st tr")
_SYLLABLES = ["".join(pair) for pair in product(_ONSETS, "aeiou")]
_RARE = ["".join(pair) for pair in product(_SYLLABLES, repeat=2)]

_REVIEWS = {"imdb": 25_000, "rotten-tomatoes": 8_530}
_WORDS_PER_REVIEW = {"imdb": 170, "rotten-tomatoes": 20}
_SHARES = (0.08, 0.02, 0.5, 0.4)  # of words: fitting opinion, the other opinion, neutral, rare


def reviews(source: CorpusSource, *, limit: int | None, seed: int) -> LabelledTexts:
    """As many reviews as the real corpus has; their opinions mostly, not always, fit the label."""
    labels = ((0, 1) * (_REVIEWS[source.name] // 2))[:limit]
    length = _WORDS_PER_REVIEW[source.name]
    return LabelledTexts(
        texts=tuple(_review(label, length, [seed, row]) for row, label in enumerate(labels)),
        labels=labels,
        classes=("negative", "positive"),
        source=source,
    )


def _review(label: int, length: int, seed: list[int]) -> str:
    generator = np.random.default_rng(seed)
    opinions = (_POSITIVE, _NEGATIVE) if label else (_NEGATIVE, _POSITIVE)
    lists = (*opinions, _NEUTRAL, _RARE)
    kinds = generator.choice(len(lists), size=length, p=_SHARES)
    places = generator.random(length)
    words = zip(kinds.tolist(), places.tolist(), strict=True)
    return " ".join(lists[kind][int(place * len(lists[kind]))] for kind, place in words)


_ASKING = (
    ("what is {thing}", "{thing} is {fact}"),
    ("tell me about {thing}", "people say that {thing} is {fact}"),
    ("do you like {thing}", "i like {thing} since it is {fact}"),
    ("why should i care for {thing}", "because {thing} is {fact}"),
)
_THINGS = {
    "food": _words("bread rice soup salad cheese honey pepper butter"),
    "science": _words("gravity light energy heat sound magnets atoms orbits"),
    "sports": _words("tennis rowing boxing hockey archery fencing sailing judo"),
    "computers": _words("memory disks screens keyboards networks printers files mice"),
    "history": _words("castles empires kings treaties voyages ruins coins maps"),
}
_KINDS = _words("old new small big cheap good strange common")
_FACTS = ("useful", "everywhere", "simple", "hard", "worth a book", "good for you", "rare", "odd")


def conversations() -> dict[str, list[list[str]]]:
    """Questions and answers about things; an answer names the thing that was asked for."""
    generator = np.random.default_rng(0)
    return {
        topic: [
            _exchange(f"{kind} {thing}", fact, *asking, generator=generator)
            for thing in things
            for kind, fact in zip(_KINDS, _FACTS, strict=True)
            for asking in _ASKING
        ]
        for topic, things in _THINGS.items()
    }


def _exchange(
    thing: str, fact: str, question: str, answer: str, *, generator: np.random.Generator
) -> list[str]:
    said = (question.format(thing=thing), answer.format(thing=thing, fact=fact))
    return [f"{text} {_tail(generator)}" for text in said]


def _tail(generator: np.random.Generator) -> str:
    return " ".join(_RARE[index] for index in generator.integers(len(_RARE), size=3))


_ENDINGS = {
    "cs": ("ova", "ek"),
    "de": ("mann", "bach"),
    "en": ("son", "ford"),
    "it": ("ini", "elli"),
    "sv": ("lund", "qvist"),
}


def first_names() -> dict[str, list[str]]:
    """Two genders told apart by the last letter, most of the time."""
    stems = _RARE[::4]
    female = [stem + ending for stem, ending in zip(stems, "aeai" * len(stems), strict=False)]
    male = [stem + ending for stem, ending in zip(stems, "onrs" * len(stems), strict=False)]
    return {"female": female, "male": male}


def last_names() -> list[str]:
    """Stems with an ending."""
    return [name for names in surnames().values() for name in names]


def surnames() -> dict[str, list[str]]:
    """Countries told apart by the ending of a name."""
    return {
        locale: [stem + ending for stem in _RARE[start::5] for ending in endings]
        for start, (locale, endings) in enumerate(_ENDINGS.items())
    }


_TAGGED_SENTENCES = 2_500
_PATTERNS = [
    pattern.split()
    for pattern in (
        "DET NOUN VERB PUNCT",
        "DET ADJ NOUN VERB ADV PUNCT",
        "PROPN PROPN VERB DET NOUN PUNCT",
        "PROPN ADV VERB DET ADJ NOUN PUNCT",
    )
]
_TAG_ENDINGS = {"NOUN": "el", "VERB": "ar", "ADJ": "ik", "ADV": "ice", "PROPN": "an"}
_CLOSED = {"DET": ("bu", "bir", "o"), "PUNCT": (".", "!", "?")}

_Sentence = tuple[tuple[str, str], ...]
_BORDER = ("", "")


def parts_of_speech() -> list[_Sentence]:
    """Sentences of an invented language in which the ending of a word tells its part of speech."""
    generator = np.random.default_rng(0)
    chosen = generator.integers(len(_PATTERNS), size=_TAGGED_SENTENCES)
    return [tuple((_word(tag, generator), tag) for tag in _PATTERNS[index]) for index in chosen]


def entities() -> list[_Sentence]:
    """The same sentences; a run of proper nouns is the name of a person."""
    return [
        tuple(
            (token, _entity_tag(part, before))
            for (token, part), (_, before) in zip(sentence, (_BORDER, *sentence), strict=False)
        )
        for sentence in parts_of_speech()
    ]


def _entity_tag(part: str, before: str) -> str:
    if part != "PROPN":
        return "O"
    return "I-PSN" if before == "PROPN" else "B-PSN"


def _word(tag: str, generator: np.random.Generator) -> str:
    if tag in _CLOSED:
        return _CLOSED[tag][generator.integers(len(_CLOSED[tag]))]
    return _RARE[generator.integers(len(_RARE))] + _TAG_ENDINGS[tag]
