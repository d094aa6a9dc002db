"""
Signature verification with a siamese network, pairs come from a python generator.
"""
import random
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, Model, Input
from tensorflow.keras import backend as K
from tensorflow.keras.optimizers import RMSprop

random.seed(8)
np.random.seed(8)

N_WRITERS, SHOTS, H, W = 10, 8, 20, 40


def write_signature(writer):
    rs = np.random.RandomState(writer)
    a, b, c = rs.uniform(1, 5, 3)
    img = np.zeros((H, W, 1), dtype=np.float32)
    for x in range(W):
        y = H / 2 + 4 * np.sin(a * x / W * 6 + b) + 3 * np.cos(c * x / W * 6) + np.random.randn() * 0.3
        img[int(np.clip(y, 0, H - 1)), x, 0] = 1.0
    return img


signatures = {w: [write_signature(w) for _ in range(SHOTS)] for w in range(N_WRITERS)}


def pair_generator(batch_size=16, steps=20):
    for _ in range(steps):
        left, right, targets = [], [], []
        for k in range(batch_size):
            w = random.randrange(N_WRITERS)
            genuine = k % 2
            other = w if genuine else random.choice([i for i in range(N_WRITERS) if i != w])
            left.append(random.choice(signatures[w]))
            right.append(random.choice(signatures[other]))
            targets.append(genuine)
        yield (np.array(left), np.array(right)), np.array(targets, dtype=np.float32)


train_ds = tf.data.Dataset.from_generator(
    pair_generator,
    output_signature=(
        (tf.TensorSpec(shape=(None, H, W), dtype=tf.float32), tf.TensorSpec(shape=(None, H, W), dtype=tf.float32)),  # FAULT
        tf.TensorSpec(shape=(None,), dtype=tf.float32)))


def build_base_network(input_shape):
    inp = Input(input_shape)
    x = layers.Conv2D(8, 3, activation='relu', padding='same')(inp)
    x = layers.MaxPool2D(2)(x)
    x = layers.Conv2D(16, 3, activation='relu', padding='same')(x)
    x = layers.MaxPool2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(32, activation='relu')(x)
    return Model(inp, x, name='base')


class L1Distance(layers.Layer):
    def call(self, u, v):
        return tf.abs(u - v)


base = build_base_network((H, W, 1))
a, b = Input((H, W, 1)), Input((H, W, 1))
dist = L1Distance()(base(a), base(b))
out = layers.Dense(1, activation='sigmoid')(dist)
siamese = Model([a, b], out)
siamese.compile(loss='binary_crossentropy', optimizer=RMSprop(0.002), metrics=['accuracy'])
siamese.fit(train_ds, epochs=3, verbose=2)

(l, r), t = next(pair_generator(64, 1))
print('accuracy on fresh pairs', np.mean((siamese.predict([l, r], verbose=0)[:, 0] > 0.5) == t))
