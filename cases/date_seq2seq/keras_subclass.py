"""Human dates to ISO dates: a GRU encoder and decoder with dot-product attention, in Keras."""

import argparse

import keras
import tensorflow as tf
from dataset import PADDING, SOURCE_VOCABULARY, START_ID, TARGET_VOCABULARY, load, score
from keras import layers, ops

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 64
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


class Encoder(layers.Layer):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(len(SOURCE_VOCABULARY), EMBEDDING_SIZE)
        self.gru = layers.GRU(HIDDEN_SIZE, return_sequences=True, return_state=True)

    def call(self, source):
        embedded = self.embedding(source)
        return self.gru(embedded)


class DotProductAttention(layers.Layer):
    def call(self, queries, keys, is_padding):
        scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1))) / keys.shape[-1] ** 0.5
        scores = ops.where(ops.expand_dims(is_padding, 1), -1e9, scores)
        weights = ops.softmax(scores, axis=-1)
        return ops.matmul(weights, keys)


class Decoder(layers.Layer):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(len(TARGET_VOCABULARY), EMBEDDING_SIZE)
        self.gru = layers.GRU(HIDDEN_SIZE, return_sequences=True, return_state=True)
        self.attention = DotProductAttention()
        self.head = layers.Dense(len(TARGET_VOCABULARY))

    def call(self, target, state, memory, is_padding):
        embedded = self.embedding(target)
        outputs, state = self.gru(embedded, initial_state=state)
        context = self.attention(outputs, memory, is_padding)
        combined = ops.concatenate([outputs, context], axis=-1)
        return self.head(combined), state


class Translator(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def call(self, inputs):
        source, target = inputs
        memory, state = self.encoder(source)
        logits, _ = self.decoder(target, state, memory, ops.equal(source, PADDING))
        return logits

    def train_step(self, data):
        source, target = data
        with tf.GradientTape() as tape:
            logits = self((source, target[:, :-1]), training=True)
            loss = self.compute_loss(y=target[:, 1:], y_pred=logits)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


def build_model():
    return Translator()


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=PADDING),
    )
    model.fit(
        data.train.source,
        data.train.target,
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def translate(model, source, length):
    memory, state = model.encoder(source)
    is_padding = ops.equal(source, PADDING)
    token = ops.full((len(source), 1), START_ID, dtype="int64")
    translation = []
    for _ in range(length):
        logits, state = model.decoder(token, state, memory, is_padding)
        token = ops.argmax(logits, axis=-1)
        translation.append(token)
    return ops.concatenate(translation, axis=1)


def evaluate(model, data):
    expected = data.test.target[:, 1:]
    predicted = translate(model, data.test.source, expected.shape[1])
    return score(ops.convert_to_numpy(predicted), expected)


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
