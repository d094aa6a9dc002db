"""Layer probes on Keras: values inside the graph, on both back ends, and an unchanged program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from probing import run, run_well, sites_of, values_of

from debugdiff.model import Instrument, Mode, ProgramEnd, Stack, ValueKind

if TYPE_CHECKING:
    from probing import Run

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record

SEQUENTIAL = """
import keras
import numpy as np
from keras import layers


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        layers.Embedding(30, 4),
        layers.GRU(6),
        layers.Dropout(0.2),
        layers.Dense(2),
    ])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    generator = np.random.default_rng(seed)
    tokens, labels = generator.integers(0, 30, (24, 5)), generator.integers(0, 2, 24)
    history = model.fit(tokens, labels, batch_size=8, epochs=2, verbose=0)
    final = model.evaluate(tokens, labels, batch_size=24, verbose=0)
    return {
        "train": history.history["loss"][-1],
        "loss": final,
        "weights": fingerprint(model.get_weights()),
    }
"""

FUNCTIONAL = """
import keras
import numpy as np
from keras import layers, ops


def encoder():
    inputs = keras.Input((5,), dtype="int32")
    hidden = layers.Embedding(30, 4, name="words")(inputs)
    return keras.Model(inputs, layers.GlobalAveragePooling1D(name="mean")(hidden), name="encoder")


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    left, right = keras.Input((5,), dtype="int32"), keras.Input((5,), dtype="int32")
    shared = encoder()
    both = ops.concatenate([shared(left), shared(right)], axis=-1)
    model = keras.Model([left, right], layers.Dense(1, name="head")(both))
    at_once = 2 if keras.backend.backend() == "tensorflow" else 1
    model.compile(optimizer="sgd", loss="mse", steps_per_execution=at_once)
    generator = np.random.default_rng(seed)
    data = [generator.integers(0, 30, (32, 5)) for _ in range(2)]
    model.fit(data, np.ones((32, 1)), batch_size=8, verbose=0)
    return {"weights": fingerprint(model.get_weights())}
"""

TEMPERATURE = """
import keras
import numpy as np
from keras import layers, ops


def own_column(_, similarities):
    own = ops.arange(ops.shape(similarities)[0])
    return keras.losses.sparse_categorical_crossentropy(own, similarities, from_logits=True)


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    asked = keras.Input((16,))
    encoded = layers.UnitNormalization()(layers.Dense(16)(asked))
    model = keras.Model(asked, ops.matmul(encoded, ops.transpose(encoded)) / 0.1)
    model.compile(optimizer="adam", loss=own_column)
    rows = np.random.default_rng(seed).normal(size=(22, 16)).astype("float32")
    model.fit(rows, rows, batch_size=8, epochs=8, verbose=0)
    return {"weights": fingerprint(model.get_weights())}
"""

CUSTOM = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


class Attention(layers.Layer):
    def __init__(self):
        super().__init__(name="attention")
        self.query = layers.Dense(4, name="query")

    def call(self, hidden):
        scores = ops.softmax(ops.matmul(self.query(hidden), ops.transpose(hidden, (0, 2, 1))))
        return ops.matmul(scores, hidden), scores


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.words = layers.Embedding(30, 4, name="words")
        self.attention = Attention()
        self.each = layers.TimeDistributed(layers.Dense(3, name="inner"), name="each")
        self.head = layers.Dense(1, name="head")

    def encode(self, tokens):
        context, _ = self.attention(self.words(tokens))
        return self.each(context)

    def call(self, tokens):
        return self.head(ops.mean(self.encode(tokens), axis=1))

    def train_step(self, data):
        tokens, targets = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=targets, y_pred=self(tokens))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"own_loss": loss}


def make_data(seed):
    keras.utils.set_random_seed(seed)
    return np.random.default_rng(seed).integers(0, 30, (24, 5)), np.ones((24, 1), "float32")
"""

TRAIN_STEP = (
    CUSTOM
    + """

def main(seed=0, size="small"):
    tokens, targets = make_data(seed)
    model = Model()
    model.compile(optimizer="adam", loss="mse")
    history = model.fit(tokens, targets, batch_size=8, verbose=0)
    return {"loss": history.history["own_loss"][-1], "weights": fingerprint(model.get_weights())}
"""
)

