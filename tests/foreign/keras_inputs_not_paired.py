import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, Model

BATCH = 32
n = 640
profile = np.random.rand(n, 6).astype("float32")
clicks = np.random.rand(n, 15, 4).astype("float32")
bought = (profile[:, 0] + clicks.mean(axis=(1, 2)) > 1.0).astype("float32")


def make_ds(lo, hi, training=False):
    ds = tf.data.Dataset.from_tensor_slices((profile[lo:hi], clicks[lo:hi], bought[lo:hi]))  # FAULT
    if training:
        ds = ds.shuffle(hi - lo)
    return ds.batch(BATCH).prefetch(tf.data.AUTOTUNE)  # FAULT


def build():
    prof_in = layers.Input(shape=(6,), name="profile")
    clk_in = layers.Input(shape=(15, 4), name="clicks")
    p = layers.Dense(16, activation="relu")(prof_in)
    c = layers.GRU(16)(clk_in)
    merged = layers.concatenate([p, c])
    merged = layers.Dense(16, activation="relu")(merged)
    out = layers.Dense(1, activation="sigmoid")(merged)
    return Model(inputs=[prof_in, clk_in], outputs=out)


model = build()
model.compile("adam", "binary_crossentropy", metrics=["AUC"])
train, valid = make_ds(0, 512, True), make_ds(512, 640)
model.fit(train, validation_data=valid, epochs=2)
