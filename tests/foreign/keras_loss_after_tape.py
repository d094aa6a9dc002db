import numpy as np
import tensorflow as tf

SR, LENGTH = 800, 400
tt = np.arange(LENGTH) / SR
freqs = np.random.uniform(20, 80, size=(160, 1))
clean = np.sin(2 * np.pi * freqs * tt)[..., None].astype(np.float32)
noisy = (clean + 0.4 * np.random.randn(*clean.shape)).astype(np.float32)

dataset = tf.data.Dataset.from_tensor_slices((noisy, clean)).shuffle(160).batch(16)


class Denoiser(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.down = tf.keras.layers.Conv1D(16, 9, strides=2, padding="same", activation="relu")
        self.mid = tf.keras.layers.Conv1D(16, 9, padding="same", activation="relu")
        self.up = tf.keras.layers.Conv1DTranspose(8, 9, strides=2, padding="same", activation="relu")
        self.out = tf.keras.layers.Conv1D(1, 5, padding="same")

    def call(self, x):
        return self.out(self.up(self.mid(self.down(x))))


model = Denoiser()
optimizer = tf.keras.optimizers.Adam(1e-3)
mse = tf.keras.losses.MeanSquaredError()

for epoch in range(3):
    losses = []
    for x, target in dataset:
        with tf.GradientTape() as tape:
            restored = model(x, training=True)
        loss = mse(target, restored)  # FAULT
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        losses.append(float(loss))
    print("epoch", epoch, np.mean(losses))
