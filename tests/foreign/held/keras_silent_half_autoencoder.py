import numpy as np
import tensorflow as tf

tf.random.set_seed(0)
rng = np.random.RandomState(0)
basis = rng.rand(3, 20).astype("float32")
signals = rng.rand(128, 3).astype("float32") @ basis
ds = tf.data.Dataset.from_tensor_slices(signals).shuffle(128, seed=1).batch(32)

encoder = tf.keras.Sequential(
    [tf.keras.Input((20,)), tf.keras.layers.Dense(12, activation="relu"), tf.keras.layers.Dense(3)], name="enc"
)
decoder = tf.keras.Sequential(
    [tf.keras.Input((3,)), tf.keras.layers.Dense(12, activation="relu"), tf.keras.layers.Dense(20)], name="dec"
)
opt = tf.keras.optimizers.Adam(2e-3)


def train_step(batch):
    with tf.GradientTape() as tape:
        code = encoder(batch, training=True)
        rebuilt = decoder(code, training=True)
        loss = tf.reduce_mean(tf.square(batch - rebuilt))
    weights = encoder.trainable_variables  # FAULT
    opt.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


for epoch in range(4):
    mean = tf.keras.metrics.Mean()
    for batch in ds:
        mean.update_state(train_step(batch))
    tf.print("epoch", epoch, "mse", mean.result())
