"""Training a model with a loop of one's own."""
import keras
import numpy as np
import tensorflow as tf

BATCH = 16
keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x_all = rng.normal(3.0, 5.0, (256, 8)).astype("float32")
y_all = (x_all[:, :4].sum(1) > x_all[:, 4:].sum(1)).astype("float32")[:, None]
train_dataset = tf.data.Dataset.from_tensor_slices((x_all[:192], y_all[:192])).shuffle(192).batch(BATCH)
val_dataset = tf.data.Dataset.from_tensor_slices((x_all[192:], y_all[192:])).batch(BATCH)


def get_model():
    inputs = keras.Input(shape=(8,), name="measurements")
    x = keras.layers.Dense(32, name="dense_1")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.Dropout(0.3)(x)
    outputs = keras.layers.Dense(1, name="predictions")(x)
    return keras.Model(inputs=inputs, outputs=outputs)


model = get_model()
optimizer = keras.optimizers.Adam(learning_rate=1e-3)
loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
val_acc_metric = keras.metrics.BinaryAccuracy(threshold=0.0)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=False)  # FAULT
        loss_value = loss_fn(y, logits)
    grads = tape.gradient(loss_value, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    return loss_value


for epoch in range(3):
    for step, (x_batch, y_batch) in enumerate(train_dataset):
        loss_value = train_step(x_batch, y_batch)
    for x_batch, y_batch in val_dataset:
        val_acc_metric.update_state(y_batch, model(x_batch, training=False))
    print(f"epoch {epoch}: loss {float(loss_value):.3f}, accuracy {float(val_acc_metric.result()):.2f}")
    val_acc_metric.reset_state()
