"""A miniature causal language model whose ``train_step`` and ``test_step`` are our own."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CONFIG = dict(seq_len=12, d_model=32, heads=2, mlp=64, dropout=0.1, batch=32, epochs=5, lr=3e-3, seed=31)
keras.utils.set_random_seed(CONFIG["seed"])

# A stochastic grammar: arithmetic progressions modulo 17 with step 1, 2 or 3.
VOCAB = 17
rng = np.random.default_rng(CONFIG["seed"])
starts = rng.integers(0, VOCAB, size=(1400, 1))
steps = rng.integers(1, 4, size=(1400, 1))
tokens = (starts + steps * np.arange(CONFIG["seq_len"] + 1)) % VOCAB
train_tokens, valid_tokens = tokens[:1200].astype("int32"), tokens[1200:].astype("int32")


def dataset(array, training):
    ds = tf.data.Dataset.from_tensor_slices(array)
    if training:
        ds = ds.shuffle(len(array), seed=0)
    return ds.batch(CONFIG["batch"], drop_remainder=True).prefetch(2)


class DecoderBlock(layers.Layer):
    def __init__(self, d_model, heads, mlp, dropout, **kwargs):
        super().__init__(**kwargs)
        self.norm1 = layers.LayerNormalization()
        self.attention = layers.MultiHeadAttention(heads, d_model // heads, dropout=dropout)
        self.norm2 = layers.LayerNormalization()
        self.fc1 = layers.Dense(mlp, activation="gelu")
        self.fc2 = layers.Dense(d_model)
        self.drop = layers.Dropout(dropout)

    def call(self, x, training=None):
        h = self.norm1(x)
        x = x + self.attention(h, h, use_causal_mask=True, training=training)
        h = self.fc2(self.fc1(self.norm2(x)))
        return x + self.drop(h, training=training)


class LanguageModel(keras.Model):
    def __init__(self, cfg, vocab, **kwargs):
        super().__init__(**kwargs)
        self.token_embedding = layers.Embedding(vocab, cfg["d_model"])
        self.position_embedding = layers.Embedding(cfg["seq_len"], cfg["d_model"])
        self.block = DecoderBlock(cfg["d_model"], cfg["heads"], cfg["mlp"], cfg["dropout"])
        self.norm = layers.LayerNormalization()
        self.head = layers.Dense(vocab)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.acc_tracker = keras.metrics.SparseCategoricalAccuracy(name="accuracy")

    @property
    def metrics(self):
        return [self.loss_tracker, self.acc_tracker]

    def call(self, ids, training=None):
        positions = ops.arange(ops.shape(ids)[1])
        x = self.token_embedding(ids) + self.position_embedding(positions)
        x = self.block(x, training=training)
        return self.head(self.norm(x))

    def _forward(self, batch, training):
        x, y = batch[:, :-1], batch[:, 1:]
        logits = self(x, training=training)
        loss = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
        self.acc_tracker.update_state(y, logits)
        return ops.mean(loss)

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            loss = self._forward(batch, training=True)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, batch):
        self.loss_tracker.update_state(self._forward(batch, training=False))
        return {m.name: m.result() for m in self.metrics}


model = LanguageModel(CONFIG, VOCAB)
model.compile(optimizer=keras.optimizers.AdamW(learning_rate=CONFIG["lr"], weight_decay=1e-4))
model.fit(dataset(train_tokens, True), validation_data=dataset(valid_tokens, False), epochs=CONFIG["epochs"], verbose=2)

# continue 3, 5, 7, ... greedily
ids = [3, 5, 7]
while len(ids) < CONFIG["seq_len"]:
    logits = model(np.array([ids]), training=False)
    ids.append(int(ops.argmax(logits[0, -1])))
print(ids)
