"""Digit-like glyph recognition: grayscale pictures through a Conv2D stack."""
import os
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models

rng = np.random.default_rng(10)
tf.random.set_seed(10)
H = W = 14


def glyph(kind):
    img = np.zeros((H, W), dtype=np.uint8)
    r, c = rng.integers(1, 5, size=2)
    if kind == 0:                       # box
        img[r:r + 7, c] = img[r:r + 7, c + 6] = 255
        img[r, c:c + 7] = img[r + 6, c:c + 7] = 255
    elif kind == 1:                     # stroke
        img[r:r + 8, c + 3] = 255
    else:                               # diagonal
        for k in range(8):
            img[r + k, c + k] = 255
    return img


def load_data(n_train=360, n_test=90):
    y = rng.integers(0, 3, n_train + n_test)
    x = np.array([glyph(k) for k in y])
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def preprocess(images):
    images = images.astype("float32") / 255.0
    images = np.expand_dims(images, axis=0)  # FAULT
    return images


def build_model():
    inp = layers.Input(shape=(None, None, 1))
    x = inp
    for filters in (8, 16, 32):
        x = layers.Conv2D(filters, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.GlobalMaxPooling2D()(x)
    out = layers.Dense(3, activation="softmax")(x)
    return models.Model(inp, out)


(x_train, y_train), (x_test, y_test) = load_data()
x_train, x_test = preprocess(x_train), preprocess(x_test)

model = build_model()
model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=6, batch_size=24, verbose=2)
loss, acc = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy {acc:.3f}")
