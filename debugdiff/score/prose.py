"""The words of a failure's messages, without what is no prose: colour codes and printed stacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.visible import uncoloured

if TYPE_CHECKING:
    from debugdiff.model import Failure

_STACK_LINE = re.compile(r'^\s*File ".*", line \d+')
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`'\"])|(?<!:)\n\s*\n")
_WORD = re.compile(r"[A-Za-z][A-Za-z'_-]*")
_NO_SENTENCE = re.compile(
    r"^\s*(?:in user code:|(?:\w+Error: )?(?:Arguments received by|Graph execution error"
    r"|Exception encountered when calling"
    r"|Detected at node|Stack trace for|\[\[\{\{node|•))"
)
_BLANK_LINES = re.compile(r"\n\s*\n")


def plain_message(failure: Failure) -> str:
    """Every message of the printed chain, each once, with notes; frames inside it are left out."""
    parts = [text for one in failure.chain for text in (one.message, *one.notes)]
    return "\n".join(dict.fromkeys(_without_stack(part) for part in parts or [failure.message]))


def _without_stack(message: str) -> str:
    """Leave out printed frames with the line of code below each of them."""
    kept: list[str] = []
    below_frame = False
    for line in uncoloured(message).splitlines():
        is_frame = bool(_STACK_LINE.match(line))
        is_code = below_frame and line.startswith("    ")
        if not is_frame and not is_code:
            kept.append(line)
        below_frame = is_frame
    return _BLANK_LINES.sub("\n\n", "\n".join(kept)).strip()


def words(text: str) -> list[str]:
    """Words of a text; figures and punctuation are none."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Sentences of a text that say something; lead-ins and listings of arguments do not."""
    prose = "\n".join(line for line in text.splitlines() if not _NO_SENTENCE.match(line))
    return [part.strip() for part in _SENTENCE_END.split(prose) if words(part)]


def first_sentence(failure: Failure) -> str:
    """The first one that says something; the message itself if none does."""
    return next(iter(sentences(plain_message(failure))), failure.message)
