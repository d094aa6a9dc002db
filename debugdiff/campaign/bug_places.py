"""Which programs a bug fits, and whether what it misses of a case is explained."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.inject.not_here import not_here, places_of
from debugdiff.model import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Bug, Framework, Implementation, Injection

_NAMED = 4
"""How many programs a line names."""


@dataclass(frozen=True, slots=True)
class InjectedProgram:
    """What putting a bug into a program came to."""

    program: Implementation
    result: Injection

    @property
    def name(self) -> str:
        """The program, with its case."""
        return self.program.key

    @property
    def fits(self) -> bool:
        """Whether the program has the bug now."""
        return isinstance(self.result, Mutant)

    @property
    def reason(self) -> str:
        """Why it has not."""
        return "" if isinstance(self.result, Mutant) else self.result.reason


def place_checks(bug: Bug, injections: Sequence[InjectedProgram]) -> Iterator[CheckLine]:
    """Per framework whether the bug fits a program; then whether it fits all programs of a case."""
    for framework in sorted({one.program.framework for one in injections}):
        mine = [one for one in injections if one.program.framework is framework]
        yield _of_framework(bug, framework, mine)
    problems = [*_unexplained(bug, injections), *_needless(bug, injections)]
    left_out = sum(not one.fits and bool(not_here(bug, one.program)) for one in injections)
    detail = f"{left_out} programs left out by `not_here`" if left_out else "no program is left out"
    yield check_line(bug.id, "whole cases", problems, detail)


def _of_framework(
    bug: Bug, framework: Framework, injections: Sequence[InjectedProgram]
) -> CheckLine:
    fitted = [one.name for one in injections if one.fits]
    missed = [one for one in injections if not one.fits]
    check = f"{framework} places"
    if not fitted and framework in bug.not_expressible:
        detail = f"not expressible: {bug.not_expressible[framework]}"
        return check_line(bug.id, check, [], detail)
    problems = []
    if framework not in bug.symptom:
        problems = [f"it has no rule for {framework}, and no `not_expressible.{framework}`"]
    elif not fitted:
        problems = [f"fits no implementation: {missed[0].name}: {missed[0].reason}"]
    count = f"{len(fitted)} of {len(injections)} implementations"
    return check_line(bug.id, check, problems, count + _fewer(fitted, [one.name for one in missed]))


def _fewer(fitted: Sequence[str], missed: Sequence[str]) -> str:
    """Names of the programs that are fitted, or of those that are not: of the fewer."""
    if not missed:
        return ""
    names, word = (fitted, "only") if len(fitted) < len(missed) else (missed, "not")
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"; {word} {', '.join(names[:_NAMED])}{more}"


def _unexplained(bug: Bug, injections: Sequence[InjectedProgram]) -> Iterator[str]:
    """Programs that are missed though another one of their case has the bug; a clause per case."""
    having = {one.program.case: one.name for one in injections if one.fits}
    missed: dict[str, list[InjectedProgram]] = defaultdict(list)
    for one in injections:
        explained = one.program.framework in bug.not_expressible or not_here(bug, one.program)
        if not one.fits and one.program.case in having and not explained:
            missed[one.program.case].append(one)
    for case, programs in missed.items():
        names = ", ".join(one.name for one in programs)
        why = f"and no `not_here` says why: {programs[0].reason}"
        yield f"it fits {having[case]}, not {names}, {why}"


def _needless(bug: Bug, injections: Sequence[InjectedProgram]) -> Iterator[str]:
    """Entries of `not_here` for programs that have the bug after all."""
    for place in bug.not_here:
        meant = [one for one in injections if place in places_of(bug, one.program)]
        if meant and all(one.fits for one in meant):
            yield f"`not_here` names {place}, which the bug fits"
