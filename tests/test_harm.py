"""Harm over seeds: DeepCrime's rule, and two small programs that learn with and without a bug."""

from __future__ import annotations

import json
import math
import random
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import debugdiff
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from debugdiff.campaign import RunRequest
from debugdiff.campaign.harm import study_harm
from debugdiff.campaign.running import measure
from debugdiff.campaign.shared_runs import run_from_shared_weights
from debugdiff.case_template import write_case
from debugdiff.cases import load_case
from debugdiff.choosing import find_bugs
from debugdiff.errors import DebugdiffError
from debugdiff.model import Framework, Instrument, Size, Stack
from debugdiff.report.harm import render
from debugdiff.report.page import Page
from debugdiff.score.harm import (
    HarmLine,
    HarmStudy,
    HarmVerdict,
    Start,
    judge_harm,
    without_replaced,
)

VALUES = st.lists(
    st.floats(0, 1, allow_nan=False).map(lambda value: round(value, 3)), min_size=2, max_size=25
)


@given(VALUES, VALUES)
def test_the_p_value_is_that_of_a_linear_model_with_one_binary_regressor(
    clean: list[float], buggy: list[float]
) -> None:
    harm = judge_harm(clean, buggy)
    if harm.effect is None:
        assert harm.p_value in {0.0, 1.0}
        return
    assert harm.p_value is not None
    # Wald's z is Student's t with infinitely many degrees of freedom.
    with warnings.catch_warnings(action="ignore"):  # nearly equal values lose digits
        statistic = stats.ttest_ind(clean, buggy, equal_var=True).statistic
    assert harm.p_value == pytest.approx(2 * stats.norm.sf(abs(statistic)), abs=1e-6)


@given(VALUES, VALUES)
def test_an_exchange_of_the_sides_turns_the_effect_round_and_is_never_harmful_twice(
    left: list[float], right: list[float]
) -> None:
    one, other = judge_harm(left, right), judge_harm(right, left)
    assert one.p_value == pytest.approx(other.p_value)
    if one.effect is not None:
        assert one.effect == pytest.approx(-(other.effect or 0.0), abs=1e-12)
    assert [one.verdict, other.verdict].count(HarmVerdict.HARMFUL) <= 1


@given(VALUES, VALUES)
def test_what_is_lost_has_an_interval_that_leaves_out_zero_exactly_where_p_is_significant(
    clean: list[float], buggy: list[float]
) -> None:
    harm = judge_harm(clean, buggy)
    assert harm.lost is not None
    assert harm.lost.value == pytest.approx(_mean(clean) - _mean(buggy), abs=1e-9)
    if harm.lost.low is None or harm.lost.high is None:
        assert harm.effect is None
        return
    assert harm.p_value is not None
    if abs(harm.p_value - 0.05) > 1e-6:
        assert (harm.lost.low > 0 or harm.lost.high < 0) is (harm.p_value < 0.05)


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def test_a_significant_difference_that_is_small_is_no_harm() -> None:
    chance = random.Random(0)
    clean = [chance.gauss(0.8, 0.1) for _ in range(4000)]
    buggy = [chance.gauss(0.79, 0.1) for _ in range(4000)]
    harm = judge_harm(clean, buggy)
    assert harm.p_value is not None
    assert harm.p_value < 0.05
    assert harm.verdict is HarmVerdict.NOT_SHOWN


def test_an_improvement_is_never_harm() -> None:
    assert judge_harm([0.5, 0.51, 0.52], [0.9, 0.91, 0.92]).verdict is HarmVerdict.NOT_SHOWN


def test_metrics_that_never_vary_have_no_effect_size_and_still_a_verdict() -> None:
    harm = judge_harm([0.9, 0.9], [0.5, 0.5])
    assert (harm.verdict, harm.effect, harm.p_value) == (HarmVerdict.HARMFUL, None, 0.0)
    assert judge_harm([0.9, 0.9], [0.9, 0.9]).verdict is HarmVerdict.NOT_SHOWN


