"""Churn prediction: subclassed model, binary target."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(22)


def customers(n, rng):
    tenure = rng.uniform(0, 60, n)
    monthly = rng.uniform(20, 120, n)
    calls = rng.poisson(2, n)
    contract = rng.integers(0, 2, n)
    risk = -0.06 * tenure + 0.03 * monthly + 0.5 * calls - 1.2 * contract - 0.8
    churn = (risk + rng.normal(0, 0.5, n) > 0).astype("float32")
    return np.stack([tenure, monthly, calls, contract], 1).astype("float32"), churn


class ChurnModel(keras.Model):
    def __init__(self, hidden=(32, 16), rate=0.1):
        super().__init__()
        self.norm = layers.Normalization()
        self.hidden = [layers.Dense(h, activation="relu") for h in hidden]
        self.drop = layers.Dropout(rate)
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, x, training=False):
        x = self.norm(x)
        for layer in self.hidden:
            x = layer(x)
        x = self.drop(x, training=training)
        return self.out(x)


rng = np.random.default_rng(22)
x_train, y_train = customers(600, rng)
x_test, y_test = customers(200, rng)
print("churn rate: train %.3f, test %.3f" % (y_train.mean(), y_test.mean()))

model = ChurnModel()
model.norm.adapt(x_train)
model.compile(optimizer=keras.optimizers.Adam(5e-3),
              loss="binary_crossentropy",
              metrics=["accuracy"])
model.fit(x_train, y_train, validation_split=0.15, epochs=10, batch_size=32, verbose=2)

loss, acc = model.evaluate(x_test, y_test, verbose=0)
print("test loss %.3f, test accuracy %.3f" % (loss, acc))
p = model.predict(x_test[:6], verbose=0).ravel()
print("probabilities of first customers:", np.round(p, 3), "labels:", y_test[:6])
