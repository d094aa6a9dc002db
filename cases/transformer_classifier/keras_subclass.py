"""Is a film review positive or negative? One block of a transformer's encoder, in Keras."""

import argparse

import keras
from dataset import CLASSES, LENGTH, PADDING, VOCABULARY_SIZE, load
from keras import layers, ops

MODEL_SIZE = 32
HEADS = 4
HEAD_SIZE = MODEL_SIZE // HEADS
FEED_FORWARD_SIZE = 64
DROPOUT = 0.1
EPSILON = 1e-6
EPOCHS = {"tiny": 1, "small": 4, "full": 4}


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self):
        super().__init__()
        self.tokens = layers.Embedding(VOCABULARY_SIZE, MODEL_SIZE)
        self.positions = layers.Embedding(LENGTH, MODEL_SIZE)

    def call(self, words):
        positions = ops.arange(words.shape[1])
        return self.tokens(words) + self.positions(positions)


class MultiHeadAttention(layers.Layer):
    def __init__(self):
        super().__init__()
        self.query = layers.Dense(MODEL_SIZE)
        self.key = layers.Dense(MODEL_SIZE)
        self.value = layers.Dense(MODEL_SIZE)
        self.merge = layers.Dense(MODEL_SIZE)

    def call(self, states, is_word):
        queries = self.split_heads(self.query(states))
        keys = self.split_heads(self.key(states))
        values = self.split_heads(self.value(states))
        scores = ops.matmul(queries, ops.transpose(keys, (0, 1, 3, 2))) / HEAD_SIZE**0.5
        scores = ops.where(is_word[:, None, None, :], scores, -1e9)
        weights = ops.softmax(scores, axis=-1)
        context = ops.matmul(weights, values)
        return self.merge(ops.reshape(ops.transpose(context, (0, 2, 1, 3)), ops.shape(states)))

    def split_heads(self, states):
        """(batch, length, MODEL_SIZE) to (batch, HEADS, length, HEAD_SIZE)."""
        split = ops.reshape(states, (-1, states.shape[1], HEADS, HEAD_SIZE))
        return ops.transpose(split, (0, 2, 1, 3))


class TransformerBlock(layers.Layer):
    def __init__(self):
        super().__init__()
        self.attention = MultiHeadAttention()
        self.attention_norm = layers.LayerNormalization(epsilon=EPSILON)
        self.feed_forward = keras.Sequential(
            [
                layers.Dense(FEED_FORWARD_SIZE, activation="relu"),
                layers.Dense(MODEL_SIZE),
            ]
        )
        self.feed_forward_norm = layers.LayerNormalization(epsilon=EPSILON)
        self.dropout = layers.Dropout(DROPOUT)

    def call(self, states, is_word):
        attended = self.dropout(self.attention(states, is_word))
        states = self.attention_norm(states + attended)
        transformed = self.dropout(self.feed_forward(states))
        return self.feed_forward_norm(states + transformed)


class TransformerClassifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = TokenAndPositionEmbedding()
        self.block = TransformerBlock()
        self.mean = layers.GlobalAveragePooling1D()
        self.head = layers.Dense(CLASSES)

    def call(self, words):
        is_word = ops.not_equal(words, PADDING)
        states = self.block(self.embedding(words), is_word)
        mean = self.mean(states, mask=is_word)
        return self.head(mean)


def build_model():
    return TransformerClassifier()


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
