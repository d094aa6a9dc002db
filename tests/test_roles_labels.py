"""How labels are made and masked: windows, one-hot vectors, masked losses, random orders."""

from __future__ import annotations

from textwrap import dedent

import pytest
from inject_programs import program

from debugdiff.bugs import shipped_bugs
from debugdiff.inject import inject
from debugdiff.model import Framework, Mutant, NotApplicable
from debugdiff.source.program import Program
from debugdiff.source.roles import Missing, Roles

STEP = """
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.gru = nn.GRU(8, 8, batch_first=True)
        self.head = nn.Linear(8, 9)
    def forward(self, tokens):
        states, last = self.gru(self.embedding(tokens))
        return self.head(states)

net = Net()
optimizer = torch.optim.Adam(net.parameters())
"""
DRAWN = (
    STEP
    + """
size = 4
def get_batch(split):
    ids = train_ids if split == "train" else valid_ids
    starts = torch.randint(len(ids) - 8, (size,))
    x = torch.stack([ids[i : i + 8] for i in starts])
    y = torch.stack([ids[i + 1 : i + 9] for i in starts])
    return x, y

for step in range(9):
    x, y = get_batch("train")
    loss = F.cross_entropy(net(x).transpose(1, 2), y)
    loss.backward()
    optimizer.step()
"""
)
ITEMS = (
    STEP
    + """
class Rows(Dataset):
    def __getitem__(self, index):
        ids = self.texts[index]
        return ids[:-1], ids[1:]

for x, y in DataLoader(Rows(), batch_size=8):
    loss = F.cross_entropy(net(x).transpose(1, 2), y)
    loss.backward()
    optimizer.step()
"""
)
MASKED = (
    STEP
    + """
for x, y in batches:
    mask = (y != 0).float()
    losses = F.cross_entropy(net(x).transpose(1, 2), y, reduction="none")
    loss = (losses * mask).sum() / mask.sum().clamp(min=1)
    loss.backward()
    optimizer.step()
"""
)
OWN_LOSS = """
import tensorflow as tf

def masked_loss(y_true, y_pred):
    losses = tf.keras.losses.SparseCategoricalCrossentropy(reduction="none")(y_true, y_pred)
    mask = tf.cast(y_true != 0, losses.dtype)
    losses *= mask
    return tf.reduce_sum(losses) / tf.reduce_sum(mask)

model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="softmax")])
model.compile("adam", masked_loss)
model.fit(words, tags)
"""
ONE_HOT = """
import keras
import numpy as np

classes = np.loadtxt("classes.txt", dtype="int64")
labels = keras.utils.to_categorical(classes)
model = keras.Sequential([keras.layers.Dense(4, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(rows, labels[:80])
"""
PIPELINE = """
import keras
import tensorflow as tf

def with_labels(row, label):
    return row, tf.one_hot(label, 4)

batches = tf.data.Dataset.from_tensor_slices((rows, labels)).map(with_labels).batch(8)
model = keras.Sequential([keras.layers.Dense(4, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
for row, label in batches:
    with tf.GradientTape() as tape:
        loss = keras.losses.categorical_crossentropy(label, model(row))
    gradients = tape.gradient(loss, model.trainable_variables)
"""
ORDERS = (
    STEP
    + """
rng = np.random.default_rng(0)
chosen = rng.permutation(len(rows))[:80]
for epoch in range(3):
    order = rng.permutation(len(rows))
    np.random.shuffle(order)
    for start in range(0, len(order), 8):
        batch = order[start : start + 8]
        loss = F.cross_entropy(net(rows[batch]), labels[batch])
        loss.backward()
        optimizer.step()
"""
)


def roles_of(source: str) -> Roles:
    return Roles(Program.of({"main.py": dedent(source)}, "main.py"))


def places(source: str, role: str) -> list[str]:
    """The first lines of the places of a role."""
    return [place.text.splitlines()[0] for place in roles_of(source).places(role)]


def reason(source: str, role: str) -> str:
    """Why a program does not have a role."""
    answer = roles_of(source).find(role)
    assert isinstance(answer, Missing), answer
    return answer.reason


