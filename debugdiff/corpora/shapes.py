"""What the loaders give: rows of text, each with the source it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.corpora.catalogue import CorpusSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts without labels."""

    texts: tuple[str, ...]
    source: CorpusSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTexts:
    """One class for each text; a label is an index into `classes`."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    source: CorpusSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """An input and its target: a question and its answer, a date and its ISO form."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    source: CorpusSource


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedSentences:
    """One tag for each token of each sentence."""

    sentences: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]
    source: CorpusSource
