"""Outcomes and scores D1-D5, Q1-Q3, O1 and R1-R5 on records built by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from score_builders import (
    PYTORCH,
    attempt,
    bug,
    by_metric,
    crashed,
    failure,
    frame,
    implementation,
    layers,
    library_frame,
    mutant,
    not_applicable,
    result,
    value,
    warning,
)

from debugdiff.files import to_json
from debugdiff.model import (
    Attempt,
    Bug,
    FrameOrigin,
    Implementation,
    Instrument,
    Mode,
    Outcome,
    Owner,
    ProgramEnd,
    Score,
    Setting,
    Span,
    Stage,
    StatementValues,
    TrialResult,
    ValueKind,
    WorkerEnd,
)
from debugdiff.score import (
    METRICS,
    Observation,
    judge,
    outcome_of,
    score_observation,
    score_source,
)
from debugdiff.score.prevention import prevention_indices
from debugdiff.score.trace import random_reciprocal_rank
from debugdiff.static import measure


def observe(trial: TrialResult) -> tuple[Score, ...]:
    return score_observation(Observation(implementation=implementation(), trial=trial))


def scores_of(given: Attempt) -> dict[str, Score]:
    return dict(by_metric(judge(given).scores))


# --- outcomes ----------------------------------------------------------------------------------


def test_a_bug_that_cannot_be_written_is_not_expressible() -> None:
    given = attempt(injection=not_applicable(expressible=False))
    assert outcome_of(given) == (Outcome.NOT_EXPRESSIBLE, "Sizes are inferred.")
    assert scores_of(given)["D1"].value == -1


def test_a_program_that_trains_nothing_prevents_nothing() -> None:
    given = attempt(injection=not_applicable(expressible=False), clean=result(steps=0))
    assert outcome_of(given).outcome is Outcome.NOT_APPLICABLE
    assert [index.value for index in prevention_indices([judge(given)])] == [None]


def test_a_bug_without_a_place_in_the_program_is_not_applicable() -> None:
    given = attempt(injection=not_applicable(expressible=True))
    assert outcome_of(given).outcome is Outcome.NOT_APPLICABLE
    assert scores_of(given)["D1"].value is None


def test_a_bug_without_records_is_unmeasured() -> None:
    assert outcome_of(attempt(None)).outcome is Outcome.UNMEASURED
    assert outcome_of(attempt(result(), clean=None)).outcome is Outcome.UNMEASURED
    broken = crashed(failure())
    assert outcome_of(attempt(result(), clean=broken)).outcome is Outcome.UNMEASURED


def test_a_lost_worker_measures_nothing_and_says_why() -> None:
    lost = result(worker=WorkerEnd.UNREADABLE, note="No JSON.")
    verdict = outcome_of(attempt(lost))
    assert verdict.outcome is Outcome.UNMEASURED
    assert "No JSON" in verdict.reason


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (crashed(failure()), "RuntimeError"),
        (result(worker=WorkerEnd.TIMEOUT, program=ProgramEnd.UNKNOWN, seconds=60.0), "Still"),
        (result(worker=WorkerEnd.SIGNALLED, program=ProgramEnd.UNKNOWN), "died"),
        (result(program=ProgramEnd.NON_FINITE, non_finite=("loss",)), "loss"),
        (result(warnings=(warning("size (8) differs"),)), "warning"),
        (result(steps=9), "9 optimizer steps"),
        (result(metrics={"accuracy": 0.25}), "accuracy = 0.25"),
    ],
)
def test_what_differs_from_the_clean_run_makes_a_bug_effective(record: object, words: str) -> None:
    verdict = outcome_of(attempt(record))  # type: ignore[arg-type]
    assert verdict.outcome is Outcome.EFFECTIVE
    assert words in verdict.reason


@pytest.mark.parametrize(
    ("taken", "outcome"), [((9.0, 0.9), Outcome.UNMEASURED), ((9.0, 1.0), Outcome.EFFECTIVE)]
)
def test_a_time_limit_is_an_effect_from_ten_times_the_clean_run_on(
    taken: tuple[float, float], outcome: Outcome
) -> None:
    computed, waited = taken
    late = result(
        worker=WorkerEnd.TIMEOUT,
        program=ProgramEnd.UNKNOWN,
        seconds=500.0,
        processor_seconds=computed,
        waited_seconds=waited,
    )
    assert outcome_of(attempt(late)).outcome is outcome


def test_a_warning_with_other_figures_is_not_new() -> None:
    clean = result(bug_id=None, warnings=(warning("took 1.25 s at 0x7f00"),))
    mutated = result(warnings=(warning("took 3 s at 0x7f99"),))
    verdict = outcome_of(attempt(mutated, clean=clean))
    assert verdict.outcome is Outcome.UNMEASURED


def unchanged(of_bug: Bug | None = None, program: Implementation | None = None) -> Attempt:
    """A bug that ran and changed no value."""
    return attempt(
        result(),
        of_bug=of_bug,
        program=program,
        layers=layers(value("head"), bug_id="x"),
        clean_layers=layers(value("head")),
    )


def test_a_bug_that_changes_no_value_has_no_effect_here_and_is_not_prevented() -> None:
    """That the framework put it right has to be seen or known: it was said of every such bug."""
    verdict = outcome_of(unchanged())
    assert verdict.outcome is Outcome.NO_EFFECT
    assert "1 values at 1 sites" in verdict.reason
    assert scores_of(unchanged())["D1"].value is None


def test_an_input_that_a_framework_puts_right_is_corrected() -> None:
    clean = layers(value("model", kind=ValueKind.INPUT), value("head"))
    mutated = layers(value("model", "floats", kind=ValueKind.INPUT), value("head"))
    given = attempt(result(), layers=mutated, clean_layers=clean)
    verdict = outcome_of(given)
    assert verdict.outcome is Outcome.CORRECTED
    assert "got a different value, model (input)" in verdict.reason
    assert scores_of(given)["D1"].value == -1


@pytest.mark.parametrize(
    ("place", "means_it"),
    [
        ("pytorch", True),
        ("keras", False),
        ("style:module", True),
        ("training:fit", False),
        ("texts/py*", True),
        ("tags/*", False),
        ("has:nn.Linear", True),
        ("lacks:nn.Linear", False),
        ("lacks:(?i)dropout", True),
    ],
)
def test_a_bug_says_where_it_is_put_right_and_where_there_is_nothing_to_touch(
    place: str, *, means_it: bool
) -> None:
    for name, outcome in (("corrected", Outcome.CORRECTED), ("equivalent", Outcome.EQUIVALENT)):
        told = replace(bug(), **{name: {place: "Because of this."}})
        verdict = outcome_of(unchanged(told))
        assert verdict.outcome is (outcome if means_it else Outcome.NO_EFFECT)
        assert ("Because of this." in verdict.reason) is means_it


def test_what_a_bug_says_of_itself_does_not_outweigh_what_was_measured() -> None:
    told = replace(bug(), corrected={"pytorch": "Put right."}, equivalent={"pytorch": "Nothing."})
    given = replace(attempt(result(metrics={"accuracy": 0.1})), bug=told)
    assert outcome_of(given).outcome is Outcome.EFFECTIVE
    assert outcome_of(unchanged(told)).outcome is Outcome.EQUIVALENT


def figures(digest: str, mean: float, maximum: float = 1.0) -> TrialResult:
    return layers(replace(value("head", digest), mean=mean, maximum=maximum))


@pytest.mark.parametrize(
    ("mutated", "outcome"),
    [
        (figures("sign of a zero", 0.5), Outcome.ROUNDING),
        (figures("last digit", 0.5 + 1e-7), Outcome.ROUNDING),
        (figures("more", 0.5 + 1e-5), Outcome.EFFECTIVE),
        (figures("more", 0.5, 1.00001), Outcome.EFFECTIVE),
        (figures("same", 0.5), Outcome.NO_EFFECT),
    ],
)
def test_the_sign_of_a_zero_and_last_digits_are_rounding(
    mutated: TrialResult, outcome: Outcome
) -> None:
    given = attempt(result(), layers=mutated, clean_layers=figures("same", 0.5))
    assert outcome_of(given).outcome is outcome


def test_a_metric_that_differs_in_its_last_digits_is_no_other_metric() -> None:
    given = attempt(
        result(metrics={"accuracy": 0.5 * (1 + 1e-9)}),
        layers=figures("other order of a sum", 0.5),
        clean_layers=figures("same", 0.5),
    )
    assert outcome_of(given).outcome is Outcome.ROUNDING


def test_a_layer_that_one_run_lacks_is_no_rounding() -> None:
    more = layers(value("head"), value("body"))
    given = attempt(result(), layers=layers(value("head")), clean_layers=more)
    assert outcome_of(given).outcome is Outcome.EFFECTIVE


def test_the_first_divergence_goes_by_step_and_then_by_execution() -> None:
    clean = layers(value("a"), value("b"), value("a", step=1), value("b", step=1))
    mutated = layers(
        value("a"), value("b", "other"), value("a", "other", step=1), value("b", step=1)
    )
    verdict = outcome_of(attempt(result(), layers=mutated, clean_layers=clean))
    assert verdict.outcome is Outcome.EFFECTIVE
    assert "b (forward) at step 0" in verdict.reason


def test_a_site_that_only_one_run_has_is_a_divergence() -> None:
    given = attempt(
        result(), layers=layers(value("a")), clean_layers=layers(value("a"), value("b"))
    )
    assert "only one of the two" in outcome_of(given).reason


def test_missing_layer_records_leave_a_bug_unmeasured_with_the_reason() -> None:
    verdict = outcome_of(attempt(result(), layers=layers(value("a"))))
    assert verdict.outcome is Outcome.UNMEASURED
    assert "clean run has no trial" in verdict.reason


# --- D1, D2 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "step", "level"),
    [
        (Stage.IMPORT, 0, 0),
        (Stage.BUILD, 0, 0),
        (Stage.COMPILE, 0, 0),
        (Stage.FORWARD, 0, 1),
        (Stage.UPDATE, 0, 1),
        (Stage.LOSS, 3, 2),
        (Stage.EVALUATION, 0, 2),
    ],
)
def test_an_exception_reveals_at_its_stage(stage: Stage, step: int, level: int) -> None:
    found = scores_of(attempt(crashed(failure(), stage, step)))["D1"]
    assert found.value == level
    assert str(stage) in found.explanation


def test_a_new_warning_reveals_when_it_is_given() -> None:
    warned = result(warnings=(warning("Using a target size", Stage.LOSS, 0),))
    assert scores_of(attempt(warned))["D1"].value == 1


def test_only_a_sentinel_reveals_a_value_that_is_not_finite() -> None:
    given = attempt(
        result(metrics={"accuracy": 0.1}),
        layers=layers(value("loss", "x", step=5, nan=1, kind=ValueKind.LOSS)),
        clean_layers=layers(value("loss", step=5, kind=ValueKind.LOSS)),
    )
    scores = scores_of(given)
    assert scores["D1"].value == 3
    assert scores["Q1"].value == 1


IN_TRAIN = """def train(model, data):
    optimizer = torch.optim.Adam(model.parameters(), learn_rate=0.1)
    for batch in data:
        loss = model(batch).sum()
    model.fit(data)