def test_one_seed_is_no_evidence() -> None:
    assert judge_harm([0.9], [0.1]).verdict is HarmVerdict.NOT_JUDGED


def line_of(start: Start, clean: float, buggy: float) -> HarmLine:
    return HarmLine(
        case="texts",
        bug="initialisation/all-zero",
        implementation="pytorch",
        framework=Framework.PYTORCH,
        stack=Stack.PYTORCH,
        start=start,
        metric="accuracy",
        seeds=2,
        harm=judge_harm([clean, clean + 0.1], [buggy, buggy + 0.1]),
    )


def test_the_table_has_what_is_lost_in_the_metric_and_its_interval() -> None:
    harm = judge_harm([0.709, 0.711, 0.710], [0.500, 0.502, 0.501])
    assert harm.effect == pytest.approx(209.0)
    study = HarmStudy(
        lines=(replace(line_of(Start.OWN, 0.7, 0.5), harm=harm),), trials=6, not_run={}, unshared={}
    )
    row = next(row for row in render(study, [], Page(width=100)).splitlines() if "0.710" in row)
    assert "0.710  0.501  0.209  0.207 to 0.211  209.00" in row


def test_a_bug_in_the_initial_weights_cannot_be_judged_from_shared_ones() -> None:
    same = line_of(Start.SHARED, 0.7, 0.7)
    (undone,) = without_replaced([line_of(Start.OWN, 0.7, 0.5)], [same])
    assert undone.harm.verdict is HarmVerdict.NOT_JUDGED
    assert undone.harm.reason.startswith("the bug is in the initial weights")
    assert without_replaced([line_of(Start.OWN, 0.7, 0.7)], [same]) == (same,)
    other = line_of(Start.SHARED, 0.7, 0.6)
    assert without_replaced([line_of(Start.OWN, 0.7, 0.5)], [other]) == (other,)


# --- the whole way -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harm") / "vowels"
    write_case(folder)
    return folder


@pytest.fixture(scope="module")
def study(folder: Path) -> tuple[RunRequest, HarmStudy]:
    bugs = find_bugs(["data/labels-shuffled-apart", "language/forward-returns-nothing"])
    request = RunRequest(
        cases=(load_case(folder),),
        bugs=bugs,
        store=folder.parent / "store.sqlite3",
        size=Size.SMALL,
        seeds=(0, 1),
    )
    return request, study_harm(request)


def lines_of(study: HarmStudy, bug: str, start: Start) -> dict[str, HarmLine]:
    return {
        line.implementation: line for line in study.lines if (line.bug, line.start) == (bug, start)
    }


@pytest.mark.parametrize("start", Start)
def test_labels_of_other_inputs_are_harmful_in_both_frameworks(
    study: tuple[RunRequest, HarmStudy], start: Start
) -> None:
    lines = lines_of(study[1], "data/labels-shuffled-apart", start)
    assert {name: line.harm.verdict for name, line in lines.items()} == {
        "pytorch": HarmVerdict.HARMFUL,
        "keras_functional": HarmVerdict.HARMFUL,
    }
    assert all(line.seeds == 2 for line in lines.values())


def test_a_program_that_ends_before_its_metric_is_not_judged(
    study: tuple[RunRequest, HarmStudy],
) -> None:
    line = lines_of(study[1], "language/forward-returns-nothing", Start.OWN)["pytorch"]
    assert line.harm.verdict is HarmVerdict.NOT_JUDGED
    assert line.harm.reason.startswith("the program ends with ")


def test_from_shared_weights_both_frameworks_learn_the_same(folder: Path) -> None:
    request = RunRequest(
        cases=(load_case(folder),),
        bugs=(),
        store=folder.parent / "tiny.sqlite3",
        instruments=(Instrument.NONE,),
    )
    own = measure(request)
    shared = run_from_shared_weights(request, own.steps)
    apart, together = (
        {each.trial.implementation: each.record.metrics["loss"] for each in results}
        for results in (own.results, shared.results.values())
    )
    assert apart["pytorch"] == together["pytorch"]
    # What is left is Adam: the place of its epsilon, and rows that occur twice in a batch.
    assert distance(together) < distance(apart) / 5


