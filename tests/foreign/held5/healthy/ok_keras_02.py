# Transfer learning: pretrain, freeze, new head, then unfreeze with a small learning rate
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(5)


def shapes(n, task):
    x = np.random.normal(0, 0.2, (n, 12, 16, 1)).astype("float32")
    tall = np.random.randint(0, 2, n)
    left = np.random.randint(0, 2, n)
    for i in range(n):
        r = np.random.randint(0, 4)
        c = np.random.randint(0, 4) + (0 if left[i] else 8)
        h, w = (8, 2) if tall[i] else (2, 4)
        x[i, r:r + h, c:c + w] += 1.0
    return x, (tall if task == "old" else tall * 2 + left)


base = keras.Sequential([
    layers.Input((12, 16, 1)),
    layers.Conv2D(12, 3, padding="same", activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.BatchNormalization(),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.AveragePooling2D((3, 4)),
    layers.Flatten(),
], name="base")

pre = keras.Sequential([base, layers.Dense(2)])
pre.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
pre.fit(*shapes(300, "old"), epochs=3, verbose=2)

base.trainable = False
inp = keras.Input((12, 16, 1))
h = base(inp, training=False)
out = layers.Dense(4, activation="softmax")(h)
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
assert len(model.trainable_weights) == 2
x, y = shapes(400, "new")
model.fit(x, y, epochs=5, verbose=2)

base.trainable = True
model.compile(keras.optimizers.Adam(5e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=2, verbose=2)
print("test:", model.evaluate(*shapes(200, "new"), verbose=0))
