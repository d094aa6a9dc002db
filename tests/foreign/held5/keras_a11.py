"""Multi-step electricity load forecast with sliding windows and a GRU."""
import numpy as np
import keras
from keras import layers


class WindowMaker:
    def __init__(self, history, horizon):
        self.history = history
        self.horizon = horizon

    def split(self, table, target_col):
        xs, ys = [], []
        last = len(table) - self.history  # FAULT
        for start in range(last + 1):
            mid = start + self.history
            xs.append(table[start:mid])
            ys.append(table[mid:mid + self.horizon, target_col])
        return np.asarray(xs, "float32"), np.asarray(ys, "float32")


def simulate_load(hours=700, seed=9):
    rng = np.random.default_rng(seed)
    h = np.arange(hours)
    temp = 10 + 8 * np.sin(2 * np.pi * h / 24) + rng.normal(0, 0.5, hours)
    weekend = ((h // 24) % 7 >= 5).astype(float)
    load = 50 + 12 * np.sin(2 * np.pi * (h - 6) / 24) - 6 * weekend + rng.normal(0, 0.8, hours)
    return np.stack([load, temp, weekend], axis=1)


def build_model(history, n_features, horizon):
    inputs = keras.Input((history, n_features))
    x = layers.GRU(32)(inputs)
    x = layers.Dense(32, activation="relu")(x)
    outputs = layers.Dense(horizon)(x)
    return keras.Model(inputs, outputs)


def main(history=24, horizon=4, epochs=8):
    keras.utils.set_random_seed(9)
    table = simulate_load()
    cut = int(0.8 * len(table))
    mu, sd = table[:cut].mean(0), table[:cut].std(0)
    scaled = (table - mu) / sd

    maker = WindowMaker(history, horizon)
    x_train, y_train = maker.split(scaled[:cut], target_col=0)
    x_test, y_test = maker.split(scaled[cut:], target_col=0)
    print("windows:", x_train.shape, x_test.shape)

    model = build_model(history, table.shape[1], horizon)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", metrics=["mae"])
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, verbose=2)
    mse, mae = model.evaluate(x_test, y_test, verbose=0)
    print(f"test mae in original units: {mae * sd[0]:.2f}")


if __name__ == "__main__":
    main()
