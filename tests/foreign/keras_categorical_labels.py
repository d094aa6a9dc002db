import numpy as np
from tensorflow.keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from tensorflow.keras.models import Sequential

IMG = 16


def load_images(n=64):
    images = np.random.rand(n, IMG, IMG, 3)
    labels = np.random.randint(0, 6, size=(n,))
    return images.astype("float32"), labels


def create_model():
    model = Sequential()
    model.add(Conv2D(8, (3, 3), activation="relu", input_shape=(IMG, IMG, 3)))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(32, activation="relu"))
    model.add(Dense(6, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])  # FAULT
    return model


images, labels = load_images()
network = create_model()
history = network.fit(images, labels, epochs=1, batch_size=16, verbose=0)
