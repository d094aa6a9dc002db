"""Which steps and which sites of a run are read: reading is what a probe costs."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from debugdiff.model import ProbeChoice, ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_STEP_UNTIL = 64
"""Steps that are all read; later ones only now and then, so that a long run stays affordable."""

LATER_STEPS_EVERY = 16

_OF_PARAMETERS = frozenset({ValueKind.PARAMETER, ValueKind.PARAMETER_GRADIENT})
_SEPARATORS = (".", "/")


class Sampling:
    """What a choice means, asked before anything is read."""

    def __init__(self, choice: ProbeChoice | None = None) -> None:
        choice = choice or ProbeChoice()
        self._every = choice.every
        self._steps = choice.steps
        self._globs = choice.sites
        self._wanted: dict[tuple[str, bool], bool] = {}

    def wants_step(self, step: int) -> bool:
        """Whether this optimizer step is one of those that are read."""
        if self._steps is not None and step >= self._steps:
            return False
        if self._every is not None:
            return step % self._every == 0
        return step < EVERY_STEP_UNTIL or step % LATER_STEPS_EVERY == 0

    def wants_site(self, site: str, kind: ValueKind) -> bool:
        """Whether a site is read; a parameter is where its layer is, and the loss always is."""
        if not self._globs or kind is ValueKind.LOSS:
            return True
        key = (site, kind in _OF_PARAMETERS)
        if key not in self._wanted:
            names = _names(site) if key[1] else (site,)
            self._wanted[key] = any(
                fnmatchcase(name, glob) for name in names for glob in self._globs
            )
        return self._wanted[key]


def _names(parameter: str) -> Iterator[str]:
    """A parameter's own name, and that of its layer."""
    yield parameter
    for separator in _SEPARATORS:
        layer, found, _ = parameter.rpartition(separator)
        if found:
            yield layer
