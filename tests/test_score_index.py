"""The indices: readability as a ratio, crashes as 0-100, silent bugs as a profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from scipy import stats
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
from debugdiff.score.groups import NO_CLEAN_RUN
from debugdiff.score.prevention import prevention_indices, prevention_of_styles
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
    index = only(crash_indices([scored(implementation(), crashed(HERE))]))
    assert index.analysis == "own-bugs", "with one program there is nothing to have in common"
    assert index.value == pytest.approx(100 * (4 / 5 + 1 + 1 / 2 + 1 + 1 / 9) / 5)
    assert index.stability is None
    assert [part.name for part in index.parts] == [
        "early",
        "located",
        "reachable",
        "clear",
        "explained",
    ]


def test_a_prevented_bug_is_no_crash_that_is_told_well() -> None:
    bugs = [
        scored(implementation(), crashed(FAR)),
        prevented(keras()),
        scored(implementation(), crashed(HERE), "dtype/wrong"),
        scored(keras(), crashed(HERE, Stage.EVALUATION), "dtype/wrong"),
    ]
    found = crash_indices(bugs)
    own = only(found, implementation="keras_sequential", analysis="own-bugs")
    # The trace names the other program's file here, so that nothing is located or reachable.
    assert (own.count, own.value) == (1, pytest.approx(100 * (3 / 5 + 0 + 0 + 1 + 1 / 9) / 5))


def test_an_index_to_compare_is_over_the_same_bugs_in_every_program() -> None:
    bugs = [
        scored(implementation(), crashed(FAR)),
        prevented(keras()),
        scored(implementation(), crashed(HERE), "dtype/wrong"),
        scored(keras(), crashed(HERE, Stage.EVALUATION), "dtype/wrong"),
        scored(implementation(), crashed(HERE), "loss/quiet"),
        silent(keras()),
    ]
    found = crash_indices(bugs)
    same = [one for one in found if one.analysis == "same-bugs"]
    assert [one.count for one in same] == [1, 1]
    assert only(found, implementation="pytorch", analysis="own-bugs").count == 3


def test_a_program_that_does_not_run_has_no_score_though_much_cannot_be_written_in_it() -> None:
    """A Keras script that raised on import scored 100, being short of every bug."""
    broken = crashed(failure((library_frame(),)), Stage.IMPORT, bug_id=None)
    no = not_applicable(expressible=False)
    bugs = [
        scored(implementation(), crashed(HERE)),
        scored(keras(), clean=broken, injection=no),
        scored(keras(), identifier="dtype/wrong", clean=broken, injection=no),
    ]
    assert [one.verdict.outcome for one in bugs[1:]] == ["unmeasured", "unmeasured"]
    for family in (crash_indices, prevention_indices, silent_profiles):
        index = only(list(family(bugs)), implementation="keras_sequential")
        assert (index.value, index.count, index.explanation) == (None, 0, NO_CLEAN_RUN)
        other = [one for one in family(bugs) if one.implementation == "pytorch"]
        assert [one.stability for one in other] == [None] * len(other)
    programs = measured(implementation(), keras())
    run = replace(programs[1], runs=(bugs[1].clean,))
    found = readability_indices(run.case, [programs[0], run])
    assert {one.value for one in found if one.implementation == "keras_sequential"} == {None}


def test_categories_weigh_alike_however_many_bugs_they_have() -> None:
    bugs = [
        scored(implementation(), crashed(HERE, Stage.BUILD), "shape/a"),
        scored(implementation(), crashed(HERE, Stage.BUILD), "shape/b"),
        scored(implementation(), crashed(HERE, Stage.EVALUATION), "loss/c"),
    ]
    index = only(crash_indices(bugs))
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
    assert [i.mode for i in found] == [Mode.DEFAULT, Mode.EAGER]


def test_an_index_with_rivals_says_how_far_the_order_of_the_frameworks_stands() -> None:
    bugs = [scored(implementation(), crashed(HERE)), scored(keras(), crashed(FAR))]
    index = only(crash_indices(bugs), implementation="pytorch", analysis="same-bugs")
    assert (index.winners, index.stability, index.robust) == (("pytorch",), 1, True)


def test_what_is_hidden_decides_where_noise_alone_is_another_one() -> None:
    clean_trace = failure((frame(34), frame(18)), hidden_frames=0)
    filtered = failure((frame(34), frame(18)), hidden_frames=18)
    noisy = failure((frame(34), frame(18), library_frame()))
    for trace, decisive in ((clean_trace, ()), (filtered, ("hidden frames count as noise",))):
        same_file = implementation("pytorch", Framework.KERAS)
        bugs = [scored(implementation(), crashed(noisy)), scored(same_file, crashed(trace))]
        (index, _) = [one for one in crash_indices(bugs) if one.analysis == "same-bugs"]
        assert index.winners == ("keras",)
        assert [one for one in index.decisive if "hidden" in one] == list(decisive)


def test_several_styles_of_one_framework_are_no_rivals() -> None:
    """The question is Keras or PyTorch, and not which of three Keras styles is first."""
    bugs = [
        scored(keras("keras_sequential"), crashed(HERE)),
        scored(keras("keras_functional"), crashed(FAR)),
    ]
    found = crash_indices(bugs)
    assert {one.stability for one in found} == {None}


# --- prevention --------------------------------------------------------------------------------


def test_prevention_is_the_share_of_bugs_that_have_an_outcome_here() -> None:
    bugs = [
        prevented(keras(), "shape/a"),
        scored(keras(), crashed(HERE), "shape/b"),
        scored(keras(), crashed(HERE), "shape/c"),
        scored(keras(), identifier="shape/d", injection=not_applicable(expressible=True)),
    ]
    index = only(list(prevention_indices(bugs)))
    assert (index.value, index.count) == (pytest.approx(1 / 3), 3)
    known = stats.binomtest(1, 3).proportion_ci(method="wilson")
    assert (index.low, index.high) == pytest.approx((known.low, known.high))


def test_over_all_cases_the_unit_of_prevention_is_the_bug() -> None:
    """A bug that two cases have is one bug: it does not count twice."""
    other = replace(keras(), case="tags")
    bugs = [
        prevented(keras(), "shape/a"),
        prevented(other, "shape/a"),
        scored(keras(), crashed(HERE), "shape/b"),
        scored(other, crashed(HERE), "shape/b"),
        prevented(keras(), "shape/c"),
        scored(other, crashed(HERE), "shape/c"),
    ]
    index = only(list(prevention_of_styles(bugs)))
    assert (index.case, index.implementation) == ("", "keras sequential loop")
    assert (index.value, index.count) == (0.5, 3)


# --- silent bugs -------------------------------------------------------------------------------


def test_silent_bugs_are_a_profile_without_a_figure_or_what_is_prevented() -> None:
    infinite = layers(value("loss", "x", nan=1))
    bugs = [
        scored(
            implementation(),
            result(metrics={"accuracy": 0.1}),
            "loss/quiet",
            layers=layers(value("loss", "y")),
            clean_layers=layers(value("loss")),
        ),
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
        "noticed": (0.5, 2),
        "D1": ((3 + 4.5) / 2, 2),
        "Q1": (0.5, 2),
        "Q2": (None, 0),
        "Q3": (0, 1),
    }
    other = only(silent_profiles(bugs), implementation="keras_sequential")
    assert {(part.value, part.count) for part in other.parts} == {(None, 0)}


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
        "prevention",
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
    quiet = only(found, implementation="keras_sequential", name="debuggability-crashes")
    assert (quiet.value, quiet.count) == (None, 0)


# --- stability ---------------------------------------------------------------------------------

P, K = Framework.PYTORCH, Framework.KERAS


def test_a_winner_in_every_part_and_definition_is_robust() -> None:
    stability = stability_of({(): {P: (1, 1), K: (0, 0)}, ("other",): {P: (1,), K: (0,)}})
    assert stability is not None
    assert (stability.winners, stability.share, stability.changes) == ((P,), 1, ())
    assert stability.robust


def test_a_winner_by_one_part_is_not_robust() -> None:
    # PyTorch wins while its weight on the first part is over 1/3: in two thirds of weightings.
    stability = stability_of({(): {P: (1, 0), K: (0, 0.5)}})
    assert stability is not None
    assert stability.share == pytest.approx(2 / 3, abs=0.05)
    assert not stability.robust


def test_a_choice_that_alone_puts_the_other_one_first_is_named() -> None:
    stability = stability_of(
        {
            (): {P: (1,), K: (0,)},
            ("hidden frames count",): {P: (0,), K: (1,)},
            ("hidden frames count", "bugs weigh alike"): {P: (0,), K: (1,)},
            ("bugs weigh alike",): {P: (1,), K: (0,)},
        }
    )
    assert stability is not None
    assert (stability.share, stability.definitions) == (0.5, 4)
    assert stability.changes == ("hidden frames count",)


def test_a_tie_is_not_a_win() -> None:
    equal = stability_of({(): {P: (1, 1), K: (1, 1)}})
    assert equal is not None
    assert (equal.winners, equal.share) == ((P, K), 1)
    by_weights = stability_of({(): {P: (1, 0), K: (0, 1)}})
    assert by_weights is not None
    assert (by_weights.winners, by_weights.share) == ((P, K), 0)


def test_one_framework_has_nothing_to_win() -> None:
    assert stability_of({(): {P: (1,)}}) is None
    assert stability_of({}) is None
