"""Is a film review positive or negative? Convolutions of three widths, in Keras."""

import argparse

import keras
from dataset import CLASSES, VOCABULARY_SIZE, load
from keras import layers, ops

EMBEDDING_SIZE = 32
FILTERS = 32
WIDTHS = (3, 4, 5)
DROPOUT = 0.5
EPOCHS = {"tiny": 1, "small": 6, "full": 3}


class TextCNN(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.convolutions = [layers.Conv1D(FILTERS, width, activation="relu") for width in WIDTHS]
        self.pooling = layers.GlobalMaxPooling1D()
        self.dropout = layers.Dropout(DROPOUT)
        self.head = layers.Dense(CLASSES)

    def call(self, words, training=False):
        embedded = self.embedding(words)
        features = [convolution(embedded) for convolution in self.convolutions]
        pooled = ops.concatenate([self.pooling(feature) for feature in features], axis=-1)
        return self.head(self.dropout(pooled, training=training))


def build_model():
    return TextCNN()


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
