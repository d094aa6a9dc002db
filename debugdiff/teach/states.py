"""What a learner's files are known by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.files import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS = 16


def state_of(files: Mapping[str, str]) -> str:
    """The hash of a learner's files, relative name to text."""
    return digest(*(part for name, text in sorted(files.items()) for part in (name, text)))[
        :_DIGITS
    ]
