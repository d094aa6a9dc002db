"""Word vectors from the company a word keeps: skip-gram with negative sampling, in Keras."""

import argparse

import keras
import tensorflow as tf
from dataset import NEGATIVES, VOCABULARY_SIZE, load, score
from keras import layers, ops

EMBEDDING_SIZE = 32
EPOCHS = {"tiny": 1, "small": 3, "full": 3}


def build_model():
    """Scores of `words` (rows, words) as neighbours of `centre` (rows,)."""
    centre = keras.Input(shape=(), dtype="int64")
    words = keras.Input(shape=(1 + NEGATIVES,), dtype="int64")
    centre_vector = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, name="centre")(centre)
    word_vectors = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, name="context")(words)
    scores = ops.einsum("re,rwe->rw", centre_vector, word_vectors)
    return keras.Model([centre, words], scores)


def negative_sampling_loss(scores):
    """The first word of a row stood there, the others were drawn."""
    stood, drawn = scores[:, :1], scores[:, 1:]
    labels = ops.concatenate([ops.ones_like(stood), ops.zeros_like(drawn)], axis=1)
    return ops.mean(keras.losses.binary_crossentropy(labels, scores, from_logits=True))


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = tf.data.Dataset.from_tensor_slices((data.train.centre, data.train.words))
    batches = dataset.batch(batch_size)
    optimizer = keras.optimizers.Adam(learning_rate)

    @tf.function
    def train_step(centre, words):
        with tf.GradientTape() as tape:
            scores = model((centre, words), training=True)
            loss = negative_sampling_loss(scores)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply(gradients, model.trainable_weights)

    for _ in range(epochs):
        for centre, words in batches:
            train_step(centre, words)


def evaluate(model, data):
    scores = model((data.test.centre, data.test.words))
    loss = negative_sampling_loss(scores)
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
