"""Which part of speech is each word? A two-way GRU and a linear-chain CRF, in Keras."""

import argparse

import keras
import tensorflow as tf
from dataset import PADDING, TAGS, VOCABULARY_SIZE, load, score
from keras import layers, ops

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


class LinearChainCRF(layers.Layer):
    """Scores of the first tag, of the last one, and of every tag after every other."""

    def __init__(self, tags):
        super().__init__()
        self.start = self.add_weight(shape=(tags,), initializer="zeros", name="start")
        self.end = self.add_weight(shape=(tags,), initializer="zeros", name="end")
        self.transitions = self.add_weight(
            shape=(tags, tags), initializer="zeros", name="transitions"
        )
        self.supports_masking = True
        self.built = True

    def call(self, emissions, tags, is_word):
        """The negative log-likelihood of each sentence's tags."""
        return self.partition(emissions, is_word) - self.path_score(emissions, tags, is_word)

    def path_score(self, emissions, tags, is_word):
        emitted = ops.squeeze(ops.take_along_axis(emissions, tags[:, :, None], axis=-1), -1)
        pairs = tags[:, :-1] * emissions.shape[-1] + tags[:, 1:]
        moved = ops.take(ops.reshape(self.transitions, (-1,)), pairs)
        lengths = ops.sum(is_word, axis=1, keepdims=True)
        last = ops.squeeze(ops.take_along_axis(tags, lengths - 1, axis=1), 1)
        is_word = ops.cast(is_word, emissions.dtype)
        total = ops.sum(emitted * is_word, axis=1) + ops.sum(moved * is_word[:, 1:], axis=1)
        return ops.take(self.start, tags[:, 0]) + total + ops.take(self.end, last)

    def partition(self, emissions, is_word):
        scores = self.start + emissions[:, 0]
        for step in range(1, emissions.shape[1]):
            paths = scores[:, :, None] + self.transitions + emissions[:, step, None]
            going_on = is_word[:, step, None]
            scores = ops.where(going_on, ops.logsumexp(paths, axis=1), scores)
        return ops.logsumexp(scores + self.end, axis=1)

    def decode(self, emissions, is_word):
        """The best path of each sentence, by Viterbi's algorithm."""
        scores = self.start + emissions[:, 0]
        stay = ops.broadcast_to(ops.arange(emissions.shape[2]), scores.shape)
        history = []
        for step in range(1, emissions.shape[1]):
            paths = scores[:, :, None] + self.transitions + emissions[:, step, None]
            going_on = is_word[:, step, None]
            scores = ops.where(going_on, ops.max(paths, axis=1), scores)
            history.append(ops.where(going_on, ops.argmax(paths, axis=1), stay))
        path = [ops.argmax(scores + self.end, axis=1, keepdims=True)]
        for best_tags in reversed(history):
            path.append(ops.take_along_axis(best_tags, path[-1], axis=1))
        return ops.concatenate(path[::-1], axis=1)


class Tagger(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True)
        self.gru = layers.Bidirectional(layers.GRU(HIDDEN_SIZE, return_sequences=True))
        self.head = layers.Dense(len(TAGS))
        self.crf = LinearChainCRF(len(TAGS))

    def call(self, words):
        embedded = self.embedding(words)
        states = self.gru(embedded)
        return self.head(states)

    def train_step(self, data):
        words, tags = data
        with tf.GradientTape() as tape:
            emissions = self(words, training=True)
            loss = ops.mean(self.crf(emissions, tags, ops.not_equal(words, PADDING)))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


def build_model():
    return Tagger()


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(optimizer=keras.optimizers.Adam(learning_rate))
    model.fit(
        data.train.words,
        data.train.tags,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    words = data.test.words
    predicted = model.crf.decode(model(words), ops.not_equal(words, PADDING))
    return score(ops.convert_to_numpy(predicted), data.test.tags)


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=5e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
