"""Word vectors from the company a word keeps: skip-gram with negative sampling, in Keras."""

import argparse

import keras
import tensorflow as tf
from dataset import VOCABULARY_SIZE, load, score
from keras import layers, ops

EMBEDDING_SIZE = 32
EPOCHS = {"tiny": 1, "small": 3, "full": 3}


class SkipGram(keras.Model):
    """Scores of `words` (rows, words) as neighbours of `centre` (rows,)."""

    def __init__(self):
        super().__init__()
        self.centre = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.context = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)

    def call(self, inputs):
        centre, words = inputs
        centre_vector = self.centre(centre)
        word_vectors = self.context(words)
        return ops.einsum("re,rwe->rw", centre_vector, word_vectors)

    def train_step(self, data):
        centre, words = data
        with tf.GradientTape() as tape:
            scores = self((centre, words), training=True)
            loss = self.compute_loss(y=which_stood(scores), y_pred=scores)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


def build_model():
    return SkipGram()


def which_stood(scores):
    """The first word of a row stood there, the others were drawn."""
    stood, drawn = scores[:, :1], scores[:, 1:]
    return ops.concatenate([ops.ones_like(stood), ops.zeros_like(drawn)], axis=1)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    model.fit(
        data.train.centre,
        data.train.words,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    scores = model((data.test.centre, data.test.words))
    loss = model.compute_loss(y=which_stood(scores), y_pred=scores)
    return {"loss": float(loss), **score(ops.convert_to_numpy(scores))}


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=512, learning_rate=5e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
