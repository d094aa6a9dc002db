"""Sentinels: each fires on its fault and stays quiet beside it; alarms of real programs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from calibration import CleanRun, calibrate, figures, settling_cases
from probing import run_well

from debugdiff.model import Alarm, Setting, Stack, ValueKind, ValueStatistics
from debugdiff.sentinels import SENTINELS, Beyond, admitted, alarms, published

if TYPE_CHECKING:
    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record


def value(**given: Any) -> ValueStatistics:
    fields: dict[str, Any] = {
        "site": "head",
        "kind": ValueKind.FORWARD,
        "step": 1,
        "call": 0,
        "shape": (8, 4),
        "dtype": "float32",
        "minimum": -1.0,
        "maximum": 1.0,
        "mean": 0.1,
        "standard_deviation": 0.5,
        "mean_absolute": 0.4,
        "zeros": 0,
        "nan": 0,
        "infinite": 0,
        "digest": "x",
    }
    return ValueStatistics(**(fields | given))


def losses(*series: float) -> list[ValueStatistics]:
    at_zero = value(site="loss", kind=ValueKind.LOSS, shape=(), step=0)
    return [replace(at_zero, step=step, mean=loss) for step, loss in enumerate(series)]


def parameter(step: int = 0, **given: Any) -> ValueStatistics:
    return value(site="head.weight", kind=ValueKind.PARAMETER, step=step, **given)


def gradient(mean: float, site: str = "head.weight") -> ValueStatistics:
    return value(site=site, kind=ValueKind.PARAMETER_GRADIENT, mean_absolute=mean)


def prediction(step: int = 0, **given: Any) -> ValueStatistics:
    return value(site="loss.prediction", kind=ValueKind.LOSS_INPUT, step=step, **given)


def model_input(**given: Any) -> ValueStatistics:
    return value(site="Model", kind=ValueKind.INPUT, **given)


def setting(site: str, name: str, content: float | str) -> Setting:
    return Setting(site=site, name=name, value=content)


def fired(sentinel: str, values: list[ValueStatistics], *settings: Setting) -> list[Alarm]:
    return list(alarms(values, settings, thresholds={sentinel: published()[sentinel]}))


LOGITS = (setting("loss", "wants", "logits"), setting("loss", "type", "cross_entropy"))
PROBABILITIES = (setting("loss", "wants", "probabilities"), setting("loss", "type", "crossentropy"))
RELU = (setting("head", "activation", "relu"),)
TANH = (setting("head", "activation", "tanh"),)
SOFTMAX = (setting("head", "activation", "softmax"),)
STEPS = range(4)
SURE = {"minimum": 0.0, "maximum": 1.0, "row_sum_error": 1e-7}

# Per sentinel: values and settings on which it fires, and a little beside it, where it is quiet.
FAULTY: dict[str, tuple[list[ValueStatistics], tuple[Setting, ...]]] = {
    "non-finite": ([value(nan=1)], ()),
    "vanishing-gradient": ([gradient(1e-9), gradient(1e-8, "head.bias")], ()),
    "exploding-gradient": ([gradient(2e6)], ()),
    "no-gradient": ([parameter(step) for step in STEPS], ()),
    "dead-relu": ([value(dead=0.6)], RELU),
    "saturation": ([value(saturated=0.6)], TANH),
    "all-zero": ([parameter(1, zeros=32, minimum=0.0, maximum=0.0)], ()),
    "constant": ([value(minimum=2.0, maximum=2.0)], ()),
    "same-for-every-input": ([prediction(rows_equal=True)], ()),
    "symmetric-weights": ([parameter(rows_equal=True)], ()),
    "loss-at-start": ([prediction(), *losses(9.0)], LOGITS),
    "negative-loss": (losses(-0.5), LOGITS),
    "loss-not-decreasing": (losses(*[1.0] * 10, 1.1), ()),
    "loss-slow": (losses(*[1.0] * 5, *[0.96] * 5), ()),
    "loss-rising": (losses(*[1.0] * 4, *[1.1] * 4), ()),
    "loss-diverging": (losses(2.0, 1.0, 2.1), ()),
    "update-too-large": ([parameter(step, update=1.0) for step in STEPS], ()),
    "update-too-small": ([parameter(step, update=1e-5) for step in STEPS], ()),
    "unchanged-parameter": ([parameter(step, update=0.0) for step in STEPS], ()),
    "parameter-without-optimizer": ([], (setting("head.weight", "optimizer", "none"),)),
    "learning-rate-high": ([], (setting("optimizer", "learning_rate", 0.1),)),
    "learning-rate-low": ([], (setting("optimizer", "learning_rate", 1e-9),)),
    "dropout-high": ([], (setting("dropout", "rate", 0.9),)),
    "input-scale": ([model_input(maximum=255.0)], ()),
    "whole-numbers-as-floats": ([model_input(maximum=40.0, whole=True)], ()),
    "input-mostly-padding": ([model_input(dtype="int64", zeros=30)], ()),
    "same-input": ([model_input(step=0, rows_equal=True), *losses(1.0)], ()),
    "probabilities-as-logits": ([prediction(step, **SURE) for step in STEPS], LOGITS),
    "logits-as-probabilities": ([prediction(minimum=-2.0)], PROBABILITIES),
    "softmax-axis": ([value(row_sum_error=0.3)], SOFTMAX),
}
SOUND: dict[str, tuple[list[ValueStatistics], tuple[Setting, ...]]] = {
    "non-finite": ([value()], ()),
    "vanishing-gradient": ([gradient(1e-4), gradient(0.0, "head.bias")], ()),
    "exploding-gradient": ([gradient(1.0)], ()),
    "no-gradient": ([*(parameter(step) for step in STEPS), gradient(0.1)], ()),
    "dead-relu": ([value(dead=0.4)], RELU),
    "saturation": ([value(saturated=0.9)], RELU),
    "all-zero": ([parameter(0, zeros=32)], ()),
    "constant": ([value(minimum=2.0, maximum=2.0, shape=(1,))], ()),
    "same-for-every-input": ([prediction()], ()),
    "symmetric-weights": ([parameter()], ()),
    "loss-at-start": ([prediction(), *losses(math.log(4) + 0.1)], LOGITS),
    "negative-loss": (losses(-0.5), ()),
    "loss-not-decreasing": (losses(*[1.0] * 10, 0.9), ()),
    "loss-slow": (losses(*[1.0] * 5, *[0.9] * 5), ()),
    "loss-rising": (losses(*[1.0] * 4, *[0.9] * 4), ()),
    "loss-diverging": (losses(2.0, 1.0, 1.9), ()),
    "update-too-large": ([parameter(step, update=0.01) for step in STEPS], ()),
    "update-too-small": ([parameter(step, update=0.01) for step in STEPS], ()),
    "unchanged-parameter": ([parameter(step, update=1e-9) for step in STEPS], ()),
    "parameter-without-optimizer": ([], ()),
    "learning-rate-high": ([], (setting("optimizer", "learning_rate", 0.01),)),
    "learning-rate-low": ([], (setting("optimizer", "learning_rate", 0.01),)),
    "dropout-high": ([], (setting("dropout", "rate", 0.5),)),
    "input-scale": ([model_input(maximum=255.0, whole=True)], ()),
    "whole-numbers-as-floats": ([model_input(maximum=1.0, whole=True)], ()),
    "input-mostly-padding": ([model_input(dtype="int64", zeros=10)], ()),
    "same-input": ([model_input(step=0), *losses(1.0), model_input(step=9, rows_equal=True)], ()),
    "probabilities-as-logits": (
        [*(prediction(step, **SURE) for step in STEPS), prediction(9)],
        LOGITS,
    ),
    "logits-as-probabilities": ([prediction(**SURE)], PROBABILITIES),
    "softmax-axis": ([value(row_sum_error=0.3)], RELU),
}


def test_every_sentinel_has_a_fault_that_it_is_tried_on() -> None:
    assert FAULTY.keys() == SOUND.keys() == SENTINELS.keys()


@pytest.mark.parametrize("sentinel", SENTINELS)
def test_a_sentinel_fires_on_its_fault_and_says_what_it_means(sentinel: str) -> None:
    values, settings = FAULTY[sentinel]
    found = fired(sentinel, values, *settings)
    assert [alarm.sentinel for alarm in found] == [sentinel]
    assert found[0].meaning.endswith(".")
    assert found[0].source


@pytest.mark.parametrize("sentinel", SENTINELS)
def test_a_sentinel_is_quiet_beside_its_fault(sentinel: str) -> None:
    values, settings = SOUND[sentinel]
    assert fired(sentinel, values, *settings) == []


def test_every_check_names_its_threshold_in_its_docstring_or_its_source() -> None:
    for sentinel in SENTINELS.values():
        assert sentinel.read.__doc__
        assert sentinel.meaning[0].isupper()


def test_an_alarm_is_given_once_per_site_at_the_first_step_that_had_it() -> None:
    values = [value(step=step, nan=1, site=site) for step in (3, 2, 5) for site in ("a", "b")]
    found = fired("non-finite", values)
    assert [(alarm.site, alarm.step) for alarm in found] == [("a", 2), ("b", 2)]


def test_alarms_come_in_the_order_of_steps() -> None:
    values = [value(step=4, nan=1), value(site="x", step=1, minimum=2.0, maximum=2.0)]
    found = alarms(values, thresholds=published())
    assert [alarm.step for alarm in found] == [1, 4]


def test_a_value_that_could_not_be_read_alarms_nobody() -> None:
    assert fired("all-zero", [value(digest="", shape=(2, 2), zeros=4)]) == []


def test_what_asks_whether_a_program_learns_is_not_heard_once_it_has() -> None:
    near_its_minimum = losses(2.0, 0.1, 0.5)
    assert not fired("loss-diverging", near_its_minimum)
    assert figures(near_its_minimum)["loss-diverging"] == 1.0
    assert fired("loss-diverging", losses(2.0, 0.1, 1.5))


def test_only_admitted_sentinels_are_asked_unless_others_are_named() -> None:
    assert admitted().keys() <= published().keys()
    values = FAULTY["non-finite"][0]
    assert [alarm.sentinel for alarm in alarms(values)] == ["non-finite"]
    assert alarms(values, thresholds={}) == ()


# --- calibration ---------------------------------------------------------------------------------


def clean(case: str, seed: int = 0, **figures: float) -> CleanRun:
    named = {name.replace("_", "-"): figure for name, figure in figures.items()}
    return CleanRun(
        case=case, implementation="program", stack=Stack.PYTORCH, seed=seed, figures=named
    )


def calibrated(sentinel: str, *runs: CleanRun) -> Any:
    return next(row for row in calibrate(runs) if row.sentinel == sentinel)


def test_a_published_threshold_that_is_silent_stays() -> None:
    row = calibrated(
        "loss-diverging", clean("a", loss_diverging=1.5), clean("b", loss_diverging=1.9)
    )
    assert (row.threshold, row.admitted) == (2, True)


def test_a_threshold_that_fires_is_moved_by_the_first_half_alone() -> None:
    quiet = clean("a", 1, loss_diverging=1.0)
    runs = [clean("a", loss_diverging=4.0), quiet, clean("b", loss_diverging=4.5)]
    row = calibrated("loss-diverging", *runs)
    assert (row.threshold, row.admitted) == (5.0, True)
    assert (row.settling.fired_published, row.settling.fired_settled) == (1, 0)
    assert (row.held_out.fired_published, row.held_out.fired_settled) == (1, 0)


def test_a_check_that_most_clean_programs_fail_is_not_admitted_at_any_threshold() -> None:
    runs = [clean("a", loss_diverging=4.0), clean("b", loss_diverging=1.0)]
    row = calibrated("loss-diverging", *runs)
    assert not row.admitted
    assert "most clean programs" in row.reason


def test_a_threshold_below_which_clean_runs_lie_is_moved_down() -> None:
    row = calibrated(
        "update-too-small", clean("a", update_too_small=-6), clean("b", update_too_small=-3)
    )
    assert row.threshold == -7


def test_a_false_alarm_on_the_held_out_half_is_not_admitted_and_names_the_program() -> None:
    runs = [
        clean("a", loss_diverging=4.0),
        clean("a", 1, loss_diverging=1.0),
        clean("b", loss_diverging=6.0),
        clean("b", 1, loss_diverging=1.0),
    ]
    row = calibrated("loss-diverging", *runs)
    assert not row.admitted
    assert (row.held_out.fired_settled, row.held_out.runs) == (1, 2)
    assert row.held_out.programs == ("b/program",)


def test_a_yes_or_no_that_fires_on_a_clean_run_leaves_no_threshold() -> None:
    row = calibrated("all-zero", clean("a", all_zero=1.0), clean("b", all_zero=0.0))
    assert not row.admitted


def test_a_settled_threshold_that_nothing_tries_is_not_admitted() -> None:
    assert not calibrated("input-scale", clean("a", input_scale=100.0), clean("b")).admitted


def test_a_check_that_no_run_was_long_enough_for_is_not_admitted() -> None:
    row = calibrated("loss-slow", clean("a"), clean("b"))
    assert not row.admitted
    assert "steps" in row.reason


def test_every_second_case_settles() -> None:
    assert settling_cases(["d", "a", "c", "b", "a"]) == {"a", "c"}


def test_the_figure_of_a_run_is_its_most_alarming_one() -> None:
    found = figures([gradient(1e-3), replace(gradient(1e-5), step=2)])
    assert found["vanishing-gradient"] == 1e-5
    assert SENTINELS["vanishing-gradient"].beyond is Beyond.BELOW
    assert "dead-relu" not in found


# --- real programs -------------------------------------------------------------------------------

TORCH = """
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(30, 8)
        self.hidden = [nn.Linear(8, 8)]
        self.head = nn.Sequential(nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3), nn.Softmax(-1))

    def forward(self, tokens):
        return self.head(self.hidden[0](self.words(tokens).mean(1)))


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(4):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(torch.randint(30, (8, 5))), torch.arange(8) % 3)
        loss.backward()
        optimizer.step()
    return {}
