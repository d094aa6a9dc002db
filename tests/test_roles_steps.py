"""Roles of a step of training and of evaluation, in the ways in which people write them."""

from __future__ import annotations

from textwrap import dedent

from debugdiff.source.program import Program
from debugdiff.source.roles import Missing, Roles

TRAINER = """
import torch
from torch import nn
from tqdm import tqdm


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4)])
        self.hidden = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, rows):
        return self.head(torch.relu(self.hidden(rows)))


def loss_of(model, rows, labels):
    return nn.functional.cross_entropy(model(rows), labels)


def step(model, optimizer, rows, labels):
    optimizer.zero_grad()
    loss = loss_of(model, rows, labels)
    loss.backward()
    optimizer.step()


def validate(model, loader):
    model.eval()
    return sum((torch.max(model(rows), 1)[1] == labels).sum() for rows, labels in loader)


net = Net()
optimizer = torch.optim.Adam(net.parameters())
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(xs, ys), batch_size=8)
for epoch in tqdm(range(1, EPOCHS + 1)):
    for rows, labels in loader:
        step(net, optimizer, rows, labels)
    print(validate(net, loader))
"""

TAPE = """
import keras
import tensorflow as tf

inputs = keras.Input((4,))
dropped = keras.layers.Dropout(0.1)(keras.layers.Dense(8)(inputs))
model = keras.Model(inputs, keras.layers.Dense(2)(dropped))
optimizer = keras.optimizers.Adam()
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
batches = tf.data.Dataset.from_tensor_slices((xs, ys)).shuffle(100).batch(8).prefetch(1)
for rows, labels in batches:
    with tf.GradientTape() as tape:
        logits = model(rows, training=True)
        loss = loss_function(labels, logits)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
print((tf.argmax(model(test_rows), axis=1) == test_labels).numpy().mean())
"""

FIT = """
import keras
from keras import layers

model = keras.Sequential([layers.Dropout(0.1), layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit({"rows": rows, "lengths": lengths}, labels)
print(model.evaluate(rows, labels))
"""


def places(source: str, role: str) -> list[str]:
    """The first lines of the places of a role."""
    program = Program.of({"main.py": dedent(source)}, "main.py")
    return [place.text.splitlines()[0] for place in Roles(program).places(role)]


def reason(source: str, role: str) -> str:
    """Why a program does not have a role."""
    answer = Roles(Program.of({"main.py": dedent(source)}, "main.py")).find(role)
    assert isinstance(answer, Missing), answer
    return answer.reason


def test_a_step_in_a_function_of_its_own_is_found_from_the_loop_that_calls_it() -> None:
    assert places(TRAINER, "step-block") == ["def step(model, optimizer, rows, labels):"]
    assert places(TRAINER, "outer-loop") == ["for rows, labels in loader:"]
    assert places(TRAINER, "loss-value") == ["loss"]
    assert reason(TRAINER, "training-loop").startswith("no loop goes around")


def test_a_step_in_a_loop_has_the_loop_and_no_outer_one() -> None:
    assert places(TAPE, "step-block") == places(TAPE, "training-loop")
    assert places(TAPE, "step-block") == ["for rows, labels in batches:"]
    assert reason(TAPE, "outer-loop").startswith("no loop of this program calls")


def test_epochs_counted_from_one_end_with_one_more() -> None:
    assert places(TRAINER, "epoch-range") == ["range(1, EPOCHS + 1)"]
    assert places(TRAINER, "last-epoch") == ["EPOCHS + 1"]
    assert places(TRAINER.replace("1, EPOCHS + 1", "2 * EPOCHS"), "last-epoch") == []


def test_calls_of_the_model_are_told_apart_by_whether_a_step_makes_them() -> None:
    assert places(TRAINER, "training-pass") == ["model(rows)"]
    assert places(TRAINER, "trained-model") == ["model"]
    assert places(TRAINER, "evaluation-pass") == ["model(rows)"]
    passes = [places(TAPE, role) for role in ("training-pass", "evaluation-pass")]
    assert passes == [["model(rows, training=True)"], ["model(test_rows)"]]


def test_under_fit_no_line_applies_the_model_but_evaluate_does() -> None:
    assert places(FIT, "training-pass") == places(FIT, "evaluation-pass") == []
    assert places(FIT, "evaluation-call") == ["model.evaluate(rows, labels)"]


