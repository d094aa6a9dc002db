import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras import models

seed = 42
tf.random.set_seed(seed)
np.random.seed(seed)

commands = np.array(['down', 'go', 'left', 'no', 'right', 'stop', 'up', 'yes'])
noise_classes = ['silence', 'unknown']


def synth(i, n=2000, sr=4000):
    t = np.arange(n) / sr
    if i < len(commands):
        f = 200 + 180 * i
        w = np.sin(2 * np.pi * f * t * (1 + 0.1 * np.random.rand()))
    elif i == len(commands):
        w = np.zeros(n)
    else:
        w = np.sin(2 * np.pi * np.random.uniform(100, 1900) * t) * np.sign(np.sin(20 * t))
    return (w + 0.05 * np.random.randn(n)).astype('float32')


y = np.arange(400) % (len(commands) + len(noise_classes))
np.random.shuffle(y)
audio = np.stack([synth(i) for i in y])


def get_spectrogram(waveform):
    spectrogram = tf.signal.stft(waveform, frame_length=128, frame_step=64)
    spectrogram = tf.abs(spectrogram)
    # add a channels dimension so that it can be used as image-like input
    spectrogram = spectrogram[..., tf.newaxis]
    return spectrogram


ds = tf.data.Dataset.from_tensor_slices((audio, y))
ds = ds.map(lambda a, l: (get_spectrogram(a), l), num_parallel_calls=tf.data.AUTOTUNE)
train_ds = ds.take(320).cache().shuffle(320).batch(32).prefetch(tf.data.AUTOTUNE)
val_ds = ds.skip(320).batch(32)

for example_spectrograms, example_labels in train_ds.take(1):
    break
input_shape = example_spectrograms.shape[1:]
print('Input shape:', input_shape)
num_labels = len(commands)  # FAULT

norm_layer = layers.Normalization()
norm_layer.adapt(data=train_ds.map(lambda spec, label: spec))

model = models.Sequential([
    layers.Input(shape=input_shape),
    layers.Resizing(32, 32),
    norm_layer,
    layers.Conv2D(16, 3, activation='relu'),
    layers.Conv2D(32, 3, activation='relu'),
    layers.MaxPooling2D(),
    layers.Dropout(0.25),
    layers.Flatten(),
    layers.Dense(64, activation='relu'),
    layers.Dropout(0.5),
    layers.Dense(num_labels),  # FAULT
])
model.summary()

model.compile(
    optimizer=tf.keras.optimizers.Adam(),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=['accuracy'],
)
history = model.fit(
    train_ds,
    validation_data=val_ds,
    epochs=3,
    callbacks=tf.keras.callbacks.EarlyStopping(verbose=1, patience=2),
)
print(model.evaluate(val_ds, return_dict=True))
