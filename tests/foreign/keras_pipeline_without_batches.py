import numpy as np
import tensorflow as tf

HIST, FEATS, BATCH_SIZE = 24, 3, 32

hours = np.arange(900)
temp = 10 + 5 * np.sin(hours * 2 * np.pi / 24) + np.random.randn(900)
hum = 60 + 10 * np.cos(hours * 2 * np.pi / 24) + np.random.randn(900)
wind = np.abs(np.random.randn(900))
data = np.stack([temp, hum, wind], axis=-1)
data = ((data - data.mean(0)) / data.std(0)).astype("float32")

X = np.stack([data[i:i + HIST] for i in range(len(data) - HIST)])
y = data[HIST:, 0:1]
split = 700

train_ds = (
    tf.data.Dataset.from_tensor_slices((X[:split], y[:split]))
    .cache()
    .shuffle(split)  # FAULT
    .prefetch(tf.data.AUTOTUNE)  # FAULT
)
val_ds = tf.data.Dataset.from_tensor_slices((X[split:], y[split:])).batch(BATCH_SIZE)

model = tf.keras.Sequential([
    tf.keras.layers.Input(shape=(HIST, FEATS)),
    tf.keras.layers.Conv1D(16, 5, padding="causal", activation="relu"),
    tf.keras.layers.GRU(24),
    tf.keras.layers.Dense(1),
])
model.compile(loss="mae", optimizer=tf.keras.optimizers.Adam(2e-3))
hist = model.fit(train_ds, validation_data=val_ds, epochs=2, verbose=2)
print(hist.history["val_loss"])
