"""Is a film review positive or negative? Its words and some figures of it, in Keras."""

import argparse

import keras
from dataset import CLASSES, FEATURES, VOCABULARY_SIZE, load
from keras import layers

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


def build_model():
    words = keras.Input(shape=(None,), dtype="int64", name="words")
    features = keras.Input(shape=(len(FEATURES),), name="features")
    embedded = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True)(words)
    mean = layers.GlobalAveragePooling1D()(embedded)
    normalized = layers.Normalization(name="normalization")(features)
    combined = layers.concatenate([mean, normalized])
    hidden = layers.Dense(HIDDEN_SIZE, activation="relu")(combined)
    logits = layers.Dense(CLASSES)(hidden)
    return keras.Model([words, features], logits)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.get_layer("normalization").adapt(data.train.features)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(
        (data.train.words, data.train.features),
        data.train.labels,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    inputs = (data.test.words, data.test.features)
    return model.evaluate(inputs, data.test.labels, verbose=0, return_dict=True)


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=3e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
