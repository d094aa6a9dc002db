"""Stage, step and warnings of a run, told from the framework and not from the bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from debugdiff.model import Budget, Instrument, Mode, ProgramEnd, Stack, Stage, WorkerEnd

if TYPE_CHECKING:
    from conftest import Bench

TORCH = """
import torch
from torch import nn
{imports}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 2)
        {init}

    def forward(self, x):
        {forward}
        return self.head(x)

class Twice(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x * 2

    @staticmethod
    def backward(context, gradient):
        return gradient[:1, :1]

def score(model, x):
    model.eval()
    with torch.no_grad():
        return model(x)

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr={rate})
x = torch.ones(8, 4)
for step in range(3):
    optimizer.zero_grad()
    logits = model(x)
    loss = nn.functional.mse_loss(logits, torch.zeros(8, 2))
    {loss}
    loss.backward()
    optimizer.step()
    {loop}
{after}
"""
NOTHING = {
    "imports": "",
    "init": "pass",
    "forward": "pass",
    "rate": "0.1",
    "loss": "pass",
    "loop": "pass",
    "after": "pass",
}
KERAS = """
import keras
import numpy as np
from keras import layers
{imports}

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(2)
        {init}

    def call(self, x, training=False):
        {call}
        return self.head(x)

def symbolic():
    inputs = keras.Input((4,))
    {symbolic}
    return keras.Model(inputs, layers.Dense(2)(inputs))

def error(labels, outputs):
    return keras.ops.mean(keras.ops.square(labels - outputs){loss})

symbolic()
model = Net()
model.compile(optimizer={optimizer}, loss=error)
x, y = np.ones((12, 4), "float32"), np.zeros((12, 2), "float32")
model.fit(x, y, batch_size=4, epochs=2, verbose=0{fit})
model.evaluate(x, y, batch_size=4, verbose=0)
{after}
"""
NOTHING_IN_KERAS = {
    "imports": "",
    "init": "pass",
    "call": "pass",
    "symbolic": "pass",
    "loss": "",
    "optimizer": "'sgd'",
    "fit": "",
    "after": "pass",
}


@pytest.mark.parametrize(
    ("change", "stage", "step"),
    [
        ({"imports": "import nothing_of_that_name"}, Stage.IMPORT, 0),
        ({"init": "self.tail = nn.Linear(2)"}, Stage.BUILD, 0),
        ({"init": "self.tail = 1 / 0"}, Stage.BUILD, 0),
        ({"rate": "-1"}, Stage.COMPILE, 0),
        ({"forward": "x = x @ x"}, Stage.FORWARD, 0),
        ({"forward": "x = missing"}, Stage.FORWARD, 0),
        ({"loss": "nn.CrossEntropyLoss()(logits, torch.full((8,), 5))"}, Stage.LOSS, 0),
        ({"loss": "loss = Twice.apply(x.requires_grad_()).sum()"}, Stage.BACKWARD, 0),
        ({"loss": "loss = loss.detach()"}, Stage.BACKWARD, 0),
        ({"loss": "optimizer.param_groups[0]['lr'] = 'fast'"}, Stage.UPDATE, 0),
        ({"loss": "logits.view(3, 3)"}, Stage.TRAINING, 0),
        ({"loop": "1 / (step - 1)"}, Stage.TRAINING, 2),
        ({"after": "score(model, x[:, :3])"}, Stage.EVALUATION, 3),
        ({"after": "{}['accuracy']"}, Stage.EVALUATION, 3),
    ],
)
def test_an_exception_in_pytorch_stands_at_its_stage(
    bench: Bench, change: dict[str, str], stage: Stage, step: int
) -> None:
    record = bench.run(TORCH.format(**{**NOTHING, **change}))
    assert record.program is ProgramEnd.RAISED
    assert record.failure is not None
    assert (record.stage, record.step) == (stage, step), record.failure.text


@pytest.mark.parametrize("stack", [Stack.KERAS_TENSORFLOW, Stack.KERAS_TORCH])
@pytest.mark.parametrize(
    ("change", "stage", "step"),
    [
        ({"imports": "import nothing_of_that_name"}, Stage.IMPORT, 0),
        ({"init": "self.tail = layers.Dense('many')"}, Stage.BUILD, 0),
        ({"symbolic": "layers.Reshape((3,))(inputs)"}, Stage.BUILD, 0),
        ({"optimizer": "'sdg'"}, Stage.COMPILE, 0),
        ({"call": "x = keras.ops.reshape(x, (3, 3))"}, Stage.FORWARD, 0),
        ({"call": "x = missing"}, Stage.FORWARD, 0),
        ({"loss": " @ keras.ops.ones((3, 3))"}, Stage.LOSS, 0),
        ({"fit": ", validation_data=(x[:, :3], y)"}, Stage.EVALUATION, 3),
        (
            {"fit": ", callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: 1 / 0)]"},
            Stage.TRAINING,
            3,
        ),
        ({"after": "model.predict(x[:, :3], verbose=0)"}, Stage.EVALUATION, 6),
        ({"after": "{}['accuracy']"}, Stage.EVALUATION, 6),
    ],
)
def test_an_exception_in_keras_stands_at_its_stage(
    bench: Bench, change: dict[str, str], stage: Stage, step: int, stack: Stack
) -> None:
    record = bench.run(KERAS.format(**{**NOTHING_IN_KERAS, **change}), stack=stack)
    assert record.program is ProgramEnd.RAISED
    assert record.failure is not None
    assert (record.stage, record.step) == (stage, step), record.failure.text
    if record.step == 3:
        assert record.steps == 3


@pytest.mark.parametrize(
    ("operation", "stage"),
    [
        ("tf.gather(self.head(x), [100])", Stage.FORWARD),
        ("bad_gradient(self.head(x))", Stage.BACKWARD),
    ],
)
def test_an_operation_that_fails_in_a_graph_stands_where_it_was_defined(
    bench: Bench, operation: str, stage: Stage
) -> None:
    imports = """
