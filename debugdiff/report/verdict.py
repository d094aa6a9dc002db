"""Claims and what became of them: a table of all, and one claim opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.report.forest import Axis, Mark
from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    Verbatim,
    count_of,
    heading,
    indented,
    legend,
    percent,
    quiet,
)
from debugdiff.report.layout import seconds as written_seconds
from debugdiff.report.text import Text
from debugdiff.verdict import (
    LEAST_RECALL,
    MEASURES,
    RUN,
    ClaimOutcome,
    margin_of,
    shown,
    unit_effects,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.report.page import Page
    from debugdiff.verdict import Claim, ClaimVerdict
    from debugdiff.verdict.estimating import Estimate, Specification

SCHEMA_VERSION = 1
_COLUMNS = (
    Column(header="verdict", flexible=11),
    Column(header="figure", justify="right"),
    Column(header="95 %", justify="right"),
    Column(header="n", justify="right"),
    Column(header="analyses\nthat agree", justify="right"),
    Column(header="certainty", flexible=9),
)
COLOURS = {
    ClaimOutcome.SUPPORTED: GOOD,
    ClaimOutcome.CONTRADICTED: BAD,
    ClaimOutcome.EQUIVALENT: STRONG,
    ClaimOutcome.DEPENDS: LOUD,
    ClaimOutcome.UNDECIDED: QUIET,
    ClaimOutcome.NOT_TESTABLE: QUIET,
}
LEGEND = (
    "*supported*, *contradicted*: the interval is beyond the margin, at least 15 units are behind"
    " it, nine of ten analyses agree, and no case or bug decides alone. *equivalent*: the interval"
    " of 90 % lies inside the margin. *figure*: ratio (x) or difference, first side to second."
    " *n*: cases or bugs. *certainty*: how sure the evidence is, whatever the size of the effect."
    " `debugdiff verdict CLAIM` shows all of one claim."
)
_NAMES = 24
"""Columns for the name of a row below a forest."""
_MOST_ROWS = 30
_INFLUENCES = 10


def render(
    verdicts: Sequence[ClaimVerdict], page: Page, *, missing: int = 0, seconds: float | None = None
) -> str:
    """All claims, a block each; below them what the store lacks, and how long that takes."""
    if page.medium == "html":
        from debugdiff.report.html.claims import render_claims  # noqa: PLC0415 - jinja is slow

        return render_claims(verdicts, missing=missing, seconds=seconds)
    blocks = tuple(
        Block(
            title=Text.assemble((each.claim.id, STRONG), f'  "{each.claim.quote}"'),
            rows=(_row(each),),
            notes=tuple(notes_of(each)),
        )
        for each in verdicts
    )
    grid = Grid(columns=_COLUMNS, blocks=blocks)
    notes = [Text(), indented(Text(missing_trials(missing, seconds)))] if missing else []
    return page.write(heading("claims"), grid, *notes, Text(), legend(LEGEND))


def missing_trials(trials: int, seconds: float | None) -> str:
    """What the store lacks, and the command that makes it."""
    time = f", about {written_seconds(seconds)} of their own time" if seconds else ""
    lacks = f"The store lacks {count_of(trials, 'trial')} that these claims use"
    return f"{lacks}: `{RUN}` makes them{time}."


def _row(verdict: ClaimVerdict) -> Row:
    found = verdict.estimate
    word = Text(word_of(verdict), style=COLOURS[verdict.outcome])
    if found is None:
        return (word, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    return (
        word,
        Text(figure_of(verdict.claim, found.value)),
        Text(interval_of(verdict.claim, found)),
        Text(f"{found.units} {MEASURES[verdict.claim.measure].unit}s"),
        percent(verdict.share),
        Text(f"{verdict.certainty}"),
    )


def word_of(verdict: ClaimVerdict) -> str:
    """What became of a claim, in words."""
    depends = verdict.outcome is ClaimOutcome.DEPENDS
    return f"depends on {verdict.depends_on}" if depends else verdict.outcome.value


def figure_of(claim: Claim, effect: float) -> str:
    """A ratio, or a difference with its sign."""
    measure = MEASURES[claim.measure]
    value = shown(measure, effect)
    return f"x{value:.2f}" if measure.by_ratio else f"{value:+.2f}"


def interval_of(claim: Claim, found: Estimate) -> str:
    """Both ends of the interval of 95 %."""
    return f"{figure_of(claim, found.low)} to {figure_of(claim, found.high)}"


def notes_of(verdict: ClaimVerdict) -> Iterator[Text]:
    """Why it is this outcome, what more units would show, and whether the claim was changed."""
    for reason in verdict.reasons:
        yield quiet(reason)
    if verdict.outcome is ClaimOutcome.UNDECIDED and verdict.power is not None:
        yield quiet(_power(verdict))
    if verdict.amended:
        yield Text(f"Amended after it had a result: {verdict.amended}.", style=LOUD)


def _power(verdict: ClaimVerdict) -> str:
    unit = MEASURES[verdict.claim.measure].unit
    needed = f"{verdict.needed} {unit}s" if verdict.needed else f"thousands of {unit}s"
    return (
        "The chance to find a true difference of twice the margin is"
        f" {verdict.power or 0:.0%} with these {unit}s; {needed} would make it 80%."
    )


def render_one(verdict: ClaimVerdict, page: Page) -> str:
    """One claim: what decides it, each unit, every analysis, and what would change the verdict."""
    if page.medium == "html":
        from debugdiff.report.html.claims import render_claim  # noqa: PLC0415 - jinja is slow

        return render_claim(verdict)
    parts: list[RenderableType] = [heading(verdict.claim.id), *stated(verdict), *decided(verdict)]
    if verdict.own is not None and verdict.estimate is not None:
        parts += _forest(verdict, page)
        parts += _curve(verdict, page)
        parts += influential(verdict)
        parts += what_would_change(verdict)
    return page.write(*parts)


def stated(verdict: ClaimVerdict) -> Iterator[RenderableType]:
    """The claim: its words, its source, and what decides it."""
    claim = verdict.claim
    yield indented(Text(f'"{claim.quote}"', style=STRONG))
    yield indented(quiet(f"{claim.source}."))
    if not claim.measure:
        return
    measure = MEASURES[claim.measure]
    margin = f"{claim.margin:.0%}" if measure.by_ratio else f"{claim.margin:g}"
    yield indented(
        Text(
            f"Decided by: {measure.title}, {claim.side} beside {claim.beside}; expected:"
            f" {claim.expect}. Differences up to {margin} do not matter."
        )
    )
    if claim.scope:
        yield indented(Text(f"Scope: {claim.scope}."))


def decided(verdict: ClaimVerdict) -> Iterator[RenderableType]:
    """What became of it: the figure, the reasons and the certainty."""
    word = Text(word_of(verdict), style=COLOURS[verdict.outcome])
    found = verdict.estimate
    line = Text.assemble("Verdict: ", word)
    if found is not None:
        line.append(
            f". {figure_of(verdict.claim, found.value)}, interval"
            f" {interval_of(verdict.claim, found)}, n = {found.units},"
            f" p = {verdict.p_adjusted or 0:.3f} after adjusting for the claims of the file."
        )
    yield Text()
    yield indented(line)
    yield from map(indented, notes_of(verdict))
    if verdict.certainty is not None:
        yield indented(Text(f"Certainty: {verdict.certainty}."))
        yield from (indented(quiet(f"- {each}")) for each in verdict.footnotes)


def _forest(verdict: ClaimVerdict, page: Page) -> Iterator[RenderableType]:
    """A line per unit, those that differ most first, and the mean below them."""
    own, found = verdict.own, verdict.estimate
    assert own is not None
    assert found is not None
    effects = sorted(unit_effects(own.pairs).items(), key=lambda item: item[1])
    kept = _ends(effects, _MOST_ROWS)
    rows = [(name, Mark(value, value, value)) for name, value in kept]
    rows.append(("mean", Mark(found.value, found.low, found.high)))
    unit = MEASURES[verdict.claim.measure].unit
    yield heading(f"by {unit}")
    yield from _drawn(verdict, rows, page)
    if len(kept) < len(effects):
        yield indented(quiet(f"{len(effects) - len(kept)} {unit}s in the middle are left out."))


def _ends(rows: Sequence[tuple[str, float]], most: int) -> list[tuple[str, float]]:
    if len(rows) <= most:
        return list(rows)
    return [*rows[: most // 2], *rows[-most // 2 :]]


def _drawn(
    verdict: ClaimVerdict, rows: Sequence[tuple[str, Mark]], page: Page
) -> Iterator[RenderableType]:
    columns = max(page.width - _NAMES - 12, 20)
    axis = Axis.around([mark for _, mark in rows], margin_of(verdict.claim), columns)
    for name, mark in rows:
        figure = figure_of(verdict.claim, mark.value)
        yield Verbatim(text=Text(f"  {name[-_NAMES:]:<{_NAMES}} {figure:>6} {axis.draw(mark)}"))
    yield indented(quiet("| no difference, : the margin, o the figure, - its interval of 95 %"))


def _curve(verdict: ClaimVerdict, page: Page) -> Iterator[RenderableType]:
    """All analyses, sorted by their estimate, with the choices of each."""
    known = [each for each in verdict.specifications if each.estimate is not None]
    if len(known) < 2:  # noqa: PLR2004 - a curve of one point says nothing
        return
    yield heading(f"{len(known)} analyses")
    known.sort(key=lambda each: each.estimate.value if each.estimate else 0.0)
    rows = [_of_specification(each, number) for number, each in enumerate(known, start=1)]
    yield from _drawn(verdict, rows, page)
    for number, each in enumerate(known, start=1):
        own = " (the claim's own)" if each is verdict.own else ""
        units = each.estimate.units if each.estimate else 0
        choices = ", ".join(f"{axis}: {level}" for axis, level in each.choices.items())
        yield indented(quiet(f"{number}: {choices}; n = {units}{own}"))


def _of_specification(spec: Specification, number: int) -> tuple[str, Mark]:
    found = spec.estimate
    assert found is not None
    return f"analysis {number}", Mark(found.value, found.low, found.high)


def influential(verdict: ClaimVerdict) -> Iterator[RenderableType]:
    """The cases or bugs without which the mean moves most."""
    yield heading("what weighs most")
    grid_rows = tuple(
        (
            Text(name),
            Text(f"{figure_of(verdict.claim, change)}"),
            Text("decides alone", style=LOUD) if name in verdict.flips else Text(),
        )
        for name, change in verdict.influences()[:_INFLUENCES]
    )
    columns = (
        Column(header="without", flexible=20),
        Column(header="the mean moves by", justify="right"),
        Column(header=""),
    )
    yield Grid(columns=columns, blocks=(Block(rows=grid_rows),))


def what_would_change(verdict: ClaimVerdict) -> Iterator[RenderableType]:
    """What would make another word of it."""
    claim, measure = verdict.claim, MEASURES[verdict.claim.measure]
    edge = margin_of(claim)
    edges = f"{figure_of(claim, -edge)} or {figure_of(claim, edge)}"
    yield heading("what would change our mind")
    yield indented(
        Text(
            f"An interval on another side of {edges}; analyses of which more than one"
            " in ten point elsewhere; programs that others wrote."
        )
    )
    if measure.needs_recall:
        yield indented(Text(f"And first: a catalogue with {LEAST_RECALL:.0%} of new public bugs."))
    yield indented(Text(f"The figures come from `{measure.command}`."))


def render_json(verdicts: Sequence[ClaimVerdict]) -> str:
    """Every claim with all its analyses, and the effect of each unit."""
    claims = [_json(each) for each in verdicts]
    return to_json({"schema_version": SCHEMA_VERSION, "claims": claims}, indent=2) + "\n"


def _json(verdict: ClaimVerdict) -> dict[str, Any]:
    own = verdict.own
    return {
        "claim": verdict.claim,
        "outcome": verdict.outcome,
        "reasons": verdict.reasons,
        "depends_on": verdict.depends_on,
        "by_ratio": bool(own) and MEASURES[verdict.claim.measure].by_ratio,
        "share": verdict.share,
        "p_adjusted": verdict.p_adjusted,
        "flips": verdict.flips,
        "certainty": verdict.certainty,
        "footnotes": verdict.footnotes,
        "power": verdict.power,
        "needed": verdict.needed,
        "amended": verdict.amended,
        "units": unit_effects(own.pairs) if own else {},
        "analyses": [
            {"choices": each.choices, "estimate": each.estimate} for each in verdict.specifications
        ],
    }
