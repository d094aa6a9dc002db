"""A reader of the YAML that the chatterbot corpus is written in, and of no other YAML.

The standard library has no YAML, and this corpus needs little of it: lists of lists of text, plain,
quoted, folded over several lines, or literal (`|`). A test holds it to PyYAML on every file.
"""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_DASHES = re.compile(r"- - |  - |- ")


def read_conversations(text: str) -> list[list[str]]:
    """The `conversations` of one file: lists of utterances, every scalar as text.

    One conversation of the corpus lacks its second dash; it is read as it was meant.
    """
    conversations: list[list[str]] = []
    _, _, body = text.partition("\nconversations:\n")
    for lines in _items(body.splitlines()):
        if lines[0].startswith("- "):
            conversations.append([])
        conversations[-1].append(_scalar(_DASHES.sub("", lines[0], count=1), lines[1:]))
    return conversations


def _items(lines: Iterable[str]) -> Iterator[list[str]]:
    """The lines of one utterance after the other."""
    item: list[str] = []
    for line in lines:
        if _DASHES.match(line) and item:
            yield item
            item = []
        item.append(line)
    yield item


def _scalar(first: str, rest: list[str]) -> str:
    if first == "|":
        return dedent("\n".join(rest)).strip("\n") + "\n"
    folded = " ".join(line.strip() for line in (first, *rest)).strip()
    if folded.startswith("'"):
        return folded[1:-1].replace("''", "'")
    if folded.startswith('"'):
        return folded[1:-1].replace('\\"', '"')
    return folded
