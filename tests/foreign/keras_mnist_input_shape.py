import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train = np.random.rand(128, 28, 28).astype("float32")
y_train = np.random.randint(0, 10, size=128)

model = keras.Sequential(
    [
        keras.Input(shape=(784,)),  # FAULT
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=1, verbose=0)