def test_what_the_head_takes_is_found_through_variables_and_not_in_a_container() -> None:
    assert places(TRAINER, "features") == ["torch.relu(self.hidden(rows))"]
    assert places(TAPE, "features") == ["dropped"]
    assert reason(FIT, "features").startswith("a container applies the output layer")


def test_the_number_of_examples_is_that_of_the_first_array() -> None:
    assert [places(source, "examples") for source in (TRAINER, TAPE, FIT)] == [
        ["xs"],
        ["xs"],
        ["rows"],
    ]
    named = TRAINER.replace("DataLoader(torch.utils.data.TensorDataset(xs, ys)", "DataLoader(data")
    assert places(named, "examples") == ["data"]


def test_the_batch_of_a_pipeline_is_found_inside_its_chain() -> None:
    assert places(TAPE, "batching") == [
        "tf.data.Dataset.from_tensor_slices((xs, ys)).shuffle(100).batch(8)"
    ]
    assert reason(FIT, "batching").startswith("no pipeline")


def test_the_axis_of_the_classes_is_that_of_every_spelling_of_argmax() -> None:
    assert places(TRAINER, "class-axis") == ["1"]
    assert places(TAPE, "class-axis") == ["1"]
    for spelling in ("scores.argmax(dim=-1)", "scores.argmax(1)", "scores.max(1).indices"):
        assert places(f"import torch\npredicted = {spelling}", "class-axis") in (["1"], ["-1"])
    assert places("import torch\nworst, which = torch.max(scores, 1)", "class-axis") == ["1"]
    assert places("import torch\nworst = scores.max(1)", "class-axis") == []
    assert places("import numpy as np\nbest = scores.argmax(axis=1)", "class-axis") == []
    assert places("import torch\nfirst = (words == END).argmax(axis=1)", "class-axis") == []
    assert places("import torch\nbest = scores.argmax(axis=axis)", "class-axis") == []


def test_layers_in_containers_have_no_call_and_no_attribute_of_their_own() -> None:
    assert places(TRAINER, "layer-list") == ["nn.ModuleList([nn.Linear(4, 4)])"]
    assert places(TRAINER, "hidden-attribute") == ["nn.Linear(4, 4)"]
    assert places(TAPE, "dropout-pass") == [
        "keras.layers.Dropout(0.1)(keras.layers.Dense(8)(inputs))"
    ]
    assert places(FIT, "dropout-pass") == []


def test_the_mode_that_a_method_hands_on_is_its_parameter() -> None:
    source = """
        import keras

        class Net(keras.Model):
            def call(self, rows, training=None):
                return self.head(self.dropout(rows, training=training))

            def sample(self, rows):
                return self.dropout(rows, training=True)
    """
    assert places(source, "mode-argument") == ["training"]


def test_a_tape_is_the_block_around_the_pass_of_the_model() -> None:
    assert places(TAPE, "tape") == ["with tf.GradientTape() as tape:"]
    assert reason(TRAINER, "tape").startswith("no gradient tape")


def test_arrays_that_a_function_returns_together_are_not_one_array() -> None:
    made = "def sample(rows):\n    return xs, ys\n\n\nbatches = "
    together = TAPE.replace("batches = ", made).replace("slices((xs, ys))", "slices(sample(9))")
    assert places(TAPE, "training-inputs") == ["xs"]
    assert places(together, "training-inputs") == []
    assert places(together.replace("xs, ys\n", "xs\n"), "training-inputs") == ["sample(9)"]


def test_a_batch_that_a_step_is_called_with_is_no_array_of_all_rows() -> None:
    step = """
    @tf.function
    def step(rows, labels):
        with tf.GradientTape() as tape:
            loss = loss_function(labels, model(rows))
        return tape.gradient(loss, model.trainable_variables)


    """
    head, _, _ = TAPE.partition("batches = ")
    source = f"{head}{dedent(step)}"
    assert places(f"{source}for xs, ys in batches:\n    step(xs, ys)\n", "training-inputs") == []
    assert places(f"{source}xs = tf.ones((9, 4))\nstep(xs, ys)\n", "training-inputs") == ["xs"]


