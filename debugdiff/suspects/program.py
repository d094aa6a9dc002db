"""The user's files as the rules read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.source.program import Program
from debugdiff.source.roles.outputs import outputs

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_program(sources: Mapping[str, str], main: str) -> Program:
    """Read some files, relative name to text, for every rule.

    The outputs are looked up first: the flow of values keeps what it is asked in the middle of
    another question, also where that cannot be answered yet, and most rules hang on the outputs.
    """
    program = Program.of(sources, main)
    outputs(program.roles)
    return program