def test_windows_are_followed_from_the_loss_into_the_function_that_draws_them() -> None:
    assert places(DRAWN, "next-window") == ["ids[i + 1 : i + 9]"]
    assert places(DRAWN, "window") == ["ids[i : i + 8]"]
    assert places(DRAWN, "batch-size") == ["4"]


def test_windows_are_followed_from_a_loader_into_the_items_of_its_data_set() -> None:
    assert places(ITEMS, "next-window") == ["ids[1:]"]
    assert places(ITEMS, "window") == ["ids[:-1]"]


def test_two_windows_at_the_same_place_or_that_no_loss_sees_are_none() -> None:
    same = DRAWN.replace("ids[i + 1 : i + 9]", "ids[i : i + 8]")
    other = ITEMS.replace("ids[:-1], ids[1:]", "self.labels[:-1], ids[1:]")
    unseen = DRAWN.replace("transpose(1, 2), y)", "transpose(1, 2), labels)")
    for source in (same, other, unseen):
        assert reason(source, "next-window").startswith("no line of this program cuts labels")


@pytest.mark.parametrize(
    ("source", "mean", "statement"),
    [
        (MASKED, "(losses * mask).sum() / mask.sum().clamp(min=1)", []),
        (OWN_LOSS, "tf.reduce_sum(losses) / tf.reduce_sum(mask)", ["mask"]),
    ],
)
def test_a_mean_over_masked_losses_is_found(source: str, mean: str, statement: list[str]) -> None:
    assert places(source, "masked-loss") == [mean]
    assert places(source, "masked-losses") == ["losses"]
    assert places(source, "loss-masking") == statement


def test_a_mean_without_a_mask_and_one_that_is_no_loss_are_no_masked_losses() -> None:
    plain = MASKED.replace("(losses * mask).sum() / mask.sum().clamp(min=1)", "losses.mean()")
    states = MASKED.replace("(losses * mask).sum()", "(states * mask).sum()")
    for source in (plain, states):
        assert "leaves the padding out by a mask" in reason(source, "masked-loss")


def test_an_index_by_a_mask_takes_the_padding_out() -> None:
    indexed = MASKED.replace(
        "(losses * mask).sum() / mask.sum().clamp(min=1)", "losses[y != 0].mean()"
    )
    assert places(indexed, "kept-places") == ["losses[y != 0]"]
    rows = indexed.replace("losses[y != 0]", "losses[order]")
    assert reason(rows, "kept-places").startswith("no index by a mask")


def test_one_hot_labels_are_found_behind_slices_and_the_map_of_a_pipeline() -> None:
    assert places(ONE_HOT, "one-hot-labels") == ["keras.utils.to_categorical(classes)"]
    assert places(PIPELINE, "one-hot-labels") == ["tf.one_hot(label, 4)"]


def test_one_hot_inputs_and_those_of_a_list_are_no_one_hot_labels() -> None:
    inputs = ONE_HOT.replace("model.fit(rows, labels[:80])", "model.fit(labels[:80], classes)")
    listed = ONE_HOT.replace('np.loadtxt("classes.txt", dtype="int64")', "[1, 0, 3]")
    for source in (inputs, listed):
        assert reason(source, "one-hot-labels").startswith("no line of this program makes one-hot")


def test_random_orders_are_those_of_every_epoch() -> None:
    assert places(ORDERS, "number-permutation") == ["rng.permutation(len(rows))"]
    assert roles_of(ORDERS).places("number-permutation")[0].location.line > ORDERS.count("\n") - 10
    assert places(ORDERS, "row-shuffle") == ["np.random.shuffle(order)"]
    assert places(ORDERS, "examples") == ["rows"]


def test_a_permutation_of_the_rows_themselves_is_no_order_of_numbers() -> None:
    rows = ORDERS.replace("order = rng.permutation(len(rows))", "rows = rng.permutation(rows)")
    assert reason(rows, "number-permutation").startswith("no loop of this program draws")


def test_labels_are_those_of_steps_where_the_output_layer_is_given_every_step() -> None:
    assert roles_of(ITEMS).fact("labels-per") == "step"
    last = ITEMS.replace("self.head(states)", "self.head(last[-1])")
    pooled = ITEMS.replace("self.head(states)", "self.head(states.mean(1))")
    for source in (last, pooled):
        assert roles_of(source.replace(".transpose(1, 2)", "")).fact("labels-per") == "row"


