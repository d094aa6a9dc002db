"""Programs that a bug says it does not fit, and why."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Bug, Implementation


def not_here(bug: Bug, implementation: Implementation) -> str:
    """Why a bug says that it does not fit a program; empty if it says nothing of it."""
    return next((bug.not_here[place] for place in places_of(bug, implementation)), "")


def places_of(bug: Bug, implementation: Implementation) -> Iterator[str]:
    """The keys of a bug's `not_here` that mean a program."""
    kinds = (f"style:{implementation.style}", f"training:{implementation.training}")
    for place in bug.not_here:
        if fnmatchcase(implementation.key, place) or place in kinds:
            yield place
