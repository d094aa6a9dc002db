"""The indices: readability as a ratio, crashes as 0-100, silent bugs as a profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from score_builders import (
    PYTORCH,
    attempt,
    bug,
    case,
    crashed,
    failure,
    frame,
    implementation,
    layers,
    library_frame,
    not_applicable,
    result,
    value,
)

from debugdiff.model import (
    Attempt,
    Framework,
    Implementation,
    Index,
    IndexName,
    Mode,
    Pairing,
    ProgramEnd,
    ProgramReport,
    Stage,
    Style,
    Symptom,
    WorkerEnd,
)
from debugdiff.score import indices, judge, readability_indices
from debugdiff.score.crashes import crash_indices, parts_of
from debugdiff.score.silent import silent_profiles
from debugdiff.score.stability import stability_of
from debugdiff.static import measure

KERAS = """import keras
from keras import layers


def build_model():
    return keras.Sequential([layers.Dense(2)])


def train(model, data):
    model.fit(data)
"""


def keras(name: str = "keras_sequential") -> Implementation:
    return implementation(name, Framework.KERAS, style=Style.SEQUENTIAL, source=KERAS)


def measured(*implementations: Implementation) -> list[ProgramReport]:
    """The programs of one case with their static metrics."""
    of = case(*implementations)
    return [
        ProgramReport(case=of, implementation=one, static=measure(one.source))
        for one in implementations
    ]


def readability_of(*implementations: Implementation) -> tuple[Index, ...]:
    return readability_indices(case(*implementations), measured(*implementations))


def only(found: Sequence[Index], **wanted: object) -> Index:
    hits = [i for i in found if all(getattr(i, key) == want for key, want in wanted.items())]
    assert len(hits) == 1
    return hits[0]


# --- readability -------------------------------------------------------------------------------


def test_the_reference_is_one_and_the_others_are_ratios_to_it() -> None:
    found = readability_of(keras(), implementation())
    assert only(found, implementation="pytorch", part="whole").value == pytest.approx(1)
    own, other = measure(KERAS).whole, measure(PYTORCH).whole
    ratios = (
        own.lloc / other.lloc,
        own.vocabulary / other.vocabulary,
        own.api_surface / other.api_surface,
    )
    index = only(found, implementation="keras_sequential", part="whole")
    assert index.value == pytest.approx(math.prod(ratios) ** (1 / 3))
    assert [part.value for part in index.parts] == pytest.approx(ratios)
    assert {i.part for i in found} == {"whole", "model", "training", "glue"}


def test_a_part_that_one_program_lacks_has_no_ratio() -> None:
    short = implementation("pytorch", source="from torch import nn\nhead = nn.Linear(1, 2)\n")
    found = readability_of(keras(), short)
    index = only(found, implementation="keras_sequential", part="training")
    assert index.value is None
    assert "nothing in its training part" in index.explanation


def test_without_a_pytorch_program_there_is_nothing_to_compare_with() -> None:
    found = readability_of(keras())
    assert {index.value for index in found} == {None}


def test_a_program_that_was_not_measured_is_left_out() -> None:
    programs = measured(implementation(), keras())
    found = readability_indices(programs[0].case, programs[:1])
    assert {index.implementation for index in found} == {"pytorch"}


# --- crashes -----------------------------------------------------------------------------------

HERE = failure((frame(34), frame(18)), message="Target 2 is out of bounds.", kind="IndexError")
FAR = failure((frame(34), *[library_frame()] * 3), message="None values not supported.")


def scored(
    program: Implementation,
    of: object = None,
    identifier: str = "shape/wrong",
    mode: Mode = Mode.DEFAULT,
    symptom: Symptom = Symptom.FIRST_STEP,
    **given: object,
) -> Attempt:
    return judge(
        attempt(of, program=program, of_bug=bug(identifier, symptom), mode=mode, **given)  # type: ignore[arg-type]
    )


def prevented(program: Implementation, identifier: str = "shape/wrong") -> Attempt:
    no = not_applicable(expressible=False)
    return scored(program, identifier=identifier, injection=no)


def silent(program: Implementation, identifier: str = "loss/quiet") -> Attempt:
    return scored(program, result(metrics={"accuracy": 0.1}), identifier, symptom=Symptom.SILENT)


def test_the_five_parts_are_those_of_the_definition() -> None:
    parts = parts_of(scored(implementation(), crashed(HERE, Stage.EVALUATION)))
    assert parts == {
        "early": pytest.approx(1 - 2 / 5),
        "located": 1.0,
        "reachable": 1 / 2,
        "clear": 1.0,
        "explained": pytest.approx(1 / 9),
    }


def test_an_index_is_a_hundred_times_the_mean_of_its_parts() -> None:
    found = crash_indices([scored(implementation(), crashed(HERE))])
    index = only(found, analysis="primary")
    assert index.value == pytest.approx(100 * (4 / 5 + 1 + 1 / 2 + 1 + 1 / 9) / 5)
    assert index.stability is None
    assert [part.name for part in index.parts] == [
        "early",
        "located",
        "reachable",
        "clear",
        "explained",
    ]


def test_a_prevented_bug_scores_a_hundred_where_it_crashes_elsewhere() -> None:
    found = crash_indices([scored(implementation(), crashed(FAR)), prevented(keras())])
    index = only(found, implementation="keras_sequential", analysis="primary")
    assert index.value == 100
    assert "0 crashes and 1 prevented bugs" in index.explanation


def test_the_secondary_analysis_has_only_bugs_that_end_every_program() -> None:
    bugs = [
        scored(implementation(), crashed(FAR)),
        prevented(keras()),
        scored(implementation(), crashed(HERE), "dtype/wrong"),
        scored(keras(), crashed(HERE, Stage.EVALUATION), "dtype/wrong"),
    ]
    found = crash_indices(bugs)
    secondary = only(found, implementation="pytorch", analysis="secondary")
    assert {part.count for part in secondary.parts} == {1}
    assert only(found, implementation="pytorch", analysis="primary").parts[0].count == 2


def test_a_bug_that_is_quiet_here_does_not_enter_the_index_and_is_mentioned() -> None:
    bugs = [
        scored(implementation(), crashed(HERE)),
        scored(keras(), result(metrics={"accuracy": 0.1})),
    ]
    index = only(crash_indices(bugs), implementation="keras_sequential", analysis="primary")
    assert index.value is None
    assert {part.count for part in index.parts} == {0}


def test_a_bug_that_is_silent_everywhere_else_is_no_crash_to_prevent() -> None:
    bugs = [
        silent(implementation()),
        prevented(keras(), "loss/quiet"),
        scored(keras(), crashed(HERE), "shape/other"),
    ]
    index = only(crash_indices(bugs), implementation="keras_sequential", analysis="primary")
    assert "1 crashes and 0 prevented" in index.explanation


def test_categories_weigh_alike_however_many_bugs_they_have() -> None:
    bugs = [
        scored(implementation(), crashed(HERE, Stage.BUILD), "shape/a"),
        scored(implementation(), crashed(HERE, Stage.BUILD), "shape/b"),
        scored(implementation(), crashed(HERE, Stage.EVALUATION), "loss/c"),
    ]
    index = only(crash_indices(bugs), analysis="primary")
    assert index.parts[0].value == pytest.approx((1 + 3 / 5) / 2)


def test_a_process_that_dies_without_a_word_locates_and_explains_nothing() -> None:
    dead = result(
        worker=WorkerEnd.SIGNALLED, program=ProgramEnd.UNKNOWN, stage=Stage.FORWARD, step=0
    )
    parts = parts_of(scored(implementation(), dead))
    assert parts["early"] == pytest.approx(4 / 5)
    assert [parts[name] for name in ("located", "reachable", "clear", "explained")] == [0] * 4


def test_an_unreachable_defect_counts_as_zero_in_the_index() -> None:
    lost = failure((library_frame(),))
    assert parts_of(scored(implementation(), crashed(lost)))["reachable"] == 0


def test_modes_are_never_pooled() -> None:
    bugs = [
        scored(keras(), crashed(HERE)),
        scored(keras(), crashed(FAR), mode=Mode.EAGER),
    ]
    found = crash_indices(bugs)
    assert {(i.mode, i.analysis) for i in found} == {
        (mode, analysis)
        for mode in (Mode.DEFAULT, Mode.EAGER)
        for analysis in ("primary", "secondary")
    }


def test_an_index_with_rivals_carries_its_stability() -> None:
    bugs = [scored(implementation(), crashed(HERE)), scored(keras(), crashed(FAR))]
    index = only(crash_indices(bugs), implementation="pytorch", analysis="primary")
    assert index.stability == 1
    assert index.robust is True
    assert "10,000 weightings" in index.explanation


# --- silent bugs -------------------------------------------------------------------------------


def test_silent_bugs_are_a_profile_without_a_figure() -> None:
    infinite = layers(value("loss", "x", nan=1))
    bugs = [
        silent(implementation()),
        prevented(keras(), "loss/quiet"),
        scored(
            implementation(),
            result(metrics={"accuracy": 0.2}),
            "optimizer/rate",
            layers=infinite,
            clean_layers=layers(value("loss")),
        ),
        prevented(keras(), "optimizer/rate"),
    ]
    profile = only(silent_profiles(bugs), implementation="pytorch")
    parts = {part.name: (part.value, part.count) for part in profile.parts}
    assert profile.value is None
    assert parts == {
        "prevented": (0, 2),
        "D1": (3, 1),
        "Q1": (1, 1),
        "Q2": (None, 0),
        "Q3": (0, 1),
    }
    other = only(silent_profiles(bugs), implementation="keras_sequential")
    assert (other.parts[0].value, other.parts[1].value) == (1, -1)


def test_all_indices_come_together() -> None:
    pytorch, other = measured(implementation(), keras())
    crash = scored(pytorch.implementation, crashed(HERE))
    found = indices(
        [
            replace(pytorch, attempts=(crash,)),
            replace(other, attempts=(prevented(other.implementation),)),
        ]
    )
    assert {index.name for index in found} == {
        "readability",
        "debuggability-crashes",
        "debuggability-silent",
    }


def test_programs_that_are_not_known_to_be_one_model_are_judged_each_by_itself() -> None:
    apart = Pairing(compared=False, reason="Nothing says that they are one model.")
    crash, silent_there = crashed(HERE), result(metrics={"accuracy": 0.1})
    programs = [
        replace(
            one,
            case=replace(one.case, pairing=apart),
            attempts=(scored(one.implementation, crash if number == 0 else silent_there),),
        )
        for number, one in enumerate(measured(implementation(), keras()))
    ]
    found = indices(programs)
    readable = [index for index in found if index.name is IndexName.READABILITY]
    assert {(index.value, index.explanation) for index in readable} == {(None, apart.reason)}
    crashes = [index for index in found if index.name is IndexName.CRASHES]
    assert {(index.stability, index.winners) for index in crashes} == {(None, ())}
    # What ends the one program says nothing of the other one, which it is silent in.
    assert (
        "stay quiet here"
        not in only(
            found,
            implementation="keras_sequential",
            name="debuggability-crashes",
            analysis="primary",
        ).explanation
    )


# --- stability ---------------------------------------------------------------------------------


def test_a_winner_in_every_part_is_robust() -> None:
    stability = stability_of(("a", "b"), {"x": (1, 1), "y": (0, 0)})
    assert stability is not None
    assert (stability.winners, stability.share, stability.changes) == (("x",), 1, ())
    assert str(stability) == "x stays first in 100.0% of 10,000 weightings; robust"
    assert stability.robust


def test_a_winner_by_one_part_is_not_robust_and_the_part_is_named() -> None:
    # x wins while its weight on `a` is over 1/3: with two parts, in two thirds of weightings.
    stability = stability_of(("a", "b"), {"x": (1, 0), "y": (0, 0.5)})
    assert stability is not None
    assert stability.share == pytest.approx(2 / 3, abs=0.02)
    assert stability.changes == ("a",)
    assert not stability.robust
    assert "not without a" in str(stability)


def test_a_tie_is_not_a_win() -> None:
    equal = stability_of(("a", "b"), {"x": (1, 1), "y": (1, 1), "z": (0, 1)})
    assert equal is not None
    assert equal.winners == ("x", "y")
    assert "x and y tie and stay first in 100.0%" in str(equal)
    assert not equal.robust, "without a, z is first with them"
    by_weights = stability_of(("a", "b"), {"x": (1, 0), "y": (0, 1)})
    assert by_weights is not None
    assert (by_weights.winners, by_weights.share) == (("x", "y"), 0)


def test_one_candidate_has_nothing_to_win() -> None:
    assert stability_of(("a",), {"x": (1,)}) is None
