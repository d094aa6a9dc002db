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
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import report
from scipy import stats
from score_builders import attempt, bug, case, crashed, failure, implementation, result

from debugdiff.compare import COMPARED, Compared, comparisons
from debugdiff.compare.judging import compare, conclude, spread_of
from debugdiff.compare.pairs import Key, Pair
from debugdiff.compare.statistics import (
    detectable_effect,
    holm,
    interval,
    least_p,
    rank_biserial,
    share_difference,
    sign_flip,
)
from debugdiff.model import (
    Attempt,
    Comparison,
    Conclusion,
    Dimension,
    Framework,
    InjectRule,
    Interval,
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


def cases(*ratios: float) -> list[Pair]:
    return [Pair(Key(f"case{index}", ""), ratio, 1.0) for index, ratio in enumerate(ratios)]


def bugs(*differences: float) -> list[Pair]:
    return [
        Pair(Key("case", f"bug{index}"), difference, 0.0)
        for index, difference in enumerate(differences)
    ]


def concluded(name: str, of_metric: Sequence[Pair]) -> Conclusion:
    (found,) = conclude({metric(name): of_metric})
    return found


def test_every_dimension_is_concluded_from_one_metric_with_a_margin() -> None:
    named = {one.dimension: (one.id, one.margin) for one in COMPARED if one.margin is not None}
    assert named == {
        Dimension.READABILITY: ("readability", 1.1),
        Dimension.PREVENTION: ("prevented", 0.1),
        Dimension.CRASHES: ("crashes", 5.0),
        Dimension.SILENT: ("noticed", 0.1),
        Dimension.ACCESS: ("O2", 0.1),
    }
    assert sum(one.margin is not None for one in COMPARED) == len(Dimension)


# --- one metric --------------------------------------------------------------------------------


def test_ratios_have_a_geometric_mean_and_an_interval_around_it() -> None:
    found = compare(metric("R1"), cases(0.5, 1, 4, 2, 1.5, 3))
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx((0.5 * 1 * 4 * 2 * 1.5 * 3) ** (1 / 6))
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert 0 < found.ratio.low < found.ratio.value < found.ratio.high
    assert (found.wins, found.ties, found.losses) == (1, 1, 4)


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
    assert concluded("readability", pairs((0, 1), (2, 1))).verdict is Judgement.NOT_JUDGED


def test_one_program_has_a_figure_and_no_interval_and_concludes_nothing() -> None:
    source = compare(metric("R1"), cases(0.5))
    assert source.ratio is not None
    assert (source.ratio.value, source.ratio.low) == (0.5, None)
    assert concluded("readability", cases(0.5)).verdict is Judgement.NOT_SHOWN


def test_fewer_than_six_bugs_show_nothing_however_alike_they_are() -> None:
    five = concluded("crashes", bugs(*[40] * 5))
    assert (five.verdict, five.p_value) == (Judgement.NOT_SHOWN, None)
    assert concluded("crashes", bugs(*[0] * 5)).verdict is Judgement.NOT_SHOWN
    assert concluded("crashes", bugs(*[40] * 6)).verdict is Judgement.BETTER


def test_without_pairs_nothing_is_judged() -> None:
    found = compare(metric("D4"), [])
    assert (found.pairs, found.difference) == (0, None)
    assert concluded("crashes", []).verdict is Judgement.NOT_JUDGED


def test_a_word_needs_the_adjusted_test_and_the_interval() -> None:
    clear = bugs(10, 12, 9, 14, 11, 13, 10)
    alone = concluded("crashes", clear)
    assert (alone.verdict, alone.p_adjusted) == (Judgement.BETTER, 2 / 2**7)
    noise = [1, -1, 2, -2, 1.5, -1.5, 1]
    others = {
        "readability": [Pair(Key(f"c{i}", ""), 10 + d, 10) for i, d in enumerate(noise)],
        "prevented": bugs(1, -1, 0, 0, 1, -1, 0),
        "noticed": bugs(1, -1, 0, 0, 1, -1, 0),
    }
    found = conclude({metric(name): of for name, of in {"crashes": clear, **others}.items()})
    crashes = next(one for one in found if one.metric == "crashes")
    assert crashes.p_adjusted == pytest.approx(4 * 2 / 2**7)
    assert crashes.verdict is Judgement.NOT_SHOWN, "p is 0.0625 once four are tested"


def test_a_test_that_could_find_nothing_costs_the_others_nothing() -> None:
    clear = bugs(10, 12, 9, 14, 11, 13, 10)
    found = conclude({metric("crashes"): clear, metric("noticed"): bugs(1, 1)})
    assert [one.p_adjusted for one in found] == [2 / 2**7, None]


def test_equal_needs_an_interval_within_the_margin_and_not_a_small_difference() -> None:
    wide = bugs(30, -30, 25, -26, 20, -18, 1, -1)
    assert abs(sum(pair.first - pair.second for pair in wide)) < 5
    assert concluded("crashes", wide).verdict is Judgement.NOT_SHOWN
    narrow = bugs(1, -1, 0.5, -2, 1, 0.5, -1, 1)
    assert concluded("crashes", narrow).verdict is Judgement.EQUIVALENT


def test_a_difference_below_the_margin_is_equivalent_however_certain_it_is() -> None:
    small = bugs(1, 1.1, 0.9, 1.2, 1, 0.8, 1.1, 1)
    found = concluded("crashes", small)
    assert found.p_adjusted is not None
    assert found.p_adjusted < 0.01
    assert found.verdict is Judgement.EQUIVALENT


def test_ten_bugs_without_a_difference_prove_no_equal_share() -> None:
    assert concluded("prevented", bugs(*[0] * 10)).verdict is Judgement.NOT_SHOWN
    assert concluded("prevented", bugs(*[0] * 30)).verdict is Judgement.EQUIVALENT


def test_the_words_follow_the_direction_of_the_metric() -> None:
    up = [0.4, 0.3, 0.35, 0.5, 0.45, 0.4, 0.42]
    assert concluded("O2", [Pair(Key(f"c{i}", ""), d, 0) for i, d in enumerate(up)]).verdict is (
        Judgement.BETTER
    )
    assert concluded("readability", cases(*(1 + d for d in up))).verdict is Judgement.HEAVIER
    assert concluded("readability", cases(*(1 - d for d in up))).verdict is Judgement.LIGHTER


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=12))
@settings(max_examples=30, deadline=None)
def test_with_labels_swapped_in_every_pair_the_words_are_swapped(values: list[float]) -> None:
    swap = {Judgement.BETTER: Judgement.WORSE, Judgement.WORSE: Judgement.BETTER}
    one = concluded("O2", bugs(*values)).verdict
    other = concluded("O2", bugs(*(-value for value in values))).verdict
    assert swap.get(one, one) is other or Judgement.NOT_SHOWN in {one, other}


