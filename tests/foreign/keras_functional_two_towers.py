import keras
import numpy as np
from keras import layers

user = keras.Input(shape=(1,), name="user")
item = keras.Input(shape=(1,), name="item")

u = layers.Flatten()(layers.Embedding(50, 16)(user))
v = layers.Flatten()(layers.Embedding(80, 24)(item))  # FAULT
score = layers.Dot(axes=1)([u, v])
rating = layers.Dense(1)(score)

model = keras.Model([user, item], rating)
model.compile(optimizer="sgd", loss="mse")
pairs = [np.random.randint(0, 50, (64, 1)), np.random.randint(0, 80, (64, 1))]
model.fit(pairs, np.random.rand(64, 1), epochs=1, verbose=0)
