"""Tell penguins apart by four measurements."""
import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(42)
SPECIES = ["Adelie", "Chinstrap", "Gentoo"]


def load_penguins(n=90):
    rng = np.random.RandomState(0)
    species = rng.choice(SPECIES, n)
    centre = {"Adelie": -1.0, "Chinstrap": 0.0, "Gentoo": 1.0}
    data = np.stack([rng.normal(centre[s], 0.5, 4) for s in species]).astype(np.float32)
    return data, species  # FAULT


features, labels = load_penguins()
features = (features - features.mean(axis=0)) / features.std(axis=0)
split = int(0.8 * len(features))
x_train, x_test = features[:split], features[split:]
y_train, y_test = labels[:split], labels[split:]  # FAULT

model = keras.Sequential(
    [
        keras.layers.Input(shape=(4,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(len(SPECIES)),
    ]
)
model.compile(
    optimizer=tf.keras.optimizers.Adam(0.01),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(x_train, y_train, validation_split=0.2, epochs=3, verbose=0)
print("test", model.evaluate(x_test, y_test, verbose=0))
