"""Gradient accumulation in an own loop with tf.Variables as buffers."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(19)


class Accumulator:
    def __init__(self, variables, every):
        self.variables = variables
        self.every = every
        self.buffers = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
        self.count = 0

    def add(self, grads, optimizer):
        for b, g in zip(self.buffers, grads):
            b.assign_add(g / self.every)
        self.count += 1
        if self.count == self.every:
            optimizer.apply_gradients(zip([b.value() for b in self.buffers], self.variables))
            for b in self.buffers:
                b.assign(tf.zeros_like(b))
            self.count = 0


class Tower(keras.Model):
    def __init__(self, widths):
        super().__init__()
        self.stack = [layers.Dense(w, activation="swish") for w in widths]
        self.out = layers.Dense(1)

    def call(self, x):
        for layer in self.stack:
            x = layer(x)
        return tf.squeeze(self.out(x), axis=-1)


x = np.random.uniform(-2, 2, (512, 3)).astype("float32")
y = (x[:, 0] ** 2 + x[:, 1] * x[:, 2]).astype("float32")
ds = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(512, seed=1).batch(16)

model = Tower([48, 48])
model(x[:1])
opt = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, decay_steps=16 * 12))
loss_fn = keras.losses.Huber(delta=2.0)
acc = Accumulator(model.trainable_variables, every=2)


@tf.function
def forward_backward(xb, yb):
    with tf.GradientTape() as tape:
        loss = loss_fn(yb, model(xb))
    return loss, tape.gradient(loss, model.trainable_variables)


for epoch in range(12):
    losses = []
    for xb, yb in ds:
        loss, grads = forward_backward(xb, yb)
        acc.add(grads, opt)
        losses.append(float(loss))
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1} huber {np.mean(losses):.4f}")

xt = np.random.uniform(-2, 2, (200, 3)).astype("float32")
yt = xt[:, 0] ** 2 + xt[:, 1] * xt[:, 2]
print("test rmse", float(np.sqrt(np.mean((model(xt).numpy() - yt) ** 2))).__round__(3))
