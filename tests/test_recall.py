"""The list of public bugs, the catalogue's recall of it, and what a count of bugs needs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from debugdiff.bugs import load_operators, shipped_bugs
from debugdiff.model import Framework
from debugdiff.report.catalogue import render
from debugdiff.report.page import Page
from debugdiff.report.verdict import render_one
from debugdiff.toml_tables import WrongKey
from debugdiff.verdict import ClaimOutcome, deciding, recall, shipped_held_out
from debugdiff.verdict.claims import Claim, ClaimSide
from debugdiff.verdict.deciding import judge
from debugdiff.verdict.estimating import Pair, Specification
from debugdiff.verdict.recall import HeldOut, PublicBug, read_held_out

BUGS = {bug.id: bug for bug in shipped_bugs()}
HELD_OUT = shipped_held_out()


def clear(measure: str, middle: float = -1.0) -> tuple[Claim, Specification]:
    """A claim, and effects of 20 cases that would decide it."""
    claim = Claim(
        id="c",
        quote="q",
        source="s",
        measure=measure,
        side=ClaimSide(framework=Framework.KERAS),
        beside=ClaimSide(framework=Framework.PYTORCH),
        margin=0.1,
    )
    pairs = [Pair(f"case{one}", f"case{one}", middle + one / 500) for one in range(20)]
    return claim, Specification.of({}, pairs, share=False)


def full(held_out: HeldOut, framework: Framework, written: int) -> HeldOut:
    """The list with the first so many bugs of a framework written, and no others of it."""
    numbers = {bug.address: number for number, bug in enumerate(held_out.of(framework))}
    return replace(
        held_out,
        thread=tuple(
            replace(bug, bug="a/b" if numbers[bug.address] < written else "")
            if bug.address in numbers
            else bug
            for bug in held_out.thread
        ),
    )


def test_both_frameworks_have_at_least_forty_public_bugs() -> None:
    assert all(len(HELD_OUT.of(framework)) >= 40 for framework in Framework)


def test_addresses_are_safe_unique_and_not_where_the_catalogue_comes_from() -> None:
    addresses = [bug.address for bug in HELD_OUT.thread]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"https://[^\s<>\"]+", address) for address in addresses)
    sources = {address.rstrip("/") for bug in BUGS.values() for address in bug.references}
    assert not sources & {address.rstrip("/") for address in addresses}


@pytest.mark.parametrize("bug", HELD_OUT.thread, ids=lambda bug: bug.address)
def test_a_public_bug_is_written_missing_or_outside_and_says_which(bug: PublicBug) -> None:
    assert len([one for one in (bug.bug, bug.gap, bug.outside) if one]) == 1
    assert bug.fault.endswith(".")
    if bug.bug:
        assert bug.framework in BUGS[bug.bug].frameworks, "no rule writes it in that framework"
    if bug.gap:
        assert bug.gap in {gap.id for gap in HELD_OUT.gap}


def test_every_gap_is_met_and_one_that_is_born_in_a_framework_only_there() -> None:
    assert len({gap.id for gap in HELD_OUT.gap}) == len(HELD_OUT.gap)
    for gap in HELD_OUT.gap:
        met = {framework for framework, count in HELD_OUT.counts(gap).items() if count}
        assert met
        assert gap.born is None or met == {gap.born}


def test_every_query_was_put_for_each_framework() -> None:
    assert all("{framework}" in query for query in HELD_OUT.queries)


def test_the_recall_is_a_share_with_wilson_s_interval() -> None:
    found = recall(full(HELD_OUT, Framework.PYTORCH, 30), Framework.PYTORCH)
    assert (found.written, found.bugs, found.share) == (30, 60, 0.5)
    n, z = 60, 1.959964
    half = z * (0.25 / n + z**2 / (4 * n**2)) ** 0.5 / (1 + z**2 / n)
    assert found.low == pytest.approx(0.5 - half, abs=1e-6)
    assert found.high == pytest.approx(0.5 + half, abs=1e-6)
    assert str(found).startswith("30 of 60 public bugs of pytorch (50%; 95 % interval 38% to 62%)")


def test_a_wrong_key_of_a_list_is_told(tmp_path: Path) -> None:
    path = tmp_path / "recall.toml"
    path.write_text('date = "today"\nqueries = []\nthread = []\ngap = [{ id = "a" }]\n')
    with pytest.raises(WrongKey, match="is missing"):
        read_held_out(path)


@pytest.mark.parametrize("middle", [-1.0, 1.0, 0.0])
def test_bugs_are_not_counted_while_too_few_public_ones_can_be_written(middle: float) -> None:
    claim, spec = clear("places", middle)
    verdict = judge(claim, (spec,), 0.001)
    assert verdict.outcome is ClaimOutcome.UNDECIDED
    keras, pytorch = verdict.reasons[:2]
    assert f"{recall(HELD_OUT, Framework.KERAS)}" in keras
    assert f"{recall(HELD_OUT, Framework.PYTORCH)}" in pytorch
    assert "it takes 80%" in keras


def test_the_recall_is_told_before_anybody_measures_for_hours() -> None:
    claim, _ = clear("places")
    verdict = judge(claim, (Specification.of({}, (), share=False),), None)
    assert "`debugdiff run` measures them" in verdict.reasons[-1]
    assert f"{recall(HELD_OUT, Framework.KERAS)}" in verdict.reasons[0]


def test_a_claim_that_is_opened_says_that_the_catalogue_comes_first() -> None:
    opened = {
        measure: render_one(judge(*_alone(measure), 0.001), Page(width=80))
        for measure in ("places", "size")
    }
    assert "a catalogue with 80% of new public bugs" in opened["places"]
    assert "public bugs" not in opened["size"]


def _alone(measure: str) -> tuple[Claim, tuple[Specification, ...]]:
    claim, spec = clear(measure)
    return claim, (spec,)


def test_other_measures_need_no_recall() -> None:
    claim, spec = clear("size")
    assert judge(claim, (spec,), 0.001).outcome is ClaimOutcome.SUPPORTED


def test_enough_on_one_side_alone_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    claim, spec = clear("places")
    one = full(HELD_OUT, Framework.KERAS, len(HELD_OUT.of(Framework.KERAS)))
    monkeypatch.setattr(deciding, "shipped_held_out", lambda: one)
    verdict = judge(claim, (spec,), 0.001)
    assert verdict.outcome is ClaimOutcome.UNDECIDED
    assert len(verdict.reasons) == 1
    assert "pytorch" in verdict.reasons[0]
    both = full(one, Framework.PYTORCH, 48)  # 80 % of 60
    monkeypatch.setattr(deciding, "shipped_held_out", lambda: both)
    assert judge(claim, (spec,), 0.001).outcome is ClaimOutcome.SUPPORTED


def test_no_choice_of_analysis_takes_the_blame_for_a_low_recall() -> None:
    claim, _ = clear("places")
    varied = replace(claim, vary={"per": ("program", "line")})
    sides = {"program": -1.0, "line": 0.5}
    specs = tuple(
        Specification.of({"per": per}, clear("places", middle)[1].pairs, share=False)
        for per, middle in sides.items()
    )
    assert judge(varied, specs, 0.001).outcome is ClaimOutcome.UNDECIDED


def test_the_page_of_the_catalogue_lists_the_gaps_the_most_frequent_first() -> None:
    page = render(shipped_bugs(), load_operators(), HELD_OUT)
    rows = re.findall(r"^\| (.+?) \| (\d+) \| (\d+) \| (-|keras|pytorch) \|$", page, re.MULTILINE)
    counts = [int(pytorch) + int(keras) for _, pytorch, keras, _ in rows]
    assert counts == sorted(counts, reverse=True)
    born = [gap for gap in HELD_OUT.gap if gap.born]
    assert sum(row[3] != "-" for row in rows) == len(born)
    shown = {title for title, *_ in rows}
    rest = int(re.findall(r"^(\d+) more occur once each", page, re.MULTILINE)[0])
    assert len(shown) + rest == len(HELD_OUT.gap)
    assert str(recall(HELD_OUT, Framework.KERAS)) in page
