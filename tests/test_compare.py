"""Paired comparisons: ratios, differences, intervals, tests."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.compare import (
    Comparison,
    Dominance,
    Pair,
    compare,
    dominance,
    equivalence_band,
    holm,
    is_equivalent,
    mcnemar,
    pair_scores,
    rank_biserial,
    wilcoxon,
)
from debugdiff.model import Mode, Score
from debugdiff.score import METRICS


def pairs(*values: tuple[float, float]) -> list[Pair]:
    return [
        Pair(case=f"case{index % 2}", bug=f"bug{index // 2}", first=first, second=second)
        for index, (first, second) in enumerate(values)
    ]


def score(
    implementation: str, value: float | None, bug: str = "shape/a", mode: Mode = Mode.DEFAULT
) -> Score:
    return Score(
        trial="",
        case="texts",
        implementation=implementation,
        mode=mode,
        bug=bug,
        metric="D4",
        value=value,
        explanation="",
    )


def test_scores_pair_by_case_and_bug_and_seeds_give_their_mean() -> None:
    scores = [
        score("pytorch", 0.2),
        score("pytorch", 0.4),
        score("keras", 0.9),
        score("keras", 0.1, mode=Mode.EAGER),
        score("pytorch", 0.5, "shape/alone"),
        score("keras", None, "shape/alone"),
    ]
    (pair,) = pair_scores(scores, "D4", "pytorch", "keras")
    assert (pair.case, pair.bug) == ("texts", "shape/a")
    assert (pair.first, pair.second) == (pytest.approx(0.3), 0.9)


def test_ratios_have_a_geometric_mean_and_an_interval_around_it() -> None:
    found = compare(pairs((1, 2), (2, 2), (8, 2), (4, 1)), METRICS["R1"])
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx((0.5 * 1 * 4 * 4) ** 0.25)
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert 0.5 <= found.ratio.low < found.ratio.value < found.ratio.high <= 4
    assert (found.wins, found.ties, found.losses) == (1, 1, 2)


def test_more_is_a_win_where_more_is_better() -> None:
    found = compare(pairs((1, 0), (1, 0.5), (0, 0)), METRICS["D3.best"])
    assert (found.wins, found.ties, found.losses) == (2, 1, 0)


def test_zeros_leave_a_difference_and_no_ratio() -> None:
    found = compare(pairs((0, 1), (2, 1)), METRICS["R4"])
    assert found.ratio is None
    assert found.difference is not None
    assert found.difference.value == 0


def test_one_pair_has_no_interval_and_none_has_nothing() -> None:
    found = compare(pairs((1, 2)), METRICS["R1"])
    assert found.ratio is not None
    assert (found.ratio.value, found.ratio.low) == (0.5, None)
    nothing = compare([], METRICS["R1"])
    assert (nothing.pairs, nothing.ratio, nothing.difference) == (0, None, None)


def test_the_band_is_what_styles_differ_by_anyway() -> None:
    band = equivalence_band([1.1, 1 / 1.2, 1.5])
    assert band == pytest.approx(1.2)
    assert is_equivalent(1 / 1.19, 1.2)
    assert not is_equivalent(1.21, 1.2)
    assert equivalence_band([]) is None


def won(wins: int, losses: int) -> Comparison:
    return Comparison(
        metric="R1", pairs=2, ratio=None, difference=None, wins=wins, ties=0, losses=losses
    )


def test_dominance_needs_no_metric_that_is_worse() -> None:
    assert dominance([won(2, 0), won(1, 1)]) is Dominance.FIRST
    assert dominance([won(0, 2)]) is Dominance.SECOND
    assert dominance([won(2, 0), won(0, 1)]) is Dominance.TRADE_OFF
    assert dominance([won(1, 1)]) is Dominance.EQUAL


def test_mcnemar_is_the_binomial_test_of_discordant_pairs() -> None:
    discordant = pairs(*[(1, 0)] * 5, (0, 1), (1, 1), (0, 0))
    assert mcnemar(discordant) == pytest.approx(2 * (1 + 6) / 2**6)
    assert mcnemar(pairs((1, 1))) == 1


def test_wilcoxon_and_its_effect_size() -> None:
    up = pairs((2, 1), (4, 2), (6, 3), (9, 5), (9, 4))
    assert wilcoxon(up) == pytest.approx(2 / 2**5)
    assert rank_biserial(up) == 1
    # Ranks 1, 2, 3 with the largest negative: (1 + 2 - 3) / 6.
    assert rank_biserial(pairs((1, 0), (2, 0), (0, 3))) == 0
    assert wilcoxon(pairs((1, 1))) == 1
    assert rank_biserial(pairs((1, 1))) is None


def test_holm_multiplies_step_by_step_and_never_falls() -> None:
    assert holm({"a": 0.04, "b": 0.01, "c": 0.03}) == pytest.approx(
        {"a": 0.06, "b": 0.03, "c": 0.06}
    )
    assert holm({}) == {}


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), min_size=1, max_size=8))
def test_swapping_the_sides_inverts_the_ratio(values: list[tuple[float, float]]) -> None:
    found = compare(pairs(*values), METRICS["R1"])
    swapped = compare(pairs(*[(b, a) for a, b in values]), METRICS["R1"])
    assert found.ratio is not None
    assert swapped.ratio is not None
    assert math.isclose(found.ratio.value, 1 / swapped.ratio.value, rel_tol=1e-9)
    assert (found.wins, found.losses) == (swapped.losses, swapped.wins)
