"""From estimates to a word: what the evidence says of a claim, and how sure that is.

The rules were fixed before any claim was decided; docs/verdict.md has them in words.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from math import log1p
from typing import TYPE_CHECKING

from debugdiff.compare.statistics import SIGNIFICANCE, holm
from debugdiff.verdict.claims import About, Claim, Expectation
from debugdiff.verdict.estimating import Specification, specifications, unit_effects
from debugdiff.verdict.measures import MEASURES
from debugdiff.verdict.power import LEAST_UNITS, power, units_needed
from debugdiff.verdict.recall import LEAST_RECALL, recall, shipped_held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from debugdiff.model import ProgramReport
    from debugdiff.verdict.estimating import Estimate

SHARE = 0.9
"""Of the specifications that have to agree."""


class ClaimOutcome(StrEnum):
    """What the evidence says of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    EQUIVALENT = "equivalent"
    DEPENDS = "depends"
    UNDECIDED = "undecided"
    NOT_TESTABLE = "not testable here"


class Certainty(StrEnum):
    """How sure the body of evidence is, apart from the size of the effect (after GRADE)."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very low"


class Region(StrEnum):
    """Where an interval lies, seen from the claim and its margin."""

    AS_CLAIMED = "as claimed"
    OPPOSITE = "opposite"
    WITHIN = "within the margin"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimVerdict:
    """A claim, and what became of it.

    Attributes:
        reasons: why it is this outcome and no other, as sentences.
        depends_on: the choice that decides, for an outcome that depends on one.
        specifications: all analyses; the claim's own first. Empty where nothing was measured.
        share: of the specifications whose estimate is on the claim's side; `None` without any.
        p_adjusted: by Holm's method over the claims of the file.
        flips: cases or bugs without which the outcome would be different.
        footnotes: a sentence for each step that the certainty was taken down.
        power: to see a difference of twice the margin, with these units and their spread.
        needed: units for a power of 0.8; `None` if thousands do not have it.
        amended: the first wording of a claim that was changed after it had a result.
    """

    claim: Claim
    outcome: ClaimOutcome
    reasons: tuple[str, ...] = ()
    depends_on: str = ""
    specifications: tuple[Specification, ...] = ()
    share: float | None = None
    p_adjusted: float | None = None
    flips: tuple[str, ...] = ()
    certainty: Certainty | None = None
    footnotes: tuple[str, ...] = ()
    power: float | None = None
    needed: int | None = None
    amended: str = ""

    @property
    def own(self) -> Specification | None:
        """The claim's own specification."""
        return self.specifications[0] if self.specifications else None

    @property
    def estimate(self) -> Estimate | None:
        """Of the claim's own specification."""
        return self.own.estimate if self.own else None

    def influences(self) -> tuple[tuple[str, float], ...]:
        """What the mean changes by without a case or a bug, the largest change first."""
        if self.own is None or self.estimate is None:
            return ()
        middle = self.estimate.value
        changes = [(name, found.value - middle) for name, found in self.own.without() if found]
        return tuple(sorted(changes, key=lambda change: -abs(change[1])))


def decide(claims: Sequence[Claim], programs: Sequence[ProgramReport]) -> tuple[ClaimVerdict, ...]:
    """The verdict on each claim; tests are adjusted for the number of claims in the file."""
    found = {claim.id: _analyses(claim, programs) for claim in claims}
    tests = {
        name: specs[0].p_value() for name, specs in found.items() if specs and specs[0].estimate
    }
    adjusted = holm(tests)
    return tuple(judge(claim, found[claim.id], adjusted.get(claim.id)) for claim in claims)


def _analyses(claim: Claim, programs: Sequence[ProgramReport]) -> tuple[Specification, ...]:
    return specifications(claim, programs) if claim.measure else ()