def test_a_list_is_no_array_of_rows() -> None:
    """It has no shape and no dtype, whatever stands in it."""
    for rows in ("list(xs)", "[x for x in xs]"):
        source = TAPE.replace("slices((xs, ys))", f"slices(({rows}, ys))")
        assert places(source, "training-arrays") == [rows, "ys"]
        assert reason(source, "training-inputs") == (
            "this program hands training a list or a dictionary, not an array"
        )
        assert places(source, "training-labels") == ["ys"]


READERS = """
import torch
from torch import nn

gru, lstm, more = nn.GRU(4, 4), nn.LSTM(4, 4), nn.GRU(4, 4)
cell = nn.GRUCell(4, 4)
outputs, (state, _) = lstm(words)
states, final = gru(words, torch.zeros(1, 2, 4))
later, last = more(outputs, state)
step = cell(words[0])
both = torch.cat([state[-1], final[-1], words[-1], outputs[-1]], dim=-1)
ends = later[:, -1] + outputs[:, -1, :] + words[:, -1] + later[:, -1, 0]
"""


def test_recurrent_layers_begin_without_a_state_and_hand_on_their_last() -> None:

    assert places(READERS, "recurrent-pass") == ["lstm(words)"]
    assert places(READERS, "recurrent-without-state") == ["nn.LSTM(4, 4)"]
    assert places(READERS, "last-state") == ["state[-1]", "final[-1]"]
    assert places(READERS, "recurrent-results") == ["outputs, (state, _)", "states, final"]
    assert places(READERS, "last-step") == ["later[:, -1]", "outputs[:, -1, :]"]


EVALUATED = """
import keras
import numpy as np

model = keras.Sequential([keras.layers.Dense(2)])
measured = keras.metrics.SparseCategoricalAccuracy()
measured(labels, model.predict(rows))
print(model.evaluate(x=rows, y=labels[1:]), len(labels))
print((np.argmax(model.predict(rows), axis=1) == others).mean(), np.argmax(rows) > 1)
"""


def test_what_an_evaluation_compares_with_labels() -> None:

    assert places(EVALUATED, "evaluation-labels") == ["labels[1:]", "labels"]
    assert places(EVALUATED, "compared-classes") == ["np.argmax(model.predict(rows), axis=1)"]


HANDED = """
import torch
from torch import nn

model = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def test(texts, lengths):
    words, sizes = torch.from_numpy(texts), torch.from_numpy(lengths)
    return model((words, sizes))


def ask(text):
    return model(text)
"""


def test_inputs_of_an_evaluation_are_found_where_they_are_made() -> None:
    assert places(HANDED, "evaluation-inputs") == ["torch.from_numpy(texts)", "text"]


TWINS = """
from keras import layers

first = layers.Dense(4, name="mean")(states)
second = layers.Dense(4, name="deviation")(states)
other = layers.Dense(5)(states)


def block(states):
    return layers.Dense(4)(states)
"""


def test_layers_made_alike_in_one_function_are_twins_whatever_their_names() -> None:
    assert places(TWINS, "first-inline-twin") == ['layers.Dense(4, name="mean")']
    assert places(TWINS, "inline-twin") == ['layers.Dense(4, name="deviation")']


def test_what_fit_is_given_in_a_list_or_by_a_name() -> None:
    as_list = FIT.replace('{"rows": rows, "lengths": lengths}', "[rows, lengths]")
    assert places(as_list, "input-list") == ["[rows, lengths]"]
    assert places(as_list, "training-inputs") == ["rows", "lengths"]
    named = as_list.replace("model.fit([rows, lengths]", "given = [rows, lengths]\nmodel.fit(given")
    assert "does not show" in reason(named, "training-inputs")


ONE_FUNCTION = """
import torch
from torch import nn


def batches(rows, labels, size):
    for start in range(0, len(rows), size):
        yield rows[start : start + size], labels[start : start + size]


def make_optimizer(net):
    return torch.optim.SGD(net.parameters(), lr=0.1)


def run(net, data, optimizer=None):
    is_training = optimizer is not None
    net.train(is_training)
    for rows, labels in data:
        loss = nn.functional.cross_entropy(net(rows), labels)
        if is_training:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


net = nn.Linear(4, 2)
optimizer = make_optimizer(net)
for epoch in range(3):
    run(net, batches(x_train, y_train, 16), optimizer)
    run(net, batches(x_test, y_test, 64))
"""


