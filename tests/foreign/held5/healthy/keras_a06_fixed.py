# tf.data input pipeline + Conv1D on accelerometer-like signals
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.random.set_seed(3)
np.random.seed(3)

WINDOW = 40
CHANNELS = 3
ACTIVITIES = ["sit", "walk", "run"]
BATCH = 16
AUTOTUNE = tf.data.AUTOTUNE


def record(activity):
    t = np.linspace(0, 4 * np.pi, WINDOW)
    freq = [0.0, 1.0, 3.0][activity]
    sig = np.stack([np.sin(freq * t + np.random.rand() * 6) for _ in range(CHANNELS)], axis=-1)
    return (sig + 0.2 * np.random.randn(WINDOW, CHANNELS)).astype("float32")


def gather(n):
    labels = np.random.randint(0, len(ACTIVITIES), n)
    return np.stack([record(a) for a in labels]), labels.astype("int32")


def jitter(x, y):
    return x + tf.random.normal(tf.shape(x), stddev=0.02), y


train_x, train_y = gather(320)
val_x, val_y = gather(80)

train_ds = tf.data.Dataset.from_tensor_slices((train_x, train_y))
train_ds = train_ds.shuffle(320).map(jitter, num_parallel_calls=AUTOTUNE)
train_ds = train_ds.batch(BATCH).prefetch(AUTOTUNE)

val_ds = tf.data.Dataset.from_tensor_slices((val_x, val_y))
val_ds = val_ds.batch(BATCH)

model = tf.keras.Sequential([
    layers.Input(shape=(WINDOW, CHANNELS)),
    layers.Conv1D(16, 5, activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(32, 3, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(len(ACTIVITIES)),
])
model.compile(
    optimizer="adam",
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
hist = model.fit(train_ds, validation_data=val_ds, epochs=10, verbose=2)
print("final val accuracy:", round(hist.history["val_accuracy"][-1], 3))