import tensorflow as tf

@tf.custom_gradient
def bad_gradient(x):
    return tf.identity(x), lambda gradient: gradient + tf.gather(gradient, [100])
"""
    change = {"imports": imports, "call": f"return {operation}"}
    record = bench.run(KERAS.format(**{**NOTHING_IN_KERAS, **change}), stack=Stack.KERAS_TENSORFLOW)
    assert record.failure is not None
    assert (record.stage, record.step) == (stage, 0), record.failure.text


@pytest.mark.parametrize("stack", list(Stack)[:3])
def test_a_run_without_fault_is_done_and_knows_its_steps(bench: Bench, stack: Stack) -> None:
    source = TORCH if stack is Stack.PYTORCH else KERAS
    nothing = NOTHING if stack is Stack.PYTORCH else NOTHING_IN_KERAS
    record = bench.run(source.format(**nothing), stack=stack)
    assert (record.worker, record.program) == (WorkerEnd.FINISHED, ProgramEnd.OK)
    assert (record.stage, record.steps) == (
        Stage.DONE,
        3 if stack is Stack.PYTORCH else 6,
    )
    assert record.warnings == ()
    assert record.stderr == ""
    assert record.failure is None


def test_a_loop_of_ones_own_in_keras_counts_its_steps(bench: Bench) -> None:
    record = bench.run(
        """
        import keras
        import tensorflow as tf

        def train(steps):
            weight = keras.Variable(2.0)
            optimizer = keras.optimizers.SGD()

            @tf.function
            def step():
                with tf.GradientTape() as tape:
                    loss = weight * weight
                optimizer.apply([tape.gradient(loss, weight.value)], [weight])

            for _ in range(steps):
                step()

        train(5)
        train(2)
        """,
        stack=Stack.KERAS_TENSORFLOW,
    )
    assert (record.program, record.steps) == (ProgramEnd.OK, 7)


def test_a_timeout_knows_stage_and_step(bench: Bench) -> None:
    change = {"loop": "while step == 1: pass"}
    record = bench.run(TORCH.format(**{**NOTHING, **change}), budget=Budget(seconds=2))
    assert (record.worker, record.stage, record.step) == (
        WorkerEnd.TIMEOUT,
        Stage.TRAINING,
        2,
    )


def test_a_timeout_in_fit_knows_stage_and_step(bench: Bench) -> None:
    source = """
    import itertools
    import keras
    import numpy as np

    class Slow(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 2:
                sum(itertools.repeat(0))

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((12, 2)), np.ones(12), batch_size=4, verbose=0, callbacks=[Slow()])
    """
    record = bench.run(source, stack=Stack.KERAS_TENSORFLOW, budget=Budget(seconds=6))
    assert (record.worker, record.stage) == (WorkerEnd.TIMEOUT, Stage.TRAINING)
    assert record.stuck[-1].function == "on_train_batch_begin"
    assert record.step == 2


def test_warnings_come_with_stage_and_step_and_only_once(bench: Bench) -> None:
    change = {"loss": "nn.functional.mse_loss(logits[:, :1], torch.zeros(8)) if step else None"}
    record = bench.run(TORCH.format(**{**NOTHING, **change}))
    assert len(record.warnings) == 1
    warning = record.warnings[0]
    assert (warning.category, warning.stage, warning.step) == ("UserWarning", Stage.LOSS, 1)
    assert warning.file == str(bench.folder / "program.py")
    assert "broadcasting" in warning.message
    assert "UserWarning" in record.stderr


def test_what_python_would_not_show_is_not_a_warning(bench: Bench) -> None:
    record = bench.run(
        """
        import helper
        import warnings
        with warnings.catch_warnings(record=True):
            warnings.warn("caught")
        warnings.warn("shown", DeprecationWarning)
        """,
        files={"helper.py": "import warnings; warnings.warn('hidden', DeprecationWarning)"},
    )
    assert [each.message for each in record.warnings] == ["shown"]


def test_a_warning_that_changes_every_time_does_not_fill_the_record(bench: Bench) -> None:
    record = bench.run(
        "import warnings\nfor n in range(5000): warnings.warn(f'number {n}')",
    )
    assert len(record.warnings) == 100


def test_what_tensorflow_logs_as_a_warning_is_one(bench: Bench) -> None:
    record = bench.run(
        "import tensorflow as tf, absl.logging\n"
        "tf.get_logger().warning('about %s', 'tensors')\nabsl.logging.warning('hm')\n",
        stack=Stack.KERAS_TENSORFLOW,
    )
    assert [(each.category, each.message) for each in record.warnings] == [
        ("tensorflow.WARNING", "about tensors"),
        ("absl.WARNING", "hm"),
    ]


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("    optimizer.step()", 0),
        ("        return self.head(x)", 0),
        ("y = 1", 3),
        ("    y = 2", None),
    ],
)
def test_the_first_run_of_a_watched_line_is_known_under_layers(
    bench: Bench, line: str, step: int | None
) -> None:
    source = TORCH.format(**{**NOTHING, "after": "y = 1\nif not y:\n    y = 2"})
    watch = (source.splitlines().index(line) + 1,)
    watched = bench.run(source, instrument=Instrument.LAYERS, watch=watch)
    assert watched.watched_step == step
    assert bench.run(source, watch=watch).watched_step is None


def test_a_watched_line_that_autograph_copies_is_known_too(bench: Bench) -> None:
    source = KERAS.format(**{**NOTHING_IN_KERAS, "call": "x = x + 1"})
    line = source.splitlines().index("        x = x + 1") + 1
    record = bench.run(
        source, stack=Stack.KERAS_TENSORFLOW, instrument=Instrument.LAYERS, watch=(line,)
    )
    assert (record.program, record.watched_step) == (ProgramEnd.OK, 0)


EAGER = """
import tensorflow as tf

