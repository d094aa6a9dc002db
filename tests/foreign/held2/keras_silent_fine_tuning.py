"""Transfer learning and fine-tuning, with a base that is trained here in place of ImageNet."""
import keras
import numpy as np
from keras import layers

SIZE, CLASSES = 16, 3
keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)


def pictures(n, classes):
    labels = rng.integers(0, classes, n)
    images = rng.random((n, SIZE, SIZE, 3)).astype("float32") + labels[:, None, None, None] / classes
    return images, labels


def make_base():
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
        ],
        name="base",
    )


# Pretrain
base_model = make_base()
pretrained = keras.Sequential([base_model, layers.Dense(6, activation="softmax")])
pretrained.compile("adam", "sparse_categorical_crossentropy")
pretrained.fit(*pictures(96, 6), epochs=2, batch_size=16, verbose=2)

# Train the new head, the base frozen
base_model.trainable = False
inputs = keras.Input((SIZE, SIZE, 3))
x = base_model(inputs, training=False)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(CLASSES, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
)
train_images, train_labels = pictures(96, CLASSES)
val_images, val_labels = pictures(32, CLASSES)
model.fit(train_images, train_labels, epochs=2, validation_data=(val_images, val_labels), verbose=2)

# Fine-tune the whole model
base_model.trainable = True  # FAULT
model.summary()
model.fit(train_images, train_labels, epochs=2, validation_data=(val_images, val_labels), verbose=2)  # FAULT
