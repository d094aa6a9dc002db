"""Masked bidirectional LSTM on padded sequences with embedding mask."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
VOCAB, MAXLEN = 25, 18
rng = np.random.default_rng(0)


def make(n):
    rows, labels = [], []
    for _ in range(n):
        length = rng.integers(4, MAXLEN + 1)
        lab = rng.integers(0, 2)
        seq = rng.integers(3, VOCAB, length)
        pos = np.sort(rng.choice(length, 2, replace=False))
        seq[pos] = (1, 2) if lab else (2, 1)
        rows.append(seq.tolist())
        labels.append(lab)
    ids = keras.utils.pad_sequences(rows, maxlen=MAXLEN, padding="post", value=0)
    return ids, np.array(labels)


x_train, y_train = make(700)
x_val, y_val = make(200)

ids = keras.Input((MAXLEN,), dtype="int32")
x = layers.Embedding(VOCAB, 16, mask_zero=True)(ids)
x = layers.Bidirectional(layers.LSTM(16, return_sequences=True))(x)
x = layers.LSTM(16)(x)
logits = layers.Dense(1)(x)
model = keras.Model(ids, logits)
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="acc")],
)
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=4, batch_size=64, verbose=2)
padded_shorter = x_val[:4, :]
print("logits:", model.predict(padded_shorter, verbose=0).ravel().round(2), "labels:", y_val[:4])
