"""Flower-like measurements -> species, dense net, one config class."""
import numpy as np
import tensorflow as tf
from tensorflow import keras


class Params:
    n_species = 3
    n_features = 4
    hidden = [32, 16]
    lr = 0.01
    epochs = 10
    batch_size = 20
    test_fraction = 0.25


def synthetic_iris(n_per=80, seed=1):
    rng = np.random.default_rng(seed)
    centers = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
    xs, ys = [], []
    for k, c in enumerate(centers):
        xs.append(c + rng.normal(scale=0.3, size=(n_per, 4)))
        ys.append(np.full(n_per, k))
    x, y = np.concatenate(xs), np.concatenate(ys)
    order = rng.permutation(len(x))
    return x[order].astype("float32"), y[order]


def train_test_split(x, y, frac):
    n_test = int(len(x) * frac)
    return x[n_test:], x[:n_test], y[n_test:], y[:n_test]


def make_model(p, mean, var):
    inputs = keras.Input(shape=(p.n_features,))
    h = keras.layers.Normalization(mean=mean, variance=var)(inputs)
    for units in p.hidden:
        h = keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal")(h)
    outputs = keras.layers.Dense(p.n_species, activation="softmax")(h)
    return keras.Model(inputs, outputs, name="species")


def main():
    tf.keras.utils.set_random_seed(1)
    p = Params()
    x, y = synthetic_iris()
    y = keras.utils.to_categorical(y, p.n_species)
    x_tr, x_te, y_tr, y_te = train_test_split(x, y, p.test_fraction)
    print("shapes", x_tr.shape, y_tr.shape, x_te.shape, y_te.shape)

    model = make_model(p, x_tr.mean(0), x_tr.var(0))
    model.compile(
        optimizer=keras.optimizers.Adam(p.lr),
        loss="sparse_categorical_crossentropy",  # FAULT
        metrics=["accuracy"],
    )
    model.fit(x_tr, y_tr, epochs=p.epochs, batch_size=p.batch_size, verbose=2)
    loss, acc = model.evaluate(x_te, y_te, verbose=0)
    print("held-out accuracy: %.3f" % acc)
    probs = model.predict(x_te[:3], verbose=0)
    print("first predictions:", probs.argmax(1), "truth:", y_te[:3].argmax(1))


if __name__ == "__main__":
    main()
