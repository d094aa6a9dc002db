"""The next letter of a name from those before it: a small GPT, in Keras."""

import argparse

import keras
import numpy as np
from dataset import LENGTH, PADDING, VOCABULARY, load, score
from keras import layers, ops

MODEL_SIZE = 32
HEADS = 4
HEAD_SIZE = MODEL_SIZE // HEADS
FEED_FORWARD_SIZE = 64
BLOCKS = 2
EPSILON = 1e-5
EPOCHS = {"tiny": 1, "small": 6, "full": 8}


class CausalSelfAttention(layers.Layer):
    def __init__(self):
        super().__init__()
        self.query = layers.Dense(MODEL_SIZE)
        self.key = layers.Dense(MODEL_SIZE)
        self.value = layers.Dense(MODEL_SIZE)
        self.merge = layers.Dense(MODEL_SIZE)

    def call(self, states):
        queries = self.split_heads(self.query(states))
        keys = self.split_heads(self.key(states))
        values = self.split_heads(self.value(states))
        scores = ops.matmul(queries, ops.transpose(keys, (0, 1, 3, 2))) / HEAD_SIZE**0.5
        is_past = ops.tril(ops.ones((states.shape[1], states.shape[1]), dtype="bool"))
        scores = ops.where(is_past, scores, -1e9)
        weights = ops.softmax(scores, axis=-1)
        context = ops.matmul(weights, values)
        return self.merge(ops.reshape(ops.transpose(context, (0, 2, 1, 3)), ops.shape(states)))

    def split_heads(self, states):
        """(batch, length, MODEL_SIZE) to (batch, HEADS, length, HEAD_SIZE)."""
        split = ops.reshape(states, (-1, states.shape[1], HEADS, HEAD_SIZE))
        return ops.transpose(split, (0, 2, 1, 3))


class PositionEmbedding(layers.Layer):
    def __init__(self):
        super().__init__()
        self.positions = layers.Embedding(LENGTH, MODEL_SIZE)

    def call(self, states):
        return states + self.positions(ops.arange(states.shape[1]))


def block(states):
    normalised = layers.LayerNormalization(epsilon=EPSILON)(states)
    states = states + CausalSelfAttention()(normalised)
    normalised = layers.LayerNormalization(epsilon=EPSILON)(states)
    transformed = layers.Dense(FEED_FORWARD_SIZE, activation="relu")(normalised)
    return states + layers.Dense(MODEL_SIZE)(transformed)


def build_model():
    letters = keras.Input(shape=(LENGTH - 1,), dtype="int64")
    tokens = layers.ReversibleEmbedding(len(VOCABULARY), MODEL_SIZE)
    states = PositionEmbedding()(tokens(letters))
    for _ in range(BLOCKS):
        states = block(states)
    states = layers.LayerNormalization(epsilon=EPSILON)(states)
    logits = tokens(states, reverse=True)
    return keras.Model(letters, logits)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=PADDING),
    )
    model.fit(
        data.train[:, :-1],
        data.train[:, 1:],
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def complete(model, letters):
    """Write on behind the first letters of names, always with the likeliest one."""
    length = letters.shape[1]
    names = np.pad(letters, ((0, 0), (0, LENGTH - length)), constant_values=PADDING)
    for place in range(length, LENGTH):
        logits = model.predict(names[:, :-1], verbose=0)
        names[:, place] = logits[:, place - 1].argmax(axis=-1)
    return names


def evaluate(model, data):
    predicted = model.predict(data.test[:, :-1], verbose=0).argmax(axis=-1)
    completed = complete(model, data.test[:, :2])
    return score(predicted, data.test, completed)


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=2e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