"""

KERAS = """
import keras
import numpy as np
from keras import layers


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        layers.Embedding(30, 8),
        layers.GlobalAveragePooling1D(),
        layers.Dense(8, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(3, activation="softmax"),
    ])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss)
    tokens = np.random.default_rng(seed).integers(0, 30, (32, 5))
    model.fit(tokens, np.arange(32) % 3, batch_size=8, verbose=0)
    return {}
"""

STACKS = [Stack.PYTORCH, Stack.KERAS_TENSORFLOW, Stack.KERAS_TORCH]


@pytest.fixture(scope="module")
def watched(pool: Pool) -> dict[Stack, Record]:
    """The same faulty program on every stack: softmax before a loss that wants logits."""
    programs = {stack: TORCH if stack is Stack.PYTORCH else KERAS for stack in STACKS}
    return {stack: run_well(pool, text, stack=stack) for stack, text in programs.items()}


def settings_of(record: Record) -> dict[tuple[str, str], float | str]:
    return {(each.site, each.name): each.value for each in record.settings}


def only(record: Record, kind: ValueKind, site: str, step: int) -> ValueStatistics:
    (found,) = [
        each for each in record.values if (each.kind, each.site, each.step) == (kind, site, step)
    ]
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_probabilities_given_to_a_loss_that_wants_logits_are_found(
    watched: dict[Stack, Record], stack: Stack
) -> None:
    record = watched[stack]
    names = {alarm.sentinel for alarm in alarms(record.values, record.settings)}
    assert "probabilities-as-logits" in names
    assert "negative-loss" not in names


@pytest.mark.parametrize("stack", STACKS)
def test_the_update_of_a_parameter_is_what_its_step_changed(
    watched: dict[Stack, Record], stack: Stack
) -> None:
    """Of plain gradient descent it is the learning rate times the gradient."""
    site = "words.weight" if stack is Stack.PYTORCH else "embedding/embeddings"
    for step in range(4):
        read = only(watched[stack], ValueKind.PARAMETER, site, step)
        slope = only(watched[stack], ValueKind.PARAMETER_GRADIENT, site, step).norm
        assert slope
        assert read.update == pytest.approx(0.5 * slope, rel=1e-3)


@pytest.mark.parametrize("stack", STACKS)
def test_optimizer_loss_dropout_and_activation_are_told(
    watched: dict[Stack, Record], stack: Stack
) -> None:
    found = settings_of(watched[stack])
    in_keras = stack is not Stack.PYTORCH
    assert found["optimizer", "type"] == "SGD"
    assert found["optimizer", "learning_rate"] == 0.5
    assert found["loss", "wants"] == "logits"
    assert found["dropout" if in_keras else "head.1", "rate"] == pytest.approx(0.1)
    assert found["dense" if in_keras else "head.0", "activation"] == "relu"
    assert ("training", "debug_mode") not in found


@pytest.mark.parametrize("stack", STACKS)
def test_the_inputs_of_model_and_loss_are_read_at_every_step(
    watched: dict[Stack, Record], stack: Stack
) -> None:
    record = watched[stack]
    model = "sequential" if stack is not Stack.PYTORCH else "Model"
    for step in range(4):
        assert only(record, ValueKind.INPUT, model, step).shape == (8, 5)
        assert only(record, ValueKind.LOSS_INPUT, "loss.prediction", step).shape == (8, 3)
        assert only(record, ValueKind.LOSS_INPUT, "loss.target", step).whole


def test_a_layer_in_a_plain_list_has_parameters_without_an_optimizer(
    watched: dict[Stack, Record],
) -> None:
    record = watched[Stack.PYTORCH]
    found = alarms(record.values, record.settings, thresholds={"parameter-without-optimizer": 0.5})
    assert [alarm.site for alarm in found] == ["Linear.weight", "Linear.bias"]


@pytest.mark.parametrize("stack", STACKS[1:])
def test_no_parameter_of_a_sound_keras_model_is_without_an_optimizer(
    watched: dict[Stack, Record], stack: Stack
) -> None:
    assert "none" not in {each.value for each in watched[stack].settings}
