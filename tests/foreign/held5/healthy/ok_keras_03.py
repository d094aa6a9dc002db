"""Quantile forecast of a seasonal series: custom pinball loss, chronological split, no shuffling."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(11)
QUANTILES = [0.1, 0.5, 0.9]
LAGS = 14


def pinball(y_true, y_pred):
    y_true = tf.reshape(tf.cast(y_true, y_pred.dtype), (-1, 1))
    q = tf.constant([QUANTILES], dtype=y_pred.dtype)
    err = y_true - y_pred
    return tf.reduce_mean(tf.maximum(q * err, (q - 1) * err), axis=-1)


def coverage(y_true, y_pred):
    y = tf.reshape(tf.cast(y_true, y_pred.dtype), (-1,))
    return tf.cast((y >= y_pred[:, 0]) & (y <= y_pred[:, 2]), tf.float32)


days = np.arange(900)
rng = np.random.default_rng(11)
sales = 2 + np.sin(2 * np.pi * days / 7) + 0.002 * days + rng.normal(0, 0.3, 900)
cut = 720
lo, hi = sales[:cut].min(), sales[:cut].max()
scaled = ((sales - lo) / (hi - lo)).astype("float32")

train = keras.utils.timeseries_dataset_from_array(
    scaled[:cut - 1, None], scaled[LAGS:cut], sequence_length=LAGS, batch_size=32, shuffle=False)
test = keras.utils.timeseries_dataset_from_array(
    scaled[cut - LAGS:-1, None], scaled[cut:], sequence_length=LAGS, batch_size=32, shuffle=False)

model = keras.Sequential([
    layers.Input((LAGS, 1)),
    layers.Conv1D(16, 3, padding="causal", activation="relu"),
    layers.Conv1D(16, 3, padding="causal", dilation_rate=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(len(QUANTILES)),
])
model.compile(keras.optimizers.Adam(3e-3), loss=pinball, metrics=[coverage])
model.fit(train, epochs=12, shuffle=False, verbose=2)
loss, cov = model.evaluate(test, verbose=0)
print(f"test pinball {loss:.4f}, share inside the 80% band {cov:.3f}")
