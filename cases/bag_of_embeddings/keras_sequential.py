"""Is a film review positive or negative? The mean of its word embeddings tells, in Keras."""

import argparse

import keras
from dataset import VOCABULARY_SIZE, load
from keras import layers

EMBEDDING_SIZE = 32
EPOCHS = {"tiny": 1, "small": 4, "full": 3}


def build_model():
    return keras.Sequential(
        [
            layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ]
    )


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(name="accuracy", threshold=0)],
    )
    model.fit(
        data.train.words,
        data.train.labels,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    return model.evaluate(data.test.words, data.test.labels, verbose=0, return_dict=True)


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