@tf.function
def where(x):
    print(tf.executing_eagerly())
    return x

where(tf.ones(2))
"""
NAN = """
import tensorflow as tf
@tf.function
def broken(x):
    return tf.math.log(x)
broken(tf.constant([-1.0]))
"""


def test_eager_runs_functions_eagerly(bench: Bench) -> None:
    stack = Stack.KERAS_TENSORFLOW
    assert bench.run(EAGER, stack=stack).stdout == "False\n"
    assert bench.run(EAGER, stack=stack, mode=Mode.EAGER).stdout == "True\n"


def test_check_numerics_raises_at_the_first_nan(bench: Bench) -> None:
    stack = Stack.KERAS_TENSORFLOW
    assert bench.run(NAN, stack=stack).program is ProgramEnd.OK
    record = bench.run(NAN, stack=stack, mode=Mode.CHECK_NUMERICS)
    assert record.failure is not None
    assert "Log" in record.failure.message


def test_anomaly_says_which_forward_call_made_the_nan(bench: Bench) -> None:
    source = """
    import torch
    x = torch.zeros(1, requires_grad=True)
    (x / x).sqrt().sum().backward()
    """
    assert bench.run(source).program is ProgramEnd.OK
    record = bench.run(source, mode=Mode.ANOMALY)
    assert record.failure is not None
    assert "nan" in record.failure.message
    assert any("sqrt" in warning.message for warning in record.warnings)


def test_compiled_compiles_the_model_and_nothing_else(bench: Bench) -> None:
    count = "from torch._dynamo.utils import counters; print(dict(counters['stats']))"
    source = TORCH.format(**{**NOTHING, "after": count})
    assert bench.run(source).stdout == "{}\n"
    record = bench.run(source, mode=Mode.COMPILED, budget=Budget(seconds=120))
    assert record.program is ProgramEnd.OK, record.failure
    assert "'unique_graphs': 1" in record.stdout
