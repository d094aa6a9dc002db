"""Convolutional sentence classification with several filter widths.

usage: keras_kim_cnn.py [-e EPOCHS]
"""
from argparse import ArgumentParser
from dataclasses import dataclass, field
from typing import List, Tuple

import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model
from tensorflow.keras.layers import Concatenate, Conv1D, Dense, Dropout, Embedding, GlobalMaxPool1D
from tensorflow.keras.regularizers import l2


@dataclass
class HParams:
    vocab_size: int = 120
    seq_len: int = 20
    emb_dim: int = 20
    filter_widths: List[int] = field(default_factory=lambda: [2, 3])
    num_filters: int = 16
    drop_prob: float = 0.3
    l2_reg: float = 1e-3
    num_classes: int = 5
    batch_size: int = 50
    lr: float = 4e-3


class QuestionTypes:
    """Question types are recognised by a phrase of two or three words."""

    PHRASES = {0: (3, 4), 1: (5, 6, 7), 2: (6, 3), 3: (4, 5), 4: (7, 8, 3)}

    def __init__(self, hp: HParams, seed: int = 0):
        self.hp = hp
        self.rng = np.random.RandomState(seed)

    def sample(self, n: int) -> Tuple[np.ndarray, np.ndarray]:
        x = self.rng.randint(10, self.hp.vocab_size, size=(n, self.hp.seq_len))
        y = self.rng.randint(0, self.hp.num_classes, size=n)
        for row, label in zip(x, y):
            phrase = self.PHRASES[label]
            start = self.rng.randint(0, self.hp.seq_len - len(phrase) + 1)
            row[start:start + len(phrase)] = phrase
        return x, y


def build_text_cnn(hp: HParams) -> Model:
    tokens = Input(shape=(hp.seq_len,), dtype=tf.int32, name="tokens")
    emb = Embedding(hp.vocab_size, hp.emb_dim, name="emb")(tokens)
    pooled = []
    for width in hp.filter_widths:
        conv = Conv1D(hp.num_filters, width, activation="relu", name=f"conv{width}")(emb)
        pooled.append(GlobalMaxPool1D(name=f"pool{width}")(conv))
    features = Concatenate(name="features")(pooled)
    features = Dropout(hp.drop_prob)(features)
    logits = Dense(hp.num_classes, kernel_regularizer=l2(hp.l2_reg), name="logits")(features)
    return Model(tokens, logits, name="text_cnn")


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("-e", "--epochs", type=int, default=6)
    args = parser.parse_args()

    tf.keras.utils.set_random_seed(42)
    hp = HParams()
    data = QuestionTypes(hp)
    x_train, y_train = data.sample(1500)
    x_dev, y_dev = data.sample(250)

    ds_train = (
        tf.data.Dataset.from_tensor_slices((x_train, y_train))
        .shuffle(2000)
        .batch(hp.batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
    ds_dev = tf.data.Dataset.from_tensor_slices((x_dev, y_dev)).batch(hp.batch_size)

    model = build_text_cnn(hp)
    schedule = tf.keras.optimizers.schedules.ExponentialDecay(hp.lr, decay_steps=30, decay_rate=0.9)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(schedule),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[tf.keras.metrics.SparseCategoricalAccuracy("acc")],
    )
    model.fit(ds_train, validation_data=ds_dev, epochs=args.epochs, verbose=2)

    probs = tf.nn.softmax(model.predict(x_dev[:3], verbose=0)).numpy()
    print(np.round(probs, 2))
    print("expected", y_dev[:3])


if __name__ == "__main__":
    main()
