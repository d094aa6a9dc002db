"""The user's files as the rules read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.source.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_program(sources: Mapping[str, str], main: str) -> Program:
    """Read some files."""
    return Program.of(sources, main)
