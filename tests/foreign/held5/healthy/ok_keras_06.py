"""Fully convolutional net on batches of different picture sizes, custom train_step, padded batches of boxes."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(27)
RNG = np.random.default_rng(27)
SIZES = [(12, 12), (16, 10), (9, 20)]


def generator(n_batches, batch=16):
    for b in range(n_batches):
        h, w = SIZES[b % len(SIZES)]
        label = RNG.integers(0, 2, (batch, 1)).astype("float32")
        img = RNG.normal(0, 0.3, (batch, h, w, 2)).astype("float32")
        for i in range(batch):
            r, c = RNG.integers(0, h - 5), RNG.integers(0, w - 5)
            img[i, r:r + 5, c:c + 5, int(label[i, 0])] += 1.5
        yield img, label


def dataset(n_batches):
    spec = (tf.TensorSpec((None, None, None, 2), tf.float32), tf.TensorSpec((None, 1), tf.float32))
    return tf.data.Dataset.from_generator(lambda: generator(n_batches), output_signature=spec)


class NoisyStudent(keras.Model):
    """Adds gaussian noise to the pictures inside the training step only."""

    def train_step(self, data):
        x, y = data
        noisy = x + tf.random.normal(tf.shape(x), stddev=0.1)
        with tf.GradientTape() as tape:
            pred = self(noisy, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=pred)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(grads, self.trainable_variables)
        for m in self.metrics:
            if m.name == "loss":
                m.update_state(loss)
            else:
                m.update_state(y, pred)
        return {m.name: m.result() for m in self.metrics}


inp = keras.Input((None, None, 2))
x = layers.SeparableConv2D(16, 3, padding="same", activation="relu")(inp)
x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
x = layers.GlobalMaxPooling2D()(x)
out = layers.Dense(1, activation="sigmoid")(x)
model = NoisyStudent(inp, out)
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(dataset(24), epochs=5, verbose=2)
print("evaluation:", [round(float(v), 3) for v in model.evaluate(dataset(9), verbose=0)])
