"""Which part of speech is each word? Embedding, two-way LSTM and a dense layer, in Keras."""

import argparse

import keras
from dataset import PADDING, TAGS, VOCABULARY_SIZE, load, score
from keras import layers

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 6, "full": 6}


def build_model():
    words = keras.Input(shape=(None,), dtype="int64")
    embedded = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True)(words)
    states = layers.Bidirectional(layers.LSTM(HIDDEN_SIZE, return_sequences=True))(embedded)
    logits = layers.Dense(len(TAGS))(states)
    return keras.Model(words, logits)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=PADDING),
    )
    model.fit(
        data.train.words,
        data.train.tags,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    logits = model.predict(data.test.words, verbose=0)
    return score(logits.argmax(axis=-1), data.test.tags)


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
