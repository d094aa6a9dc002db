"""Paired comparisons: ratios, differences, intervals, bands, verdicts, tests and their power."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import report
from scipy import stats
from score_builders import attempt, bug, case, implementation

from debugdiff.compare import COMPARED, Compared, comparisons
from debugdiff.compare.judging import band_of, compare, dominance
from debugdiff.compare.pairs import Key, Pair
from debugdiff.compare.statistics import (
    detectable_effect,
    holm,
    interval,
    least_p,
    pairs_needed,
    rank_biserial,
    sign_flip,
)
from debugdiff.model import (
    Analysis,
    Attempt,
    Comparison,
    Framework,
    Judgement,
    MetricComparison,
    Outcome,
    Pairing,
    ProgramReport,
    Report,
    Score,
    Stack,
    Style,
    Training,
    Verdict,
)
from debugdiff.report import Format, Page, render
from debugdiff.report.json import schema
from debugdiff.static import measure

METRICS = {metric.id: metric for metric in COMPARED}
STACKS = {"pytorch": Stack.PYTORCH, "sequential": Stack.KERAS_TENSORFLOW}
FINITE = st.floats(-100, 100).map(lambda value: round(value, 3))


def metric(name: str) -> Compared:
    return METRICS[name]


def pairs(*values: tuple[float, float], bugs: bool = True) -> list[Pair]:
    return [
        Pair(Key(f"case{index % 2}", f"bug{index // 2}" if bugs else ""), first, second)
        for index, (first, second) in enumerate(values)
    ]


def test_the_confirmatory_metrics_are_the_ones_fixed_before_data() -> None:
    chosen = [one.id for one in COMPARED if one.confirmatory]
    assert chosen == ["R1", "R3", "D1", "D3.best", "D5.reachable", "Q2"]


# --- one metric --------------------------------------------------------------------------------


def test_ratios_have_a_geometric_mean_and_an_interval_around_it() -> None:
    found = compare(metric("R1"), pairs((1, 2), (2, 2), (8, 2), (4, 1)))
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx((0.5 * 1 * 4 * 4) ** 0.25)
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert 0.5 <= found.ratio.low < found.ratio.value < found.ratio.high <= 4
    assert (found.wins, found.ties, found.losses) == (1, 1, 2)


def test_more_is_a_win_where_more_is_better() -> None:
    found = compare(metric("D3.best"), pairs((1, 0), (1, 0.5), (0, 0)))
    assert (found.wins, found.ties, found.losses) == (2, 1, 0)


def test_where_zeros_occur_there_is_a_difference_and_no_ratio() -> None:
    found = compare(metric("R4"), pairs((0, 1), (2, 1)))
    assert found.ratio is None
    assert found.difference is not None
    assert found.difference.value == 0


def test_a_ratio_with_a_zero_in_it_is_not_judged() -> None:
    found = compare(metric("R1"), pairs((0, 1), (2, 1)))
    assert found.ratio is None
    assert found.verdict is Judgement.NOT_JUDGED


def test_one_program_tells_of_itself_and_one_bug_of_nothing() -> None:
    source = compare(metric("R1"), pairs((1, 2), bugs=False))
    assert source.ratio is not None
    assert (source.ratio.value, source.ratio.low) == (0.5, None)
    assert source.verdict is Judgement.LIGHTER
    assert compare(metric("D4"), pairs((0.1, 0.9))).verdict is Judgement.NOT_SHOWN


def test_fewer_than_six_bugs_show_nothing_however_alike_they_are() -> None:
    assert compare(metric("D4"), pairs(*[(0.1, 0.9)] * 10)).verdict is Judgement.NOT_SHOWN
    assert compare(metric("D4"), pairs(*[(0.1, 0.9)] * 12)).verdict is Judgement.BETTER


def test_without_pairs_nothing_is_judged() -> None:
    found = compare(metric("D4"), [])
    assert (found.pairs, found.difference, found.p_value) == (0, None, None)
    assert found.verdict is Judgement.NOT_JUDGED


def test_a_difference_within_the_band_is_equivalent() -> None:
    values = pairs((1.1, 1.0), (1.15, 1.0), (1.2, 1.0), (1.12, 1.0))
    assert compare(metric("R1"), values, math.log(1.2)).verdict is Judgement.EQUIVALENT
    assert compare(metric("R1"), values, math.log(1.05)).verdict is Judgement.HEAVIER


def test_an_interval_with_no_difference_in_it_shows_none() -> None:
    found = compare(metric("D4"), pairs((0.1, 0.9), (0.9, 0.2), (0.5, 0.4), (0.1, 0.9)))
    assert found.verdict is Judgement.NOT_SHOWN


def test_better_and_worse_follow_the_direction_of_the_metric() -> None:
    up = pairs(*[(1, 0.2), (1, 0.3), (1, 0.25), (1, 0.1)] * 3)
    assert compare(metric("D3.best"), up).verdict is Judgement.BETTER
    assert compare(metric("D4"), up).verdict is Judgement.WORSE


def test_the_band_is_the_median_of_what_styles_differ_by() -> None:
    between = [pairs((1.1, 1), bugs=False), pairs((1, 1.2), bugs=False), pairs((1.5, 1))]
    assert band_of(metric("R1"), between) == pytest.approx(math.log(1.2))
    assert band_of(metric("D4"), [pairs((0.5, 0.1), (0.1, 0.3))]) == pytest.approx(0.1)
    assert band_of(metric("R1"), []) is None


def test_the_unit_of_a_test_is_the_bug_averaged_over_cases() -> None:
    assert compare(metric("D4"), pairs((0, 1), (1, 0), (0.5, 1), (0.5, 1))).units == 2
    assert compare(metric("R1"), pairs((1, 2), (2, 1), bugs=False)).units == 2


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), min_size=1, max_size=8))
def test_swapping_the_sides_inverts_the_ratio(values: list[tuple[float, float]]) -> None:
    found = compare(metric("R1"), pairs(*values))
    swapped = compare(metric("R1"), pairs(*[(b, a) for a, b in values]))
    assert found.ratio is not None
    assert swapped.ratio is not None
    assert math.isclose(found.ratio.value, 1 / swapped.ratio.value, rel_tol=1e-9)
    assert (found.wins, found.losses) == (swapped.losses, swapped.wins)


# --- dimensions --------------------------------------------------------------------------------


def judged(name: str, verdict: Judgement) -> MetricComparison:
    return MetricComparison(
        metric=name,
        title="",
        dimension=metric(name).dimension,
        confirmatory=False,
        pairs=2,
        units=2,
        ratio=None,
        difference=None,
        wins=0,
        ties=0,
        losses=0,
        band=None,
        verdict=verdict,
    )


def verdict_of(*metrics: MetricComparison) -> Judgement:
    return next(one.verdict for one in dominance(metrics) if one.dimension == "readability")


def test_dominance_needs_no_metric_that_is_worse() -> None:
    lighter, heavier = judged("R1", Judgement.LIGHTER), judged("R3", Judgement.HEAVIER)
    equal = judged("R5", Judgement.EQUIVALENT)
    assert verdict_of(lighter, equal) is Judgement.LIGHTER
    assert verdict_of(heavier, equal) is Judgement.HEAVIER
    assert verdict_of(equal) is Judgement.EQUIVALENT
    assert verdict_of(equal, judged("R1", Judgement.NOT_SHOWN)) is Judgement.NOT_SHOWN
    assert verdict_of(judged("R1", Judgement.NOT_JUDGED)) is Judgement.NOT_JUDGED


def test_a_trade_off_lists_both_sides() -> None:
    lighter, heavier = judged("R1", Judgement.LIGHTER), judged("R3", Judgement.HEAVIER)
    found = next(iter(dominance([lighter, heavier])))
    assert (found.verdict, found.better, found.worse) == (Judgement.TRADE_OFF, ("R1",), ("R3",))


# --- statistics --------------------------------------------------------------------------------


@given(st.lists(FINITE, min_size=2, max_size=8))
def test_sign_flips_are_those_of_scipy(differences: list[float]) -> None:
    present = [one for one in differences if one]
    if len(present) < 2:
        return
    known = stats.permutation_test(
        (np.array(present),),
        lambda values, axis: np.abs(values.sum(axis=axis)),
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert sign_flip(differences) == pytest.approx(known.pvalue)


def test_of_yes_and_no_the_sign_flip_is_the_exact_mcnemar_test() -> None:
    known = stats.binomtest(5, 6).pvalue
    assert sign_flip([1, 1, 1, 1, 1, -1, 0, 0]) == pytest.approx(known)


def test_many_pairs_are_drawn_instead_of_counted() -> None:
    rising = [float(value) for value in range(1, 31)]
    assert sign_flip(rising) == pytest.approx(1 / 20_001)
    assert sign_flip([1.0, -1.0] * 20) == 1


def test_equal_pairs_say_nothing() -> None:
    assert sign_flip([0, 0]) == 1
    assert rank_biserial([0, 0]) is None


def test_rank_biserial_is_the_share_of_signed_ranks() -> None:
    assert rank_biserial([1, 2, 3]) == 1
    # Ranks 1, 2, 3 with the largest negative: (1 + 2 - 3) / 6; ties share their ranks.
    assert rank_biserial([1, 2, -3]) == 0
    assert rank_biserial([1, 1, -1, 0]) == pytest.approx((2 + 2 - 2) / 6)


def test_holm_multiplies_step_by_step_and_never_falls() -> None:
    assert holm({"a": 0.04, "b": 0.01, "c": 0.03}) == pytest.approx(
        {"a": 0.06, "b": 0.03, "c": 0.06}
    )
    assert holm({}) == {}


def test_with_few_pairs_no_effect_could_have_been_found() -> None:
    assert (least_p(3), least_p(6)) == (0.25, 1 / 32)
    assert detectable_effect(5, 0.05) is None
    assert detectable_effect(0, 0.05) is None
    assert pairs_needed(0.05) == 6
    # (1.960 + 0.842) / sqrt(16): Cohen's rule for paired differences.
    assert detectable_effect(16, 0.05) == pytest.approx(0.7, abs=0.01)


def test_an_interval_of_one_unit_has_no_ends_and_a_fixed_seed_else() -> None:
    assert interval([1.0], (("a",),)).low is None
    units = (("a", "b", "c"),)
    assert interval([1.0, 2.0, 6.0], units) == interval([1.0, 2.0, 6.0], units)


# --- whole reports -----------------------------------------------------------------------------


def program(of: str, *attempts: Attempt, at: str = "texts", **scores: float) -> ProgramReport:
    """A program with scores of its source, and what came of some bugs in it."""
    keras = replace(implementation("sequential", Framework.KERAS, style=Style.SEQUENTIAL), case=at)
    chosen = {"pytorch": implementation(case=at), "sequential": keras}[of]
    return ProgramReport(
        case=case(chosen),
        implementation=chosen,
        static=measure(chosen.source),
        scores=judged_as(scores),
        attempts=tuple(
            replace(
                each,
                implementation=chosen,
                condition=replace(each.condition, case=at, implementation=of, stack=STACKS[of]),
            )
            for each in attempts
        ),
    )


def judged_as(values: Mapping[str, float]) -> tuple[Score, ...]:
    return tuple(
        Score(metric=name.replace("_", "."), value=value, explanation="")
        for name, value in values.items()
    )


def became(
    identifier: str, outcome: Outcome = Outcome.EFFECTIVE, *, seed: int = 0, **scores: float
) -> Attempt:
    """What a bug came to, in whatever program it is put."""
    plain = attempt(of_bug=bug(identifier))
    return replace(
        plain,
        condition=replace(plain.condition, seed=seed),
        verdict=Verdict(outcome, ""),
        scores=judged_as(scores),
    )


def of(found: Sequence[Comparison], **wanted: Any) -> Comparison:
    (hit,) = [c for c in found if all(getattr(c, key) == want for key, want in wanted.items())]
    return hit


def line(found: Comparison, name: str) -> MetricComparison:
    return next(one for one in found.metrics if one.metric == name)


def test_a_style_stands_beside_the_pytorch_program_of_its_case() -> None:
    found = comparisons(
        [
            program("pytorch", became("shape/a"), R1=20),
            program("sequential", became("shape/a"), R1=10),
        ]
    )
    assert {one.implementation for one in found} == {"sequential"}
    primary = of(found, analysis=Analysis.PRIMARY)
    assert (primary.case, primary.reference) == ("texts", "pytorch")
    measured = line(primary, "R1")
    assert measured.ratio is not None
    assert measured.ratio.value == pytest.approx(0.5)


def named(program: ProgramReport, name: str, training: Training) -> ProgramReport:
    """The same program under another name, with another owner of its loop."""
    written = replace(program.implementation, name=name, training=training)
    attempts = tuple(
        replace(one, implementation=written, condition=replace(one.condition, implementation=name))
        for one in program.attempts
    )
    return replace(program, implementation=written, attempts=attempts)


def test_programs_with_a_loop_of_their_own_and_with_fit_are_two_sides() -> None:
    fit, loop = (
        named(program("sequential", became("shape/a"), R1=lines), training, training)
        for training, lines in ((Training.FIT, 10), (Training.LOOP, 40))
    )
    pytorch = program("pytorch", became("shape/a"), R1=20)
    for found in (comparisons([pytorch, fit, loop]), comparisons([loop, fit, pytorch])):
        ratios = {
            one.implementation: (ratio.value if (ratio := line(one, "R1").ratio) else None)
            for one in found
            if one.analysis is Analysis.PRIMARY
        }
        assert ratios == {"fit": pytest.approx(0.5), "loop": pytest.approx(2)}


def test_over_all_cases_the_owner_of_the_loop_is_named_where_it_tells_sides_apart() -> None:
    programs = [
        named(program(of, became("shape/a"), at=case, R1=10), of, training)
        for case in ("texts", "tags")
        for of, training in (
            ("pytorch", Training.LOOP),
            ("sequential", Training.FIT),
            ("sequential", Training.LOOP),
        )
    ]
    together = [one for one in comparisons(programs) if not one.case]
    assert {one.implementation for one in together} == {
        "keras sequential fit",
        "keras sequential loop",
    }
    assert {one.reference for one in together} == {"pytorch module"}


def test_two_programs_of_one_side_give_their_mean_and_are_both_named() -> None:
    one, other = (
        named(program("sequential", became("shape/a", D4=value)), name, Training.FIT)
        for name, value in (("plain", 0.9), ("long", 0.5))
    )
    pytorch = program("pytorch", became("shape/a", D4=0.5))
    found = of(comparisons([pytorch, one, other]), analysis=Analysis.PRIMARY)
    assert found.implementation == "plain and long"
    difference = line(found, "D4").difference
    assert difference is not None
    assert difference.value == pytest.approx(0.2)


def test_seeds_give_their_mean() -> None:
    pytorch = program("pytorch", became("shape/a", D4=0.2), became("shape/a", seed=1, D4=0.4))
    found = comparisons([pytorch, program("sequential", became("shape/a", D4=0.9))])
    difference = line(of(found, analysis=Analysis.PRIMARY), "D4").difference
    assert difference is not None
    assert difference.value == pytest.approx(0.6)


def test_a_prevented_bug_has_the_best_value_and_stays_out_of_the_secondary_analysis() -> None:
    found = comparisons(
        [
            program("pytorch", became("shape/a", D4=0.6)),
            program("sequential", became("shape/a", Outcome.ABSORBED)),
        ]
    )
    primary = line(of(found, analysis=Analysis.PRIMARY), "D4")
    assert (primary.pairs, primary.wins) == (1, 1)
    secondary = of(found, analysis=Analysis.SECONDARY)
    assert not any(line(secondary, name).pairs for name in ("D4", "prevented"))
    assert line(of(found, analysis=Analysis.PRIMARY), "prevented").wins == 1


def test_what_no_side_suffers_or_one_side_cannot_be_asked_makes_no_pair() -> None:
    pytorch = program("pytorch", became("shape/a", Outcome.ABSORBED), became("shape/b", D4=0.6))
    sequential = program(
        "sequential",
        became("shape/a", Outcome.NOT_EXPRESSIBLE),
        became("shape/b", Outcome.NOT_APPLICABLE),
    )
    found = of(comparisons([pytorch, sequential]), analysis=Analysis.PRIMARY)
    assert not any(one.pairs for one in found.metrics)


def test_over_all_cases_styles_are_compared_and_tests_say_when_they_have_no_power() -> None:
    found = comparisons(
        [
            program(name, became("shape/a"), at=at, R1=lines)
            for at in ("texts", "more")
            for name, lines in (("pytorch", 20), ("sequential", 10))
        ]
    )
    assert {one.case for one in found} == {"texts", "more", ""}
    together = of(found, case="", analysis=Analysis.PRIMARY)
    assert (together.implementation, together.reference) == ("keras sequential", "pytorch module")
    measured = line(together, "R1")
    assert (measured.pairs, measured.p_value, measured.p_adjusted) == (2, 0.5, None)
    assert "no power at all: R1 (2 cases)" in together.note
    assert not of(found, case="texts", analysis=Analysis.PRIMARY).note


def test_with_enough_bugs_the_test_has_a_p_value_and_says_what_it_could_find() -> None:
    bugs = [(f"shape/{number}", 2.0 + number % 2) for number in range(10)]
    found = comparisons(
        [
            program("pytorch", *(became(name, D1=stage) for name, stage in bugs)),
            program("sequential", *(became(name, D1=1) for name, _ in bugs)),
        ]
    )
    primary = of(found, analysis=Analysis.PRIMARY)
    measured = line(primary, "D1")
    assert measured.p_adjusted == pytest.approx(2 / 2**10)
    assert measured.detectable == pytest.approx(0.886, abs=0.01)
    assert measured.verdict is Judgement.BETTER
    assert "D1 with 10 bugs could have shown" in primary.note


def test_programs_that_are_not_known_to_be_one_model_are_not_compared() -> None:
    pair = [
        program("pytorch", became("shape/a"), R1=20),
        program("sequential", became("shape/a"), R1=10),
    ]
    assert comparisons(pair)
    apart = Pairing(compared=False, reason="Nothing says that they are one model.")
    strangers = [replace(one, case=replace(one.case, pairing=apart)) for one in pair]
    assert comparisons(strangers) == ()


def test_a_run_without_pytorch_compares_nothing() -> None:
    assert comparisons([program("sequential", became("shape/a"))]) == ()
    assert comparisons([]) == ()


# --- output ------------------------------------------------------------------------------------


def compared() -> Report:
    bugs = [f"shape/{number}" for number in range(10)]
    found = comparisons(
        [
            program("pytorch", *(became(name, D1=2) for name in bugs), R1=20),
            program("sequential", *(became(name, D1=1) for name in bugs), R1=10),
        ]
    )
    return replace(report(), comparisons=found)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_table_fits_and_says_where_there_is_no_power(width: int) -> None:
    text = render(compared(), Format.TABLE, Page(width=width))
    section = text[text.index("comparison") :]
    assert max(map(len, text.splitlines())) <= width
    for words in ("lighter", "better", "R1!", "-1.00", "R1 (1 case)"):
        assert words in section
    assert "comparison" not in render(report(), Format.TABLE, Page(width=width))


def test_comparisons_in_json_keep_the_schema() -> None:
    document = json.loads(render(compared(), Format.JSON, Page()))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(document)
    assert [each["analysis"] for each in document["comparisons"]] == ["primary", "secondary"]