def judge(claim: Claim, specs: tuple[Specification, ...], p_adjusted: float | None) -> ClaimVerdict:
    """The verdict on one claim.

    Args:
        claim: the claim.
        specs: its analyses, its own first; none for a claim that is not tested.
        p_adjusted: of its own analysis, adjusted for the claims of the file.
    """
    if claim.not_tested:
        return ClaimVerdict(
            claim=claim, outcome=ClaimOutcome.NOT_TESTABLE, reasons=(claim.not_tested,)
        )
    if specs[0].estimate is None:
        unit = MEASURES[claim.measure].unit
        reason = (
            f"Fewer than two {unit}s have both sides measured: `{_command(claim)}` measures them."
        )
        return ClaimVerdict(
            claim=claim,
            outcome=ClaimOutcome.UNDECIDED,
            reasons=(*_unknown_bugs(claim), reason),
            specifications=specs,
        )
    draft = ClaimVerdict(
        claim=claim,
        outcome=ClaimOutcome.UNDECIDED,
        specifications=specs,
        share=_share(claim, specs),
        p_adjusted=p_adjusted,
        flips=tuple(_flips(claim, specs[0])),
        power=power(specs[0].estimate.units, _spread(claim, specs[0].estimate)),
        needed=units_needed(_spread(claim, specs[0].estimate)),
    )
    return _with_certainty(_decided(draft))


def _spread(claim: Claim, found: Estimate) -> float:
    """In margins, with two digits: more would only make more simulations."""
    return float(f"{found.spread / margin_of(claim):.2g}")


def _command(claim: Claim) -> str:
    return MEASURES[claim.measure].command


def margin_of(claim: Claim) -> float:
    """The margin in the unit of the estimates: a logarithm for a ratio."""
    return log1p(claim.margin) if MEASURES[claim.measure].by_ratio else claim.margin


def region(claim: Claim, found: Estimate) -> Region:
    """Where the interval of an estimate lies."""
    margin = margin_of(claim)
    if -margin < found.narrow[0] and found.narrow[1] < margin:
        return Region.WITHIN
    side = {1: found.low > margin, -1: found.high < -margin}
    if not any(side.values()):
        return Region.OPEN
    if claim.expect is Expectation.EQUAL:
        return Region.OPPOSITE
    return Region.AS_CLAIMED if side[_sign(claim)] else Region.OPPOSITE


def _sign(claim: Claim) -> int:
    return -1 if claim.expect is Expectation.LESS else 1


_WORDS = {
    Region.AS_CLAIMED: ClaimOutcome.SUPPORTED,
    Region.OPPOSITE: ClaimOutcome.CONTRADICTED,
    Region.WITHIN: ClaimOutcome.EQUIVALENT,
    Region.OPEN: ClaimOutcome.UNDECIDED,
}


def _decided(draft: ClaimVerdict) -> ClaimVerdict:
    """The word that the claim's own estimate earns, unless something stands against it."""
    claim, found = draft.claim, draft.estimate
    assert found is not None
    where = region(claim, found)
    word = _WORDS[where]
    if word is ClaimOutcome.EQUIVALENT and claim.expect is Expectation.EQUAL:
        word = ClaimOutcome.SUPPORTED
    unknown = tuple(_unknown_bugs(claim))
    if where is Region.OPEN:
        return replace(draft, reasons=(*unknown, _open(draft)))
    against = (*unknown, *_objections(draft, where))
    if not against:
        return replace(draft, outcome=word)
    axis = _decisive_axis(claim, draft.specifications, where)
    if axis and not unknown:
        return replace(draft, outcome=ClaimOutcome.DEPENDS, depends_on=axis, reasons=against)
    return replace(draft, reasons=against)


def _unknown_bugs(claim: Claim) -> Iterator[str]:
    """Frameworks of whose public bugs too few can be written for a count to mean anything."""
    if not MEASURES[claim.measure].needs_recall:
        return
    sides = (side.framework for side in (claim.side, claim.beside) if side)
    for framework in dict.fromkeys(sides):
        found = recall(shipped_held_out(), framework)
        if found.share < LEAST_RECALL:
            yield f"The catalogue can write {found}; to count bugs it takes {LEAST_RECALL:.0%}."


def _open(draft: ClaimVerdict) -> str:
    found = draft.estimate
    assert found is not None
    inside = -margin_of(draft.claim) < found.value < margin_of(draft.claim)
    place = "inside" if inside else "beyond"
    return f"The estimate is {place} the margin, but its interval crosses it."


