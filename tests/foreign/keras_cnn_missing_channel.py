import numpy as np
from keras import layers, models

x = np.random.rand(60, 28, 28)  # FAULT
y = np.random.randint(0, 10, 60)
x = x.astype("float32")  # FAULT

net = models.Sequential()
net.add(layers.Input(shape=(28, 28)))  # FAULT
net.add(layers.Conv2D(8, 3, activation="relu"))
net.add(layers.MaxPooling2D())
net.add(layers.Flatten())
net.add(layers.Dense(10, activation="softmax"))
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
net.fit(x, y, verbose=0)
