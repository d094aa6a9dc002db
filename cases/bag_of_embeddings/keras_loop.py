"""Is a film review positive or negative? The mean of its word embeddings tells, in Keras."""

import argparse

import keras
import tensorflow as tf
from dataset import VOCABULARY_SIZE, load
from keras import layers

EMBEDDING_SIZE = 32
EPOCHS = {"tiny": 1, "small": 4, "full": 3}


def build_model():
    words = keras.Input(shape=(None,), dtype="int64")
    embedded = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True)(words)
    mean = layers.GlobalAveragePooling1D()(embedded)
    logits = layers.Dense(1)(mean)
    return keras.Model(words, logits)


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = tf.data.Dataset.from_tensor_slices((data.train.words, data.train.labels))
    batches = dataset.batch(batch_size)
    loss_function = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(learning_rate)

    @tf.function
    def train_step(words, labels):
        with tf.GradientTape() as tape:
            logits = model(words, training=True)
            loss = loss_function(labels, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)

    for _ in range(epochs):
        for words, labels in batches:
            train_step(words, labels)


def evaluate(model, data):
    logits = model(data.test.words)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)(data.test.labels, logits)
    accuracy = keras.metrics.BinaryAccuracy(threshold=0)(data.test.labels, logits)
    return {"loss": float(loss), "accuracy": float(accuracy)}


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
