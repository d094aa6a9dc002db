"""Is a film review positive or negative? Embedding, GRU and a dense layer, in Keras."""

import argparse

import keras
from dataset import CLASSES, VOCABULARY_SIZE, load
from keras import layers

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 6, "full": 4}


class SentimentClassifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.gru = layers.GRU(HIDDEN_SIZE)
        self.head = layers.Dense(CLASSES)

    def call(self, words):
        embedded = self.embedding(words)
        state = self.gru(embedded)
        return self.head(state)


def build_model():
    return SentimentClassifier()


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
