"""Keras on other back ends: what runs there, and what is told not to be available there."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from debugdiff.bugs import shipped_bugs
from debugdiff.campaign import RunRequest, run
from debugdiff.campaign.availability import unavailable_reason
from debugdiff.campaign.stacks import missing_reason
from debugdiff.cases import find_case, shipped_cases
from debugdiff.model import (
    Framework,
    Implementation,
    Instrument,
    Mode,
    Outcome,
    ProgramEnd,
    Report,
    Stack,
    Style,
    Training,
)
from debugdiff.worker.process.frameworks import switch_mode

BUG = "data/vocabulary-off-by-one"


@pytest.fixture(scope="module")
def on_torch(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Two Keras programs on PyTorch, one of which needs TensorFlow, with a bug."""
    return run(
        RunRequest(
            cases=(find_case("bag_of_embeddings"),),
            bugs=tuple(each for each in shipped_bugs() if each.id == BUG),
            store=tmp_path_factory.mktemp("stacks") / "store.sqlite3",
            styles=(Style.FUNCTIONAL,),
            stacks=(Stack.KERAS_TORCH,),
            instruments=(Instrument.NONE,),
            seconds=200,
        )
    )


def test_a_keras_program_runs_on_pytorch_and_its_bug_fails_there(on_torch: Report) -> None:
    clean, buggy = on_torch.results
    assert {each.trial.implementation for each in on_torch.results} == {"keras_functional"}
    assert clean.record.program is ProgramEnd.OK, clean.record.ending
    assert clean.record.steps > 0
    assert buggy.record.failure is not None
    assert buggy.record.failure.type == "IndexError"
    assert [each.outcome for each in on_torch.outcomes] == [Outcome.EFFECTIVE]


def test_a_program_written_for_tensorflow_is_not_available_there_and_not_broken(
    on_torch: Report,
) -> None:
    (reason,) = set(on_torch.not_run.values())
    assert reason.startswith("bag_of_embeddings/keras_loop is not available on keras-torch")
    assert "`tensorflow.GradientTape`" in reason
    assert not any(each.broken for each in on_torch.cases)


def a_program(source: str, framework: Framework = Framework.KERAS) -> Implementation:
    return Implementation(
        case="toy",
        name="program",
        framework=framework,
        style=Style.FUNCTIONAL,
        training=Training.LOOP,
        path=Path("toy/program.py"),
        source=source,
    )


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("import tensorflow as tf\nwith tf.GradientTape() as tape:\n    pass", "tensorflow"),
        ("from tensorflow import GradientTape as Tape\ntape = Tape()", "tensorflow"),
        ("import torch\nwith torch.no_grad():\n    pass", "torch"),
        ("import jax\nstep = jax.value_and_grad(print)", "jax"),
    ],
)
def test_a_loop_of_one_back_end_runs_on_that_back_end_alone(source: str, needs: str) -> None:
    keras = [stack for stack in Stack if stack.framework is Framework.KERAS]
    running = [stack for stack in keras if not unavailable_reason(a_program(source), stack)]
    assert running == [Stack(f"keras-{needs}")]


@pytest.mark.parametrize(
    "source",
    [
        "import tensorflow as tf\ndata = tf.data.Dataset.range(3)",
        "import tensorflow as tf\nloss = tf.keras.losses.Loss()",
        "tape = 'tf.GradientTape'  # import tensorflow as tf",
        "def broken(:\n",
    ],
)
def test_data_pipelines_and_keras_itself_run_on_every_back_end(source: str) -> None:
    assert not any(unavailable_reason(a_program(source), stack) for stack in Stack)


def test_pytorch_programs_are_never_refused() -> None:
    program = a_program("import torch\ntorch.no_grad()", Framework.PYTORCH)
    assert not unavailable_reason(program, Stack.PYTORCH)


def test_every_shipped_program_is_available_on_the_usual_stacks() -> None:
    programs = [each for case in shipped_cases() for each in case.implementations]
    assert not any(
        unavailable_reason(each, stack)
        for each in programs
        for stack in (Stack.PYTORCH, Stack.KERAS_TENSORFLOW)
        if stack.framework is each.framework
    )


def test_the_missing_jax_stack_names_its_extra() -> None:
    assert "pip install 'debugdiff[jax]'" in missing_reason(Stack.KERAS_JAX)


def test_eager_mode_on_jax_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX itself is not needed for that: only what it is told is looked at."""
    told: dict[str, object] = {}
    config = SimpleNamespace(update=told.__setitem__)
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(config=config))
    switch_mode(Stack.KERAS_JAX, Mode.DEFAULT)
    assert told == {}
    switch_mode(Stack.KERAS_JAX, Mode.EAGER)
    assert told == {"jax_disable_jit": True}
