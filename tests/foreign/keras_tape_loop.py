import numpy as np
import tensorflow as tf

x = np.random.rand(96, 10).astype("float32")
y = np.random.rand(96, 1).astype("float32")
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(96).batch(32)

net = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(1e-3)
mse = tf.keras.losses.MeanSquaredError()


def train_step(features, targets):
    predictions = net(features)  # FAULT
    with tf.GradientTape() as tape:  # FAULT
        loss = mse(targets, predictions)
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for epoch in range(2):
    for features, targets in dataset:
        value = train_step(features, targets)
    print(epoch, float(value))
