"""
# Writing a training loop from scratch

A spiral of three arms, classified with layers of our own.
"""

import time

import numpy as np
import tensorflow as tf
import keras


class Linear(keras.layers.Layer):
    def __init__(self, units=32, regularization=0.0):
        super().__init__()
        self.units = units
        self.regularization = regularization

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="he_normal",
            trainable=True,
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)

    def call(self, inputs):
        self.add_loss(self.regularization * keras.ops.sum(keras.ops.square(self.w)))
        return keras.ops.matmul(inputs, self.w) + self.b


class MLPBlock(keras.layers.Layer):
    def __init__(self, num_classes):
        super().__init__()
        self.linear_1 = Linear(32, 1e-5)
        self.linear_2 = Linear(32, 1e-5)
        self.dropout = keras.layers.Dropout(0.1)
        self.linear_3 = Linear(num_classes)

    def call(self, inputs, training=False):
        x = self.linear_1(inputs)
        x = keras.activations.relu(x)
        x = self.linear_2(x)
        x = keras.activations.relu(x)
        x = self.dropout(x, training=training)
        return self.linear_3(x)


def spiral(n, num_classes, seed):
    rng = np.random.RandomState(seed)
    label = rng.randint(0, num_classes, n)
    radius = rng.uniform(0.1, 1.0, n)
    theta = 2 * np.pi * label / num_classes + 3.0 * radius + rng.normal(0, 0.15, n)
    points = np.stack([radius * np.cos(theta), radius * np.sin(theta)], axis=1)
    return points.astype("float32"), label


keras.utils.set_random_seed(2)
inputs = keras.Input(shape=(2,), name="points")
outputs = MLPBlock(3)(inputs)
model = keras.Model(inputs=inputs, outputs=outputs)

# Instantiate an optimizer, a loss and the metrics.
optimizer = keras.optimizers.SGD(learning_rate=0.3, momentum=0.9)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
train_acc_metric = keras.metrics.SparseCategoricalAccuracy()
val_acc_metric = keras.metrics.SparseCategoricalAccuracy()

batch_size = 64
x_train, y_train = spiral(1000, 3, seed=0)
x_val, y_val = spiral(300, 3, seed=1)
train_dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train))
train_dataset = train_dataset.shuffle(buffer_size=1024).batch(batch_size)
val_dataset = tf.data.Dataset.from_tensor_slices((x_val, y_val))
val_dataset = val_dataset.batch(batch_size)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss_value = loss_fn(y, logits)
        # Add any extra losses created during the forward pass.
        loss_value += sum(model.losses)
    grads = tape.gradient(loss_value, model.trainable_weights)
    optimizer.apply(grads, model.trainable_weights)
    train_acc_metric.update_state(y, logits)
    return loss_value


@tf.function
def test_step(x, y):
    val_logits = model(x, training=False)
    val_acc_metric.update_state(y, val_logits)


epochs = 15
for epoch in range(epochs):
    start_time = time.time()

    # Iterate over the batches of the dataset.
    total = 0.0
    for step, (x_batch_train, y_batch_train) in enumerate(train_dataset):
        total += float(train_step(x_batch_train, y_batch_train))

    # Run a validation loop at the end of each epoch.
    for x_batch_val, y_batch_val in val_dataset:
        test_step(x_batch_val, y_batch_val)

    if epoch % 3 == 2:
        print(f"epoch {epoch}: training loss {total / (step + 1):.4f}, acc {float(train_acc_metric.result()):.4f}, "
              f"validation acc {float(val_acc_metric.result()):.4f} ({time.time() - start_time:.2f}s)")
    train_acc_metric.reset_state()
    val_acc_metric.reset_state()
