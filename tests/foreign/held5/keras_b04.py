# Own training loop in TensorFlow: how bright is the spot in an 8-bit picture (faint, medium, bright)
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(40)
SIZE = 12
BATCH = 32


def pictures(n):
    y = np.random.randint(0, 3, n)
    x = np.random.randint(0, 60, size=(n, SIZE, SIZE, 1))
    for i, k in enumerate(y):
        r, c = np.random.randint(1, 8, size=2)
        level = (40, 100, 180)[k]
        x[i, r:r + 4, c:c + 4] += level
    return x.astype("uint8"), y.astype("int64")


def prepare(x, y):
    x = tf.cast(x, tf.float32) / 255.0
    return (x - 0.15) / 0.12, y


def make_dataset(n, training):
    ds = tf.data.Dataset.from_tensor_slices(pictures(n))
    if training:
        ds = ds.shuffle(n)
        ds = ds.map(prepare)  # FAULT
    return ds.batch(BATCH)


def make_net():
    return keras.Sequential([
        layers.Input((SIZE, SIZE, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(3),
    ])


train_ds = make_dataset(448, training=True)
test_ds = make_dataset(128, training=False)
net = make_net()
optimizer = keras.optimizers.Adam(3e-3)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
train_loss = keras.metrics.Mean()
test_acc = keras.metrics.SparseCategoricalAccuracy()


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = net(x, training=True)
        loss = loss_fn(y, logits)
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    train_loss.update_state(loss)


for epoch in range(8):
    train_loss.reset_state()
    test_acc.reset_state()
    for x, y in train_ds:
        train_step(x, y)
    for x, y in test_ds:
        test_acc.update_state(y, net(x, training=False))
    print(f"epoch {epoch + 1} loss {float(train_loss.result()):.4f} test acc {float(test_acc.result()):.3f}")
