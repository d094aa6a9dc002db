import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

text = keras.Input(shape=(30,), name="text")
meta = keras.Input(shape=(6,), name="meta")
t = layers.Embedding(200, 16)(text)  # FAULT
t = layers.Dropout(0.1)(t)  # FAULT
m = layers.Dense(16, activation="relu")(meta)
both = layers.Concatenate()([t, m])  # FAULT
out = layers.Dense(1, activation="sigmoid")(both)
model = keras.Model([text, meta], out)
model.compile("adam", "binary_crossentropy")
model.fit([np.ones((10, 30)), np.ones((10, 6))], np.ones((10, 1)), verbose=0)
