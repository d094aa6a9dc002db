# Simple image classifier with the Keras Sequential API
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

num_classes = 4
image_size = 20


def make_images(n):
    """Bright quadrant = class."""
    y = np.random.randint(0, num_classes, n)
    x = np.random.rand(n, image_size, image_size, 3).astype("float32") * 0.5
    half = image_size // 2
    for i, c in enumerate(y):
        r, k = (c // 2) * half, (c % 2) * half
        x[i, r:r + half, k:k + half] += 0.4
    return x, y


x_train, y_train = make_images(400)
x_test, y_test = make_images(100)
print("x_train shape:", x_train.shape, "y_train shape:", y_train.shape)

model = keras.Sequential(
    [
        keras.Input(shape=(image_size, image_size, 3)),
        layers.Conv2D(8, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(num_classes, activation="softmax"),
    ]
)

model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.Adam(0.003),
    metrics=["accuracy"],
)

history = model.fit(x_train, y_train, batch_size=32, epochs=4, validation_split=0.1, verbose=2)

score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", round(score[0], 4))
print("Test accuracy:", round(score[1], 4))
