"""Is a film review positive or negative? Convolutions of three widths, in Keras."""

import argparse

import keras
from dataset import CLASSES, LENGTH, VOCABULARY_SIZE, load
from keras import layers

EMBEDDING_SIZE = 32
FILTERS = 32
WIDTHS = (3, 4, 5)
DROPOUT = 0.5
EPOCHS = {"tiny": 1, "small": 6, "full": 3}


def build_model():
    words = keras.Input(shape=(LENGTH,), dtype="int64")
    embedded = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)(words)
    branches = []
    for width in WIDTHS:
        features = layers.Conv1D(FILTERS, width, activation="relu")(embedded)
        branches.append(layers.GlobalMaxPooling1D()(features))
    pooled = layers.concatenate(branches)
    dropped = layers.Dropout(DROPOUT)(pooled)
    logits = layers.Dense(CLASSES)(dropped)
    return keras.Model(words, logits)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
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
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=1e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
