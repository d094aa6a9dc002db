"""Questions, answers and topics of the chatterbot corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from debugdiff.corpora import stand_ins
from debugdiff.corpora.catalogue import describe, file_paths, read_file
from debugdiff.corpora.chat_yaml import read_conversations
from debugdiff.corpora.shapes import LabelledTexts, Pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.corpora.catalogue import CorpusSource

_Row = TypeVar("_Row")

Conversations = dict[str, list[list[str]]]
"""Topic to its conversations, each a list of utterances that take turns."""


def questions(*, limit: int | None = None, seed: int = 0) -> Pairs:
    """What one speaker says and what the other answers, each pair once, in a random order.

    One input may have several answers, and one answer may fit several inputs.
    """
    conversations, source = _conversations()
    turns = dict.fromkeys(pair for said in conversations.values() for pair in _turns(said))
    rows = _shuffled(list(turns), limit, seed)
    return Pairs(
        inputs=tuple(question for question, _ in rows),
        targets=tuple(answer for _, answer in rows),
        source=source,
    )


def topics(*, limit: int | None = None, seed: int = 0) -> LabelledTexts:
    """Questions with the topic they belong to, each question once, in a random order.

    The classes are unbalanced: from four questions on health to hundreds on coding.
    """
    conversations, source = _conversations()
    classes = tuple(conversations)
    labels: dict[str, int] = {}
    for label, said in enumerate(conversations.values()):
        for question, _ in _turns(said):
            labels.setdefault(question, label)
    rows = _shuffled(list(labels.items()), limit, seed)
    return LabelledTexts(
        texts=tuple(text for text, _ in rows),
        labels=tuple(label for _, label in rows),
        classes=classes,
        source=source,
    )


def _conversations() -> tuple[Conversations, CorpusSource]:
    source = describe("chatterbot")
    if not source.installed:
        return stand_ins.conversations(), source
    return {_topic(path): _read(path) for path in file_paths("chatterbot")}, source


def _topic(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".yml")


def _read(path: str) -> list[list[str]]:
    return read_conversations(read_file("chatterbot", path).decode())


def _turns(conversations: list[list[str]]) -> Iterator[tuple[str, str]]:
    for utterances in conversations:
        yield from zip(utterances[::2], utterances[1::2], strict=False)


def _shuffled(rows: list[_Row], limit: int | None, seed: int) -> list[_Row]:
    return [rows[index] for index in np.random.default_rng(seed).permutation(len(rows))[:limit]]
