"""Encoder-only transformer written by hand as subclassed layers."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(17)

CFG = dict(vocab=40, seq_len=16, d_model=48, num_heads=5, ff=64, depth=2, classes=2, batch=32, epochs=4)  # FAULT


class SelfAttention(layers.Layer):
    def __init__(self, d_model, num_heads, **kw):
        super().__init__(**kw)
        self.h = num_heads
        self.depth = d_model // num_heads
        self.d_model = d_model
        self.wq = layers.Dense(d_model)
        self.wk = layers.Dense(d_model)
        self.wv = layers.Dense(d_model)
        self.wo = layers.Dense(d_model)

    def split(self, x):
        b, t = tf.shape(x)[0], tf.shape(x)[1]
        x = tf.reshape(x, (b, t, self.h, self.depth))
        return tf.transpose(x, (0, 2, 1, 3))

    def call(self, x):
        q, k, v = self.split(self.wq(x)), self.split(self.wk(x)), self.split(self.wv(x))
        scores = tf.matmul(q, k, transpose_b=True) / np.sqrt(self.depth)
        weights = tf.nn.softmax(scores, axis=-1)
        out = tf.transpose(tf.matmul(weights, v), (0, 2, 1, 3))
        out = tf.reshape(out, (tf.shape(x)[0], tf.shape(x)[1], self.d_model))
        return self.wo(out)


class EncoderBlock(layers.Layer):
    def __init__(self, d_model, num_heads, ff, **kw):
        super().__init__(**kw)
        self.att = SelfAttention(d_model, num_heads)
        self.ffn = keras.Sequential([layers.Dense(ff, activation="gelu"), layers.Dense(d_model)])
        self.n1 = layers.LayerNormalization()
        self.n2 = layers.LayerNormalization()

    def call(self, x):
        x = self.n1(x + self.att(x))
        return self.n2(x + self.ffn(x))


class Classifier(keras.Model):
    def __init__(self, cfg):
        super().__init__()
        self.tok = layers.Embedding(cfg["vocab"], cfg["d_model"])
        self.pos = layers.Embedding(cfg["seq_len"], cfg["d_model"])
        self.blocks = [EncoderBlock(cfg["d_model"], cfg["num_heads"], cfg["ff"]) for _ in range(cfg["depth"])]
        self.pool = layers.GlobalAveragePooling1D()
        self.head = layers.Dense(cfg["classes"], activation="softmax")

    def call(self, ids):
        x = self.tok(ids) + self.pos(tf.range(tf.shape(ids)[1]))
        for blk in self.blocks:
            x = blk(x)
        return self.head(self.pool(x))


def toy(n, rng):
    ids = rng.integers(1, CFG["vocab"], size=(n, CFG["seq_len"]))
    y = ((ids < 12).sum(1) > (ids >= 28).sum(1)).astype("int64")
    return ids, y


rng = np.random.default_rng(17)
x_train, y_train = toy(640, rng)
x_val, y_val = toy(128, rng)
model = Classifier(CFG)
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, validation_data=(x_val, y_val), batch_size=CFG["batch"], epochs=CFG["epochs"], verbose=2)
