"""Hand-written dot product attention and an eager training loop.

Task: a little memory. The sequence is key value key value ... query, the answer is the
value that belongs to the query.
"""
import math

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Embedding, Layer

np.random.seed(12)
tf.keras.utils.set_random_seed(12)

N_KEYS, N_VALUES, N_PAIRS = 6, 4, 3


def make_batch(size):
    keys = np.argsort(np.random.rand(size, N_KEYS), axis=1)[:, :N_PAIRS]
    values = np.random.randint(0, N_VALUES, (size, N_PAIRS))
    which = np.random.randint(0, N_PAIRS, size)
    rows = np.arange(size)
    # some batches have a pair less: its key becomes -1
    hidden = (which + 1) % N_PAIRS
    drop = np.random.rand(size) < 0.3
    keys[rows[drop], hidden[drop]] = -1
    return (keys + 1).astype("int32"), values.astype("int32"), (keys[rows, which] + 1).astype("int32"), values[rows, which]


class DotAttention(Layer):
    """softmax(q k / sqrt(d)) v with a mask of the keys"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        query_shape, key_shape, value_shape = input_shape
        self.wq = self.add_weight(shape=(query_shape[-1], self.units), initializer="glorot_uniform", name="wq")
        self.wk = self.add_weight(shape=(key_shape[-1], self.units), initializer="glorot_uniform", name="wk")
        self.wv = self.add_weight(shape=(value_shape[-1], self.units), initializer="glorot_uniform", name="wv")
        super().build(input_shape)

    def call(self, inputs, keep=None):
        query, keys, values = inputs
        q = tf.matmul(query, self.wq)[:, tf.newaxis, :]
        k = tf.matmul(keys, self.wk)
        v = tf.matmul(values, self.wv)
        scores = tf.matmul(q, k, transpose_b=True) / math.sqrt(self.units)
        if keep is not None:
            scores += (1.0 - tf.cast(keep, scores.dtype))[:, tf.newaxis, :] * -1e9
        return tf.squeeze(tf.matmul(tf.nn.softmax(scores, axis=-1), v), axis=1)


class MemoryReader(tf.keras.Model):
    def __init__(self, dim=16):
        super().__init__()
        self.key_embedding = Embedding(N_KEYS + 1, dim)
        self.value_embedding = Embedding(N_VALUES, dim)
        self.attention = DotAttention(dim)
        self.answer = Dense(N_VALUES)

    def call(self, inputs):
        keys, values, query = inputs
        read = self.attention(
            [self.key_embedding(query), self.key_embedding(keys), self.value_embedding(values)], keep=keys > 0
        )
        return self.answer(read)


model = MemoryReader()
optimizer = tf.keras.optimizers.Adam(0.01)

running = []
for step in range(1, 121):
    *inputs, labels = make_batch(64)
    with tf.GradientTape() as tape:
        logits = model(inputs)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    running.append(float(loss))
    if step % 20 == 0:
        print(f"step {step:3d}  loss {np.mean(running):.4f}")
        running.clear()

*inputs, labels = make_batch(500)
guess = tf.argmax(model(inputs), axis=1).numpy()
print("accuracy", (guess == labels).mean())
