"""Which bugs `debugdiff bugs list` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.model import Bug, Framework, Symptom


@dataclass(frozen=True, slots=True, kw_only=True)
class BugFilter:
    """What is asked for; of each kind any one is enough, and an empty kind asks for nothing."""

    symptoms: frozenset[Symptom]
    frameworks: frozenset[Framework]
    taxonomy: tuple[str, ...]
    difficulties: frozenset[int]

    def takes(self, bug: Bug) -> bool:
        """Whether a bug is shown."""
        return (
            (not self.frameworks or not self.frameworks.isdisjoint(bug.symptom))
            and (not self.symptoms or not self.symptoms.isdisjoint(self._symptoms(bug)))
            and (not self.difficulties or bug.difficulty in self.difficulties)
            and (not self.taxonomy or any(map(_names(bug).__contains__, self._terms())))
        )

    def _symptoms(self, bug: Bug) -> set[Symptom]:
        wanted = self.frameworks or set(bug.symptom)
        return {symptom for framework, symptom in bug.symptom.items() if framework in wanted}

    def _terms(self) -> list[str]:
        return [term.lower() for term in self.taxonomy]


def _names(bug: Bug) -> str:
    return "\n".join(bug.taxonomy).lower()
