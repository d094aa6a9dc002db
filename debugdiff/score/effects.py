"""What every bug does to every program: one effect per pair, measured and never assumed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Outcome, Symptom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Environment


class Effect(StrEnum):
    """What one bug does to one program.

    The first seven are a measured difference from the clean run. With `warning` the program runs
    through, and a new warning tells; with `slow` the time did not suffice.
    """

    BUILD = "build"
    FIRST_STEP = "first-step"
    LATER_STEP = "later-step"
    NON_FINITE = "non-finite"
    WARNING = "warning"
    SILENT = "silent"
    SLOW = "slow"
    CORRECTED = "corrected"
    EQUIVALENT = "equivalent"
    ROUNDING = "rounding"
    NO_EFFECT = "no-effect"
    NOT_EXPRESSIBLE = "not-expressible"
    NOT_APPLICABLE = "not-applicable"
    UNMEASURED = "unmeasured"


CRASHES = frozenset({Effect.BUILD, Effect.FIRST_STEP, Effect.LATER_STEP})
EFFECTIVE = CRASHES | {Effect.NON_FINITE, Effect.WARNING, Effect.SILENT, Effect.SLOW}
PREVENTED = frozenset({Effect.CORRECTED, Effect.NOT_EXPRESSIBLE})
UNCHANGED = frozenset({Effect.EQUIVALENT, Effect.ROUNDING, Effect.NO_EFFECT})

_BY_OUTCOME = {
    Outcome.CORRECTED: Effect.CORRECTED,
    Outcome.EQUIVALENT: Effect.EQUIVALENT,
    Outcome.ROUNDING: Effect.ROUNDING,
    Outcome.NO_EFFECT: Effect.NO_EFFECT,
    Outcome.NOT_EXPRESSIBLE: Effect.NOT_EXPRESSIBLE,
    Outcome.NOT_APPLICABLE: Effect.NOT_APPLICABLE,
    Outcome.UNMEASURED: Effect.UNMEASURED,
}
_BY_SYMPTOM = {
    Symptom.STATIC: Effect.BUILD,
    Symptom.BUILD: Effect.BUILD,
    Symptom.FIRST_STEP: Effect.FIRST_STEP,
    Symptom.LATER_STEP: Effect.LATER_STEP,
    Symptom.NON_FINITE: Effect.NON_FINITE,
    Symptom.SILENT: Effect.SILENT,
    Symptom.SLOW: Effect.SLOW,
}


def effect_of(outcome: Outcome, symptom: Symptom | None, *, warned: bool) -> Effect:
    """The effect of a bug.

    Args:
        outcome: what became of it.
        symptom: how an effective bug showed itself.
        warned: whether its run gave a warning that the clean run does not give.
    """
    if outcome is not Outcome.EFFECTIVE:
        return _BY_OUTCOME[outcome]
    if symptom is None:
        return Effect.UNMEASURED
    effect = _BY_SYMPTOM[symptom]
    return Effect.WARNING if effect is Effect.SILENT and warned else effect


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixProgram:
    """A program of the matrix."""

    case: str
    name: str
    framework: Framework

    @property
    def key(self) -> str:
        """Its name within the matrix: `gru_sentiment/pytorch`."""
        return f"{self.case}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bug in every program, by the program's key.

    Attributes:
        runs: the hash of what runs in each: the mutant with the files beside it.
    """

    bug: str
    effects: Mapping[str, Effect]
    runs: Mapping[str, str]

    @property
    def effective(self) -> bool:
        """Whether it does something anywhere."""
        return not EFFECTIVE.isdisjoint(self.effects.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectMatrix:
    """Bugs by programs.

    Attributes:
        trials: how many are behind it.
        program_seconds: what the programs took themselves, together.
    """

    environment: Environment
    programs: tuple[MatrixProgram, ...]
    rows: tuple[Row, ...]
    trials: int
    program_seconds: float

    def programs_of(self, framework: Framework) -> int:
        """How many programs of a framework there are."""
        return sum(each.framework is framework for each in self.programs)

    def counts(self, framework: Framework) -> Counter[Effect]:
        """How often each effect was seen in programs of a framework."""
        keys = {each.key for each in self.programs if each.framework is framework}
        return Counter(
            effect for row in self.rows for key, effect in row.effects.items() if key in keys
        )
