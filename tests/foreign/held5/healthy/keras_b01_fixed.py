"""Two-moons style classification with Keras; data are shuffled by hand before the split."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(14)


def moons(n, noise=0.1):
    a = np.random.rand(n) * np.pi
    up = np.stack([np.cos(a), np.sin(a)], axis=1)
    down = np.stack([1 - np.cos(a), 0.5 - np.sin(a)], axis=1)
    X = np.concatenate([up, down]) + noise * np.random.randn(2 * n, 2)
    y = np.concatenate([np.zeros(n), np.ones(n)])
    return X.astype("float32"), y.astype("float32")


def shuffle_together(X, y):
    order = np.random.permutation(len(X))
    X = X[order]
    y = y[order]
    return X, y


def split(X, y, test=0.2):
    k = int(len(X) * (1 - test))
    return (X[:k], y[:k]), (X[k:], y[k:])


X, y = moons(300)
X, y = shuffle_together(X, y)
(x_train, y_train), (x_test, y_test) = split(X, y)
print("class balance in train:", y_train.mean().round(3), "in test:", y_test.mean().round(3))

model = keras.Sequential([
    layers.Input(shape=(2,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=12, batch_size=32, verbose=2)

train_acc = model.evaluate(x_train, y_train, verbose=0)[1]
test_acc = model.evaluate(x_test, y_test, verbose=0)[1]
print(f"train accuracy {train_acc:.3f}  test accuracy {test_acc:.3f}")
