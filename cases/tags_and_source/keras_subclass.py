"""Part of speech of each word and source of the sentence: one GRU, two outputs, in Keras."""

import argparse

import keras
from dataset import PADDING, SOURCES, TAGS, VOCABULARY_SIZE, load, score
from keras import layers, ops

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 48
SOURCE_WEIGHT = 0.5
EPOCHS = {"tiny": 1, "small": 6, "full": 6}


class TagsAndSource(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.gru = layers.GRU(HIDDEN_SIZE, return_sequences=True)
        self.mean = layers.GlobalAveragePooling1D()
        self.tags = layers.Dense(len(TAGS))
        self.source = layers.Dense(len(SOURCES))

    def call(self, words):
        embedded = self.embedding(words)
        states = self.gru(embedded)
        mean = self.mean(states, mask=ops.not_equal(words, PADDING))
        return {"tags": self.tags(states), "source": self.source(mean)}


def build_model():
    return TagsAndSource()


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss={
            "tags": keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, ignore_class=PADDING
            ),
            "source": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"tags": 1.0, "source": SOURCE_WEIGHT},
    )
    model.fit(
        data.train.words,
        {"tags": data.train.tags, "source": data.train.source},
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    logits = model.predict(data.test.words, verbose=0)
    tags, source = logits["tags"].argmax(axis=-1), logits["source"].argmax(axis=-1)
    return score(tags, source, data.test)


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
