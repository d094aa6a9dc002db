import keras
import numpy as np

keras.utils.set_random_seed(9)

steps = np.arange(400)
temperature = np.sin(steps / 12) + 0.1 * np.random.randn(400)
pressure = np.cos(steps / 30) + 0.1 * np.random.randn(400)
raw = np.stack([temperature, pressure], axis=-1)

mean, std = raw[:300].mean(axis=0), raw[:300].std(axis=0)
raw = (raw - mean) / std

WINDOW, DELAY = 24, 6


def windows(start, end):
    return keras.utils.timeseries_dataset_from_array(
        raw[:-DELAY],
        targets=raw[WINDOW - 1 :, 0],  # FAULT
        sequence_length=WINDOW,
        shuffle=True,
        batch_size=32,
        start_index=start,
        end_index=end,
    )


train, val = windows(0, 300), windows(300, None)

inputs = keras.Input(shape=(WINDOW, raw.shape[-1]))
x = keras.layers.LSTM(12)(inputs)
outputs = keras.layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
model.fit(train, epochs=2, validation_data=val, verbose=2)
