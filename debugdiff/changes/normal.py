"""A message without what differs from run to run and from machine to machine."""

from __future__ import annotations

import re

_VARIES = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"0x[0-9a-fA-F]{4,}"), "0x..."),
    (re.compile(r"(?<!\d)(?:1\d{14}|9\d{13})(?!\d)"), "0x..."),  # what `id()` gives on Linux
    (re.compile(r"((?:packages|/python\d[\d.]*)/[^\"\n]*\", line )\d+"), r"\1N"),
    (re.compile(r"(?:/[\w.@+-]+){2,}/(?=[\w.-])"), ".../"),
    (re.compile(r"\b\d+\.\d+\.\d+(?:[.+-]?\w+)*\b"), "N.N.N"),
    (re.compile(r"(?<=[a-zA-Z])_\d+\b"), "_N"),
    (re.compile(r"\b(?:id|pid|thread|process)[ =:]+\d+", re.IGNORECASE), "id N"),
    (re.compile(r"\s+"), " "),
)
"""Colours, addresses, lines of libraries in a traceback that the message holds, folders, versions,
counters of names (`gru_3`), numbers of processes.
"""


def normal(message: str) -> str:
    """The message as it is compared."""
    for pattern, name in _VARIES:
        message = pattern.sub(name, message)
    return message.strip()