"""


@pytest.mark.parametrize(
    ("line", "code", "level"),
    [(2, "torch.optim.Adam(", 0), (3, "for", 1), (4, "loss", 1), (5, "model.fit(data)", 1)],
)
def test_what_sets_training_up_is_before_the_first_batch_in_both_frameworks(
    line: int, code: str, level: int
) -> None:
    """An optimizer is made in `train` in PyTorch, and in `compile` in Keras: the same moment."""
    program = implementation(source=IN_TRAIN)
    failed = failure((replace(frame(line), code=code),), kind="TypeError")
    given = attempt(crashed(failed, Stage.TRAINING), program=program, injection=mutant(IN_TRAIN))
    assert scores_of(given)["D1"].value == level
    later = attempt(crashed(failed, Stage.TRAINING, 3), program=program, injection=mutant(IN_TRAIN))
    assert scores_of(later)["D1"].value == 2


def test_silence_that_no_sentinel_was_asked_about_is_not_judged_and_never_a_zero() -> None:
    scores = scores_of(attempt(result(metrics={"accuracy": 0.1})))
    assert scores["D1"].value is None
    assert "no trial with layer probes" in scores["D1"].explanation
    assert scores["Q1"].value is None


def test_what_nothing_tells_is_four_or_five_and_not_missing() -> None:
    """Left out, the worst bugs of a framework would make its mean better."""
    silent = attempt(
        result(metrics={"accuracy": 0.1}),
        layers=layers(value("head", "other")),
        clean_layers=layers(value("head")),
    )
    found = scores_of(silent)["D1"]
    assert found.value == 4.5
    assert "4 or 5" in found.explanation


def test_a_timeout_is_not_judged_and_says_so() -> None:
    stuck = result(worker=WorkerEnd.TIMEOUT, program=ProgramEnd.UNKNOWN, seconds=60.0)
    scores = scores_of(attempt(stuck))
    assert scores["D1"].value is None
    assert "timed out" in scores["D1"].explanation
    assert "timed out" in scores["D3.best"].explanation


def test_latency_counts_steps_from_the_first_run_of_the_defect() -> None:
    seen = crashed(failure(), Stage.BACKWARD, 5, watched_step=2)
    found = scores_of(attempt(crashed(failure(), Stage.BACKWARD, 5), layers=seen))["D2"]
    assert found.value == 3


def test_latency_without_a_watch_or_a_signal_is_not_judged() -> None:
    assert scores_of(attempt(crashed(failure())))["D2"].value is None
    seen = result(metrics={}, watched_step=0)
    silent = scores_of(attempt(result(metrics={}), layers=seen))["D2"]
    assert silent.value is None
    assert "censored" in silent.explanation


# --- D3, D4 ------------------------------------------------------------------------------------

TRACE = (frame(34), frame(28), frame(18), library_frame(), library_frame())


def test_frames_rank_innermost_first_and_the_use_line_counts_apart() -> None:
    scores = scores_of(attempt(crashed(failure(TRACE))))
    assert scores["D3.defect"].value == 0
    assert scores["D3.use"].value == 1
    assert scores["D3.best"].value == 1
    assert scores["D3.use"].explanation == (
        "The use line is first of 3 user frames, innermost first: line 18, `logits = self.head(h)`."
    )


def test_any_line_of_a_statement_over_several_lines_is_that_statement() -> None:
    scores = scores_of(attempt(crashed(failure((frame(34), frame(28), frame(11))))))
    assert scores["D3.defect"].value == 1
    scores = scores_of(attempt(crashed(failure((frame(34), frame(13), frame(28))))))
    assert scores["D3.defect"].value == 0.5


def test_frames_inside_the_message_come_before_those_of_the_trace() -> None:
    inside = frame(18, origin=FrameOrigin.MESSAGE)
    scores = scores_of(attempt(crashed(failure((frame(34), frame(28), inside)))))
    assert scores["D3.use"].value == 1


def test_lines_with_an_equally_good_fix_count_as_the_defect() -> None:
    accepted = mutant(accept=(Span(line=28, column=0, end_line=28, end_column=1),))
    scores = scores_of(attempt(crashed(failure(TRACE)), injection=accepted))
    assert scores["D3.defect"].value == 0.5


def test_the_same_line_of_another_file_is_not_the_defect() -> None:
    helpers = {"dataset.py": PYTORCH}
    given = attempt(crashed(failure((frame(11, file="dataset.py"),))), helpers=helpers)
    assert scores_of(given)["D3.defect"].value == 0


def test_top_k_and_exam_follow_the_rank() -> None:
    frames = (frame(18), frame(29), frame(28), frame(34))
    scores = scores_of(attempt(crashed(failure(frames))))
    assert [scores[f"D3.top{k}"].value for k in (1, 3, 5)] == [0, 0, 1]
    lines = scores["D3.lines"].value
    assert lines == 19
    assert scores["D3.exam"].value == pytest.approx(4 / 19)


def test_a_line_that_is_never_named_takes_the_mean_of_the_rest() -> None:
    one = mutant(use=())
    scores = scores_of(attempt(crashed(failure((frame(34), frame(28)))), injection=one))
    # Two lines are read in vain, then (17 + 1) / 2 of the 17 that are left.
    assert scores["D3.exam"].value == pytest.approx((2 + 9) / 19)
    assert scores["D3.use"].value is None


def test_a_random_order_of_lines_has_the_harmonic_mean() -> None:
    assert random_reciprocal_rank(4, 1) == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


@pytest.mark.parametrize(("lines", "guilty"), [(4, 1), (5, 2), (5, 5), (6, 3)])
def test_a_random_order_agrees_with_all_orders(lines: int, guilty: int) -> None:
    orders = list(permutations(range(lines)))
    ranks = (min(order.index(line) for line in range(guilty)) + 1 for order in orders)
    exact = sum(Fraction(1, rank) for rank in ranks) / len(orders)
    assert random_reciprocal_rank(lines, guilty) == pytest.approx(float(exact))


def test_noise_is_the_share_of_frames_that_are_not_the_users() -> None:
    tool = frame(1, file="/site/debugdiff/worker/run.py", owner=Owner.TOOL)
    scores = scores_of(attempt(crashed(failure((tool, *TRACE)))))
    assert scores["D4"].value == pytest.approx(2 / 5)
    assert scores["D4.user_frames"].value == 3
    assert scores["D4.printed_lines"].value == 14
    # Two library frames of two lines, the code below the useful line, and the message.
    assert scores["D4.lines_before"].value == 6


def test_a_traceback_without_frames_has_no_noise_to_judge() -> None:
    assert scores_of(attempt(crashed(failure())))["D4"].value is None


# --- D5 ----------------------------------------------------------------------------------------


def way(found: Score) -> list[int]:
    """The lines that an explanation of D5 leads through."""
    return [int(line) for line in re.findall(r"lines? (\d+)", found.explanation)]


def test_a_use_is_one_hop_from_its_definition() -> None:
    found = scores_of(attempt(crashed(failure(TRACE))))["D5"]
    assert found.value == 1
    assert way(found) == [18, 11]
    assert "line 18, `logits = self.head(h)` -> lines 11 to 14, `self.head = nn.Linear(`" in (
        found.explanation
    )


def test_a_defect_in_the_trace_is_no_hop_away() -> None:
    scores = scores_of(attempt(crashed(failure((frame(12),)))))
    assert (scores["D5"].value, scores["D5.reachable"].value) == (0, 1)


def test_calls_lead_to_functions_and_classes_to_methods() -> None:
    # train(model) -> def train -> model(batch) -> forward's return logits -> logits -> self.head
    found = scores_of(attempt(crashed(failure((frame(34),)))))["D5"]
    assert found.explanation.startswith("5 hops")
    assert way(found) == [34, 26, 28, 19, 18, 11]


def test_statements_of_a_constructor_are_not_walked_through_one_by_one() -> None:
    source = (
        "class Net:\n    def __init__(self):\n        self.a = 1\n        self.b = 2\n"
        "        self.c = 3\n\nNet()\n"
    )
    here = mutant(source, defect=(Span(line=5, column=0, end_line=5, end_column=1),), use=())
    # Net() -> class Net -> __init__ -> self.c, as far as to self.a
    given = attempt(crashed(failure((frame(7),))), injection=here)
    assert scores_of(given)["D5"].value == 3


def test_a_neighbour_in_the_block_is_one_hop_away() -> None:
    bitten = mutant(defect=(Span(line=17, column=0, end_line=17, end_column=1),))
    assert scores_of(attempt(crashed(failure((frame(18),))), injection=bitten))["D5"].value == 1


def test_constants_of_a_module_are_nobodys_neighbours() -> None:
    source = "FIRST = 1\nSECOND = 2\n\ndef f():\n    return FIRST\n\ndef g():\n    return SECOND\n"
    here = mutant(source, defect=(Span(line=8, column=0, end_line=8, end_column=1),), use=())
    given = attempt(crashed(failure((frame(5),))), injection=here)
    assert scores_of(given)["D5.reachable"].value == 0


def test_a_constant_is_reached_and_joins_no_uses() -> None:
    source = "SIZE = 1\n\ndef f():\n    return SIZE\n\ndef g():\n    return SIZE\n"

    def hops(defect: int) -> float | None:
        span = Span(line=defect, column=0, end_line=defect, end_column=1)
        here = mutant(source, defect=(span,), use=())
        return scores_of(attempt(crashed(failure((frame(4),))), injection=here))["D5"].value

    assert hops(1) == 1
    assert hops(7) is None


@pytest.mark.parametrize(
    "source",
    ["from dataset import load\n\nrows = load()\n", "import dataset\n\nrows = dataset.load()\n"],
)
def test_a_call_leads_through_its_import_into_the_helper_file(source: str) -> None:
    helpers = {"dataset.py": "def load():\n    size = 3\n    return size\n"}
    here = mutant(source, defect=(Span(line=3, column=0, end_line=3, end_column=1),), use=())
    given = attempt(
        crashed(failure((frame(3, file="dataset.py"),))),
        program=implementation(source=source),
        injection=here,
        helpers=helpers,
    )
    # return size -> rows = load(), which gets what is returned
    assert scores_of(given)["D5"].value == 1


def test_a_defect_out_of_reach_is_infinite_and_not_unjudged() -> None:
    scores = scores_of(attempt(crashed(failure((library_frame(),)))))
    assert scores["D5"].value is None
    assert "infinite" in scores["D5"].explanation
    assert scores["D5.reachable"].value == 0


def test_without_an_exception_reachability_is_not_judged_either() -> None:
    assert scores_of(attempt(result(metrics={})))["D5.reachable"].value is None


# --- Q, O, R -----------------------------------------------------------------------------------


def quiet(site: str = "b") -> Attempt:
    clean = layers(value("a"), value("b"), value("c"), value("a", step=1))
    mutated = layers(
        value("a"), value("b", "x"), value("c", "x", nan=3), value("a", "x", step=1, nan=1)
    )
    return attempt(result(metrics={"accuracy": 0.1}), layers=mutated, clean_layers=clean, site=site)


def test_divergence_ranks_the_site_of_the_bug() -> None:
    assert scores_of(quiet("b"))["Q2"].value == 1
    assert scores_of(quiet("c"))["Q2"].value == 0.5
    assert scores_of(quiet("elsewhere"))["Q2"].value == 0
    assert scores_of(quiet(""))["Q2"].value is None


@pytest.mark.parametrize(("site", "value_of_q2"), [("logits", 1.0), ("loss", 1.0), ("", None)])
def test_what_a_function_makes_for_the_loss_is_a_site_too(
    site: str, value_of_q2: float | None
) -> None:
    """A softmax in `forward` leaves the last layer as it was, and makes other logits."""
    clean = [
        value("head"),
        value("loss.prediction", kind=ValueKind.LOSS_INPUT),
        value("loss", kind=ValueKind.LOSS),
    ]
    mutated = [clean[0], *(replace(one, digest="other", mean=0.1) for one in clean[1:])]
    given = attempt(
        result(metrics={"accuracy": 0.1}),
        of_bug=replace(bug(), site=site),
        layers=layers(*mutated),
        clean_layers=layers(*clean),
    )
    found = scores_of(given)["Q2"]
    assert found.value == value_of_q2


def test_propagation_counts_sites_before_the_symptom() -> None:
    assert scores_of(quiet())["Q3"].value == 1


def test_a_quiet_bug_that_no_sentinel_finds_has_a_zero() -> None:
    same = [value("a"), value("b")]
    given = attempt(
        result(metrics={"accuracy": 0.1}),
        layers=layers(*same, value("c", "x")),
        clean_layers=layers(*same, value("c")),
    )
    scores = scores_of(given)
    assert scores["Q1"].value == 0
    assert scores["Q1.false"].value == 0
    assert scores["Q3"].value is None


def test_what_alarms_on_the_clean_run_too_tells_nothing_of_the_bug() -> None:
    given = attempt(
        result(metrics={"accuracy": 0.1}),
        layers=layers(value("a", "x", nan=1)),
        clean_layers=layers(value("a", nan=1)),
    )
    scores = scores_of(given)
    assert scores["Q1"].value == 0
    assert scores["Q1.false"].value == 1
    assert "non-finite at a" in scores["Q1.false"].explanation


def test_a_setting_can_be_what_alarms() -> None:
    hot = Setting(site="optimizer", name="learning_rate", value=1.0)
    given = attempt(
        result(metrics={"accuracy": 0.1}),
        layers=layers(value("a", "x"), settings=(hot,)),
        clean_layers=layers(value("a")),
    )
    scores = scores_of(given)
    assert scores["Q1"].value == 1
    assert scores["D1"].value == 3
    assert scores["Q3"].value == 0


def test_what_a_model_is_given_is_no_site_of_it() -> None:
    inputs = value("Model", "x", kind=ValueKind.INPUT)
    given = attempt(
        result(metrics={"accuracy": 0.1}),
        layers=layers(inputs, value("a", "x")),
        clean_layers=layers(value("Model", kind=ValueKind.INPUT), value("a")),
        site="a",
    )
    assert scores_of(given)["Q2"].value == 1


def test_a_loud_bug_has_no_quiet_scores() -> None:
    scores = scores_of(attempt(crashed(failure())))
    assert [scores[f"Q{n}"].value for n in (1, 2, 3)] == [None, None, None]
    assert "Not a silent bug" in scores["Q1"].explanation


def seen(line: int, concrete_steps: int, printable_steps: int, steps: int = 4) -> StatementValues:
    return StatementValues(
        line=line,
        name="h",
        function="forward",
        executions=steps,
        concrete=concrete_steps,
        printable=printable_steps,
        steps=steps,
        concrete_steps=concrete_steps,
        printable_steps=printable_steps,
    )


def test_observability_is_the_share_of_statements_with_numbers_on_every_step() -> None:
    trial = result(
        instrument=Instrument.STATEMENTS,
        mode=Mode.EAGER,
        bug_id=None,
        statements=(seen(1, 4, 4), seen(2, 3, 4), seen(3, 0, 0, steps=1)),
    )
    scores = by_metric(observe(trial))
    assert scores["O1"].value == pytest.approx(1 / 3)
    assert scores["O1.printable"].value == pytest.approx(2 / 3)
    assert "line 2" in scores["O1"].explanation


def test_a_frame_that_message_and_trace_both_print_counts_once() -> None:
    trace = (frame(40), library_frame(7), frame(18))
    message = (
        frame(40, origin=FrameOrigin.MESSAGE),
        library_frame(9),
        frame(26, origin=FrameOrigin.MESSAGE),
        frame(18, origin=FrameOrigin.MESSAGE),
    )
    scores = scores_of(attempt(crashed(failure((*trace, *message)))))
    assert scores["D4.user_frames"].value == 3
    assert scores["D4"].value == pytest.approx(2 / 5)
    assert "2 more are repetitions" in scores["D4"].explanation
    assert scores["D3.use"].value == 1


def test_recursion_is_no_repetition() -> None:
    deep = failure((frame(40), frame(26), frame(26), frame(26)))
    assert scores_of(attempt(crashed(deep)))["D4.user_frames"].value == 4


def observed(**counts: int) -> float | None:
    site = {"steps": 8, "executions": 9, "concrete": 8, "concrete_steps": 8} | counts
    of_print = {"printable": site["concrete"], "printable_steps": site["concrete_steps"]}
    values = StatementValues(line=1, name="h", function="call", **site, **of_print)
    trial = result(instrument=Instrument.STATEMENTS, bug_id=None, statements=(values,))
    value: float | None = by_metric(observe(trial))["O1"].value
    return value


def test_symbols_while_the_model_is_built_hide_nothing_if_every_step_has_numbers() -> None:
    assert observed() == 1


def test_a_call_by_hand_before_the_graph_is_traced_makes_nothing_observable() -> None:
    assert observed(executions=2, concrete=1, steps=1, concrete_steps=1) == 0
    # The same again after training: two steps of eight had numbers.
    assert observed(executions=4, concrete=2, steps=2, concrete_steps=2) == 0


def test_a_statement_that_only_ever_runs_with_numbers_is_observable_however_rarely() -> None:
    assert observed(executions=2, concrete=2, steps=2, concrete_steps=2) == 1


def test_symbols_alone_are_not_observable() -> None:
    assert observed(executions=2, concrete=0, steps=1, concrete_steps=0) == 0


def test_a_program_without_tensor_statements_is_not_judged() -> None:
    trial = result(instrument=Instrument.STATEMENTS, bug_id=None)
    scores = by_metric(observe(trial))
    assert scores["O1"].value is None
    assert scores["O1.sites"].value == 0


def test_an_implementation_has_its_static_metrics_whole_and_by_part() -> None:
    static = measure(PYTORCH)
    scores = by_metric(score_source(static))
    assert scores["R1"].value == static.whole.lloc
    assert scores["R5.model"].value == static.model.api_surface
    assert scores["R4.maximum.training"].value == 1
    assert "forced overrides" in scores["R5"].explanation


# --- every score -------------------------------------------------------------------------------

EVERY_KIND = (
    attempt(crashed(failure(TRACE))),
    attempt(result(metrics={})),
    attempt(result(worker=WorkerEnd.SIGNALLED, program=ProgramEnd.UNKNOWN)),
    attempt(None),
    attempt(injection=not_applicable(expressible=False)),
    attempt(crashed(failure(())), injection=mutant(defect=(), use=())),
)


@pytest.mark.parametrize("given", EVERY_KIND)
def test_every_metric_of_a_bug_has_one_score_with_an_explanation(given: Attempt) -> None:
    scores = judge(given).scores
    metrics = [score.metric for score in scores]
    assert sorted(metrics) == sorted(name for name in METRICS if name[0] in "DQm")
    assert all(score.explanation.endswith((".", "?")) for score in scores)
    assert "NaN" not in to_json(scores)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=8),
    st.integers(0, 5),
)
def test_scores_stay_in_their_range_for_any_trace(lines: list[tuple[int, bool]], step: int) -> None:
    frames = [frame(line) if own else library_frame(line) for line, own in lines]
    scores = scores_of(attempt(crashed(failure(frames), step=step), of_bug=bug()))
    for name in ("D3.defect", "D3.use", "D3.best", "D3.exam", "D4", "D5.reachable"):
        found = scores[name].value
        assert found is None or 0 <= found <= 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 6), st.integers(0, 32))
def test_blank_lines_and_comments_move_no_hops(count: int, position: int) -> None:
    lines = PYTORCH.splitlines()
    position = min(position, 9)
    padded = [*lines[:position], *["# note"] * count, *lines[position:]]

    def moved(line: int) -> int:
        return line + (count if line > position else 0)

    span = Span(line=moved(11), column=0, end_line=moved(13), end_column=0)
    source = "\n".join(padded)
    given_frames = failure((frame(moved(34)), frame(moved(28))))
    plain = attempt(crashed(failure((frame(34), frame(28)))), injection=mutant(use=()))
    shifted = attempt(crashed(given_frames), injection=mutant(source, defect=(span,), use=()))
    assert scores_of(plain)["D5"].value == scores_of(shifted)["D5"].value
