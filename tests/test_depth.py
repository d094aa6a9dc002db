"""Depth of abstraction: the framework's lines between the person's call and the failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from score_builders import attempt, by_metric, crashed, failure
from test_plan import CHOICE, a_case, a_mutant, a_record, an_implementation, ids

from debugdiff.model import Depth, Instrument, Mode, ProgramEnd, Stack
from debugdiff.plan import all_steps, follow_ups, plan
from debugdiff.score import judge

if TYPE_CHECKING:
    from conftest import Bench

    from debugdiff.model import Score

DIRECT = """
import torch

torch.ones(2, 3) @ torch.ones(2, 3)
"""

OWN = """
def check(size):
    raise ValueError(size)


check(3)
"""

LINEAR = """
import torch
from torch import nn

model = nn.Linear(4, 2)
model(torch.ones(2, 3))
"""

NESTED = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        head = self.head  # a line of its own: `__getattr__` is the framework's too
        return head(x)


Net()(torch.ones(2, 3))
"""

DENSE = """
import keras
import numpy as np
from keras import layers

model = keras.Sequential([layers.Dense(4), layers.Dense(1)])
model.build((None, 4))
model(np.ones((2, 3), "float32"))
"""


def depth_of(bench: Bench, source: str, stack: Stack = Stack.PYTORCH) -> Depth:
    record = bench.run(source, stack=stack, instrument=Instrument.DEPTH)
    assert record.program is ProgramEnd.RAISED, record.note
    assert record.depth is not None
    return record.depth


@pytest.mark.parametrize("source", [DIRECT, OWN])
def test_no_line_of_a_framework_lies_before_what_the_program_does_itself(
    bench: Bench, source: str
) -> None:
    assert depth_of(bench, source) == Depth(lines=0, frames=0)


def test_a_pytorch_layer_has_a_depth_that_a_second_run_repeats(bench: Bench) -> None:
    depth = depth_of(bench, LINEAR)
    assert depth == depth_of(bench, LINEAR)
    assert 0 < depth.lines < 100
    assert depth.frames == 3  # _wrapped_call_impl, _call_impl, Linear.forward


def test_lines_count_from_the_innermost_frame_of_the_person(bench: Bench) -> None:
    inner, nested = depth_of(bench, LINEAR), depth_of(bench, NESTED)
    assert nested.lines == inner.lines
    assert nested.frames == inner.frames + 2


@pytest.mark.parametrize("stack", [Stack.KERAS_TENSORFLOW, Stack.KERAS_TORCH])
def test_a_keras_layer_has_a_depth_that_a_second_run_repeats(bench: Bench, stack: Stack) -> None:
    depth = depth_of(bench, DENSE, stack)
    assert depth == depth_of(bench, DENSE, stack)
    assert depth.lines > depth_of(bench, LINEAR).lines
    assert depth.frames > 3


def test_other_trials_have_no_depth(bench: Bench) -> None:
    assert bench.run(LINEAR).depth is None


def test_the_printed_traceback_is_the_same_as_without_tracing(bench: Bench) -> None:
    bare = bench.run(DENSE, stack=Stack.KERAS_TENSORFLOW)
    traced = bench.run(DENSE, stack=Stack.KERAS_TENSORFLOW, instrument=Instrument.DEPTH)
    assert bare.failure is not None
    assert traced.failure is not None
    assert traced.failure.text == bare.failure.text


def test_depth_is_planned_only_when_asked_for_and_changes_no_other_id() -> None:
    everything = replace(CHOICE, instruments=tuple(Instrument))
    usual, asked = ids(CHOICE, a_mutant()), ids(everything, a_mutant())
    assert set(usual) < set(asked)
    assert len(asked) == len(usual) + 1


def test_depth_follows_a_crash_alone() -> None:
    implementation = an_implementation()
    choice = replace(CHOICE, instruments=tuple(Instrument))
    (tree,) = plan(a_case(implementation), implementation, [a_mutant()], choice)
    bare = next(
        step
        for step in all_steps([tree])
        if step.trial.bug and step.trial.instrument is Instrument.NONE
    )
    after_crash = follow_ups(bare, a_record(bare, program=ProgramEnd.RAISED))
    after_end = follow_ups(bare, a_record(bare))
    assert [each.trial.instrument for each in after_crash] == [Instrument.LAYERS, Instrument.DEPTH]
    assert [each.trial.instrument for each in after_end] == [Instrument.LAYERS]


def test_anomaly_mode_runs_the_same_lines_and_plans_no_depth() -> None:
    choice = replace(CHOICE, modes=(Mode.ANOMALY,))
    everything = replace(choice, instruments=tuple(Instrument))
    assert ids(everything, a_mutant()) == ids(choice, a_mutant())


def scores_of(kind: str, depth: Depth | None) -> dict[str, Score]:
    traced = crashed(failure(kind=kind), instrument=Instrument.DEPTH, depth=depth)
    scores = by_metric(judge(attempt(crashed(failure()), depth=traced)).scores)
    return {name: score for name, score in scores.items() if name.startswith("depth")}


def test_a_traced_crash_is_scored_with_its_counts() -> None:
    scores = scores_of("RuntimeError", Depth(lines=61, frames=3))
    assert (scores["depth.lines"].value, scores["depth.frames"].value) == (61, 3)
    assert "61 lines" in scores["depth.lines"].explanation


@pytest.mark.parametrize(
    ("kind", "depth"), [("MemoryError", Depth(lines=1, frames=1)), ("RuntimeError", None)]
)
def test_a_traced_run_that_fails_otherwise_is_not_judged(kind: str, depth: Depth | None) -> None:
    scores = scores_of(kind, depth)
    assert scores["depth.lines"].value is None
    assert "did not fail in the same way" in scores["depth.lines"].explanation


def test_where_no_depth_was_asked_for_there_is_no_score_of_it() -> None:
    assert not any(
        score.metric.startswith("depth") for score in judge(attempt(crashed(failure()))).scores
    )


RESHAPED = """
import numpy as np
from keras import layers

reshape = layers.Reshape((5,))
reshape.built = True
reshape(np.ones((2, 3), "float32"))
"""


def test_an_exception_that_a_traceback_filter_replaces_keeps_its_depth(bench: Bench) -> None:
    """Keras raises another exception in its place, to say with what the layer was called."""
    options = {"stack": Stack.KERAS_TENSORFLOW, "instrument": Instrument.DEPTH}
    filtered = bench.run(RESHAPED, **options)
    whole = bench.run(RESHAPED, mode=Mode.UNFILTERED, **options)
    assert filtered.failure is not None
    assert "Exception encountered when calling Reshape" in filtered.failure.message
    assert filtered.depth is not None
    assert whole.depth is not None
    # The wrapper that replaces the exception stands on the stack too, where it is switched on.
    assert filtered.depth.frames >= whole.depth.frames
