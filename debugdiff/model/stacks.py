"""The Python that a stack runs in, where that is not debugdiff's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from debugdiff.model.programs import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """Another Python for a stack.

    Attributes:
        kind: the framework and back end that it has.
        python: the path of its executable.
        packages: a folder of packages that are found before those of the Python itself; empty:
            none.
        lock: the packages of an environment that debugdiff made, such as `keras==3.10.0`; empty
            where the Python was brought.
    """

    kind: Stack
    python: str
    packages: str = ""
    lock: tuple[str, ...] = ()


def kind_of(name: str, interpreters: Mapping[str, Interpreter]) -> Stack:
    """The framework and back end of a stack, by its name."""
    return interpreters[name].kind if name in interpreters else Stack(name)
