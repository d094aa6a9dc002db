"""Is a film review positive or negative? Its words and some figures of it, in Keras."""

import argparse

import keras
from dataset import CLASSES, VOCABULARY_SIZE, load
from keras import layers, ops

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


class TextAndFeatures(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True)
        self.mean = layers.GlobalAveragePooling1D()
        self.normalization = layers.Normalization()
        self.hidden = layers.Dense(HIDDEN_SIZE, activation="relu")
        self.head = layers.Dense(CLASSES)

    def call(self, inputs):
        words, features = inputs
        mean = self.mean(self.embedding(words))
        combined = ops.concatenate([mean, self.normalization(features)], axis=-1)
        return self.head(self.hidden(combined))


def build_model():
    return TextAndFeatures()


def train(model, data, *, epochs, batch_size, learning_rate):
    model.normalization.adapt(data.train.features)
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
