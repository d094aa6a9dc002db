"""Which answer belongs to a question? One encoder for both and an in-batch softmax, in Keras."""

import argparse

import keras
import tensorflow as tf
from dataset import VOCABULARY_SIZE, load, score
from keras import layers, ops

EMBEDDING_SIZE = 128
ENCODING_SIZE = 128
TEMPERATURE = 0.1
EPOCHS = {"tiny": 1, "small": 15, "full": 40}


class TextEncoder(layers.Layer):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True)
        self.pooling = layers.GlobalAveragePooling1D()
        self.head = layers.Dense(ENCODING_SIZE)
        self.normalization = layers.UnitNormalization()

    def call(self, words):
        embedded = self.embedding(words)
        mean = self.pooling(embedded)
        encoding = self.head(mean)
        return self.normalization(encoding)


class AnswerMatcher(keras.Model):
    """Similarity of every question (row) to every answer (column) of a batch."""

    def __init__(self):
        super().__init__()
        self.encoder = TextEncoder()

    def call(self, inputs):
        question, answer = inputs
        asked = self.encoder(question)
        answered = self.encoder(answer)
        return ops.matmul(asked, ops.transpose(answered)) / TEMPERATURE


def build_model():
    return AnswerMatcher()


def in_batch_softmax(similarities):
    own_answer = ops.arange(ops.shape(similarities)[0])
    losses = keras.losses.sparse_categorical_crossentropy(
        own_answer, similarities, from_logits=True
    )
    return ops.mean(losses)


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = tf.data.Dataset.from_tensor_slices((data.train.question, data.train.answer))
    batches = dataset.batch(batch_size)
    optimizer = keras.optimizers.Adam(learning_rate)

    @tf.function
    def train_step(question, answer):
        with tf.GradientTape() as tape:
            similarities = model((question, answer), training=True)
            loss = in_batch_softmax(similarities)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply(gradients, model.trainable_weights)

    for _ in range(epochs):
        for question, answer in batches:
            train_step(question, answer)


def evaluate(model, data):
    similarities = model((data.test.question, data.test.answer))
    return score(ops.convert_to_numpy(similarities))


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
