"""Which answer belongs to a question? One encoder for both and an in-batch softmax, in Keras."""

import argparse

import keras
from dataset import VOCABULARY_SIZE, load, score
from keras import layers, ops

EMBEDDING_SIZE = 128
ENCODING_SIZE = 128
TEMPERATURE = 0.1
EPOCHS = {"tiny": 1, "small": 15, "full": 40}


def build_encoder():
    words = keras.Input(shape=(None,), dtype="int64")
    embedded = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE, mask_zero=True)(words)
    mean = layers.GlobalAveragePooling1D()(embedded)
    encoding = layers.Dense(ENCODING_SIZE)(mean)
    return keras.Model(words, layers.UnitNormalization()(encoding), name="encoder")


def build_model():
    """Similarity of every question (row) to every answer (column) of a batch."""
    question = keras.Input(shape=(None,), dtype="int64")
    answer = keras.Input(shape=(None,), dtype="int64")
    encoder = build_encoder()
    asked = encoder(question)
    answered = encoder(answer)
    similarities = ops.matmul(asked, ops.transpose(answered)) / TEMPERATURE
    return keras.Model([question, answer], similarities)


def in_batch_softmax(_, similarities):
    own_answer = ops.arange(ops.shape(similarities)[0])
    return keras.losses.sparse_categorical_crossentropy(own_answer, similarities, from_logits=True)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss=in_batch_softmax)
    model.fit(
        (data.train.question, data.train.answer),
        data.train.answer,  # `fit` asks for a target; this loss goes by rows
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    similarities = model((data.test.question, data.test.answer))
    return score(ops.convert_to_numpy(similarities))


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=2e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