def distance(losses: Mapping[str, float | None]) -> float:
    return abs((losses["pytorch"] or 0.0) - (losses["keras_functional"] or 0.0))


def test_a_study_goes_on_where_it_stopped(study: tuple[RunRequest, HarmStudy]) -> None:
    request, found = study
    seen: list[tuple[int, int]] = []

    class Progress:
        def start(self, total: int, reused: int) -> None:
            seen.append((total, reused))

        def advance(self, result: object) -> None: ...

        def skip(self, count: int) -> None: ...

        def message(self, text: str) -> None: ...

    assert study_harm(request, progress=Progress()) == found
    assert [total for total, _ in seen] == [0, 0]


def test_the_table_has_both_starts_the_effect_and_the_reasons(
    study: tuple[RunRequest, HarmStudy],
) -> None:
    request, found = study
    text = render(found, request.bugs, Page(width=100))
    assert "vowels: harm over 2 seeds, accuracy" in text
    assert text.count("shared") >= 3
    assert "the program ends with" in text
    assert "does not mean harmless" in text


FIRST_ROW = "return {'accuracy': float(data.train.letters[0] @ [1, 26, 26**2, 26**3, 26**4])}"


def with_first_row_as_metric(folder: Path) -> Path:
    """A case whose program gives the number of its first training row as its metric."""
    write_case(folder)
    program = folder / "pytorch.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace("return evaluate(model, data)", FIRST_ROW), encoding="utf-8")
    return folder


def harm_of_first_row(folder: Path) -> HarmStudy:
    request = RunRequest(
        cases=(load_case(folder),),
        bugs=find_bugs(["data/labels-shuffled-apart"]),
        store=folder.parent / "rows.sqlite3",
        frameworks=(Framework.PYTORCH,),
        seeds=(0, 1),
    )
    return study_harm(request, shared=False)


def test_the_order_of_the_training_rows_varies_with_the_seed(tmp_path: Path) -> None:
    study = harm_of_first_row(with_first_row_as_metric(tmp_path / "rows"))
    (line,) = study.lines
    assert line.harm.effect == 0.0  # a mean that varies, and the bug does not touch it
    assert study.same_order == ()


def test_a_case_whose_rows_cannot_be_ordered_is_named(tmp_path: Path) -> None:
    folder = with_first_row_as_metric(tmp_path / "rows")
    dataset = folder / "dataset.py"
    text = dataset.read_text(encoding="utf-8").replace("def load(", "def read(")
    dataset.write_text(text, encoding="utf-8")
    program = folder / "pytorch.py"
    text = program.read_text(encoding="utf-8").replace("LETTERS, load", "LETTERS, read as load")
    program.write_text(text, encoding="utf-8")
    study = harm_of_first_row(folder)
    assert study.lines[0].harm.effect is None  # nothing varies
    assert study.same_order == ("rows",)
    assert "same order for every seed" in " ".join(render(study, [], Page(width=80)).split())


def test_a_case_without_a_metric_cannot_be_judged(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import torch\n")
    request = RunRequest(cases=(load_case(tmp_path),), bugs=(), store=tmp_path / "s.sqlite3")
    with pytest.raises(DebugdiffError, match="which metric shows how well it has learned"):
        study_harm(request)


def test_the_command_prints_json(folder: Path, study: tuple[RunRequest, HarmStudy]) -> None:
    store = str(study[0].store)
    options = ["--bug", "data/labels-shuffled-apart", "--seeds", "2", "--json", "--quiet"]
    done = debugdiff("harm", str(folder), "--store", store, *options)
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)["harm"]["lines"]
    assert {line["start"] for line in lines} == {"own", "shared"}
    assert all(math.isfinite(line["harm"]["p_value"]) for line in lines)