def test_one_function_for_training_and_evaluation_has_one_switch_of_the_mode() -> None:
    assert places(ONE_FUNCTION, "mode-switch") == ["net.train(is_training)"]
    assert reason(ONE_FUNCTION.replace("(is_training)", "(True)"), "mode-switch") == (
        "no variable of this program holds the model's mode"
    )


def test_batches_of_the_users_own_have_their_size_and_rows_where_they_are_asked_for() -> None:
    assert places(ONE_FUNCTION, "batch-size") == ["16", "64"]
    assert places(ONE_FUNCTION, "examples") == ["x_train"]
    assert places(ONE_FUNCTION, "row-count") == ["len(rows)"]
    assert places(ONE_FUNCTION, "row-step") == ["size"]


def test_the_size_of_slices_in_a_loop_is_where_it_has_its_name() -> None:
    source = """
    import torch
    size, best = 32, 0.0
    for start in range(0, len(rows), size):
        loss = net(rows[start : start + size]).sum()
        loss.backward()
        optimizer.step()
    """
    assert places(source, "batch-size") == ["32"]
    unnamed = source.replace("size, best = 32, 0.0", "").replace("size", "options.size")
    assert reason(unnamed, "batch-size") == (
        "no expression of this program says how large a batch is"
    )


def test_the_function_that_makes_the_optimizer_is_found_by_what_it_returns() -> None:
    assert places(ONE_FUNCTION, "optimizer-builder") == ["make_optimizer(net)"]
    assert places(ONE_FUNCTION, "stepped-optimizer") == ["optimizer"]
    scaled = ONE_FUNCTION.replace("optimizer.step()", "scaler.step(optimizer)")
    assert reason(scaled, "stepped-optimizer") == (
        "no statement of this program has the optimizer step"
    )


def test_a_pass_of_the_model_is_found_behind_two_methods_of_its_class() -> None:
    source = """
    import torch
    from torch import nn
    class Net(nn.Module):
        def forward(self, rows):
            return self.head(rows)
        def shared_step(self, batch):
            rows, labels = batch
            return nn.functional.cross_entropy(self(rows), labels)
        def training_step(self, batch):
            return self.shared_step(batch)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    for batch in loader:
        loss = net.training_step(batch)
        loss.backward()
        optimizer.step()
    """
    assert places(source, "training-pass") == ["self(rows)"]


def test_a_container_at_the_end_of_a_model_takes_what_layers_made() -> None:
    source = """
    import torch
    from torch import nn
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Linear(4, 4)
            self.head = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
        def forward(self, rows):
            return self.head(self.hidden(rows))
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    nn.functional.cross_entropy(net(rows), labels).backward()
    """
    assert places(source, "features") == ["self.hidden(rows)"]
    alone = source.replace("self.head(self.hidden(rows))", "self.head(rows)")
    assert reason(alone, "features") == (
        "a container applies the output layer, no line of this program"
    )


def test_a_pipeline_behind_a_progress_bar_is_followed_to_its_arrays() -> None:
    source = """
    import tensorflow as tf
    data = tf.data.Dataset.from_tensor_slices((rows, labels)).batch(8)
    for epoch in range(3):
        for index, (x, y) in enumerate(data.take(9)):
            with tf.GradientTape() as tape:
                loss = tf.keras.losses.SparseCategoricalCrossentropy()(y, net(x))
            grads = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(grads, net.trainable_variables))
    """
    assert places(source, "training-inputs") == ["rows"]
    assert places(source, "training-labels") == ["labels"]


def test_the_only_dense_layer_is_not_taken_for_the_last_one() -> None:
    source = """
    import torch
    from torch import nn
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Linear(4, 8)
            self.table = nn.Parameter(torch.rand(8, 2))
        def forward(self, rows):
            return self.hidden(rows) @ self.table
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    nn.functional.cross_entropy(net(rows), labels).backward()
    """
    assert reason(source, "features") == (
        "what the loss is given is made by `self.hidden(rows) @ self.table` in line 10"
    )
    assert places(source.replace(" @ self.table", ""), "features") == ["rows"]
    both = source.replace("@ self.table", "@ self.hidden(rows.flip(0)).T")
    assert places(both, "features") == ["rows", "rows.flip(0)"]
