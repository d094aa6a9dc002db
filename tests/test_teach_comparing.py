"""How two runs are compared, on records made by hand: names, bits, distributions, symptoms."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.model import (
    CapturedWarning,
    Failure,
    ProgramEnd,
    Record,
    Setting,
    SitePlace,
    Stage,
    ValueKind,
    ValueStatistics,
    WorkerEnd,
)
from debugdiff.score.outcome import is_same_failure
from debugdiff.teach.alignment import holders, layers_of, renamed, site_names
from debugdiff.teach.beginning import initial_weights_differ
from debugdiff.teach.comparing import (
    close_metrics,
    compare_exactly,
    compare_statistics,
)
from debugdiff.teach.facts import data_differ, facts_differ, moved, parameters_differ
from debugdiff.teach.neutral import rewrites
from debugdiff.teach.symptoms import band_of, fresh_warnings

if TYPE_CHECKING:
    from collections.abc import Sequence


def value(site: str, kind: ValueKind = ValueKind.FORWARD, **facts: Any) -> ValueStatistics:
    plain: dict[str, Any] = {
        "step": 0,
        "call": 0,
        "shape": (4, 3),
        "dtype": "float32",
        "minimum": -1.0,
        "maximum": 1.0,
        "mean": 0.0,
        "standard_deviation": 0.5,
        "zeros": 0,
        "nan": 0,
        "infinite": 0,
        "digest": f"{site}-{kind}",
    }
    return ValueStatistics(site=site, kind=kind, **{**plain, **facts})


def record(*values: ValueStatistics, **facts: Any) -> Record:
    plain: dict[str, Any] = {
        "trial": "t",
        "worker": WorkerEnd.FINISHED,
        "program": ProgramEnd.OK,
        "stage": Stage.DONE,
        "step": 1,
        "steps": 1,
        "seconds": 1.0,
        "peak_memory": 1,
        "metrics": {"accuracy": 0.5},
    }
    return Record(values=values, **{**plain, **facts})


def network(embedding: str = "embedding", head: str = "head") -> Record:
    places = (
        SitePlace(site=embedding, kind="torch.nn.modules.sparse.Embedding"),
        SitePlace(site=head, kind="torch.nn.modules.linear.Linear"),
        SitePlace(site="Net", kind="__main__.Net"),
    )
    return record(
        value("Net", ValueKind.INPUT, digest="rows"),
        value(embedding, shape=(4, 8), digest="e"),
        value(head, digest="h"),
        value("Net", digest="h"),
        value("loss", ValueKind.LOSS, shape=(), digest="l"),
        value(f"{embedding}.weight", ValueKind.PARAMETER, shape=(50, 8), digest="we", update=0.1),
        value(f"{head}.weight", ValueKind.PARAMETER, shape=(8, 3), digest="wh", update=0.2),
        value(f"{head}.bias", ValueKind.PARAMETER, shape=(3,), digest="bh", update=0.3),
        places=places,
    )


HEALTHY = network()


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("embedding", "head"), ("words", "out"), ("head", "embedding")])
def test_layers_are_found_whatever_they_are_called(names: tuple[str, str]) -> None:
    own = network(*names)
    found = compare_exactly(own, HEALTHY)
    assert found.equal
    assert found.whole
    partners = [holders(own, HEALTHY, way) for way in site_names(own, HEALTHY)]
    assert {"embedding": names[0], "head": names[1]} in partners


def test_a_layer_of_another_size_is_no_partner() -> None:
    own = replace(
        HEALTHY,
        values=tuple(
            replace(v, shape=(9, 3)) if v.site == "head.weight" else v for v in HEALTHY.values
        ),
    )
    assert all(holders(own, HEALTHY, way) is None for way in site_names(own, HEALTHY))
    assert "parameters" in parameters_differ(own, HEALTHY)


def test_a_recurrent_layer_of_keras_holds_the_weights_of_its_cell() -> None:
    run = record(
        value("gru"),
        value("gru/gru_cell/kernel", ValueKind.PARAMETER),
        value("dense/kernel", ValueKind.PARAMETER),
        value("dense"),
    )
    assert {layer.site: len(layer.parameters) for layer in layers_of(run)} == {"gru": 1, "dense": 1}


def test_a_layer_for_two_directions_takes_the_weights_of_both() -> None:
    inner = [f"{way}_lstm" for way in ("forward", "backward")]

    def run(name: str) -> Record:
        sites = [f"{name}/{each}" for each in inner]
        weights = [value(f"{site}/lstm_cell/kernel", ValueKind.PARAMETER) for site in sites]
        place = SitePlace(site=name, kind="keras.src.layers.rnn.bidirectional.Bidirectional")
        return record(*map(value, (*sites, name)), *weights, places=(place,))

    own, healthy = run("both"), run("bidirectional")
    assert holders(own, healthy, next(iter(site_names(own, healthy)))) == {"bidirectional": "both"}


def test_a_parameter_of_the_model_itself_is_given_to_the_model() -> None:
    run = record(value("Net"), value("transitions", ValueKind.PARAMETER))
    way = next(iter(site_names(run, run)))
    assert holders(run, run, way) == {"": ""}
    assert renamed(run, run, way) == run


# --- bits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", [v.site for v in HEALTHY.values if v.site != "Net"])
def test_one_other_bit_at_any_site_is_a_difference(site: str) -> None:
    values = tuple(replace(v, digest="x") if v.site == site else v for v in HEALTHY.values)
    found = compare_exactly(replace(HEALTHY, values=values), HEALTHY)
    assert not found.equal
    assert site in found.difference


def test_a_layer_may_be_called_past_the_probes_and_its_weights_may_not_be_missing() -> None:
    flattened = replace(HEALTHY, values=(*HEALTHY.values, value("flatten", digest="f")))
    assert compare_exactly(HEALTHY, flattened).equal
    assert not compare_exactly(HEALTHY, flattened).whole
    assert compare_exactly(flattened, HEALTHY).equal
    uncalled = tuple(v for v in HEALTHY.values if (v.site, v.kind) != ("head", ValueKind.FORWARD))
    found = compare_exactly(replace(HEALTHY, values=uncalled), HEALTHY)
    assert found.equal
    assert not found.whole
    fewer = tuple(v for v in HEALTHY.values if v.kind is not ValueKind.PARAMETER)
    assert not compare_exactly(replace(HEALTHY, values=fewer), HEALTHY).equal


def test_a_last_update_that_differs_is_seen_although_no_value_follows_it() -> None:
    values = tuple(
        replace(v, update=0.25) if v.site == "head.weight" else v for v in HEALTHY.values
    )
    assert not compare_exactly(replace(HEALTHY, values=values), HEALTHY).equal


# --- facts ---------------------------------------------------------------------------------------


def test_steps_metrics_and_data_are_facts_that_no_fix_changes() -> None:
    assert "no steps" in facts_differ(replace(HEALTHY, steps=0), HEALTHY)
    assert "accuracy" in facts_differ(replace(HEALTHY, metrics={"loss": 1.0}), HEALTHY)
    assert not facts_differ(replace(HEALTHY, metrics={"accuracy": 1.0, "more": 1.0}), HEALTHY)
    other = tuple(replace(v, digest="x") if v.digest == "rows" else v for v in HEALTHY.values)
    assert data_differ(replace(HEALTHY, values=other), HEALTHY)
    assert not data_differ(HEALTHY, HEALTHY)
    frozen = tuple(replace(v, update=0.0) if v.site == "head.bias" else v for v in HEALTHY.values)
    assert moved(HEALTHY) - moved(replace(HEALTHY, values=frozen)) == 3


def test_a_mode_for_debugging_counts_only_where_the_healthy_program_has_none() -> None:
    eager, anomaly = (
        replace(HEALTHY, settings=(Setting(site="training", name="debug_mode", value=name),))
        for name in ("run_eagerly", "detect_anomaly")
    )
    assert "`run_eagerly`" in facts_differ(eager, HEALTHY)
    assert not facts_differ(eager, anomaly)
    assert not facts_differ(HEALTHY, eager)


@pytest.mark.parametrize(("other", "close"), [(0.5 + 1e-7, True), (0.51, False), (None, False)])
def test_metrics_are_close_but_for_rounding(other: float | None, close: bool) -> None:  # noqa: FBT001
    assert close_metrics(replace(HEALTHY, metrics={"accuracy": other}), HEALTHY) is close


# --- initial weights -----------------------------------------------------------------------------


def weights(count: int, deviation: float, *, mean: float = 0.0, widest: float = 3.0) -> Record:
    return record(
        value("layer"),
        value(
            "layer.weight",
            ValueKind.PARAMETER,
            shape=(count,),
            mean=mean,
            standard_deviation=deviation,
            minimum=-widest * deviation,
            maximum=widest * deviation,
        ),
    )


def test_weights_of_another_spread_or_form_are_drawn_otherwise() -> None:
    healthy = weights(10_000, 0.1)
    assert not initial_weights_differ(weights(10_000, 0.101), healthy)
    assert initial_weights_differ(weights(10_000, 0.12), healthy) == "layer.weight"
    assert initial_weights_differ(weights(10_000, 0.1, mean=0.02), healthy)
    assert initial_weights_differ(weights(10_000, 0.1, widest=math.sqrt(3)), healthy)
    assert initial_weights_differ(weights(10_000, 0.0), healthy)


@given(st.lists(st.floats(-1, 1, width=32), min_size=200, max_size=200))
def test_a_draw_is_alike_to_itself(draw: Sequence[float]) -> None:
    mean = sum(draw) / len(draw)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in draw) / len(draw))
    run = weights(200, deviation, mean=mean)
    assert not initial_weights_differ(run, run)


# --- by statistics alone -------------------------------------------------------------------------


def attention(key_bias: float, *, output: float = 1.0, bias_gradient: float = 2e-9) -> Record:
    """Two steps of a model with a parameter whose gradient is rounding, or is not."""
    gradient, parameter = ValueKind.PARAMETER_GRADIENT, ValueKind.PARAMETER
    return record(
        value("key", maximum=output),
        value("key.bias", parameter, minimum=0.0, maximum=0.0),
        value("key.bias", gradient, minimum=-bias_gradient, maximum=bias_gradient),
        value("key.weight", parameter),
        value("key.weight", gradient),
        value("key.bias", parameter, step=1, minimum=-key_bias, maximum=key_bias),
        value("key.weight", parameter, step=1, maximum=1.01),
        steps=2,
    )


def test_a_parameter_that_rounding_alone_moves_may_go_another_way_on_another_machine() -> None:
    assert compare_statistics(attention(0.002), attention(0.001)).equal
    found = compare_statistics(
        attention(0.002, bias_gradient=0.1), attention(0.001, bias_gradient=0.1)
    )
    assert found.difference == "key.bias (parameter) at step 1"


def test_a_normalisation_with_another_epsilon_is_no_rounding() -> None:
    assert compare_statistics(attention(0.001, output=1 + 4e-7), attention(0.001)).equal
    found = compare_statistics(attention(0.001, output=1 + 4e-6), attention(0.001))
    assert found.difference == "key (forward) at step 0"


# --- symptoms ------------------------------------------------------------------------------------


def failed(kind: str, message: str) -> Record:
    failure = Failure(type=kind, bases=(), message=message, text="", frames=(), chain=())
    return record(program=ProgramEnd.RAISED, failure=failure)


def test_a_failure_is_the_same_whatever_its_figures_and_names() -> None:
    broken = failed("ValueError", "size 3 of 'a' is not 4")
    assert is_same_failure(failed("ValueError", "size 5 of 'b' is not 6"), broken)
    assert not is_same_failure(failed("ValueError", "there is no size"), broken)
    assert not is_same_failure(failed("TypeError", "size 3 of 'a' is not 4"), broken)
    late = record(worker=WorkerEnd.TIMEOUT, program=ProgramEnd.UNKNOWN)
    assert is_same_failure(late, late)
    assert not is_same_failure(late, broken)


def test_a_warning_is_fresh_if_the_other_run_does_not_give_it() -> None:
    warning = CapturedWarning(
        category="UserWarning", message="x 1", file="f", line=1, stage=Stage.LOSS, step=0
    )
    own = record(warnings=(warning,))
    assert fresh_warnings(own, HEALTHY) == (warning,)
    assert not fresh_warnings(own, record(warnings=(replace(warning, message="x 2"),)))


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=9))
def test_a_band_holds_its_own_mean(values: list[float]) -> None:
    band = band_of(values)
    assert band.low <= band.mean <= band.high
    assert not band.holds(None)
    assert not band.holds(band.high + 1)


# --- rewrites ------------------------------------------------------------------------------------


SOURCE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 2)  # kept

    def forward(self, rows):
        hidden = self.body(rows).relu()
        return self.head(hidden)


def main(seed=0, size="tiny"):
    left = 1
    right = 2
    return dict(sum=add(left, right))


def add(first, second):
    return first + second
"""


def test_rewrites_keep_comments_and_calls_of_others() -> None:
    found = {each.name: each.source for each in rewrites(SOURCE)}
    assert all("# kept" in source for source in found.values())
    assert "add(first=left, second=right)" in found["keywords for positions"]
    assert "self.head_part(hidden)" in found["attributes renamed"]
    assert "dict(sum=add(left_here, right_here))" in found["locals renamed"]
    assert "    right = 2\n    left = 1\n" in found["statements reordered"]
    order = found["layers made in another order"]
    assert order.index("self.head") < order.index("self.body")
