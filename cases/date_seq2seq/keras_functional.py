"""Human dates to ISO dates: a GRU encoder and decoder with dot-product attention, in Keras."""

import argparse

import keras
from dataset import PADDING, SOURCE_VOCABULARY, START_ID, TARGET_VOCABULARY, load, score
from keras import layers, ops

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 64
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


class DotProductAttention(layers.Layer):
    def call(self, queries, keys, is_padding):
        scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1))) / keys.shape[-1] ** 0.5
        scores = ops.where(ops.expand_dims(is_padding, 1), -1e9, scores)
        weights = ops.softmax(scores, axis=-1)
        return ops.matmul(weights, keys)


def build_encoder():
    source = keras.Input(shape=(None,), dtype="int64")
    embedded = layers.Embedding(len(SOURCE_VOCABULARY), EMBEDDING_SIZE)(source)
    memory, state = layers.GRU(HIDDEN_SIZE, return_sequences=True, return_state=True)(embedded)
    return keras.Model(source, [memory, state], name="encoder")


def build_decoder():
    target = keras.Input(shape=(None,), dtype="int64")
    first_state = keras.Input(shape=(HIDDEN_SIZE,))
    memory = keras.Input(shape=(None, HIDDEN_SIZE))
    is_padding = keras.Input(shape=(None,), dtype="bool")
    embedded = layers.Embedding(len(TARGET_VOCABULARY), EMBEDDING_SIZE)(target)
    gru = layers.GRU(HIDDEN_SIZE, return_sequences=True, return_state=True)
    outputs, state = gru(embedded, initial_state=first_state)
    context = DotProductAttention()(outputs, memory, is_padding)
    combined = layers.concatenate([outputs, context], axis=-1)
    logits = layers.Dense(len(TARGET_VOCABULARY))(combined)
    return keras.Model([target, first_state, memory, is_padding], [logits, state], name="decoder")


def build_model():
    source = keras.Input(shape=(None,), dtype="int64")
    target = keras.Input(shape=(None,), dtype="int64")
    memory, state = build_encoder()(source)
    logits, _ = build_decoder()([target, state, memory, ops.equal(source, PADDING)])
    return keras.Model([source, target], logits)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=PADDING),
    )
    model.fit(
        (data.train.source, data.train.target[:, :-1]),
        data.train.target[:, 1:],
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def translate(model, source, length):
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    memory, state = encoder(source)
    is_padding = ops.equal(source, PADDING)
    token = ops.full((len(source), 1), START_ID, dtype="int64")
    translation = []
    for _ in range(length):
        logits, state = decoder([token, state, memory, is_padding])
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