def _objections(draft: ClaimVerdict, where: Region) -> Iterator[str]:
    """What forbids the word although the interval would allow it."""
    found = draft.estimate
    assert found is not None
    unit = MEASURES[draft.claim.measure].unit
    if found.units < LEAST_UNITS:
        yield f"{found.units} {unit}s are fewer than the {LEAST_UNITS} that a word needs."
    agreeing = _agreeing(draft.claim, draft.specifications, where)
    if agreeing < SHARE:
        count = len([each for each in draft.specifications if each.estimate])
        yield f"Only {agreeing:.0%} of {count} analyses agree; {SHARE:.0%} have to."
    if draft.flips:
        yield f"Without {_listed(draft.flips)} the outcome would be different."
    is_test = where is not Region.WITHIN
    if is_test and draft.p_adjusted is not None and draft.p_adjusted > SIGNIFICANCE:
        yield f"p is {draft.p_adjusted:.3f} after adjusting for the claims of the file."


def _listed(names: Sequence[str], most: int = 4) -> str:
    if len(names) == 1:
        return names[0]
    more = f" or one of {len(names) - most} more" if len(names) > most else ""
    return f"any one of {', '.join(names[:most])}{more}"


def _test(claim: Claim, where: Region) -> Callable[[Estimate], bool]:
    """Whether a point estimate is on the side that an outcome speaks of."""
    margin = margin_of(claim)
    if where is Region.WITHIN:
        return lambda found: abs(found.value) < margin
    if claim.expect is Expectation.EQUAL:
        return lambda found: abs(found.value) > margin
    sign = _sign(claim) if where is Region.AS_CLAIMED else -_sign(claim)
    return lambda found: sign * found.value > 0


def _agreeing(claim: Claim, specs: Sequence[Specification], where: Region) -> float:
    test = _test(claim, where)
    found = [test(each.estimate) for each in specs if each.estimate]
    return sum(found) / len(found) if found else 0.0


def _share(claim: Claim, specs: Sequence[Specification]) -> float:
    within = claim.expect is Expectation.EQUAL
    return _agreeing(claim, specs, Region.WITHIN if within else Region.AS_CLAIMED)


def _flips(claim: Claim, own: Specification) -> Iterator[str]:
    """Cases and bugs without which the interval would lie elsewhere."""
    before = region(claim, own.estimate) if own.estimate else Region.OPEN
    if before is Region.OPEN:
        return
    for name, found in own.without():
        if found is None or region(claim, found) is not before:
            yield name


def _decisive_axis(claim: Claim, specs: Sequence[Specification], where: Region) -> str:
    """The axis of which one level agrees nearly always and another one nearly never."""
    for axis in claim.vary:
        levels: dict[str, list[Specification]] = defaultdict(list)
        for each in specs:
            if each.estimate is not None:
                levels[each.choices[axis]].append(each)
        shares = {level: _agreeing(claim, group, where) for level, group in levels.items()}
        if shares and max(shares.values()) >= SHARE and min(shares.values()) <= 1 - SHARE:
            return axis
    return ""


_MIXED = 0.25
"""The share of units on the other side from which on evidence is called inconsistent."""


def _with_certainty(verdict: ClaimVerdict) -> ClaimVerdict:
    """Take the certainty down by a step for each weakness, and say which."""
    footnotes = tuple(_weaknesses(verdict))
    scale = tuple(Certainty)
    level = scale[min(len(footnotes), len(scale) - 1)]
    return replace(verdict, certainty=level, footnotes=footnotes)


def _weaknesses(verdict: ClaimVerdict) -> Iterator[str]:
    claim, found, own = verdict.claim, verdict.estimate, verdict.own
    assert found is not None
    assert own is not None
    measure = MEASURES[claim.measure]
    yield "Bias: one group wrote the programs and the bugs of both sides."
    effects = unit_effects(own.pairs).values()
    other = sum(effect * found.value < 0 for effect in effects) / found.units
    if other >= _MIXED:
        yield f"Inconsistency: {other:.0%} of the {measure.unit}s point the other way."
    if claim.about is About.PEOPLE:
        narrow = f": {measure.narrow}" if measure.narrow else ""
        yield f"Indirectness: no people were measured{narrow}."
    elif measure.narrow:
        yield f"Indirectness: {measure.narrow}."
    if found.high - found.low > 2 * margin_of(claim):
        yield "Imprecision: the interval is wider than twice the margin."