LOOP = (
    CUSTOM
    + """

def main(seed=0, size="small"):
    tokens, targets = make_data(seed)
    model, optimizer = Model(), keras.optimizers.Adam()

    @tf.function
    def train_on(batch, wanted):
        with tf.GradientTape() as tape:
            hidden = model.encode(batch)
            loss = ops.mean((model.head(ops.mean(hidden, axis=1)) - wanted) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    model(tokens[:8])
    for start in range(0, 24, 8):
        loss = train_on(tokens[start : start + 8], targets[start : start + 8])
    return {"loss": float(loss), "weights": fingerprint(model.get_weights())}
"""
)


@pytest.fixture(scope="module")
def keras_run(pool: Pool) -> Run:
    def start(source: str, *, stack: Stack = Stack.KERAS_TENSORFLOW, **options: Any) -> Record:
        return run_well(pool, source, stack=stack, **options)

    return start


@pytest.fixture(scope="module")
def sequential(keras_run: Run) -> Record:
    return keras_run(SEQUENTIAL)


def test_a_sequential_model_in_graph_mode_stays_bitwise_the_same(
    keras_run: Run, sequential: Record
) -> None:
    plain = keras_run(SEQUENTIAL, instrument=Instrument.NONE)
    assert plain.values == ()
    assert sequential.metrics == plain.metrics
    assert sequential.steps == plain.steps == 6


def test_graph_values_carry_the_step_in_which_the_graph_ran(sequential: Record) -> None:
    assert sites_of(sequential, ValueKind.FORWARD) == [
        "embedding",
        "gru",
        "dropout",
        "dense",
        "sequential",
    ]
    forward = values_of(sequential, ValueKind.FORWARD, "dense")
    assert [value.step for value in forward] == [0, 1, 2, 3, 4, 5, 6]
    assert forward[-1].shape == (24, 2)
    assert len({value.digest for value in forward}) == 7


def test_gradients_at_sites_come_from_the_programs_own_tape(sequential: Record) -> None:
    gradients = values_of(sequential, ValueKind.GRADIENT, "gru")
    assert [value.step for value in gradients] == [0, 1, 2, 3, 4, 5]
    assert gradients[0].shape == (8, 6)
    assert all(value.maximum > 0 for value in gradients)


def test_the_loss_is_that_of_each_step_and_not_the_running_mean(sequential: Record) -> None:
    losses = values_of(sequential, ValueKind.LOSS, "loss")
    assert [value.step for value in losses] == [0, 1, 2, 3, 4, 5]
    mean_of_second_epoch = sum(value.mean for value in losses[3:]) / 3
    assert sequential.metrics["train"] == pytest.approx(mean_of_second_epoch, rel=1e-5)


def test_parameters_are_named_by_the_path_of_their_layer(sequential: Record) -> None:
    assert sites_of(sequential, ValueKind.PARAMETER) == [
        "embedding/embeddings",
        "gru/gru_cell/kernel",
        "gru/gru_cell/recurrent_kernel",
        "gru/gru_cell/bias",
        "dense/kernel",
        "dense/bias",
    ]
    embedding = values_of(sequential, ValueKind.PARAMETER_GRADIENT, "embedding/embeddings")
    assert embedding[0].shape == (30, 4)
    assert embedding[0].zeros > 0


@pytest.mark.parametrize("stack", [Stack.KERAS_TENSORFLOW, Stack.KERAS_TORCH])
def test_a_shared_sub_model_counts_its_calls_on_either_back_end(
    keras_run: Run, stack: Stack
) -> None:
    plain = keras_run(FUNCTIONAL, stack=stack, instrument=Instrument.NONE)
    probed = keras_run(FUNCTIONAL, stack=stack)
    assert probed.metrics == plain.metrics
    assert probed.steps == 4
    forward = values_of(probed, ValueKind.FORWARD, "encoder/words")
    expected = [(step, call) for step in range(4) for call in range(2)]
    assert [(value.step, value.call) for value in forward] == expected
    gradients = values_of(probed, ValueKind.GRADIENT, "encoder/words")
    assert sorted((value.step, value.call) for value in gradients) == expected
    assert {"encoder", "concatenate", "head"} <= set(sites_of(probed, ValueKind.FORWARD))
    assert [value.step for value in values_of(probed, ValueKind.LOSS)] == [0, 1, 2, 3]


