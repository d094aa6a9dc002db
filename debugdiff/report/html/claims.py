"""Claims as pages: a table of all, and of each its forest plot and its specification curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from debugdiff.report.forest import Mark
from debugdiff.report.html.document import Link, document, fill
from debugdiff.report.html.elements import elements
from debugdiff.report.html.plots import IntervalAxis
from debugdiff.report.html.specifications import specification_curve
from debugdiff.report.layout import legend, percent
from debugdiff.report.verdict import (
    LEGEND,
    decided,
    figure_of,
    influential,
    interval_of,
    missing_trials,
    stated,
    what_would_change,
    word_of,
)
from debugdiff.verdict import MEASURES, ClaimOutcome, margin_of, unit_effects
from debugdiff.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

    from debugdiff.verdict import Claim, ClaimVerdict
    from debugdiff.verdict.estimating import Specification

_LEVELS = {
    ClaimOutcome.SUPPORTED: "prevented",
    ClaimOutcome.CONTRADICTED: "silent",
    ClaimOutcome.EQUIVALENT: "mixed",
    ClaimOutcome.DEPENDS: "first",
    ClaimOutcome.UNDECIDED: "nothing",
    ClaimOutcome.NOT_TESTABLE: "unknown",
}
"""The colours of the words: those of the matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An estimate with its interval: of a claim, of a unit, or of an analysis."""

    name: str
    figure: str = ""
    interval: str = ""
    units: str = ""
    plot: Markup | str = ""
    choices: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One line of the table of all claims."""

    name: str
    address: str
    quote: str
    word: str
    level: str
    row: Row
    share: str
    certainty: str


def render_claims(
    verdicts: Sequence[ClaimVerdict], *, missing: int = 0, seconds: float | None = None
) -> str:
    """All claims as one file: a table, and a page for each."""
    note = missing_trials(missing, seconds) if missing else ""
    (name, first), *pages = claim_pages(verdicts, note)
    links = (Link(name=name, title="Claims"),)
    return document("debugdiff verdict", first, links=links, pages=pages)


def claim_pages(verdicts: Sequence[ClaimVerdict], note: str) -> Iterator[tuple[str, Markup]]:
    """Name and content of the table of all claims, then of a page for each.

    Args:
        verdicts: on the claims of a file, in its order.
        note: what the verdicts rest on, or lack.
    """
    summaries = tuple(map(_summary, verdicts))
    yield (
        "claims",
        fill("claims.html", claims=summaries, note=note, legend=elements([legend(LEGEND)])),
    )
    yield from ((_name(each), claim_page(each)) for each in verdicts)


def render_claim(verdict: ClaimVerdict) -> str:
    """One claim as a file."""
    return document(f"debugdiff verdict {verdict.claim.id}", claim_page(verdict))


def _name(verdict: ClaimVerdict) -> str:
    return f"claim/{quote(visible_line(verdict.claim.id), safe='')}"


def _summary(verdict: ClaimVerdict) -> Summary:
    found = verdict.estimate
    claim = verdict.claim
    unit = MEASURES[claim.measure].unit if claim.measure else ""
    row = Row(
        name=claim.id,
        figure=figure_of(claim, found.value) if found else "·",
        interval=interval_of(claim, found) if found else "",
        units=f"{found.units} {unit}s" if found else "",
    )
    return Summary(
        name=claim.id,
        address=f"#{_name(verdict)}",
        quote=claim.quote,
        word=word_of(verdict),
        level=_LEVELS[verdict.outcome],
        row=row,
        share=percent(verdict.share).plain,
        certainty=f"{verdict.certainty or ''}",
    )


def claim_page(verdict: ClaimVerdict) -> Markup:
    """What decides a claim, each unit, every analysis, and what would change the verdict."""
    measured = verdict.own is not None and verdict.estimate is not None
    known = _sorted(verdict.specifications) if measured else []
    units, scale = _forest(verdict) if measured else ((), ("", ""))
    return fill(
        "claim.html",
        claim=verdict.claim,
        word=word_of(verdict),
        level=_LEVELS[verdict.outcome],
        stated=elements(stated(verdict)),
        decided=elements(decided(verdict)),
        unit=MEASURES[verdict.claim.measure].unit if verdict.claim.measure else "",
        units=units,
        scale=scale,
        curve=specification_curve(verdict, known) if len(known) > 1 else "",
        axes=tuple(known[0].choices) if known else (),
        analyses=_analyses(verdict, known) if len(known) > 1 else (),
        more=elements([*influential(verdict), *what_would_change(verdict)] if measured else ()),
    )


def _forest(verdict: ClaimVerdict) -> tuple[tuple[Row, ...], tuple[str, str]]:
    """A line per unit, those that differ most first, and the mean below; both ends of the scale."""
    own, found = verdict.own, verdict.estimate
    assert own is not None
    assert found is not None
    effects = sorted(unit_effects(own.pairs).items(), key=lambda item: item[1])
    marks = [(name, Mark(value, value, value)) for name, value in effects]
    marks.append(("mean", Mark(found.value, found.low, found.high)))
    axis = IntervalAxis([mark for _, mark in marks], margin_of(verdict.claim))
    rows = (_row(verdict.claim, name, mark, axis, own=name == "mean") for name, mark in marks)
    return tuple(rows), (figure_of(verdict.claim, axis.low), figure_of(verdict.claim, axis.high))


def _row(claim: Claim, name: str, mark: Mark, axis: IntervalAxis, *, own: bool) -> Row:
    ends = f"{figure_of(claim, mark.low)} to {figure_of(claim, mark.high)}"
    return Row(
        name=name,
        figure=figure_of(claim, mark.value),
        interval=ends if mark.low != mark.high else "",
        plot=axis.row(mark),
        own=own,
    )


def _sorted(specs: Sequence[Specification]) -> list[Specification]:
    """Those that have an estimate, by it."""
    known = [(each.estimate.value, each) for each in specs if each.estimate is not None]
    return [each for _, each in sorted(known, key=lambda pair: pair[0])]


def _analyses(verdict: ClaimVerdict, specs: Sequence[Specification]) -> tuple[Row, ...]:
    claim = verdict.claim
    return tuple(
        Row(
            name=str(number),
            figure=figure_of(claim, each.estimate.value),
            interval=interval_of(claim, each.estimate),
            units=str(each.estimate.units),
            choices=tuple(each.choices.values()),
            own=each is verdict.own,
        )
        for number, each in enumerate(specs, start=1)
        if each.estimate is not None
    )