def test_weights_of_labels_leave_open_what_a_label_is_for() -> None:
    weighted = ONE_HOT.replace("labels[:80])", "labels[:80], sample_weight=weights)")
    assert roles_of(ONE_HOT).fact("labels-per") == "row"
    assert roles_of(weighted).fact("labels-per") == "unknown"


def test_what_is_put_into_a_dictionary_in_a_loop_is_found_there() -> None:
    kept = ITEMS.replace(
        "for x, y in DataLoader(Rows(), batch_size=8):",
        """loaders = {}
for name in ("train", "valid"):
    loaders[name] = DataLoader(Rows(), batch_size=8)
for x, y in loaders["train"]:""",
    )
    assert places(kept, "batch-size") == ["8"]
    other = kept.replace("loaders[name]", 'loaders["valid"]')
    assert reason(other, "batches").startswith("no loader or pipeline")


def test_a_layer_with_dropout_inside_is_found_where_it_drops_something() -> None:
    stacked = STEP.replace("nn.GRU(8, 8,", "nn.GRU(8, 8, num_layers=2, dropout=0.3,")
    assert places(stacked, "dropping-layer") == [
        "nn.GRU(8, 8, num_layers=2, dropout=0.3, batch_first=True)"
    ]
    single = STEP.replace("nn.GRU(8, 8,", "nn.GRU(8, 8, dropout=0.3,")
    assert reason(single, "dropping-layer").startswith("no recurrent or attention layer")


def test_the_object_whose_step_applies_itself_is_the_trained_model() -> None:
    lightning = STEP.replace(
        "net = Net()",
        """    def training_step(self, batch):
        return F.cross_entropy(self(batch[0]), batch[1])

def fit(module, optimizer, batches):
    for batch in batches:
        loss = module.training_step(batch)
        loss.backward()
        optimizer.step()

net = Net()""",
    )
    lightning += "fit(net, optimizer, batches)\n"
    assert places(lightning, "trained-model") == ["module", "self"]


def test_a_method_that_calls_forward_by_its_name_applies_the_model() -> None:
    assert places(DRAWN.replace("net(x)", "net.forward(x)"), "training-pass") == ["net.forward(x)"]
    assert places(DRAWN.replace("net(x)", "net.forward(x)"), "trained-model") == ["net"]


@pytest.mark.parametrize(
    ("lines", "flattening"),
    [
        ("right = (scores > 0.5).ravel() == labels", "(scores > 0.5).ravel()"),
        ("row = scores[:, 0]\nguesses = row > 0.5\nright = guesses == labels", "scores[:, 0]"),
        ("right = np.round(scores.squeeze(-1)) == labels", "scores.squeeze(-1)"),
    ],
)
def test_a_row_of_guesses_is_found_before_and_behind_the_threshold(
    lines: str, flattening: str
) -> None:
    source = f"import keras\nimport numpy as np\nscores = model.predict(rows)\n{lines}\n"
    assert places(source, "flattened-guesses") == [flattening]


def test_a_row_without_a_threshold_and_a_column_are_no_flattened_guesses() -> None:
    for lines in ("right = ids.ravel() == labels", "right = (scores > 0.5) == labels"):
        assert reason(f"import keras\n{lines}\n", "flattened-guesses").startswith("no line")


def test_rows_of_a_class_are_found_in_one_hot_vectors_and_not_where_those_are_made_later() -> None:
    bug = next(one for one in shipped_bugs() if one.id == "data/classes-unbalanced")
    mutant = inject(program(ONE_HOT, Framework.KERAS), bug)
    assert isinstance(mutant, Mutant)
    assert "kept = labels[:80].argmax(-1) == 0" in mutant.source
    later = PIPELINE.partition("for row, label")[0] + "model.fit(batches)\n"
    refused = inject(program(later, Framework.KERAS), bug)
    assert isinstance(refused, NotApplicable)
    assert "does not follow from the text" in refused.reason