@pytest.mark.parametrize("source", [TRAIN_STEP, LOOP], ids=["train_step", "loop"])
def test_own_training_code_is_read_and_stays_the_same(keras_run: Run, source: str) -> None:
    plain = keras_run(source, instrument=Instrument.NONE)
    probed = keras_run(source)
    assert probed.metrics == plain.metrics
    sites = sites_of(probed, ValueKind.FORWARD)
    assert {"words", "attention/query", "attention[0]", "attention[1]", "each", "head"} <= set(
        sites
    )
    assert "each/inner" not in sites
    losses = values_of(probed, ValueKind.LOSS)
    assert [value.step for value in losses] == [0, 1, 2]
    assert losses[-1].mean == pytest.approx(probed.metrics["loss"])
    assert [value.step for value in values_of(probed, ValueKind.GRADIENT, "each")] == [0, 1, 2]


def test_a_reader_does_not_keep_the_graph_optimizer_from_merging_operations(
    keras_run: Run,
) -> None:
    plain = keras_run(TEMPERATURE, instrument=Instrument.NONE)
    assert keras_run(TEMPERATURE).metrics == plain.metrics


def test_eager_mode_is_read_without_a_graph(keras_run: Run) -> None:
    plain = keras_run(TRAIN_STEP, mode=Mode.EAGER, instrument=Instrument.NONE)
    probed = keras_run(TRAIN_STEP, mode=Mode.EAGER)
    assert probed.metrics == plain.metrics
    assert [value.step for value in values_of(probed, ValueKind.LOSS)] == [0, 1, 2]
    assert [value.step for value in values_of(probed, ValueKind.GRADIENT, "head")] == [0, 1, 2]
    assert debug_modes(probed) == ["run_functions_eagerly"]


def debug_modes(record: Record) -> list[float | str]:
    return [each.value for each in record.settings if each.name == "debug_mode"]


@pytest.mark.parametrize(
    ("stack", "mode", "name"),
    [
        (Stack.KERAS_TENSORFLOW, Mode.CHECK_NUMERICS, "enable_check_numerics"),
        (Stack.KERAS_TORCH, Mode.ANOMALY, "detect_anomaly"),
    ],
)
def test_a_mode_for_debugging_is_a_setting_of_training(
    pool: Pool, stack: Stack, mode: Mode, name: str
) -> None:
    record = run_well(pool, SEQUENTIAL, stack=stack, mode=mode)
    assert debug_modes(record) == [name]


def test_what_cannot_hold_a_python_operation_is_left_alone(keras_run: Run) -> None:
    record = keras_run("""
        import keras
        import tensorflow as tf


        def main(seed=0, size="small"):
            keras.utils.set_random_seed(seed)
            layer = keras.layers.Dense(2)
            rows = tf.ones((3, 4))
            mapped = tf.vectorized_map(lambda row: layer(row[None])[0], rows)
            with tf.GradientTape() as tape:
                tape.watch(rows)
                squares = layer(rows) ** 2
            jacobian = tape.jacobian(squares, rows)
            compiled = tf.function(lambda batch: layer(batch), jit_compile=True)(rows)
            optimizer = keras.optimizers.SGD()
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(rows))
            optimizer.apply(tape.gradient(loss, layer.trainable_weights), layer.trainable_weights)
            layer(rows)
            return {"sum": float(tf.reduce_sum(mapped) + tf.reduce_sum(jacobian)),
                    "compiled": float(tf.reduce_sum(compiled))}
        """)
    assert [value.step for value in values_of(record, ValueKind.FORWARD, "dense")] == [0, 0, 1]


def test_a_compiled_function_that_is_never_called_hides_no_value(pool: Pool) -> None:
    """Keras makes one whenever a convolution is called, and uses it for grouped ones alone."""
    convolution = FUNCTIONAL.replace("(hidden)", '(layers.Conv1D(4, 2, name="pairs")(hidden))')
    record = run(pool, convolution, stack=Stack.KERAS_TENSORFLOW)
    assert record.note == ""
    assert values_of(record, ValueKind.FORWARD, "encoder/pairs")


def test_a_failing_program_fails_alike_and_its_earlier_values_are_kept(pool: Pool) -> None:
    broken = SEQUENTIAL.replace("(0, 2, 24)", "(2, 4, 24)")
    plain, probed = (
        run(pool, broken, stack=Stack.KERAS_TENSORFLOW, instrument=instrument)
        for instrument in (Instrument.NONE, Instrument.LAYERS)
    )
    assert plain.program is probed.program is ProgramEnd.RAISED
    assert plain.failure.type == probed.failure.type
    assert plain.step == probed.step == 0
    assert "gru" in sites_of(probed, ValueKind.FORWARD)
