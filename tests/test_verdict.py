"""Claims: the file, the estimates, the rules that decide, the command."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.model import Framework
from debugdiff.report.forest import Axis, Mark
from debugdiff.verdict import ClaimOutcome, read_claims, review_claims
from debugdiff.verdict.claims import About, Claim, ClaimSide, Expectation
from debugdiff.verdict.deciding import Certainty, judge
from debugdiff.verdict.estimating import Pair, Specification, estimate, unit_effects
from debugdiff.verdict.power import LEAST_UNITS, power, units_needed

CLAIM = """
[[claim]]
id = "short"
quote = "Keras is short."
source = "a test"
measure = "size"
side = { framework = "keras", style = ["functional", "sequential"], training = ["fit"] }
beside = { framework = "pytorch" }
expect = "less"
margin = 0.1
vary = { size = ["lines", "vocabulary"] }
"""


def claim(**changes: object) -> Claim:
    plain = Claim(
        id="c",
        quote="q",
        source="s",
        measure="size",
        side=ClaimSide(framework=Framework.KERAS),
        beside=ClaimSide(framework=Framework.PYTORCH),
        margin=0.1,
        vary={"size": ("lines", "volume")},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def spec(effects: list[float], *, share: bool = False, **choices: str) -> Specification:
    pairs = [Pair(f"case{number}", f"case{number}", one) for number, one in enumerate(effects)]
    return Specification.of(choices, pairs, share=share)


def spread(middle: float, units: int = LEAST_UNITS, step: float = 0.005) -> list[float]:
    return [middle + step * (number - (units - 1) / 2) for number in range(units)]


# The file


def test_the_review_s_claims_can_be_read_and_say_how_they_are_decided() -> None:
    claims = read_claims(review_claims())
    assert len(claims) >= 12
    assert all(each.not_tested or (each.margin > 0 and each.side) for each in claims)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'measure = "size"',
            'measure = "seize"',
            r":6: `claim.0.measure` `seize` is not a measure",
        ),
        ('measure = "size"', "", "`claim.0.measure` is missing"),
        ("margin = 0.1", "margin = 0", "has to be above 0"),
        ("margin = 0.1", "", "has to be above 0"),
        ("margin", "margn", r":10: `claim.0.margn` is not a key of a claim"),
        ('"functional"', '"fonctional"', r":7: `claim.0.side.style.0` has a wrong value"),
        ("size = [", "sise = [", "cannot vary here .known: style, size, part."),
        ('"vocabulary"', '"words"', r"names `words` .known: lines"),
        ('beside = { framework = "pytorch" }', "", "`claim.0.beside` is missing"),
        ('id = "short"', "", "`claim.0.id` is missing"),
        ("[[claim]]", "[[claim]]\nnot_tested = 'x'", "exclude each other"),
        (CLAIM, CLAIM + CLAIM, "is `short`, as of a claim above"),
        (CLAIM, "claim = []", "holds no claim"),
        (CLAIM, "", "`claim` is missing"),
        (CLAIM, "[[claim", "cannot be read"),
        (CLAIM, "[" * 400, "cannot be read"),
    ],
)
def test_a_wrong_file_of_claims_is_a_sentence_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(CLAIM.replace(old, new))
    with pytest.raises(DebugdiffError, match=message) as raised:
        read_claims(path)
    assert raised.value.slug == "claims-file"
    assert raised.value.hint


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DebugdiffError, match="cannot be read"):
        read_claims(tmp_path / "no.toml")


# The estimate


def test_a_bug_in_many_cases_counts_once() -> None:
    pairs = [Pair("a", "x", 1.0), Pair("b", "x", 3.0), Pair("a", "y", 0.0)]
    assert unit_effects(pairs) == {"x": 2.0, "y": 0.0}


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=40))
@settings(deadline=None)
def test_the_interval_is_scipy_s_of_student(effects: list[float]) -> None:
    from scipy.stats import ttest_1samp

    found = estimate({str(number): one for number, one in enumerate(effects)})
    assert found is not None
    if len({round(one, 6) for one in effects}) > 1:
        expected = ttest_1samp(effects, 0).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert found.low <= found.narrow[0] <= found.value <= found.narrow[1] <= found.high


def test_yes_and_no_that_never_differ_have_an_interval_all_the_same() -> None:
    found = estimate(dict.fromkeys(map(str, range(15)), 0.0), share=True)
    assert found is not None
    assert found.value == 0
    assert 0.1 < found.high < 0.2


# The word


@pytest.mark.parametrize(
    ("middle", "expect", "word"),
    [
        (log(0.6), Expectation.LESS, ClaimOutcome.SUPPORTED),
        (log(0.6), Expectation.MORE, ClaimOutcome.CONTRADICTED),
        (log(0.6), Expectation.EQUAL, ClaimOutcome.CONTRADICTED),
        (log(1.6), Expectation.LESS, ClaimOutcome.CONTRADICTED),
        (0.0, Expectation.LESS, ClaimOutcome.EQUIVALENT),
        (0.0, Expectation.EQUAL, ClaimOutcome.SUPPORTED),
        (log(1.1), Expectation.MORE, ClaimOutcome.UNDECIDED),  # the interval holds the margin
    ],
)
def test_the_word_is_where_the_interval_lies(
    middle: float, expect: Expectation, word: ClaimOutcome
) -> None:
    one = spec(spread(middle), size="lines")
    verdict = judge(claim(expect=expect, vary={}), (one,), 0.001)
    assert verdict.outcome is word
    assert bool(verdict.reasons) is (word is ClaimOutcome.UNDECIDED)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30), st.floats(0, 0.2))
@settings(deadline=None, max_examples=50)
def test_who_is_named_first_does_not_matter(effects: list[float], p_value: float) -> None:
    """Exchanged sides and an opposite expectation are the same claim."""
    less = judge(claim(vary={}), (spec(effects),), p_value)
    other = claim(vary={}, expect=Expectation.MORE)
    more = judge(other, (spec([-each for each in effects]),), p_value)
    assert less.outcome is more.outcome
    assert less.flips == more.flips


def test_few_units_give_no_word() -> None:
    few = spec(spread(-1.0, units=LEAST_UNITS - 1))
    verdict = judge(claim(vary={}), (few,), 0.001)
    assert verdict.outcome is ClaimOutcome.UNDECIDED
    assert "14 cases are fewer than the 15" in verdict.reasons[0]
    assert verdict.needed is not None
    assert verdict.needed >= LEAST_UNITS


def test_one_case_that_decides_alone_takes_the_word_away() -> None:
    effects = [*spread(-0.0965, units=LEAST_UNITS, step=0.0005), -0.1]
    verdict = judge(claim(vary={}), (spec(effects),), 0.001)
    assert verdict.outcome is ClaimOutcome.UNDECIDED
    assert f"case{LEAST_UNITS}" in verdict.flips
    assert any("the outcome would be different" in reason for reason in verdict.reasons)


def test_a_p_value_that_is_not_small_after_adjusting_takes_the_word_away() -> None:
    verdict = judge(claim(vary={}), (spec(spread(-1.0)),), 0.2)
    assert verdict.outcome is ClaimOutcome.UNDECIDED
    assert "p is 0.200" in verdict.reasons[0]


def test_a_choice_that_turns_the_sign_is_named() -> None:
    specs = (
        spec(spread(-1.0), size="lines", part="whole"),
        spec(spread(0.5), size="volume", part="whole"),
    )
    verdict = judge(claim(), specs, 0.001)
    assert verdict.outcome is ClaimOutcome.DEPENDS
    assert verdict.depends_on == "size"
    assert verdict.share == 0.5


def test_analyses_that_disagree_without_a_pattern_leave_it_undecided() -> None:
    middles = {("lines", "a"): -1.0, ("lines", "b"): 0.5, ("volume", "a"): 0.5}
    specs = tuple(spec(spread(m), size=size, part=part) for (size, part), m in middles.items())
    vary = {"size": ("lines", "volume"), "part": ("a", "b")}
    verdict = judge(claim(vary=vary), specs, 0.001)
    assert verdict.outcome in {ClaimOutcome.UNDECIDED, ClaimOutcome.DEPENDS}
    assert verdict.outcome is not ClaimOutcome.SUPPORTED


def test_nothing_measured_names_the_command() -> None:
    verdict = judge(claim(measure="first-line", vary={}), (spec([]),), None)
    assert verdict.outcome is ClaimOutcome.UNDECIDED
    assert "`debugdiff run`" in verdict.reasons[0]


def test_certainty_goes_down_a_step_for_each_weakness_and_is_never_high_about_people() -> None:
    strong = judge(claim(vary={}, measure="complexity"), (spec(spread(-1.0)),), 0.001)
    people = judge(
        claim(vary={}, measure="complexity", about=About.PEOPLE), (spec(spread(-1.0)),), 0.001
    )
    assert strong.certainty is Certainty.MODERATE
    assert people.certainty is Certainty.LOW
    assert len(people.footnotes) == 2
    mixed = judge(claim(vary={}), (spec([-2.0, 2.0] * 8),), 0.9)
    assert mixed.certainty is Certainty.VERY_LOW


def test_the_influences_name_the_unit_that_moves_the_mean_most() -> None:
    verdict = judge(claim(vary={}), (spec([*spread(-1.0), 4.0]),), 0.001)
    assert verdict.influences()[0][0] == f"case{LEAST_UNITS}"


# Power


def test_power_grows_with_units_and_falls_with_the_spread() -> None:
    assert power(LEAST_UNITS - 1, 0.1) == 0
    assert power(15, 2.0) < power(30, 2.0) < power(60, 2.0)
    assert power(30, 0.5) == 1
    assert units_needed(100.0) is None


def test_the_units_needed_are_the_fewest_that_do() -> None:
    needed = units_needed(2.0)
    assert needed is not None
    assert power(needed, 2.0) >= 0.8 > power(needed - 1, 2.0)


def test_the_stated_power_is_what_the_rules_find() -> None:
    """The simulation in `power` is quick; this one goes through the rules themselves."""
    import numpy as np

    random, margin = np.random.default_rng(1), log(1.1)
    found = [
        judge(claim(vary={}), (spec(list(random.normal(-2 * margin, margin * 1.5, 25))),), 0.001)
        for _ in range(200)
    ]
    share = sum(each.outcome is ClaimOutcome.SUPPORTED for each in found) / len(found)
    assert share == pytest.approx(power(25, 1.5), abs=0.1)


# The forest


@given(st.floats(-3, 3), st.floats(0, 2), st.floats(0.01, 1), st.integers(20, 100))
def test_a_forest_s_line_holds_its_mark_and_fits(
    value: float, half: float, margin: float, columns: int
) -> None:
    mark = Mark(value, value - half, value + half)
    axis = Axis.around([mark], margin, columns)
    line = axis.draw(mark)
    assert len(line) <= columns
    assert line.count("o") == 1
    assert axis.column(mark.low) <= line.index("o") <= axis.column(mark.high)


# The command


def run(*words: str) -> str:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["verdict", *words])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "claims.toml"
    path.write_text(CLAIM)
    return path


def test_sizes_need_no_run(file: Path, tmp_path: Path) -> None:
    output = run(str(file), "--store", str(tmp_path / "store"))
    assert 'short  "Keras is short."' in output
    assert "12 cases are fewer than the 15" in output
    assert "debugdiff run" not in output.partition("supported,")[0]
    assert max(map(len, output.splitlines())) <= 80


def test_a_claim_is_opened(file: Path, tmp_path: Path) -> None:
    output = run("short", "--claims", str(file), "--store", str(tmp_path / "store"))
    assert "2 analyses" in output
    assert "gru_sentiment" in output
    assert "(the claim's own)" in output
    assert "debugdiff metrics" in output
    assert max(map(len, output.splitlines())) <= 80


def test_json_has_every_analysis(file: Path, tmp_path: Path) -> None:
    found = json.loads(run(str(file), "--store", str(tmp_path / "store"), "--json"))
    (one,) = found["claims"]
    assert one["outcome"] == "undecided"
    assert [each["choices"]["size"] for each in one["analyses"]] == ["lines", "vocabulary"]
    assert len(one["units"]) == 12


def test_a_claim_that_is_changed_after_a_result_says_so(file: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    assert "Amended" not in run(str(file), "--store", store)
    file.write_text(CLAIM.replace("margin = 0.1", "margin = 0.01"))
    assert "Amended after it had a result: margin was 0.1." in run(str(file), "--store", store)


def test_an_unknown_claim_lists_those_there_are() -> None:
    result = CliRunner().invoke(app, ["verdict", "no-such-claim"])
    assert isinstance(result.exception, DebugdiffError)
    assert "fit-is-shorter" in str(result.exception.hint)
