"""Tabular regression from a dict-of-columns frame (own mini DataFrame, no pandas)."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(31)
TARGET = "rent"


def make_frame(n, seed):
    rng = np.random.default_rng(seed)
    frame = {
        "area": rng.uniform(20, 120, n),
        "rooms": rng.integers(1, 6, n).astype(float),
        "distance": rng.uniform(0, 20, n),
        "year": rng.integers(1950, 2022, n).astype(float),
    }
    noise = rng.normal(0, 120, n)
    frame["rent"] = 8 * frame["area"] + 40 * frame["rooms"] - 15 * frame["distance"] + noise + 300
    return frame


def to_matrix(frame, columns):
    return np.stack([frame[c] for c in columns], axis=1).astype("float32")


train = make_frame(600, seed=1)
test = make_frame(200, seed=2)

feature_cols = [c for c in train]  # FAULT
print("features:", feature_cols)
x_train, x_test = to_matrix(train, feature_cols), to_matrix(test, feature_cols)
y_train = train[TARGET].astype("float32")
y_test = test[TARGET].astype("float32")
y_mu, y_sd = y_train.mean(), y_train.std()

inputs = keras.Input(shape=(x_train.shape[1],), name="features")
normalizer = layers.Normalization()
normalizer.adapt(x_train)
h = normalizer(inputs)
for units in (32, 16):
    h = layers.Dense(units, activation="relu")(h)
outputs = layers.Dense(1, name="scaled_rent")(h)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
model.fit(x_train, (y_train - y_mu) / y_sd, epochs=25, batch_size=32, verbose=0)

pred = model.predict(x_test, verbose=0)[:, 0] * y_sd + y_mu
mae = np.abs(pred - y_test).mean()
ss = 1 - ((pred - y_test) ** 2).sum() / ((y_test - y_test.mean()) ** 2).sum()
print(f"noise in the rents is about 120 (standard deviation); test MAE {mae:.1f}, R2 {ss:.4f}")
