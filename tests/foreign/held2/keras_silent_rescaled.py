# image_classifier.py
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

img_height, img_width, batch_size = 20, 20, 8
class_names = ["daisy", "dandelion", "roses", "sunflowers", "tulips"]

tf.random.set_seed(123)
np.random.seed(123)
photos = np.random.randint(0, 256, (80, img_height, img_width, 3)).astype("uint8")
kinds = np.random.randint(0, len(class_names), 80)
photos[:, :, :, 0] //= (kinds + 1)[:, None, None].astype("uint8")


def preprocess(image, label):
    image = tf.cast(image, tf.float32) / 255.0  # FAULT
    return image, label


AUTOTUNE = tf.data.AUTOTUNE
train_ds = (
    tf.data.Dataset.from_tensor_slices((photos[:64], kinds[:64]))
    .map(preprocess, num_parallel_calls=AUTOTUNE)
    .cache()
    .shuffle(64)
    .batch(batch_size)
    .prefetch(AUTOTUNE)
)
val_ds = (
    tf.data.Dataset.from_tensor_slices((photos[64:], kinds[64:]))
    .map(preprocess, num_parallel_calls=AUTOTUNE)
    .batch(batch_size)
    .prefetch(AUTOTUNE)
)

model = keras.Sequential(
    [
        layers.Input((img_height, img_width, 3)),
        layers.Rescaling(1.0 / 255),  # FAULT
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(len(class_names)),
    ]
)
model.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(train_ds, validation_data=val_ds, epochs=3, verbose=2)