def test_the_spread_is_the_median_of_what_styles_differ_by() -> None:
    between = [cases(1.1), cases(1 / 1.2), cases(1.5)]
    assert spread_of(metric("R1"), between) == pytest.approx(math.log(1.2))
    assert spread_of(metric("D4"), [pairs((0.5, 0.1), (0.1, 0.3))]) == pytest.approx(0.1)
    assert spread_of(metric("R1"), []) is None


def test_the_unit_is_the_bug_averaged_over_cases() -> None:
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
    # (1.960 + 0.842) / sqrt(16): Cohen's rule for paired differences.
    assert detectable_effect(16, 0.05) == pytest.approx(0.7, abs=0.01)


def test_an_interval_needs_six_units_that_differ_and_has_a_fixed_seed() -> None:
    assert interval([1.0]).low is None
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0]).low is None
    assert interval([1.0] * 12).low is None, "what is all equal says nothing of its spread"
    values = [1.0, 2.0, 6.0, 3.0, 2.5, 4.0]
    assert interval(values) == interval(values)
    assert interval([10 + one for one in values]).low == pytest.approx(
        10 + (interval(values).low or 0)
    )


def test_the_interval_of_a_share_is_that_of_agresti_and_min() -> None:
    # 8 pairs where the side alone has it, 2 where the reference alone has it, 20 alike: half a
    # pair more in each of the four cells, then Wald's interval.
    b, c, n = 8.5, 2.5, 32
    middle, error = (b - c) / n, math.sqrt(b + c - (b - c) ** 2 / n) / n
    found = share_difference([1.0] * 8 + [-1.0] * 2 + [0.0] * 20)
    z = stats.norm.ppf(0.975)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((middle - z * error, middle + z * error))


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
    """What a bug came to, in whatever program it is put; what is effective is a crash."""
    plain = attempt(crashed(failure()), of_bug=bug(identifier))
    return replace(
        plain,
        condition=replace(plain.condition, seed=seed),
        verdict=Verdict(outcome, ""),
        scores=judged_as(scores),
    )


