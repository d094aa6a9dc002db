import numpy as np
import keras

features = np.random.rand(90, 4)
species = np.random.randint(1, 4, 90)  # FAULT

model = keras.Sequential(
    [
        keras.layers.Input((4,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),  # FAULT
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(features, species, epochs=1, verbose=0)
