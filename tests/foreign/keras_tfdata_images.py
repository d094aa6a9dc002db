import numpy as np
import tensorflow as tf

SIZE = 24
AUTOTUNE = tf.data.AUTOTUNE


def decode(image, label):
    image = tf.image.resize(image, (SIZE, SIZE))
    image = tf.cast(image, tf.float32) / 255.0
    return image, tf.one_hot(label, depth=3)


def pipeline(images, labels):
    ds = tf.data.Dataset.from_tensor_slices((images, labels))
    ds = ds.map(decode, num_parallel_calls=AUTOTUNE)
    return ds.batch(16).prefetch(AUTOTUNE)


images = np.random.randint(0, 255, (48, 40, 40, 3), dtype="uint8")
labels = np.random.randint(0, 3, 48)

base = tf.keras.Sequential(
    [
        tf.keras.layers.Input((SIZE, SIZE, 3)),
        tf.keras.layers.Conv2D(8, 3, activation="relu"),
        tf.keras.layers.GlobalAveragePooling2D(),
    ]
)
model = tf.keras.Sequential([base, tf.keras.layers.Dense(4, activation="softmax")])  # FAULT
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(pipeline(images, labels), epochs=1, verbose=0)
