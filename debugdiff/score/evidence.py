"""What a score is judged from: one bug in one implementation, with the records of both."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import (
        Bug,
        Failure,
        Implementation,
        Mode,
        Mutant,
        NotApplicable,
        Outcome,
        Record,
        Stack,
        TrialResult,
    )


class Verdict(NamedTuple):
    """What became of a bug, and why we say so."""

    outcome: Outcome
    reason: str


_DEFINED = re.compile(r"^\s*(?:class|def|async def)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One bug in one implementation on one stack, mode and seed. What is missing stays `None`.

    Attributes:
        result: the trial of the mutant with nothing watching it; all of D1-D8 comes from it.
        mutant: the program with the bug in it.
        not_applicable: why there is no mutant.
        clean: the trial of the clean program: same implementation, stack, mode, seed and size.
        layers, clean_layers: the same two with layer probes.
        helpers: the case's other Python files, relative name to text.
        site: what this implementation calls the site where the bug's effect begins.
        depth: the trial that traced the lines of a crash, where it was asked for.
    """

    bug: Bug
    implementation: Implementation
    stack: Stack
    mode: Mode
    seed: int
    result: TrialResult | None = None
    mutant: Mutant | None = None
    not_applicable: NotApplicable | None = None
    clean: TrialResult | None = None
    layers: TrialResult | None = None
    clean_layers: TrialResult | None = None
    helpers: Mapping[str, str] = field(default_factory=dict)
    site: str = ""
    depth: TrialResult | None = None

    @property
    def record(self) -> Record | None:
        """The record of the mutant's trial."""
        return self.result.record if self.result else None

    @property
    def failure(self) -> Failure | None:
        """The exception that ended the mutant's trial."""
        return self.result.record.failure if self.result else None

    @property
    def program(self) -> str:
        """The file name of the program within its case."""
        return f"{self.implementation.name}.py"

    @property
    def source(self) -> str:
        """The text that ran."""
        return self.mutant.source if self.mutant else self.implementation.source

    @property
    def own_names(self) -> frozenset[str]:
        """Classes and functions that the user's files define."""
        found = (_DEFINED.findall(text) for text in self.sources.values())
        return frozenset(name for names in found for name in names)

    @property
    def sources(self) -> dict[str, str]:
        """Every Python file of the user's, relative name to text, the program as it ran."""
        return {**self.helpers, self.program: self.source}
