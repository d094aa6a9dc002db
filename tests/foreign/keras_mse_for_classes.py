import numpy as np
from tensorflow import keras

X = np.random.rand(48, 6).astype("float32")
y = np.random.randint(0, 4, size=48)

inp = keras.Input(shape=(6,))
h = keras.layers.Dense(12, activation="tanh")(inp)
out = keras.layers.Dense(4, activation="softmax")(h)
net = keras.Model(inp, out)
net.compile("sgd", loss="mean_squared_error")  # FAULT
net.fit(X, y, batch_size=8, epochs=1, verbose=0)