def crash(identifier: str, **scores: float) -> Attempt:
    """A bug that ends the program, in whatever program it is put."""
    ended = attempt(crashed(failure()), of_bug=bug(identifier))
    scores = {"D3_best": 1, "D4": 0.5, "D5_reachable": 0.5, "D8": 2, **scores}
    return replace(ended, verdict=Verdict(Outcome.EFFECTIVE, ""), scores=judged_as(scores))


def quiet(identifier: str, **scores: float) -> Attempt:
    """A bug that the program runs through; nothing tells unless `D1` says so."""
    ran = attempt(result(), of_bug=bug(identifier))
    return replace(
        ran, verdict=Verdict(Outcome.EFFECTIVE, ""), scores=judged_as({"D1": 4.5, **scores})
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
    primary = of(found)
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
    found = of(comparisons([pytorch, one, other]))
    assert found.implementation == "plain and long"
    difference = line(found, "D4").difference
    assert difference is not None
    assert difference.value == pytest.approx(0.2)


def test_seeds_give_their_mean() -> None:
    pytorch = program("pytorch", became("shape/a", D4=0.2), became("shape/a", seed=1, D4=0.4))
    found = comparisons([pytorch, program("sequential", became("shape/a", D4=0.9))])
    difference = line(of(found), "D4").difference
    assert difference is not None
    assert difference.value == pytest.approx(0.6)


def test_a_prevented_bug_counts_for_prevention_and_for_nothing_else() -> None:
    found = of(
        comparisons(
            [
                program("pytorch", became("shape/a", D4=0.6), became("shape/b", D4=0.5)),
                program(
                    "sequential",
                    became("shape/a", Outcome.NOT_EXPRESSIBLE),
                    became("shape/b", D4=0.5),
                ),
            ]
        )
    )
    assert (line(found, "D4").units, line(found, "D4").ties) == (1, 1)
    assert (line(found, "prevented").units, line(found, "prevented").wins) == (2, 1)


def of_frameworks(one: Attempt, *frameworks: Framework) -> Attempt:
    """The same attempt with a bug that has rules for these frameworks."""
    rules = tuple(InjectRule(framework=framework) for framework in frameworks)
    return replace(one, bug=replace(one.bug, rules=rules))


def test_bugs_of_each_origin_weigh_alike_however_many_there_are() -> None:
    both = (Framework.PYTORCH, Framework.KERAS)
    impossible = Outcome.NOT_EXPRESSIBLE
    origins = {
        "shape/a": (both, Outcome.EFFECTIVE, Outcome.EFFECTIVE),
        "shape/b": (both, Outcome.EFFECTIVE, Outcome.CORRECTED),
        "mode/p": (both[:1], Outcome.EFFECTIVE, impossible),
        "mode/k": (both[1:], impossible, Outcome.EFFECTIVE),
        "mode/l": (both[1:], impossible, Outcome.EFFECTIVE),
    }
    pytorch, keras = (
        [
            of_frameworks(became(name, outcomes[side]), *frameworks)
            for name, (frameworks, *outcomes) in origins.items()
        ]
        for side in (0, 1)
    )
    found = of(comparisons([program("pytorch", *pytorch), program("sequential", *keras)]))
    weighed, plain = line(found, "prevented.origins"), line(found, "prevented")
    assert plain.difference is not None
    assert plain.difference.value == pytest.approx((0 + 1 + 1 - 1 - 1) / 5)
    assert weighed.difference == Interval(value=pytest.approx((0.5 + 1 - 1) / 3))
    assert (weighed.units, weighed.wins, weighed.ties, weighed.losses) == (3, 2, 0, 1)


def test_without_bugs_of_another_origin_there_are_no_other_weights() -> None:
    both = (Framework.PYTORCH, Framework.KERAS)
    programs = [
        program(name, *(of_frameworks(became(f"shape/{bug}"), *both) for bug in "ab"))
        for name in ("pytorch", "sequential")
    ]
    assert line(of(comparisons(programs)), "prevented.origins").pairs == 0


def test_what_is_not_measured_on_both_sides_makes_no_pair() -> None:
    pytorch = program("pytorch", became("shape/a", Outcome.UNMEASURED), became("shape/b", D4=0.6))
    sequential = program(
        "sequential",
        became("shape/a", Outcome.NOT_EXPRESSIBLE),
        became("shape/b", Outcome.NOT_APPLICABLE),
    )
    found = of(comparisons([pytorch, sequential]))
    assert not any(one.pairs for one in found.metrics)


def test_a_program_that_does_not_run_is_compared_with_nothing() -> None:
    broken = replace(
        program("sequential", became("shape/a", Outcome.NOT_EXPRESSIBLE), R1=1),
        attempts=(
            replace(
                became("shape/a", Outcome.NOT_EXPRESSIBLE),
                clean=attempt(clean=crashed(failure())).clean,
            ),
        ),
    )
    assert comparisons([program("pytorch", became("shape/a"), R1=20), broken]) == ()


def test_whether_a_bug_is_noticed_is_asked_of_what_runs_through_somewhere() -> None:
    """What crashes on both sides is no silent bug; what is silent on one side is for both."""
    found = of(
        comparisons(
            [
                program("pytorch", became("shape/a", D1=1), quiet("loss/b"), quiet("loss/c", D1=3)),
                program(
                    "sequential", became("shape/a", D1=1), became("loss/b", D1=1), quiet("loss/c")
                ),
            ]
        )
    )
    noticed = line(found, "noticed")
    assert (noticed.units, noticed.wins, noticed.losses) == (2, 1, 1)
    assert line(found, "D1").units == 1, "D1 of crashes is of what crashes on both sides"


def test_over_all_cases_styles_are_compared_and_few_cases_conclude_nothing() -> None:
    found = comparisons(
        [
            program(name, became("shape/a"), at=at, R1=lines, R3=lines, R5=lines)
            for at in ("texts", "more")
            for name, lines in (("pytorch", 20), ("sequential", 10))
        ]
    )
    assert {one.case for one in found} == {"texts", "more", ""}
    together = of(found, case="")
    assert (together.implementation, together.reference) == ("keras sequential", "pytorch module")
    readable = next(one for one in together.conclusions if one.dimension is Dimension.READABILITY)
    assert (readable.units, readable.p_value, readable.verdict) == (2, None, Judgement.NOT_SHOWN)
    assert line(together, "readability").ratio == Interval(value=pytest.approx(0.5))


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
    names = [f"shape/{number}" for number in range(10)]
    found = comparisons(
        [
            program("pytorch", *(crash(name, D1=2, D8=1) for name in names), R1=20, R3=20, R5=20),
            program(
                "sequential",
                *(crash(name, D1=number % 2, D8=4) for number, name in enumerate(names)),
                R1=10,
                R3=10,
                R5=10,
            ),
        ]
    )
    return replace(report(), comparisons=found)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_table_fits_and_says_where_there_are_too_few(width: int) -> None:
    text = render(compared(), Format.TABLE, Page(width=width))
    section = " ".join(text[text.index("comparison") :].split())
    assert max(map(len, text.splitlines())) <= width
    for words in ("too few", "better", "R1 lines", "-1.50", "equivalent: the difference"):
        assert words in section
    assert "comparison" not in render(report(), Format.TABLE, Page(width=width))


def test_a_dimension_stands_beside_the_p_value_that_made_its_word() -> None:
    text = render(compared(), Format.TABLE, Page(width=140))
    (row,) = [row for row in text.splitlines() if row.startswith("crash reports")]
    assert row.split()[-2:] == ["0.004", "better"]


def test_comparisons_in_json_keep_the_schema() -> None:
    document = json.loads(render(compared(), Format.JSON, Page()))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(document)
    (found,) = document["comparisons"]
    assert [one["verdict"] for one in found["conclusions"]].count("better") == 1
